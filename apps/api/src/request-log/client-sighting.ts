/** What the fingerprint looks at; all of it comes from outside. */
export type ClientSighting = {
  userAgent: string | undefined;
  accept: string | undefined;
  method: string;
  /** Below the directory's address, query left out. */
  path: string;
  /** As it was sent, without the question mark; undefined when there was none at all. */
  query: string | undefined;
  body: unknown;
};

/** What a body gives away, read from its first parts only. */
export type BodyHints = {
  schemas: readonly string[];
  /** The verbs of the first operations, as they were spelled. */
  verbs: readonly string[];
  /** `active` as text, as it was spelled; from the resource, or from the first operations. */
  activeText: string | undefined;
  /** The object of a replace without a path. */
  bare: object | undefined;
  /** The first member's `$ref`. */
  memberRef: string | undefined;
  resource: object | undefined;
};

const FIRST = 5;
const MAX_TEXT = 200;

const NO_HINTS: BodyHints = {
  schemas: [],
  verbs: [],
  activeText: undefined,
  bare: undefined,
  memberRef: undefined,
  resource: undefined,
};

/** Reads the hints of a body: a fixed number of look-ups, whatever its size. */
export function readHints(body: unknown): BodyHints {
  if (body === undefined) return NO_HINTS;
  const operations = firstOf(member(body, "Operations"));
  const bare = operations.find((one) => member(one, "path") === undefined && isObject(member(one, "value")));
  const bareValue = member(bare, "value");
  const active = [member(body, "active"), member(bareValue, "active"), ...operations.map(activeOf)];
  const members = [member(body, "members"), ...operations.map((one) => member(one, "value"))];
  return {
    schemas: texts(firstOf(member(body, "schemas"))),
    verbs: texts(operations.map((one) => member(one, "op"))),
    activeText: active.find((value) => typeof value === "string"),
    bare: isObject(bareValue) ? bareValue : undefined,
    memberRef: texts(members.map((list) => member(firstOf(list)[0], "$ref")))[0],
    resource: isObject(body) && operations.length === 0 ? body : undefined,
  };
}

/** A member of an object that came from outside, its own only. */
export function member(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}

const activeOf = (operation: unknown): unknown =>
  member(operation, "path") === "active" ? member(operation, "value") : undefined;

const firstOf = (value: unknown): unknown[] => (Array.isArray(value) ? value.slice(0, FIRST) : []);

const texts = (values: readonly unknown[]): string[] =>
  values.filter((value) => typeof value === "string").map((text) => text.slice(0, MAX_TEXT));

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
