import type { Attributes } from "@muster/scim";
import type { AppAccount, AppReply, Dialect } from "./scripted-app.ts";

/** The templates for an API that is nothing like SCIM: numbers for ids, other names, and a state in place of a flag. */
export const restOptions = {
  account: `{"id": item.no, "externalId": item.ref, "userName": item.login, "displayName": item.label, "active": item.state == "on"}`,
  attributes: ["displayName"],
  operations: {
    create: {
      method: "POST",
      path: `["members"]`,
      headers: { "idempotency-key": "idempotencyKey" },
      body: `{"ref": externalId, "login": user.userName, "label": user.displayName}`,
      success: `status == 201 && has(body.no)`,
    },
    read: { method: "GET", path: `["members", id]` },
    list: {
      method: "GET",
      path: `["members"]`,
      query: `{"page": page.number, "size": page.count}`,
      items: "body.members",
      paging: { style: "index", size: 2, total: "body.all" },
    },
    find: {
      externalId: { method: "GET", path: `["members"]`, query: `{"ref": value}`, items: "body.members" },
      userName: { method: "GET", path: `["members"]`, query: `{"login": value}`, items: "body.members" },
    },
    update: {
      method: "PUT",
      path: `["members", id]`,
      body: `{"ref": externalId, "login": user.userName, "label": user.displayName}`,
    },
    deactivate: { method: "POST", path: `["members", id, "off"]` },
    reactivate: { method: "POST", path: `["members", id, "on"]` },
    delete: { method: "DELETE", path: `["members", id]` },
  },
};

const shown = ({ id, externalId, userName, displayName, active }: AppAccount): Attributes => ({
  ...{ no: Number(id), ref: externalId, login: userName, label: displayName, state: active ? "on" : "off" },
});

/** The API that those templates are for. */
export const restDialect: Dialect = {
  asksFor({ method, path }) {
    if (method === "GET") return "look";
    if (method === "DELETE") return "remove";
    return path === "/api/members" ? "create" : "change";
  },
  answer({ method, path, query, body }, accounts): AppReply {
    const [, id, state] = /^\/api\/members(?:\/(\d+)(?:\/(on|off))?)?$/.exec(path) ?? [];
    const all = [...accounts.values()];
    if (method === "GET" && id === undefined) return listed(all, query);
    if (method === "POST" && id === undefined) return made(JSON.parse(body) as Member, accounts);
    const account = accounts.get(id ?? "");
    if (account === undefined) return { status: 404, body: { error: "no such member" } };
    if (method === "DELETE") {
      accounts.delete(account.id);
      return { status: 204 };
    }
    if (state !== undefined) account.active = state === "on";
    if (method === "PUT") Object.assign(account, accountOf(JSON.parse(body) as Member));
    return { status: 200, body: shown(account) };
  },
};

type Member = { ref: string; login: string; label: string | null };
const accountOf = ({ ref, login, label }: Member) => ({ externalId: ref, userName: login, displayName: label });

function made(member: Member, accounts: Map<string, AppAccount>): AppReply {
  if ([...accounts.values()].some(({ userName }) => userName === member.login)) return { status: 409 };
  const account = {
    id: String(Math.max(7000, ...[...accounts.keys()].map(Number)) + 1),
    active: true,
    ...accountOf(member),
  };
  accounts.set(account.id, account);
  return { status: 201, body: shown(account) };
}

function listed(all: AppAccount[], query: URLSearchParams): AppReply {
  const [ref, login] = [query.get("ref"), query.get("login")];
  const fits = all.filter(
    (one) => (ref === null || one.externalId === ref) && (login === null || one.userName === login),
  );
  const size = Number(query.get("size") ?? fits.length);
  const begin = (Number(query.get("page") ?? 1) - 1) * size;
  return { status: 200, body: { all: fits.length, members: fits.slice(begin, begin + size).map(shown) } };
}
