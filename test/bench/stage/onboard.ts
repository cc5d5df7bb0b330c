import { type ScimTarget, toScimTarget } from "../load/scim-request.ts";
import { type AdminClient, textOf, toObject } from "./admin-client.ts";
import type { SampleAppProcess } from "./sample-app.ts";

export type OnboardedTenant = { tenantId: string; connectionId: string; scim: ScimTarget };

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
  const connection = await admin.post(`/tenants/${tenantId}/connections`, {
    appId: input.appId,
    directoryId: textOf(directory, "id"),
    target: { kind: "scim", baseUrl: app.baseUrl, auth: { scheme: "bearer", token: app.token } },
    settings: { maxInFlight: IN_FLIGHT },
  });
  const connectionId = textOf(connection, "id");
  if (input.paused) await admin.patch(`/connections/${connectionId}`, { paused: true });
  await admin.put(`/connections/${connectionId}/assignments`, { everyone: true });
  await admin.put(`/connections/${connectionId}/rules`, { precedence: "first", defaultRole: ROLE.key, rules: [] });
  const endpoint = { endpointUrl: textOf(scim, "endpointUrl"), bearerToken: textOf(scim, "bearerToken") };
  return { tenantId, connectionId, scim: toScimTarget(endpoint) };
}
