import type { AppAuth } from "../sample-app/app-auth.ts";
import type { AdminApi } from "./admin-api.ts";
import { ADMINS, CONTRACTORS, ENGINEERING, ROLES, STAFF } from "./cast.ts";

export type Onboarded = { tenantId: string; connectionId: string; endpointUrl: string; bearerToken: string };

/**
 * Onboards the tenant as an app owner would: app with roles, tenant, directory for JumpCloud, connection to the app, then
 * assignments and rules by the names of groups that do not exist yet.
 */
export async function onboard(api: AdminApi, app: { baseUrl: string; auth: AppAuth }): Promise<Onboarded> {
  const registered = await api.post("/api/v1/apps", { name: "Sample app", roles: ROLES });
  const tenant = await api.post("/api/v1/tenants", { name: "Acme", externalId: `acme-${crypto.randomUUID()}` });
  const tenantId = tenant.text("id");
  const directory = await api.post(`/api/v1/tenants/${encodeURIComponent(tenantId)}/directories`, {
    provider: "jumpcloud",
    name: "Acme's JumpCloud",
  });
  const connection = await api.post(`/api/v1/tenants/${encodeURIComponent(tenantId)}/connections`, {
    appId: registered.text("id"),
    directoryId: directory.text("id"),
    target: { kind: "scim", baseUrl: app.baseUrl, auth: app.auth },
  });
  const connectionId = connection.text("id");
  const connectionPath = `/api/v1/connections/${encodeURIComponent(connectionId)}`;
  await api.put(`${connectionPath}/assignments`, {
    groups: [STAFF, ENGINEERING, CONTRACTORS].map((displayName) => ({ displayName })),
  });
  await api.put(`${connectionPath}/rules`, {
    precedence: "first",
    defaultRole: "viewer",
    rules: [
      { group: { displayName: ADMINS }, role: "admin" },
      { group: { displayName: ENGINEERING }, role: "editor" },
    ],
  });
  return {
    tenantId,
    connectionId,
    endpointUrl: directory.text("scim", "endpointUrl"),
    bearerToken: directory.text("scim", "bearerToken"),
  };
}
