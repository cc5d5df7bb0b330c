import { type Attributes, isAttributes, type Json } from "@muster/scim";
import {
  NotTaken,
  notThere,
  onlyKnown,
  type StrictApp,
  type StrictReply,
  type StrictRequest,
  serveStrict,
} from "./serve-strict.ts";

const CORE = "urn:scim:schemas:core:1.0";
const ENTERPRISE = "urn:scim:schemas:extension:enterprise:1.0";
const TOKEN = "scim1-token";

export type Scim1Options = {
  /** Whether it announces PATCH, and takes it. */
  patch?: boolean;
  /** The most members of which a request may change the membership. */
  mostMembers?: number;
  /** What PATCH and PUT answer. */
  silent?: boolean;
};

type Scim1App = StrictApp & {
  baseUrl: string;
  users: ReadonlyMap<string, Attributes>;
  groups: ReadonlyMap<string, Attributes>;
  /** Somebody makes a user by hand. */
  addUser(userName: string, more?: Attributes): void;
};

export const scim1Auth = { scheme: "bearer", token: TOKEN } as const;

type Store = { kind: "User" | "Group"; all: Map<string, Attributes>; name: "userName" | "displayName" };

const USER = [
  ...[
    "schemas",
    "id",
    "externalId",
    "meta",
    "userName",
    "name",
    "displayName",
    "nickName",
    "profileUrl",
    "title",
    "userType",
  ],
  ...[
    "preferredLanguage",
    "locale",
    "timezone",
    "active",
    "password",
    "emails",
    "phoneNumbers",
    "ims",
    "photos",
    "addresses",
  ],
  ...["groups", "entitlements", "roles", "x509Certificates", ENTERPRISE],
];
const GROUP = ["schemas", "id", "externalId", "meta", "displayName", "members"];
const WORKER = ["employeeNumber", "costCenter", "organization", "division", "department", "manager"];

/** Starts an app that speaks SCIM 1.1 and nothing of 2.0. */
export async function startScim1App(options: Scim1Options = {}): Promise<Scim1App> {
  const { patch = true, mostMembers = Number.POSITIVE_INFINITY, silent = false } = options;
  const users: Store = { kind: "User", all: new Map(), name: "userName" };
  const groups: Store = { kind: "Group", all: new Map(), name: "displayName" };
  let made = 0;

  function check(store: Store, resource: Attributes, self: string | null): Attributes {
    checkResource(resource, store.kind);
    const name = resource[store.name];
    if (typeof name !== "string" || name === "") throw new NotTaken(400, `${store.name} is required`);
    for (const [id, other] of store.all)
      if (id !== self && String(other[store.name]).toLowerCase() === name.toLowerCase())
        throw new NotTaken(409, `${store.name} is taken`);
    for (const { value } of membersOf(resource))
      if (!users.all.has(String(value))) throw new NotTaken(400, `there is no user ${String(value)}`);
    return resource;
  }

  const shown = (store: Store, id: string): Attributes => ({
    ...store.all.get(id),
    id,
    meta: { created: "2026-01-01T00:00:00Z", location: `/v1/${store.kind}s/${id}` },
  });
  const changed = (store: Store, id: string): StrictReply =>
    silent ? { status: 204, body: null } : { status: 200, body: shown(store, id) };

  function create(store: Store, body: Attributes): StrictReply {
    if ("id" in body || "meta" in body) throw new NotTaken(400, "id and meta are the app's own");
    const resource = check(store, body, null);
    made += 1;
    const id = `${store.kind}-${made}`;
    store.all.set(id, resource);
    return { status: 201, body: shown(store, id) };
  }

  function replace(store: Store, id: string, { id: given, ...body }: Attributes): StrictReply {
    if (given !== undefined && given !== id) throw new NotTaken(400, "the id is not that of the URL");
    if (membersOf(body).some((member) => "operation" in member)) throw new NotTaken(400, "operation is for PATCH");
    if (membersOf(body).length > mostMembers) throw new NotTaken(413, "too large");
    store.all.set(id, check(store, body, id));
    return changed(store, id);
  }

  function merge(store: Store, id: string, body: Attributes): StrictReply {
    if (!patch) throw new NotTaken(501, "PATCH is not supported");
    if (membersOf(body).length > mostMembers) throw new NotTaken(413, "too large");
    const { meta, ...part } = body;
    checkResource(part, store.kind);
    const cleared = isAttributes(meta ?? null) ? (meta as Attributes)["attributes"] : [];
    const before = structuredClone(store.all.get(id) ?? {});
    for (const path of Array.isArray(cleared) ? cleared : []) clear(before, String(path));
    store.all.set(id, check(store, merged(before, part), id));
    return changed(store, id);
  }

  function list(store: Store, query: URLSearchParams): StrictReply {
    const filter = query.get("filter");
    const names = store.kind === "User" ? ["userName", "externalId", "emails.value"] : ["displayName", "externalId"];
    const found = [...store.all.keys()].filter((id) => filter === null || matches(shown(store, id), filter, names));
    const from = Number(query.get("startIndex") ?? "1") - 1;
    const page = found.slice(from, from + Math.min(Number(query.get("count") ?? "2"), 2));
    const listed = { totalResults: found.length, itemsPerPage: page.length, startIndex: from + 1, schemas: [CORE] };
    return { status: 200, body: { ...listed, Resources: page.map((id) => shown(store, id)) } };
  }

  function answer(request: StrictRequest): StrictReply {
    checkRequest(request);
    const { method, query, body } = request;
    const path = request.path.replace(/^\/v1/, "");
    if (path === "/ServiceProviderConfigs" && method === "GET") return { status: 200, body: describe(patch) };
    const [, plural, id] = /^\/(Users|Groups)(?:\/([^/]+))?$/.exec(path) ?? [];
    if (plural === undefined) throw notThere(path);
    const store = plural === "Users" ? users : groups;
    if (id === undefined) return method === "POST" ? create(store, body ?? {}) : list(store, query);
    if (!store.all.has(id)) throw notThere(`${store.kind} ${id}`);
    switch (method) {
      case "GET":
        return { status: 200, body: shown(store, id) };
      case "PUT":
        return replace(store, id, body ?? {});
      case "PATCH":
        return merge(store, id, body ?? {});
      default:
        store.all.delete(id);
        return { status: 200, body: null };
    }
  }

  const app = await serveStrict(answer, ({ status, message }) => ({
    Errors: [{ description: message, code: String(status) }],
  }));
  return {
    ...app,
    baseUrl: `${app.origin}/v1`,
    users: users.all,
    groups: groups.all,
    addUser(userName, more = {}) {
      const emails = [{ value: `${userName}@acme.example`, primary: true }];
      users.all.set(`by-hand-${userName}`, { schemas: [CORE], userName, active: true, emails, ...more });
    },
  };
}

function checkRequest({ headers, query, method, body }: StrictRequest): void {
  if (headers.authorization !== `Bearer ${TOKEN}`) throw new NotTaken(401, "who are you");
  if (!headers["user-agent"]) throw new NotTaken(400, "User-Agent is required");
  if (headers.accept !== "application/json") throw new NotTaken(406, "Accept");
  const hasBody = method !== "GET" && method !== "DELETE";
  if (hasBody && headers["content-type"] !== "application/json") throw new NotTaken(415, "Content-Type");
  if (hasBody !== (body !== null)) throw new NotTaken(400, "a body where none belongs, or none where one does");
  onlyKnown(query.keys(), ["filter", "attributes", "startIndex", "count", "sortBy", "sortOrder"]);
  if (`${JSON.stringify(body)}${query.toString()}`.includes("urn:ietf")) throw new NotTaken(400, "that is SCIM 2.0");
}

function checkResource(resource: Attributes, kind: Store["kind"]): void {
  onlyKnown(Object.keys(resource), kind === "User" ? USER : GROUP);
  const { schemas } = resource;
  const urns = Array.isArray(schemas) ? schemas : [];
  if (!urns.includes(CORE)) throw new NotTaken(400, "schemas must have the core one");
  if (urns.includes(ENTERPRISE) !== ENTERPRISE in resource)
    throw new NotTaken(400, "schemas must be those that are used");
  const worker = resource[ENTERPRISE] ?? null;
  if (!isAttributes(worker)) return;
  onlyKnown(Object.keys(worker), WORKER);
  const { manager = null } = worker;
  if (isAttributes(manager)) onlyKnown(Object.keys(manager), ["managerId", "displayName"]);
}

const membersOf = ({ members }: Attributes): Attributes[] =>
  Array.isArray(members) ? members.filter(isAttributes) : [];

/** Takes away what `meta.attributes` names. */
function clear(resource: Attributes, path: string): void {
  const end = path.lastIndexOf(":");
  const keys = [...(end < 0 ? [] : [path.slice(0, end)]), ...path.slice(end + 1).split(".")];
  const last = keys.pop() ?? "";
  let holder: Json = resource;
  for (const key of keys) holder = isAttributes(holder) ? (holder[key] ?? {}) : {};
  if (last === "userName") throw new NotTaken(400, "userName cannot be cleared");
  if (isAttributes(holder)) delete holder[last];
}

/** What is sent goes over what is there: objects by their parts, lists by what is added and deleted. */
function merged(before: Attributes, part: Attributes): Attributes {
  const after = { ...before };
  for (const [name, value] of Object.entries(part)) {
    const old = after[name] ?? null;
    if (name === "schemas") after[name] = [...new Set([...(Array.isArray(old) ? old : []), ...(value as Json[])])];
    else if (Array.isArray(value)) after[name] = mergedList(Array.isArray(old) ? old : [], value);
    else after[name] = isAttributes(value) && isAttributes(old) ? merged(old, value) : value;
  }
  return after;
}

function mergedList(old: Json[], sent: Json[]): Json[] {
  const valueIn = (one: Json): Json => (isAttributes(one) ? (one["value"] ?? null) : one);
  const touched = new Set(sent.map(valueIn));
  const isDeleted = (one: Json): boolean => isAttributes(one) && one["operation"] === "delete";
  return [...old.filter((one) => !touched.has(valueIn(one))), ...sent.filter((one) => !isDeleted(one))];
}

function matches(resource: Attributes, filter: string, known: readonly string[]): boolean {
  const [, attribute = "", value = '""'] = /^(\S+) eq (".*")$/.exec(filter) ?? [];
  if (!known.includes(attribute)) throw new NotTaken(400, `cannot filter by ${filter}`);
  const wanted = String(JSON.parse(value)).toLowerCase();
  const { emails } = resource;
  const held =
    attribute === "emails.value" ? (Array.isArray(emails) ? emails : []) : [{ value: resource[attribute] ?? null }];
  return held.some((one) => isAttributes(one) && String(one["value"]).toLowerCase() === wanted);
}

const describe = (patch: boolean): Attributes => ({
  schemas: [CORE],
  patch: { supported: patch },
  bulk: { supported: false },
  filter: { supported: true, maxResults: 100 },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: false },
  xmlDataFormat: { supported: false },
  authenticationSchemes: [],
});
