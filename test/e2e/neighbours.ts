import type { Answer } from "./clients.ts";
import type { Tenant } from "./stage.ts";

/** The ids of one tenant's people. */
export type People = { user: string; other: string; group: string };

/** Fills a tenant with two users, one of them in a group. */
export async function populate(tenant: Tenant): Promise<People> {
  const user = await tenant.scim.createUser({
    userName: "ada@example.com",
    externalId: "7",
    emails: [{ value: "ada@example.com" }],
  });
  const other = await tenant.scim.createUser({ userName: "bob@example.com" });
  const group = await tenant.scim.createGroup({ displayName: "Staff", members: [{ value: user.id }] });
  return { user: user.id, other: other.id, group: group.id };
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** What a caller can tell from an answer: everything but ids, times and the connection's own headers. */
export function seen({ status, headers, text }: Answer, ids: readonly string[] = []): string {
  const shown = ["content-type", "content-length", "location", "etag", "allow", "www-authenticate"];
  const head = shown.map((name) => `${name}: ${headers.get(name) ?? "-"}`).join("\n");
  const named = ids.reduce((sum, id) => sum.replaceAll(id, "<id>"), `${status}\n${head}\n\n${text}`);
  return named.replaceAll(UUID, "<id>").replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>");
}
