import type { Attributes } from "@muster/scim";
import { NotTaken, notThere, onlyKnown, pageOf, type StrictReply } from "./serve-strict.ts";

type UserGroup = { name: string; description: string; attributes: Attributes; members: Set<string> };

export type UserGroups = {
  all: Map<string, UserGroup>;
  answer(request: {
    method: string;
    id: string | undefined;
    members: boolean;
    query: URLSearchParams;
    body: Attributes;
    newId(): string;
  }): StrictReply;
};

/** User groups of JumpCloud's API, version 2: lists are bare, members come and go one by one, a PUT is of the whole group. */
export function createUserGroups(users: ReadonlyMap<string, unknown>): UserGroups {
  const all = new Map<string, UserGroup>();

  function shown(id: string): Attributes {
    const { name = "", description = "", attributes = {} } = all.get(id) ?? {};
    return { id, name, type: "user_group", description, attributes };
  }

  function check(
    { name, description = "", attributes = {} }: Attributes,
    self: string | null,
  ): Omit<UserGroup, "members"> {
    if (typeof name !== "string" || name === "") throw new NotTaken(400, "name is required");
    for (const [id, other] of all) if (id !== self && other.name === name) throw new NotTaken(409, "Already Exists");
    return { name, description: String(description), attributes: attributes as Attributes };
  }

  function write(id: string, body: Attributes, members: Set<string>, status: number): StrictReply {
    onlyKnown(Object.keys(body), ["name", "description", "attributes"]);
    all.set(id, { ...check(body, id), members });
    return { status, body: shown(id) };
  }

  function list(query: URLSearchParams): StrictReply {
    onlyKnown(query.keys(), ["limit", "skip", "sort", "fields", "filter"]);
    const filter = query.get("filter");
    const [, wanted] = filter === null ? [] : (/^name:eq:(.+)$/.exec(filter) ?? ["", undefined]);
    if (filter !== null && wanted === undefined) throw new NotTaken(400, `cannot filter by ${filter}`);
    const found = [...all.keys()].filter((id) => wanted === undefined || all.get(id)?.name === wanted);
    return { status: 200, body: pageOf(found, query).map(shown) };
  }

  function listMembers({ members }: UserGroup, query: URLSearchParams): StrictReply {
    onlyKnown(query.keys(), ["limit", "skip"]);
    return { status: 200, body: pageOf([...members], query).map((id) => ({ to: { type: "user", id } })) };
  }

  function change({ members }: UserGroup, { op, type, id, ...rest }: Attributes): StrictReply {
    onlyKnown(Object.keys(rest), []);
    if (type !== "user" || typeof id !== "string" || (op !== "add" && op !== "remove"))
      throw new NotTaken(400, "op, type and id are required");
    if (!users.has(id)) throw notThere(`user ${id}`);
    if (op === "add" && members.has(id)) throw new NotTaken(409, "Already Exists");
    if (op === "remove" && !members.has(id)) throw notThere(`member ${id}`);
    if (op === "add") members.add(id);
    else members.delete(id);
    return { status: 204, body: null };
  }

  return {
    all,
    answer({ method, id, members, query, body, newId }) {
      if (id === undefined) return method === "POST" ? write(newId(), body, new Set(), 201) : list(query);
      const group = all.get(id);
      if (group === undefined) throw notThere(`group ${id}`);
      if (members) return method === "POST" ? change(group, body) : listMembers(group, query);
      if (method === "GET") return { status: 200, body: shown(id) };
      if (method === "PUT") return write(id, body, group.members, 200);
      if (method !== "DELETE") throw new NotTaken(405, `no ${method}`);
      all.delete(id);
      return { status: 204, body: null };
    },
  };
}
