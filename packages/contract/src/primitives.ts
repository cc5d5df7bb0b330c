import Type, { type Static, type TInteger, type TObject, type TProperties, type TSchema, type TString } from "typebox";

// Not allowed anywhere in text: C0 and C1 controls (U+0000 is no text to Postgres), lone surrogates (no UTF-8 exists for
// them) and the two noncharacters that some encoders refuse. With the u flag a surrogate pair is one character, so the
// range \uD800-\uDFFF meets lone ones only.
const NOT_TEXT = "\\u0000-\\u001F\\u007F-\\u009F\\uD800-\\uDFFF\\uFFFE\\uFFFF";

/** An object that refuses every member it does not name: how a caller is kept from setting what is not theirs (V25). */
export function closed<P extends TProperties>(
  properties: P,
  options: { title?: string; description?: string; minProperties?: number } = {},
): TObject<P> {
  return Type.Object(properties, { ...options, additionalProperties: false });
}

/** Text of `min` to `max` characters without control characters; a `description` completes "must be ...". */
export function text(min: number, max: number, description?: string): TString {
  return Type.String({
    minLength: min,
    maxLength: max,
    pattern: `^[^${NOT_TEXT}]*$`,
    description: description ?? `${min} to ${max} characters without control characters`,
  });
}

/** A name for people to read: as text, and not only blanks. */
export const name = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: `^(?!\\s*$)[^${NOT_TEXT}]*$`,
  description: "a name of 1 to 200 characters, not only blanks, without control characters",
});

/** Text that matches an ECMAScript pattern; the `description` completes "must be ...". */
export function matching(pattern: string, maxLength: number, description: string): TString {
  return Type.String({ maxLength, pattern, description });
}

/** What a value of a format must be; completes "must be ...". */
export const formatPhrases = {
  uuid: "a uuid in lower case, as the API answered it",
  "date-time": "a date and time as RFC 3339 writes it",
} as const;

// One spelling per id: two spellings of one uuid would pass checks for equality that Postgres does not pass.
export const id = Type.String({
  format: "uuid",
  pattern: "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
  description: formatPhrases.uuid,
});

export const tokenId = Type.String({
  pattern: "^[0-9A-Za-z]{12}$",
  description: "a token's public id: the 12 letters and digits that the token itself shows after its kind",
});

export const timestamp = Type.String({ format: "date-time", description: formatPhrases["date-time"] });

export const count = Type.Integer({ minimum: 0 });

/** The same string or integer, or null. One `type` list instead of an `anyOf`, so that a refusal names one cause. */
export function nullable<S extends TString | TInteger>(schema: S, options: { default?: null } = {}) {
  return Type.Unsafe<Static<S> | null>({ ...schema, ...options, type: [schema.type, "null"] });
}

/** One of a closed list of words. */
export function oneOf<const V extends string[]>(
  values: readonly [...V],
  options: { default?: V[number]; description?: string } = {},
) {
  return Type.Unsafe<V[number]>({ type: "string", enum: values, ...options });
}

/** One of several closed objects, told apart by a member that each of them fixes. */
export function tagged<S extends TSchema[]>(
  tag: string,
  options: { title: string; description?: string },
  schemas: readonly [...S],
) {
  return Type.Unsafe<Static<S[number]>>({
    type: "object",
    ...options,
    oneOf: schemas,
    discriminator: { propertyName: tag },
  });
}
