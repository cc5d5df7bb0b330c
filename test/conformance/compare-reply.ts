/** What came back. */
export type Reply = { status: number; headers: Headers; text: string; body: unknown };

/** What must come back; a place is a path of members and positions with dots between: `Resources.0.id`. */
export type Expectation = {
  status: number;
  /** Headers letter for letter; null for one that must not be there. */
  headers?: Record<string, string | null>;
  /** Objects by the members that are named, lists as a whole and in order. */
  body?: unknown;
  /** Lists by place: these elements and no others, in any order. */
  exactly?: Record<string, readonly unknown[]>;
  /** Lists by place: these elements among others. */
  contains?: Record<string, readonly unknown[]>;
  /** Numbers by place. */
  atLeast?: Record<string, number>;
  /** Places that must not be there. */
  absent?: readonly string[];
};

/** Lists in what an answer is not as expected; empty when it is. */
export function findFaults(reply: Reply, expected: Expectation): string[] {
  const { status, headers = {}, body, exactly = {}, contains = {}, atLeast = {}, absent = [] } = expected;
  if (reply.status !== status) return [`status ${reply.status} instead of ${status}: ${reply.text.slice(0, 500)}`];
  return [
    ...findProtocolFaults(reply),
    ...Object.entries(headers)
      .filter(([name, value]) => reply.headers.get(name) !== value)
      .map(([name, value]) => `${name} is ${reply.headers.get(name)} instead of ${value}`),
    ...(body === undefined ? [] : differences(reply.body, body, "")),
    ...Object.entries(exactly).flatMap(([place, elements]) => listFaults(reply.body, place, elements, true)),
    ...Object.entries(contains).flatMap(([place, elements]) => listFaults(reply.body, place, elements, false)),
    ...Object.entries(atLeast)
      .filter(([place, least]) => !(Number(valueAt(reply.body, place)) >= least))
      .map(([place, least]) => `${place} is ${show(valueAt(reply.body, place))}, less than ${least}`),
    ...absent
      .filter((place) => valueAt(reply.body, place) !== undefined)
      .map((place) => `${place} is there: ${show(valueAt(reply.body, place))}`),
  ];
}

/** The value at a place; undefined where there is none. A URN holds dots of its own ("2.0"), so long names go first. */
export function valueAt(value: unknown, place: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  const members = value as Record<string, unknown>;
  for (let end = place.length; end > 0; end = place.lastIndexOf(".", end - 1)) {
    const name = place.slice(0, end);
    if (!Object.hasOwn(members, name)) continue;
    return end === place.length ? members[name] : valueAt(members[name], place.slice(end + 1));
  }
  return undefined;
}

/** What holds for every answer: RFC 7644 sections 3.3 and 3.12, RFC 9110 section 15.3.5. */
function findProtocolFaults({ status, headers, text, body }: Reply): string[] {
  if (status === 204 && text !== "") return [`a 204 with a body: ${text}`];
  if (status === 201 && headers.get("location") !== valueAt(body, "meta.location"))
    return [`Location is ${headers.get("location")}, meta.location ${show(valueAt(body, "meta.location"))}`];
  if (status >= 400)
    return differences(body, { schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"], status: String(status) }, "");
  return [];
}

function differences(actual: unknown, expected: unknown, place: string): string[] {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length)
      return [`${place} is ${show(actual)} instead of ${show(expected)}`];
    return expected.flatMap((element, at) => differences(actual[at], element, join(place, String(at))));
  }
  if (typeof expected === "object" && expected !== null) {
    if (typeof actual !== "object" || actual === null || Array.isArray(actual))
      return [`${place} is ${show(actual)} instead of ${show(expected)}`];
    const members = actual as Record<string, unknown>;
    return Object.entries(expected).flatMap(([name, value]) =>
      differences(Object.hasOwn(members, name) ? members[name] : undefined, value, join(place, name)),
    );
  }
  return actual === expected ? [] : [`${place} is ${show(actual)} instead of ${show(expected)}`];
}

function listFaults(body: unknown, place: string, elements: readonly unknown[], isWhole: boolean): string[] {
  // No list is an empty one: RFC 7643 section 2.5.
  const list = valueAt(body, place) ?? [];
  if (!Array.isArray(list)) return [`${place} is ${show(list)}, no list`];
  const left: unknown[] = [...list];
  const missing = elements.filter((element) => {
    const at = left.findIndex((one) => differences(one, element, "").length === 0);
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
  return [
    ...missing.map((element) => `${place} lacks ${show(element)}`),
    ...(isWhole ? left.map((element) => `${place} has ${show(element)} too`) : []),
  ];
}

function join(place: string, name: string): string {
  return place === "" ? name : `${place}.${name}`;
}

function show(value: unknown): string {
  return value === undefined ? "missing" : JSON.stringify(value).slice(0, 300);
}
