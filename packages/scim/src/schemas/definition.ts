export type AttributeType =
  | "string"
  | "boolean"
  | "decimal"
  | "integer"
  | "dateTime"
  | "binary"
  | "reference"
  | "complex";

/** One attribute as data, in the words of RFC 7643 §7. */
export type AttributeDefinition = {
  readonly name: string;
  readonly type: AttributeType;
  readonly multiValued: boolean;
  readonly description: string;
  readonly required: boolean;
  readonly caseExact: boolean;
  readonly mutability: "readOnly" | "readWrite" | "immutable" | "writeOnly";
  readonly returned: "always" | "never" | "default" | "request";
  readonly uniqueness: "none" | "server" | "global";
  readonly canonicalValues?: readonly string[];
  readonly referenceTypes?: readonly string[];
  readonly subAttributes?: readonly AttributeDefinition[];
};

export type SchemaDefinition = {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly AttributeDefinition[];
};

type Traits = Partial<Omit<AttributeDefinition, "name" | "description">>;

/** Makes an attribute; what is not said is the default of RFC 7643 §2.2. */
export function attribute(name: string, description: string, traits: Traits = {}): AttributeDefinition {
  return {
    name,
    description,
    type: "string",
    multiValued: false,
    required: false,
    caseExact: false,
    mutability: "readWrite",
    returned: "default",
    uniqueness: "none",
    ...traits,
  };
}

/** Makes a multi-valued complex attribute with the usual sub-attributes value, display, type, primary (RFC 7643 §2.4). */
export function plural(
  name: string,
  description: string,
  traits: { value?: Traits; types?: readonly string[] } = {},
): AttributeDefinition {
  return attribute(name, description, {
    type: "complex",
    multiValued: true,
    subAttributes: [
      attribute("value", "The value itself", traits.value),
      attribute("display", "A name to show for the value"),
      attribute("type", "What the value is for", traits.types === undefined ? {} : { canonicalValues: traits.types }),
      attribute("primary", "True for the preferred value, at most once", { type: "boolean" }),
    ],
  });
}
