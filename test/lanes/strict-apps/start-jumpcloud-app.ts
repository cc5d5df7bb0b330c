import type { Attributes, Json } from "@muster/scim";
import {
  NotTaken,
  notThere,
  onlyKnown,
  pageOf,
  type StrictApp,
  type StrictReply,
  type StrictRequest,
  serveStrict,
} from "./serve-strict.ts";
import { createUserGroups, type UserGroups } from "./user-groups.ts";

const KEY = "jumpcloud-key";

type JumpCloudOptions = {
  /** The organisation that has to be named, for a key that opens several. */
  organization?: string;
};

type JumpCloudApp = StrictApp & {
  baseUrl: string;
  /** System users by id, as they are kept. */
  users: ReadonlyMap<string, Attributes>;
  groups: UserGroups["all"];
  /** An administrator makes a user, or changes one. */
  addUser(username: string, more?: Attributes): void;
  edit(username: string, more: Attributes): void;
};

export const jumpCloudAuth = { scheme: "header", name: "x-api-key", value: KEY } as const;

const TEXTS = [
  ...["username", "email", "firstname", "middlename", "lastname", "displayname", "jobTitle", "department", "location"],
  ...["costCenter", "company", "employeeType", "employeeIdentifier", "description", "password"],
];
const WRITABLE = [...TEXTS, "suspended", "attributes"];

/** Starts JumpCloud's directory API as far as it is public: system users of version 1, user groups of version 2. */
export async function startJumpCloudApp({ organization }: JumpCloudOptions = {}): Promise<JumpCloudApp> {
  const users = new Map<string, Attributes>();
  const groups = createUserGroups(users);
  let made = 0;

  /** Ids are of 24 hexadecimal digits. */
  function newId(): string {
    made += 1;
    return made.toString(16).padStart(24, "5a00");
  }

  function check(user: Attributes, self: string | null): Attributes {
    const { username, email, attributes = [], suspended } = user;
    for (const name of TEXTS) if (name in user) checkText(name, user[name] ?? null);
    if (typeof username !== "string" || !/^[A-Za-z0-9._-]{1,1024}$/.test(username))
      throw new NotTaken(400, "username is required, without special characters");
    if (typeof email !== "string" || !/^[^@\s]+@[^@\s]+$/.test(email)) throw new NotTaken(400, "email is required");
    if (suspended !== undefined && typeof suspended !== "boolean") throw new NotTaken(400, "suspended is a boolean");
    if (!Array.isArray(attributes) || !attributes.every(isCustom))
      throw new NotTaken(400, "attributes are names of letters and digits, with values");
    for (const [id, other] of users)
      for (const field of ["username", "email", "employeeIdentifier"] as const)
        if (id !== self && user[field] !== undefined && user[field] !== "" && same(other[field], user[field]))
          throw new NotTaken(409, `${field} already exists`);
    return user;
  }

  function shown(id: string): Attributes {
    const { password: _password, attributes = [], ...user } = users.get(id) ?? {};
    const custom = Array.isArray(attributes) ? attributes : [];
    return { ...user, attributes: custom.map((one) => ({ ...(one as Attributes), _id: `${id}-a` })), _id: id, id };
  }

  function create(body: Attributes): StrictReply {
    onlyKnown(Object.keys(body), WRITABLE);
    const user = check(body, null);
    const id = newId();
    const activated = "password" in user;
    users.set(id, { suspended: false, account_locked: false, state: "ACTIVATED", ...user, activated });
    return { status: 200, body: shown(id) };
  }

  /** Fields that are left out stay. */
  function update(id: string, body: Attributes): StrictReply {
    onlyKnown(Object.keys(body), WRITABLE);
    if (Object.keys(body).length === 0) throw new NotTaken(400, "nothing to change");
    users.set(id, check({ ...users.get(id), ...body }, id));
    return { status: 200, body: shown(id) };
  }

  function remove(id: string): StrictReply {
    const body = shown(id);
    users.delete(id);
    for (const { members } of groups.all.values()) members.delete(id);
    return { status: 200, body };
  }

  function list(query: URLSearchParams): StrictReply {
    onlyKnown(query.keys(), ["limit", "skip", "sort", "fields", "filter"]);
    if (!["_id", "username", null].includes(query.get("sort"))) throw new NotTaken(400, "no such field to sort by");
    const found = [...users.keys()].filter((id) => passes(users.get(id) ?? {}, query.get("filter")));
    return { status: 200, body: { totalCount: found.length, results: pageOf(found, query).map(shown) } };
  }

  function answer({ method, path, query, headers, body }: StrictRequest): StrictReply {
    checkHeaders({ method, headers, body }, organization);
    const [, kind, id, members] = /^\/api\/(systemusers|v2\/usergroups)(?:\/([^/]+))?(\/members)?$/.exec(path) ?? [];
    if (kind === undefined) throw notThere(path);
    if (id !== undefined && !/^[0-9a-f]{24}$/.test(id)) throw new NotTaken(400, `${id} is no id`);
    if (kind === "v2/usergroups")
      return groups.answer({ method, id, members: members !== undefined, query, body: body ?? {}, newId });
    if (id === undefined) return method === "POST" ? create(body ?? {}) : list(query);
    if (!users.has(id)) throw notThere(`user ${id}`);
    if (method === "GET") return { status: 200, body: shown(id) };
    if (method === "PUT") return update(id, body ?? {});
    if (method === "DELETE") return remove(id);
    throw new NotTaken(405, `no ${method}`);
  }

  const app = await serveStrict(answer, ({ message }) => ({ message }));
  return {
    ...app,
    baseUrl: `${app.origin}/api`,
    users,
    groups: groups.all,
    addUser(username, more = {}) {
      const email = `${username}@acme.example`;
      users.set(newId(), { username, email, suspended: false, state: "ACTIVATED", activated: true, ...more });
    },
    edit(username, more) {
      for (const [id, user] of users) if (user["username"] === username) users.set(id, { ...user, ...more });
    },
  };
}

function checkHeaders(
  { method, headers, body }: Pick<StrictRequest, "method" | "headers" | "body">,
  organization: string | undefined,
): void {
  if (headers["x-api-key"] !== KEY) throw new NotTaken(401, "Unauthorized");
  if (organization !== undefined && headers["x-org-id"] !== organization)
    throw new NotTaken(400, "x-org-id is required");
  if (headers.accept !== "application/json") throw new NotTaken(406, "Accept");
  const hasBody = method === "POST" || method === "PUT";
  if (hasBody !== (body !== null)) throw new NotTaken(400, "a body where none belongs, or none where one does");
  if (hasBody && headers["content-type"] !== "application/json") throw new NotTaken(415, "Content-Type");
}

function checkText(name: string, value: Json): void {
  if (typeof value !== "string" || value.length > 1_024)
    throw new NotTaken(400, `${name} is a text of 1024 characters`);
}

function isCustom(attribute: Json): boolean {
  const { name, value, ...rest } = attribute as Attributes;
  const isName = typeof name === "string" && /^[A-Za-z0-9]+$/.test(name);
  return isName && typeof value === "string" && Object.keys(rest).length === 0;
}

function passes(user: Attributes, filter: string | null): boolean {
  if (filter === null) return true;
  const [, field = "", value = ""] = /^(username|email|employeeIdentifier):\$eq:(.+)$/.exec(filter) ?? [];
  if (field === "") throw new NotTaken(400, `cannot filter by ${filter}`);
  return same(user[field], value);
}

const same = (left: Json | undefined, right: Json | undefined): boolean =>
  String(left).toLowerCase() === String(right).toLowerCase();
