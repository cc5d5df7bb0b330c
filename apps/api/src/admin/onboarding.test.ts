import { defaultConnectionSettings } from "@muster/contract";
import { uuidV7 } from "@muster/runtime";
import { claimAccounts, claimLane, expandChunk, inTenant, nextExpansion, recordOutcomes } from "@muster/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addGroup, addUser, onboard, target } from "./fixtures/onboard.ts";
import { type AdminWorld, openAdminWorld } from "./fixtures/open-admin-world.ts";

let world: AdminWorld;

beforeAll(async () => {
  world = await openAdminWorld();
});

afterAll(async () => {
  await world.close();
});

const refusal = (kind: string, message: string) =>
  expect.objectContaining({ name: "Refusal", kind, message: expect.stringContaining(message) });

describe("onboarding", () => {
  it("goes from an app to a connection that knows its groups and roles", async () => {
    const { call, ours } = world;

    const app = await call(ours, "createApp", { body: { name: "Wiki", roles: [{ key: "editor", name: "Editor" }] } });
    const tenant = await call(ours, "createTenant", { body: { name: "Globex", externalId: "cus_1" } });
    const params = { tenantId: tenant.id };
    const directory = await call(ours, "createDirectory", { params, body: { provider: "okta" } });
    const staff = await addGroup(world, { ...params, directoryId: directory.id }, "Staff");
    const made = await call(ours, "createConnection", {
      params,
      body: { appId: app.id, directoryId: directory.id, target, profile: "generic", settings: { maxInFlight: 4 } },
    });
    const connection = { connectionId: made.id };
    world.rings.length = 0;
    const assignments = await call(ours, "putAssignments", {
      params: connection,
      body: { groups: [{ id: staff }, { displayName: "Not there yet" }] },
    });
    const rules = await call(ours, "putRules", {
      params: connection,
      body: { precedence: "all", rules: [{ group: { displayName: "staff" }, role: "editor" }] },
    });

    expect(app).toMatchObject({ name: "Wiki", roles: [{ key: "editor", name: "Editor" }] });
    expect(tenant).toMatchObject({ name: "Globex", externalId: "cus_1" });
    expect(directory).toMatchObject({
      provider: "okta",
      name: "okta",
      scim: { endpointUrl: `https://muster.example/scim/v2/${directory.id}` },
    });
    expect(directory.scim.bearerToken).toMatch(/^mst_scim_/);
    expect(made).toEqual({
      id: made.id,
      tenantId: tenant.id,
      appId: app.id,
      directoryId: directory.id,
      name: null,
      target: { kind: "scim", baseUrl: target.baseUrl, auth: { scheme: "bearer", configured: true }, tls: null },
      profile: "generic",
      settings: { ...defaultConnectionSettings, maxInFlight: 4 },
      paused: false,
      gate: { state: "open", groups: [] },
      state: "active",
      learned: { memberLimit: null, ratePerSecond: null, rateLearnedAt: null, profile: null },
      createdAt: made.createdAt,
    });
    expect(assignments).toEqual({
      everyone: false,
      groups: [
        { id: staff, displayName: "Staff", bound: true },
        { id: null, displayName: "Not there yet", bound: false },
      ],
      people: [],
      timeZone: "UTC",
    });
    expect(rules).toEqual({
      precedence: "all",
      defaultRole: null,
      personRoles: "ignored",
      manualRoles: "locked",
      rules: [{ group: { id: staff, displayName: "Staff", bound: true }, role: "editor" }],
    });
    const ring = { tenantId: tenant.id, marked: { connectionIds: [made.id], removal: false } };
    expect(world.rings).toEqual([ring, ring]);
    expect(await call(ours, "getApp", { params: { appId: app.id } })).toEqual(app);
    expect(await call(ours, "getTenant", { params })).toEqual(tenant);
    expect(await call(ours, "getConnection", { params: connection })).toEqual(made);
    expect((await call(ours, "listConnections", { params })).items).toEqual([made]);
    expect(await call(ours, "getAssignments", { params: connection })).toEqual(assignments);
    expect(await call(ours, "getRules", { params: connection })).toEqual(rules);
    const { bearerToken: _shownOnce, ...scim } = directory.scim;
    const shown = { ...directory, scim };
    expect(await call(ours, "getDirectory", { params: { ...params, directoryId: directory.id } })).toEqual(shown);
    expect((await call(ours, "listDirectories", { params })).items).toEqual([shown]);
    const audit = await call(ours, "listAudit", { params });
    expect(audit.items.map((entry) => entry.action)).toEqual([
      "rules.put",
      "assignments.put",
      "connection.create",
      "group.create",
      "directory.create",
      "tenant.create",
    ]);
    expect(audit.items[0]).toMatchObject({ actor: "key:ours", target: made.id });
  });

  it("takes an app without roles and a tenant without an externalId", async () => {
    expect(await world.call(world.ours, "createApp", { body: { name: "Bare" } })).toMatchObject({ roles: [] });
    expect(await world.call(world.ours, "createTenant", { body: { name: "Bare" } })).toMatchObject({
      externalId: null,
    });
  });

  it("refuses a second tenant of one externalId, but not in another workspace", async () => {
    const body = { name: "Initech", externalId: "cus_2" };
    await world.call(world.ours, "createTenant", { body });

    await expect(world.call(world.ours, "createTenant", { body })).rejects.toEqual(refusal("conflict", "cus_2"));
    await expect(world.call(world.theirs, "createTenant", { body })).resolves.toMatchObject({ externalId: "cus_2" });
  });

  it("refuses roles that the app does not have and leaves the rules as they were", async () => {
    const { connectionId } = await onboard(world, world.ours);
    const params = { connectionId };
    const rules = (role: string) => ({ precedence: "first", rules: [{ group: { displayName: "Staff" }, role }] });
    const before = await world.call(world.ours, "putRules", { params, body: rules("viewer") });

    await expect(world.call(world.ours, "putRules", { params, body: rules("owner") })).rejects.toEqual(
      refusal("invalid", "owner"),
    );
    expect(await world.call(world.ours, "getRules", { params })).toEqual(before);
  });
});

describe("changing a connection", () => {
  it("keeps what is left out, pauses and resumes, and rings the lane", async () => {
    const { connectionId, tenantId } = await onboard(world, world.ours);
    const params = { connectionId };
    const before = await world.call(world.ours, "getConnection", { params });
    world.rings.length = 0;

    const paused = await world.call(world.ours, "updateConnection", { params, body: { paused: true, name: "Books" } });
    const slow = await world.call(world.ours, "updateConnection", { params, body: { settings: { ratePerSecond: 5 } } });
    const listed = await world.call(world.ours, "listConnections", { params: { tenantId } });
    const status = await world.call(world.ours, "getConnectionStatus", { params });
    const resumed = await world.call(world.ours, "updateConnection", { params, body: { paused: false } });

    expect(paused).toEqual({ ...before, name: "Books", paused: true, state: "paused" });
    expect(slow).toEqual({ ...paused, settings: { ...before.settings, ratePerSecond: 5 } });
    expect(listed.items).toEqual([slow]);
    expect(status.state).toBe("paused");
    expect(resumed).toEqual({ ...slow, paused: false, state: "active" });
    expect(world.rings).toHaveLength(3);
    expect(world.rings.at(-1)).toEqual({ tenantId, marked: { connectionIds: [connectionId], removal: false } });
  });

  it("replaces a target as a whole", async () => {
    const { connectionId } = await onboard(world, world.ours);
    const moved = {
      kind: "scim",
      baseUrl: "https://new.example",
      auth: { scheme: "basic", username: "muster", password: "p" },
    };

    const changed = await world.call(world.ours, "updateConnection", {
      params: { connectionId },
      body: { target: moved },
    });

    expect(changed.target).toEqual({
      kind: "scim",
      baseUrl: "https://new.example",
      auth: { scheme: "basic", configured: true },
      tls: null,
    });
  });
});

describe("directory tokens", () => {
  it("are issued, listed without their secrets and revoked; two may live at a time", async () => {
    const { tenantId, directoryId, tokenId } = await onboard(world, world.ours);
    const params = { tenantId, directoryId };

    const second = await world.call(world.ours, "createDirectoryToken", { params });
    await expect(world.call(world.ours, "createDirectoryToken", { params })).rejects.toEqual(
      refusal("conflict", "2 live tokens"),
    );
    const none = await world.call(world.ours, "revokeDirectoryToken", { params: { ...params, tokenId } });
    const listed = await world.call(world.ours, "listDirectoryTokens", { params });

    expect(none).toBeUndefined();
    expect(listed.items.map(({ id, revokedAt }) => [id, revokedAt === null])).toEqual([
      [tokenId, false],
      [second.id, true],
    ]);
    expect(listed.items[1]?.expiresAt).toBe(second.expiresAt);
    for (const id of [tokenId, "RandomTok3n0"]) {
      await expect(
        world.call(world.ours, "revokeDirectoryToken", { params: { ...params, tokenId: id } }),
      ).rejects.toEqual(refusal("notFound", "no live token"));
    }
  });
});

describe("people and accounts", () => {
  it("shows people, groups and members over all directories of a tenant", async () => {
    const { call, ours } = world;
    const { tenantId, directoryId, groupId } = await onboard(world, ours);
    const params = { tenantId };
    const other = await call(ours, "createDirectory", { params, body: { provider: "entra", name: "Entra" } });
    const ada = await addUser(world, { tenantId, directoryId }, "Ada");
    const bob = await addUser(world, { tenantId, directoryId: other.id }, "bob");
    const team = await addGroup(world, { tenantId, directoryId }, "Team", [ada.id]);

    const users = await call(ours, "listUsers", { params });
    const byName = await call(ours, "listUsers", { params, query: { userName: "ADA" } });
    const groups = await call(ours, "listGroups", { params });
    const members = await call(ours, "listGroupMembers", { params: { ...params, groupId: team } });

    expect(users.items.map((user) => user.id).toSorted()).toEqual([ada.id, bob.id].toSorted());
    expect(byName.items).toEqual([
      {
        id: ada.id,
        userName: "Ada",
        externalId: null,
        active: true,
        displayName: "The Ada",
        directoryId,
        createdAt: ada.createdAt.toISOString(),
        updatedAt: ada.updatedAt.toISOString(),
        groups: [{ id: team, displayName: "Team", type: "direct" }],
      },
    ]);
    expect(groups.items.map(({ id, memberCount }) => [id, memberCount])).toEqual([
      [groupId, 0],
      [team, 1],
    ]);
    expect(members.items).toEqual([{ id: ada.id, userName: "Ada", displayName: "The Ada", active: true }]);
    await expect(call(ours, "listGroupMembers", { params: { ...params, groupId: uuidV7() } })).rejects.toEqual(
      refusal("notFound", "no group"),
    );
  });

  it("shows accounts as they were applied, their attempts newest first, and makes them due again", async () => {
    const { call, ours } = world;
    const { tenantId, directoryId, connectionId } = await onboard(world, ours);
    const params = { connectionId };
    await call(ours, "putAssignments", { params, body: { everyone: true } });
    const unexpanded = await call(ours, "getConnectionStatus", { params });
    await expand(world, { tenantId, connectionId });
    const settled = await call(ours, "getConnectionStatus", { params });
    const ada = await addUser(world, { tenantId, directoryId }, "ada");
    const bob = await addUser(world, { tenantId, directoryId }, "bob");
    const pending = await call(ours, "listAccounts", { params, query: { userName: "ada" } });
    const attempts = await applyTo(world, { tenantId, connectionId, applied: ada.id, stopped: bob.id });

    const accounts = await call(ours, "listAccounts", { params });
    const stopped = await call(ours, "listAccounts", { params, query: { state: "stopped" } });
    const all = await call(ours, "listAttempts", { params });
    const ofBob = await call(ours, "listAttempts", { params, query: { userId: bob.id } });
    world.rings.length = 0;
    const retried = await call(ours, "retryConnection", { params });
    const status = await call(ours, "getConnectionStatus", { params });

    expect([unexpanded.settled, settled.settled]).toEqual([false, true]);
    expect(pending.items).toMatchObject([
      { userId: ada.id, state: "pending", active: null, roles: [], remoteId: null },
    ]);
    expect(accounts.items.find((account) => account.userId === ada.id)).toMatchObject({
      userName: "ada",
      state: "synced",
      reason: null,
      remoteId: "r-1",
      active: true,
      roles: ["admin", "viewer"],
      desiredGeneration: 1,
      appliedGeneration: 1,
      attempts: 0,
      nextAttemptAt: null,
    });
    expect(stopped.items).toMatchObject([{ userId: bob.id, reason: "refused", attempts: 3 }]);
    expect(all.items.map((attempt) => attempt.id)).toEqual(attempts.toReversed());
    expect(ofBob.items).toMatchObject([{ userId: bob.id, status: 422, detail: "no", durationMs: 9, number: 3 }]);
    expect(retried).toEqual({ rung: 1 });
    expect(status.accounts).toMatchObject({ synced: 1, stopped: 0, pending: 1 });
    expect(status.settled).toBe(false);
    expect(world.rings).toEqual([{ tenantId, marked: { connectionIds: [connectionId], removal: false } }]);
  });
});

/** Plays the worker: looks at everybody that an edit of the policy concerns, who are few. */
async function expand({ deps }: AdminWorld, lane: { tenantId: string; connectionId: string }): Promise<void> {
  const held = { ...lane, epoch: 0 };
  await inTenant(deps.db, lane.tenantId, async (tx) => {
    const expansion = await nextExpansion(tx, held);
    if (expansion === undefined) throw new Error("nothing to expand");
    await expandChunk(tx, held, expansion);
  });
}

/** Plays the worker: one account is as it should be, one was refused. Answers the ids of the attempts, oldest first. */
async function applyTo(
  { deps }: AdminWorld,
  { tenantId, connectionId, applied, stopped }: Record<"tenantId" | "connectionId" | "applied" | "stopped", string>,
): Promise<string[]> {
  const lane = await claimLane(deps.db, connectionId, { owner: "test", leaseMs: 30_000 });
  if (lane === undefined) throw new Error("the lane is taken");
  const roles = [{ value: "admin", primary: true }, { value: "viewer" }];
  const shared = { generation: 1, dueInMs: null, verify: false, lookups: 0, remoteUserNameKey: null };
  const attempt = {
    operation: "create",
    durationMs: 9,
    generation: 1,
    traceId: uuidV7().replaceAll("-", ""),
    startedAt: new Date(),
    retryInMs: null,
    exchanges: null,
  };
  const ids = [uuidV7(1_000), uuidV7(2_000)] as const;
  await inTenant(deps.db, tenantId, async (tx) => {
    await claimAccounts(tx, lane, 10);
    await recordOutcomes(
      tx,
      lane,
      [
        {
          ...shared,
          userId: applied,
          settled: true,
          state: "synced",
          reason: null,
          remoteId: "r-1",
          applied: { active: true, roles },
          attempts: 0,
        },
        {
          ...shared,
          userId: stopped,
          settled: false,
          state: "stopped",
          reason: "refused",
          remoteId: null,
          applied: null,
          attempts: 3,
        },
      ],
      [
        {
          ...attempt,
          id: ids[0],
          userId: applied,
          outcome: "applied",
          status: 201,
          detail: null,
          decision: "synced",
          number: 1,
        },
        {
          ...attempt,
          id: ids[1],
          userId: stopped,
          outcome: "rejected",
          status: 422,
          detail: "no",
          decision: "stopped",
          number: 3,
        },
      ],
    );
  });
  return [...ids];
}
