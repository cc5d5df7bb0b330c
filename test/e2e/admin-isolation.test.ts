import { apiRoutes } from "@muster/api";
import { uuidV7 } from "@muster/runtime";
import { waitFor } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AdminClient } from "./clients.ts";
import { findLeaks } from "./ear.ts";
import { populate, seen } from "./neighbours.ts";
import { openStage, type Stage, type Tenant } from "./stage.ts";

let stage: Stage;
let a: Tenant;

beforeAll(async () => {
  stage = await openStage();
  a = await stage.newTenant();
});
afterAll(async () => {
  await stage.close();
});

describe("V05, V10: an API key opens its own workspace and nothing else", () => {
  let own: Record<string, string>;
  let foreign: Record<string, string>;

  beforeAll(async () => {
    const { admin } = await stage.newWorkspace();
    own = await onboard(stage.admin);
    foreign = await onboard(admin);
  });

  /** One thing of each kind that a path can name. */
  async function onboard(admin: AdminClient): Promise<Record<string, string>> {
    const tenant = await stage.newTenant({ admin });
    const { user, group } = await populate(tenant);
    const appId = (await admin.post("/apps", { name: "Ledger", roles: [{ key: "admin", name: "Administrator" }] })).body
      .id;
    const token = stage.ear.secret(`downstream-${uuidV7()}`);
    const target = { kind: "scim", baseUrl: "https://ledger.example/scim/v2", auth: { scheme: "bearer", token } };
    const made = await admin.post(`/tenants/${tenant.id}/connections`, {
      appId,
      directoryId: tenant.directoryId,
      target,
    });
    const directory = `/tenants/${tenant.id}/directories/${tenant.directoryId}`;
    const tokens = await admin.get(`${directory}/tokens`);
    const request = await waitFor(async () => (await admin.get(`${directory}/requests`)).body.items[0]?.id, {
      timeoutMs: 10_000,
      what: "a request in the log",
    });
    const attemptId = uuidV7();
    await stage.ledger.query(
      `insert into attempts (tenant_id, connection_id, id, operation, outcome, duration_ms, decision, generation, number)
       values ($1, $2, $3, 'probe', 'ok', 1, 'probed', 0, 1)`,
      [tenant.id, made.body.id, attemptId],
    );
    const holdId = uuidV7();
    await stage.ledger.query(
      `insert into holds (tenant_id, connection_id, id, cause, actor, at, people, in_scope, threshold, incomplete, expires_at)
       values ($1, $2, $3, 'group.delete', 'token:test', now(), 30, 100, 20, false, now() + interval '7 days')`,
      [tenant.id, made.body.id, holdId],
    );
    await admin.put(`/connections/${made.body.id}/assignments`, { everyone: false });
    const versions = await admin.get(`/connections/${made.body.id}/versions`);
    const webhook = await admin.postSecret("/webhooks", { url: "https://ledger.example/hooks" });
    await admin.put(`/apps/${appId}/mapping`, { rows: null });
    const mappingVersions = await admin.get(`/apps/${appId}/mapping/versions`);
    return {
      mappingVersionId: mappingVersions.body.items[0]?.id ?? "",
      versionId: versions.body.items[0]?.id ?? "",
      appId,
      webhookId: webhook.id,
      holdId,
      attemptId,
      tenantId: tenant.id,
      directoryId: tenant.directoryId,
      tokenId: tokens.body.items[0]?.id ?? "",
      memberId: (await admin.post("/members", { email: `${uuidV7()}@acme.example`, role: "admin" })).body.id,
      linkId: (await admin.postSecret(`/tenants/${tenant.id}/portal-links`, {})).id,
      connectionId: made.body.id,
      groupId: group,
      userId: user,
      requestId: request,
      undoId: (await admin.post(`${directory}/undos`, { to: new Date().toISOString() })).body.id,
      planId: (
        await admin.post(`/connections/${made.body.id}/plans`, { proposed: { assignments: { everyone: true } } })
      ).body.id,
      probeId: (await admin.post(`/connections/${made.body.id}/probes`, {})).body.id,
      comparisonId: (await admin.post(`/connections/${made.body.id}/comparisons`, {})).body.id,
    };
  }

  const bodies: Record<string, (ids: Record<string, string>) => Record<string, unknown>> = {
    createApp: () => ({ name: "Another" }),
    createTenant: () => ({ name: "Another" }),
    updateTenant: () => ({ name: "Renamed" }),
    createDirectory: () => ({ provider: "okta" }),
    updateDirectory: () => ({ name: "Renamed" }),
    putExtensions: () => ({
      extensions: [{ resourceType: "User", id: "urn:example:a:User", name: "A", attributes: [{ name: "badge" }] }],
    }),
    createMember: () => ({ email: "another@acme.example", role: "auditor" }),
    updateMember: () => ({ role: "operator" }),
    createPortalLink: () => ({ rights: "view" }),
    updateBranding: () => ({ name: "Ours" }),
    createDirectoryToken: () => ({ expiresInDays: 30 }),
    createDirectoryClient: () => ({ expiresInDays: 30 }),
    createConnection: ({ appId, directoryId }) => ({
      appId,
      directoryId,
      target: { kind: "scim", baseUrl: "https://a.example", auth: { scheme: "bearer", token: "t" } },
    }),
    updateConnection: () => ({ name: "Renamed" }),
    redriveConnection: () => ({ since: "2026-01-01T00:00:00Z" }),
    provisionPerson: () => ({ waitMs: 0 }),
    putAppMapping: () => ({ rows: [{ target: "userName", expression: "user.userName" }] }),
    putMapping: () => ({ rows: [{ target: "userName", expression: "user.userName" }] }),
    previewPerson: ({ userId }) => ({ userId }),
    planConnection: () => ({ names: 5 }),
    startProbe: () => ({ readOnly: true }),
    requestUndo: () => ({ to: new Date().toISOString() }),
    startRollout: ({ groupId, userId }) => ({
      proposed: { assignments: { groups: [{ id: groupId }] } },
      people: [{ id: userId }],
    }),
    putRolloutPeople: ({ groupId }) => ({ groups: [{ id: groupId }] }),
    requestPlan: ({ groupId }) => ({ proposed: { assignments: { groups: [{ id: groupId }] } } }),
    openGate: ({ groupId }) => ({ groups: [groupId] }),
    retryRemoteGroup: () => ({ link: "1" }),
    putEventStream: () => ({ enabled: true }),
    createWebhook: ({ appId }) => ({ url: "https://ledger.example/hooks", appId }),
    updateWebhook: () => ({ name: "Renamed" }),
    rotateWebhookSecret: () => ({ overlapHours: 1 }),
    redeliver: () => ({ what: "failed", since: "2026-01-01T00:00:00Z" }),
    decideApprovals: () => ({ decision: "approve", ids: [uuidV7()] }),
    decideConflict: () => ({ action: "ignore" }),
    startComparison: () => ({ policy: "repair" }),
    putAssignments: ({ groupId, userId }) => ({ groups: [{ id: groupId }], people: [{ id: userId }] }),
    putLockoutGuard: ({ userId }) => ({ people: [{ id: userId }], roles: ["admin"] }),
    putManualRoles: () => ({ grant: ["admin"] }),
    putRules: ({ groupId }) => ({ precedence: "first", rules: [{ group: { id: groupId }, role: "admin" }] }),
  };
  const bodyOf = (id: string, ids: Record<string, string>) => {
    const operation = apiRoutes.find((route) => route.operation.id === id)?.operation;
    const body = bodies[id]?.(ids);
    if (operation?.body !== undefined && body === undefined) throw new Error(`${id} is new: give it a body here`);
    return body;
  };
  const named = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  const pathOf = (path: string, ids: Record<string, string>): string =>
    path.slice("/api/v1".length).replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const id = ids[name];
      if (id === undefined) throw new Error(`"${name}" is new in a path: onboard() must make one`);
      return id;
    });
  const randomIds = (): Record<string, string> =>
    Object.fromEntries(
      Object.keys(own).map((name) => [
        name,
        ["tokenId", "linkId"].includes(name) ? uuidV7().replaceAll("-", "").slice(-12) : uuidV7(),
      ]),
    );

  const routes = apiRoutes.map(({ operation }) => ({ id: operation.id, operation }));
  const crawl = routes.flatMap(({ id, operation }) => named(operation.path).map((name) => ({ id, operation, name })));

  it.each(crawl)(
    "$id answers another workspace's $name as it answers a random one",
    async ({ id, operation, name }) => {
      const before = [await stage.ledger.digest(foreign.tenantId), await stage.ledger.digest(own.tenantId)];
      const answers: string[] = [];
      for (const other of [foreign, randomIds()]) {
        const ids = { ...own, [name]: other[name] ?? "" };
        const answer = await stage.admin.send(
          operation.method.toUpperCase(),
          pathOf(operation.path, ids),
          bodyOf(id, own),
        );
        expect(answer.status).toBe(404);
        answers.push(seen(answer, [other[name] ?? ""]));
      }

      expect(answers[0]).toBe(answers[1]);
      expect([await stage.ledger.digest(foreign.tenantId), await stage.ledger.digest(own.tenantId)]).toEqual(before);
    },
  );

  it.each(routes)("$id takes neither a directory's token nor no key", async ({ id, operation }) => {
    const before = await stage.ledger.digest(a.id);
    const path = pathOf(operation.path, own);
    const statuses = await Promise.all(
      [a.bearerToken, null, ""].map(
        async (token) =>
          (await stage.admin.send(operation.method.toUpperCase(), path, bodyOf(id, own), { token })).status,
      ),
    );

    expect(statuses).toEqual([401, 401, 401]);
    expect(await stage.ledger.digest(a.id)).toBe(before);
  });

  const withBody = routes.filter(({ operation }) => operation.body !== undefined);

  it.each(withBody)("V25: $id refuses a body that says whose a thing is", async ({ id, operation }) => {
    const before = await stage.ledger.digest();
    for (const member of ["tenant_id", "tenantId", "workspaceId", "owner", "role", "kind", "created_by", "id"]) {
      const body = { ...bodyOf(id, own), [member]: foreign.tenantId };
      const answer = await stage.admin.send(operation.method.toUpperCase(), pathOf(operation.path, own), body);

      expect([member, answer.status, answer.headers.get("content-type")]).toEqual([
        member,
        400,
        "application/problem+json",
      ]);
    }
    expect(await stage.ledger.digest()).toBe(before);
  });
});

it("V23: no secret was in any answer, log line or row of all this", async () => {
  expect(findLeaks([...stage.ear.heard(), ...(await stage.ledger.rows())], stage.ear.secrets())).toEqual([]);
});
