import { Webhook } from "standardwebhooks";
import type { AppAccount, Asks, Dialect } from "./scripted-app.ts";

export const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

type Message = {
  type: string;
  generation?: number;
  data: {
    id: string;
    externalId: string;
    user?: { userName?: string; displayName?: string; active?: boolean };
    displayName?: string;
    add?: string[];
    remove?: string[];
  };
};

export type AppGroup = { displayName: string; members: Set<string> };

const ASKS: Readonly<Record<string, Asks>> = {
  "user.created": "create",
  "user.updated": "change",
  "user.deactivated": "change",
  "user.reactivated": "change",
  "user.deleted": "remove",
  "connection.check": "check",
};

/** A receiver as the documentation asks for: it verifies, drops what it has had, and takes a message for what should be. */
export function createWebhookDialect(groups = new Map<string, AppGroup>()): Dialect {
  const had = new Set<string>();
  const read = (body: string) => JSON.parse(body) as Message;
  return {
    asksFor: ({ body }) => ASKS[read(body).type] ?? "change",
    answer({ headers, body }, accounts) {
      const signed = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
      new Webhook(WEBHOOK_SECRET).verify(body, signed);
      const { type, data } = read(body);
      if (type === "connection.check") return { status: 204 };
      if (type.startsWith("group.")) return applyToGroup(type, data, groups);
      const known = accounts.get(data.id) ?? [...accounts.values()].find((one) => one.externalId === data.externalId);
      const id = signed["webhook-id"] ?? "";
      if (had.has(id)) return answerOf(known ?? { id: data.id, active: false });
      // What only pretends to be done has not been had.
      const account = apply(type, data, known, accounts);
      if (accounts.get(account.id) === account || type === "user.deleted") had.add(id);
      return answerOf(account);
    },
  };
}

const answerOf = ({ id, active }: Pick<AppAccount, "id" | "active">) => ({
  status: 200,
  body: { account: { id, active } },
});

function apply(
  type: string,
  { id, externalId, user = {} }: Message["data"],
  known: AppAccount | undefined,
  accounts: Map<string, AppAccount>,
): AppAccount {
  if (type === "user.deleted") {
    if (known !== undefined) accounts.delete(known.id);
    return { ...(known ?? { id, externalId, userName: "", displayName: null }), active: false };
  }
  const account = known ?? { id: `w-${id}`, externalId, userName: "", displayName: null, active: true };
  const { userName = account.userName, displayName = account.displayName, active = account.active } = user;
  Object.assign(account, { userName, displayName, active });
  accounts.set(account.id, account);
  return account;
}

function applyToGroup(
  type: string,
  { id, displayName = "", add = [], remove = [] }: Message["data"],
  groups: Map<string, AppGroup>,
) {
  if (type === "group.deleted") groups.delete(id);
  else {
    const group = groups.get(id) ?? { displayName, members: new Set() };
    if (displayName !== "") group.displayName = displayName;
    for (const one of add) group.members.add(one);
    for (const one of remove) group.members.delete(one);
    groups.set(id, group);
  }
  return { status: 204 };
}
