import { randomUUID } from "node:crypto";
import type { Attributes, Json } from "@muster/scim";
import type { AppAccount, AppReply, Dialect } from "./scripted-app.ts";

/** JumpCloud's system users. */
export function createJumpCloudDialect(): Dialect {
  // What the suite has no place for among an app's accounts.
  const emails = new Map<string, string>();

  const shown = ({ id, externalId, userName, displayName, active }: AppAccount): Attributes => ({
    ...{ _id: id, username: userName, displayname: displayName ?? "", email: emails.get(id) ?? "", suspended: !active },
    attributes: externalId === null ? [] : [{ name: "externalId", value: externalId }],
  });

  function write(account: AppAccount, fields: Attributes): AppReply {
    const { username, displayname, email, suspended, attributes } = fields;
    if (typeof email === "string") emails.set(account.id, email);
    if (typeof username === "string") account.userName = username;
    if (typeof displayname === "string") account.displayName = displayname;
    if (typeof suspended === "boolean") account.active = !suspended;
    if (Array.isArray(attributes)) account.externalId = ourId(attributes);
    return { status: 200, body: shown(account) };
  }

  return {
    asksFor({ method, query }) {
      if (method === "POST") return "create";
      if (method === "DELETE") return "remove";
      if (method === "PUT") return "change";
      return query.get("limit") === "1" ? "check" : "look";
    },
    answer({ method, path, query, body }, accounts) {
      const id = /^\/api\/systemusers\/([^/]+)$/.exec(path)?.[1];
      const fields = body === "" ? {} : (JSON.parse(body) as Attributes);
      if (method === "GET" && id === undefined) {
        const [, field, value] = /^(username|email):\$eq:(.*)$/.exec(query.get("filter") ?? "") ?? [];
        const all = [...accounts.values()].map(shown).filter((one) => field === undefined || one[field] === value);
        const skip = Number(query.get("skip") ?? "0");
        return { status: 200, body: { totalCount: all.length, results: all.slice(skip, skip + 3) } };
      }
      if (method === "POST") {
        if ([...accounts.values()].some(({ userName }) => userName === fields["username"]))
          return { status: 409, body: { message: "username already exists" } };
        const made = { id: randomUUID(), externalId: null, userName: "", displayName: null, active: true };
        accounts.set(made.id, made);
        return write(made, fields);
      }
      const account = accounts.get(id ?? "");
      if (account === undefined) return { status: 404, body: { message: "not found" } };
      if (method === "PUT") return write(account, fields);
      if (method === "DELETE") accounts.delete(account.id);
      return { status: 200, body: shown(account) };
    },
  };
}

function ourId(attributes: readonly Json[]): string | null {
  const ours = (attributes as { name?: string; value?: string }[]).find(({ name }) => name === "externalId");
  return ours?.value ?? null;
}
