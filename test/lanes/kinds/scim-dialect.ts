import { randomUUID } from "node:crypto";
import { type Attributes, errorUrn, listResponseUrn, userUrn } from "@muster/scim";
import type { AppAccount, AppReply, Dialect } from "./scripted-app.ts";

const shown = ({ id, externalId, userName, displayName, active }: AppAccount): Attributes => ({
  ...{ schemas: [userUrn], id, externalId, userName, displayName, active },
});
const error = (status: number): AppReply => ({ status, body: { schemas: [errorUrn], status: String(status) } });
const idIn = (path: string): string | undefined => /^\/api\/Users\/([^/]+)$/.exec(path)?.[1];

/** SCIM 2.0, with PUT for a change. */
export const scimDialect: Dialect = {
  asksFor({ method, path, query }) {
    if (method === "POST") return "create";
    if (method === "DELETE") return "remove";
    if (method === "PUT") return "change";
    return idIn(path) === undefined && query.get("filter")?.includes("muster-connection-check") === true
      ? "check"
      : "look";
  },
  answer({ method, path, query, body }, accounts) {
    const id = idIn(path);
    if (method === "GET" && id === undefined) {
      const [, attribute, value] = /^(\S+) eq "(.*)"$/.exec(query.get("filter") ?? "") ?? [];
      const all = [...accounts.values()].filter(
        (one) => attribute === undefined || one[attribute as "userName" | "externalId"] === value,
      );
      return { status: 200, body: { schemas: [listResponseUrn], totalResults: all.length, Resources: all.map(shown) } };
    }
    const given = body === "" ? {} : (JSON.parse(body) as Partial<AppAccount>);
    if (method === "POST") {
      if ([...accounts.values()].some(({ userName }) => userName === given.userName)) return error(409);
      const made = { ...blank(randomUUID()), ...pick(given) };
      accounts.set(made.id, made);
      return { status: 201, body: shown(made) };
    }
    const account = accounts.get(id ?? "");
    if (account === undefined) return error(404);
    if (method === "DELETE") accounts.delete(account.id);
    if (method === "PUT") Object.assign(account, pick(given));
    return method === "DELETE" ? { status: 204 } : { status: 200, body: shown(account) };
  },
};

const blank = (id: string): AppAccount => ({ id, externalId: null, userName: "", displayName: null, active: true });
const pick = ({ externalId = null, userName = "", displayName = null, active = true }: Partial<AppAccount>) => ({
  ...{ externalId, userName, displayName, active },
});
