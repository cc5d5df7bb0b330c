import { type ScimTarget, toScimTarget } from "../load/scim-request.ts";
import { type AdminClient, textOf, toObject } from "./admin-client.ts";
import type { SampleAppProcess } from "./sample-app.ts";

export type OnboardedTenant = { tenantId: string; directoryId: string; connectionId: string; scim: ScimTarget };

/** The in-flight limit that pushes are compared at. */
export const IN_FLIGHT = 32;

const ROLE = { key: "member", name: "Member" };

/** Registers the sample app with one role that everybody gets. */
export async function registerApp(admin: AdminClient, name: string): Promise<string> {
  return textOf(await admin.post("/apps", { name, roles: [ROLE] }), "id");
}

/** Makes a tenant whose directory's people are all wanted in the app; its lane is paused at once where asked. */
export async function onboardTenant(
  admin: AdminClient,
  input: { name: string; appId: string; app: SampleAppProcess; paused: boolean },
): Promise<OnboardedTenant> {
  const { app } = input;
  const tenantId = textOf(await admin.post("/tenants", { name: input.name }), "id");
  const directory = await admin.post(`/tenants/${tenantId}/directories`, { provider: "generic", name: input.name });
  const scim = toObject(directory["scim"]);
  const directoryId = textOf(directory, "id");
  const connection = await admin.post(`/tenants/${tenantId}/connections`, {
    appId: input.appId,
    directoryId,
    target: { kind: "scim", baseUrl: app.baseUrl, auth: { scheme: "bearer", token: app.token } },
    settings: { maxInFlight: IN_FLIGHT },
  });
  const connectionId = textOf(connection, "id");
  if (input.paused) await admin.patch(`/connections/${connectionId}`, { paused: true });
  await admin.put(`/connections/${connectionId}/assignments`, { everyone: true });
  await putRules(admin, connectionId, []);
  const endpoint = { endpointUrl: textOf(scim, "endpointUrl"), bearerToken: textOf(scim, "bearerToken") };
  return { tenantId, directoryId, connectionId, scim: toScimTarget(endpoint) };
}

/** Lets these groups decide roles too, so that whoever joins one is looked at again; every role is the same one. */
export async function putRules(admin: AdminClient, connectionId: string, groupIds: readonly string[]): Promise<void> {
  await admin.put(`/connections/${connectionId}/rules`, {
    precedence: "first",
    defaultRole: ROLE.key,
    rules: groupIds.map((id) => ({ group: { id }, role: ROLE.key })),
  });
}
