import { type ScimTarget, toScimTarget } from "../load/scim-request.ts";
import { type AdminClient, textOf, toObject } from "./admin-client.ts";
import type { SampleAppProcess } from "./sample-app.ts";

/** A tenant with a directory and nothing behind it. */
export type OnboardedDirectory = { tenantId: string; directoryId: string; scim: ScimTarget };

export type OnboardedTenant = OnboardedDirectory & { connectionId: string };

/** The in-flight limit that pushes are compared at. */
export const IN_FLIGHT = 32;

const ROLE = { key: "member", name: "Member" };

/** Registers the sample app with one role that everybody gets. */
export async function registerApp(admin: AdminClient, name: string): Promise<string> {
  return textOf(await admin.post("/apps", { name, roles: [ROLE] }), "id");
}

export type ConnectInput = {
  appId: string;
  app: SampleAppProcess;
  /** Whether the lane is paused at once. */
  paused: boolean;
  /** Default: `IN_FLIGHT`. */
  maxInFlight?: number;
};

/** Makes a tenant whose directory's people are all wanted in the app. */
export async function onboardTenant(
  admin: AdminClient,
  input: ConnectInput & { name: string },
): Promise<OnboardedTenant> {
  const directory = await onboardDirectory(admin, input.name);
  const connectionId = await connectApp(admin, directory, input);
  await assignEveryone(admin, connectionId);
  return { ...directory, connectionId };
}

/** Makes a tenant with an empty directory. */
export async function onboardDirectory(admin: AdminClient, name: string): Promise<OnboardedDirectory> {
  const tenantId = textOf(await admin.post("/tenants", { name }), "id");
  const directory = await admin.post(`/tenants/${tenantId}/directories`, { provider: "generic", name });
  const scim = toObject(directory["scim"]);
  const endpoint = { endpointUrl: textOf(scim, "endpointUrl"), bearerToken: textOf(scim, "bearerToken") };
  return { tenantId, directoryId: textOf(directory, "id"), scim: toScimTarget(endpoint) };
}

/** Connects a directory to the app, in which nobody is wanted yet; gives the connection's id. */
export async function connectApp(
  admin: AdminClient,
  { tenantId, directoryId }: OnboardedDirectory,
  { appId, app, paused, maxInFlight = IN_FLIGHT }: ConnectInput,
): Promise<string> {
  const connection = await admin.post(`/tenants/${tenantId}/connections`, {
    appId,
    directoryId,
    target: { kind: "scim", baseUrl: app.baseUrl, auth: { scheme: "bearer", token: app.token } },
    settings: { maxInFlight },
  });
  const connectionId = textOf(connection, "id");
  if (paused) await setPaused(admin, connectionId, true);
  await putRules(admin, connectionId, []);
  return connectionId;
}

/** From here on everybody of the directory is wanted in the app. */
export async function assignEveryone(admin: AdminClient, connectionId: string): Promise<void> {
  await admin.put(`/connections/${connectionId}/assignments`, { everyone: true });
}

/** Pauses or resumes a connection's lane. */
export async function setPaused(admin: AdminClient, connectionId: string, paused: boolean): Promise<void> {
  await admin.patch(`/connections/${connectionId}`, { paused });
}

/** Lets these groups decide roles too, so that whoever joins one is looked at again; every role is the same one. */
export async function putRules(admin: AdminClient, connectionId: string, groupIds: readonly string[]): Promise<void> {
  await admin.put(`/connections/${connectionId}/rules`, {
    precedence: "first",
    defaultRole: ROLE.key,
    rules: groupIds.map((id) => ({ group: { id }, role: ROLE.key })),
  });
}
