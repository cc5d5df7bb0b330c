import { type Attributes, isAttributes, type Json } from "@muster/scim";
import type { Quirks } from "./quirks.ts";
import { notFound, parseEq, Refused, type Reply } from "./refused.ts";

export type QuirkyGroup = { displayName: string; externalId: string | null; members: Set<string> };
export type QuirkyGroups = {
  all: ReadonlyMap<string, QuirkyGroup>;
  /** Somebody makes a group by hand. */
  add(displayName: string): void;
  answer(request: { method: string; id: string | null; query: URLSearchParams; body: Attributes }): Reply;
};

type Op = { op: string; path: string; value?: Json };

/** The groups of an app that holds its clients to its quirks. */
export function createQuirkyGroups(quirks: Quirks, users: ReadonlyMap<string, unknown>): QuirkyGroups {
  const groups = new Map<string, QuirkyGroup>();

  function shown(id: string, { displayName, externalId, members }: QuirkyGroup): Attributes {
    const value = (member: string): Json => (quirks.ids === "numbers" ? Number(member) : member);
    const listed = quirks.showsMembers ? [...members].map((member) => ({ value: value(member) })) : [];
    return { id, displayName, [quirks.externalIdOfGroups]: externalId, members: listed };
  }

  function create({ displayName, externalId, members }: Attributes): Reply {
    if (quirks.groups !== "made") throw new Refused(405, "groups cannot be made");
    if (members !== undefined) throw new Refused(400, "members come after the create");
    const taken = [...groups.values()].some((group) => group.displayName === displayName);
    if (taken) throw new Refused(409, "displayName is taken", "uniqueness");
    const id = `g-${groups.size + 1}-${String(displayName)}`;
    const group = { displayName: String(displayName), externalId: String(externalId), members: new Set<string>() };
    groups.set(id, group);
    return { status: 201, body: shown(id, group) };
  }

  function patch(id: string, group: QuirkyGroup, operations: Op[]): Reply {
    if (operations.length > quirks.mostOperations) throw new Refused(quirks.tooMany, "too many", "tooMany");
    const changes = operations.map(toChange);
    const touched = changes.flatMap(({ add, remove }) => [...add, ...remove]);
    if (touched.length > quirks.mostMembers) throw new Refused(quirks.tooMany, "too many members");
    const stranger = touched.find((member) => !users.has(member) && !group.members.has(member));
    if (stranger !== undefined) throw new Refused(400, `there is no user ${stranger}`);
    for (const { add, remove, displayName } of changes) {
      if (displayName !== undefined) group.displayName = displayName;
      for (const member of add) group.members.add(member);
      for (const member of remove) group.members.delete(member);
    }
    return { status: 200, body: shown(id, group) };
  }

  function toChange({ op, path, value }: Op): { add: string[]; remove: string[]; displayName?: string } {
    if (path === "displayName" && op === "replace") {
      if (!quirks.groupRename) throw new Refused(400, "groups cannot be renamed", "mutability");
      return { add: [], remove: [], displayName: String(value) };
    }
    const one = /^members\[value eq "(.*)"\]$/.exec(path)?.[1];
    if (op === "remove" && one !== undefined && quirks.memberRemoval === "filter") return { add: [], remove: [one] };
    const list = quirks.memberValue === "object" && isAttributes(value) ? value["members"] : value;
    const isList = path === "members" && Array.isArray(list);
    if (!isList || (op !== "add" && quirks.memberRemoval === "filter")) throw new Refused(400, `cannot ${op} ${path}`);
    if (quirks.memberValue === "object" && !isAttributes(value)) throw new Refused(400, "the value must be an object");
    const ids = list.map((member) => String(isAttributes(member) ? member["value"] : null));
    return op === "add" ? { add: ids, remove: [] } : { add: [], remove: ids };
  }

  function put(id: string, group: QuirkyGroup, { displayName }: Attributes): Reply {
    group.displayName = String(displayName);
    return { status: 200, body: shown(id, group) };
  }

  function list(query: URLSearchParams): Reply {
    const { attribute, value } = parseEq(query.get("filter") ?? "", quirks.groupFilters);
    const found = [...groups].filter(([, group]) => group[attribute as "displayName" | "externalId"] === value);
    return {
      status: 200,
      body: { totalResults: found.length, Resources: found.map(([id, group]) => shown(id, group)) },
    };
  }

  return {
    all: groups,
    add(displayName) {
      groups.set(`by-hand-${displayName}`, { displayName, externalId: null, members: new Set() });
    },
    answer({ method, id, query, body }) {
      if (quirks.groups === "none") throw new Refused(404, "no groups here");
      if (id === null) return method === "POST" ? create(body) : list(query);
      const group = groups.get(id);
      if (group === undefined) throw notFound(`group ${id}`);
      if (method === "GET") return { status: 200, body: shown(id, group) };
      if (method === "PATCH") return patch(id, group, body["Operations"] as Op[]);
      if (method === "PUT" && quirks.groupPut) return put(id, group, body);
      if (method !== "DELETE" || quirks.groups === "given") throw new Refused(405, `no ${method}`);
      groups.delete(id);
      return { status: 204 };
    },
  };
}
