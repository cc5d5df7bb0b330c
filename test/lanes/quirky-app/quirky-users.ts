import { type Attributes, isAttributes, type Json, userUrn } from "@muster/scim";
import type { Quirks } from "./quirks.ts";
import { notFound, parseEq, Refused, type Reply } from "./refused.ts";

export type QuirkyUsers = {
  all: ReadonlyMap<string, Attributes>;
  /** Somebody makes a user by hand. */
  add(userName: string): void;
  answer(request: { method: string; id: string | null; query: URLSearchParams; body: Attributes }): Reply;
};

type Op = { op: string; path: string; value?: Json };

/** The accounts of an app that holds its clients to its quirks. */
export function createQuirkyUsers(quirks: Quirks): QuirkyUsers {
  const users = new Map<string, Attributes>();
  let made = 0;

  function check(user: Attributes): Attributes {
    const { userName } = user;
    if (typeof userName !== "string") throw new Refused(400, "userName is required");
    if (quirks.refusedInUserName?.test(userName) === true) throw new Refused(400, `userName ${userName} is refused`);
    if (quirks.needsEmail && !Array.isArray(user["emails"])) throw new Refused(400, "emails is required");
    for (const [name, value] of Object.entries(user)) {
      if (quirks.knows !== null && !quirks.knows.includes(name) && name !== "id")
        throw new Refused(400, `${name} is not known here`);
      if (Array.isArray(value) && name !== "schemas" && value.length > quirks.mostValues)
        throw new Refused(400, `${name} has too many values`);
    }
    if (typeof user["active"] !== "boolean") throw new Refused(400, "active must be a boolean");
    return user;
  }

  function shown(id: string, user: Attributes): Attributes {
    return quirks.showsPending ? { ...user, id, active: false } : { ...user, id };
  }

  function create(body: Attributes): Reply {
    const user = check(body);
    const taken = [...users.values()].some((other) => sameText(other["userName"], user["userName"]));
    if (taken) throw new Refused(409, "userName is taken", "uniqueness");
    made += 1;
    const id = {
      plain: `u-${made}`,
      odd: `u&${made}/é?`,
      numbers: String(made),
      externalId: String(user["externalId"]),
    };
    users.set(id[quirks.ids], user);
    return { status: 201, body: shown(id[quirks.ids], user) };
  }

  function change(id: string, before: Attributes, after: Attributes): Reply {
    const changed = quirks.fixed.find((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
    if (changed !== undefined) throw new Refused(400, `${changed} cannot be changed`, "mutability");
    check(after);
    if (after["active"] === false && quirks.deactivated === "goes") users.delete(id);
    else users.set(id, after);
    return { status: quirks.userPatchAnswer, body: quirks.userPatchAnswer === 204 ? undefined : shown(id, after) };
  }

  function patch(id: string, user: Attributes, operations: Op[]): Reply {
    if (quirks.userPatch === "none") throw new Refused(405, "no PATCH");
    if (quirks.userPatch !== "any" && operations.some(({ path }) => path !== "active"))
      throw new Refused(400, "PATCH changes active only");
    if (quirks.userPatch === "inactive only" && operations.some(({ value }) => value !== false))
      throw new Refused(400, "PATCH makes inactive only");
    return change(id, user, operations.reduce(applyTo, structuredClone(user)));
  }

  function put(id: string, user: Attributes, { id: given, ...body }: Attributes): Reply {
    if (given !== id) throw new Refused(400, "the id is not that of the URL");
    switch (quirks.userPut) {
      case "none":
        throw new Refused(404, "no PUT");
      case "roles only":
        return change(id, user, { ...user, ...(body["roles"] === undefined ? {} : { roles: body["roles"] }) });
      case "partial":
        return change(id, user, { ...user, ...body });
      case "whole":
        return change(id, user, body);
    }
  }

  function remove(id: string, user: Attributes): Reply {
    if (quirks.deleted === "refused") throw new Refused(405, "no DELETE");
    if (quirks.deleted === "goes") users.delete(id);
    else users.set(id, { ...user, active: false });
    return { status: 204 };
  }

  function list(query: URLSearchParams): Reply {
    const filter = query.get("filter");
    const all = [...users].map(([id, user]) => shown(id, user));
    if (filter === null) return { status: 200, body: pageOf(all, query, quirks) };
    const { attribute, value } = parseEq(filter, quirks.userFilters);
    return { status: 200, body: toList(all.filter((user) => matches(user, attribute, value))) };
  }

  return {
    all: users,
    add(userName) {
      const emails = [{ value: `${userName}@acme.example`, primary: true }];
      users.set(`by-hand-${userName}`, { schemas: [userUrn], userName, active: true, emails });
    },
    answer({ method, id, query, body }) {
      if (id === null) return method === "POST" ? create(body) : list(query);
      const user = users.get(id);
      if (user === undefined) throw notFound(`user ${id}`);
      if (method === "GET") return { status: 200, body: shown(id, user) };
      if (method === "PATCH") return patch(id, user, body["Operations"] as Op[]);
      return method === "PUT" ? put(id, user, body) : remove(id, user);
    },
  };
}

const toList = (resources: Json[]): Attributes => ({ totalResults: resources.length, Resources: resources });

function pageOf(all: Json[], query: URLSearchParams, { paging, mostPerPage }: Quirks): Attributes {
  const [from, count, cursor] = ["startIndex", "count", "cursor"].map((name) => query.get(name));
  if (paging === "none") {
    if (from !== null || count !== null || cursor !== null) throw new Refused(400, "no paging");
    return toList(all);
  }
  if (Number(count) > mostPerPage) throw new Refused(400, "count is too high");
  if ((cursor === null) === (paging === "cursor") && from !== null) throw new Refused(400, "no such paging");
  // Two at a time, whatever was asked for: an app may give fewer (RFC 7644 section 3.4.2.4).
  const start = paging === "cursor" ? Number(cursor ?? "0") : Number(from ?? "1") - 1;
  const next = start + 2 < all.length && paging === "cursor" ? { nextCursor: String(start + 2) } : {};
  return { totalResults: all.length, Resources: all.slice(start, start + 2), ...next };
}

function matches(user: Attributes, attribute: string, value: string): boolean {
  if (attribute.startsWith("emails")) {
    const { emails } = user;
    return Array.isArray(emails) && emails.some((email) => isAttributes(email) && sameText(email["value"], value));
  }
  if (attribute === "userName") return sameText(user["userName"], value);
  return user[attribute === "external_id" ? "externalId" : attribute] === value;
}

const sameText = (left: Json | undefined, right: Json | undefined): boolean =>
  String(left).toLowerCase() === String(right).toLowerCase();

function applyTo(user: Attributes, { op, path, value }: Op): Attributes {
  const at = path.includes(":") ? path.lastIndexOf(":") : path.indexOf(".");
  const [name, part] = at < 0 ? [path, undefined] : [path.slice(0, at), path.slice(at + 1)];
  if (part === undefined) {
    const { [name]: old, ...rest } = user;
    return op === "remove"
      ? rest
      : { ...rest, [name]: isAttributes(old) && isAttributes(value) ? { ...old, ...value } : (value ?? null) };
  }
  const holder = user[name];
  const { [part]: _old, ...rest } = isAttributes(holder) ? holder : {};
  return { ...user, [name]: op === "remove" ? rest : { ...rest, [part]: value ?? null } };
}
