import { uuidV7 } from "@muster/runtime";
import type { Stage, Tenant } from "../e2e/stage.ts";

/** Fills a tenant with one of everything, each with a name that means harm. */
export async function fillTenant(stage: Stage, tenant: Tenant, name: string): Promise<Record<string, string>> {
  const { admin, ledger } = stage;
  const user = await tenant.scim.createUser({
    userName: name,
    externalId: name,
    displayName: name,
    title: name,
    name: { givenName: name, familyName: name },
    emails: [{ value: name, type: name }],
  });
  const group = await tenant.scim.createGroup({ displayName: name, externalId: name, members: [{ value: user.id }] });
  await tenant.scim.get(`/Users?filter=${encodeURIComponent(name)}`);
  const app = await admin.post("/apps", { name, roles: [{ key: "admin", name }] });
  const made = await admin.post(`/tenants/${tenant.id}/connections`, {
    appId: app.body.id,
    directoryId: tenant.directoryId,
    name,
    target: { kind: "scim", baseUrl: "https://ledger.example/scim", auth: { scheme: "bearer", token: "t" } },
  });
  const connection = made.body.id;
  await admin.put(`/connections/${connection}/assignments`, { groups: [{ displayName: name }] });
  const condition = 'user.userName != "nobody"';
  const rules = [
    { group: { displayName: name }, role: "admin" },
    { group: { prefix: name }, role: "admin", condition },
    { condition, role: "admin" },
  ];
  await admin.put(`/connections/${connection}/rules`, { precedence: "first", rules });
  await ledger.query(
    `insert into accounts (tenant_id, connection_id, user_id, state, reason) values ($1, $2, $3, 'stopped', $4)
     on conflict (tenant_id, connection_id, user_id) do update set state = 'stopped', reason = excluded.reason`,
    [tenant.id, connection, user.id, name],
  );
  await ledger.query(
    `insert into attempts (tenant_id, connection_id, id, user_id, operation, outcome, duration_ms, decision, generation, number, status, detail)
     values ($1, $2, $3, $4, 'create', 'permanent', 12, 'parked', 1, 1, 400, $5)`,
    [tenant.id, connection, uuidV7(), user.id, name],
  );
  const candidates = [{ remoteId: name, userName: name, emails: [name], externalId: name, active: true }];
  await ledger.query(
    "insert into conflicts (tenant_id, connection_id, user_id, why, candidates) values ($1, $2, $3, $4, $5)",
    [tenant.id, connection, user.id, name, JSON.stringify(candidates)],
  );
  const hold = uuidV7();
  await ledger.query(
    `insert into holds (tenant_id, connection_id, id, cause, subject, actor, at, people, in_scope, threshold, incomplete, expires_at)
     values ($1, $2, $3, 'group.delete', $4, 'token:test', now(), 1, 100, 20, false, now() + interval '7 days')`,
    [tenant.id, connection, hold, name],
  );
  await ledger.query("insert into held_removals (tenant_id, connection_id, user_id, hold_id) values ($1, $2, $3, $4)", [
    tenant.id,
    connection,
    user.id,
    hold,
  ]);
  return { user: user.id, group: group.id, connection };
}
