import { ContractError, type Operation, type OperationId, operations } from "@muster/contract";
import type { WorkspaceScope } from "@muster/directory";
import { Refusal, uuidV7 } from "@muster/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addAttempt,
  addConflict,
  addHold,
  addRemoteGroup,
  addRemoval,
  type Ids,
  onboard,
  target,
} from "./fixtures/onboard.ts";
import { type AdminWorld, openAdminWorld } from "./fixtures/open-admin-world.ts";

type IdName = keyof Ids;

let world: AdminWorld;
/** Ours, a second tenant of ours, and another app owner's. */
let own: Ids;
let sibling: Ids;
let foreign: Ids;

beforeAll(async () => {
  world = await openAdminWorld();
  own = await onboard(world, world.ours);
  sibling = await onboard(world, world.ours);
  foreign = await onboard(world, world.theirs);
  for (const ids of [own, sibling, foreign]) {
    ids.userId = await addConflict(world, ids, "ada");
    await addRemoteGroup(world, ids, [ids.userId]);
    const params = { connectionId: ids.connectionId };
    const scope = ids === foreign ? world.theirs : world.ours;
    ids.attemptId = await addAttempt(world, ids);
    await addRemoval(world, ids);
    ids.planId = (
      await world.call(scope, "requestPlan", { params, body: { proposed: { assignments: { everyone: true } } } })
    ).id;
    ids.probeId = (await world.call(scope, "startProbe", { params, body: {} })).id;
    await world.call(scope, "putAssignments", { params, body: { everyone: false } });
    const [to, ofDirectory] = [new Date().toISOString(), { tenantId: ids.tenantId, directoryId: ids.directoryId }];
    ids.undoId = (await world.call(scope, "requestUndo", { params: ofDirectory, body: { to } })).id;
    await world.deps.db.pool.query("update undos set state = 'ready', ready_at = now()");
    ids.versionId = (await world.call(scope, "listPolicyVersions", { params })).items[0]?.id ?? "";
    ids.comparisonId = (await world.call(scope, "startComparison", { params })).id;
  }
});

afterAll(async () => {
  await world.close();
});

const all: readonly Operation[] = Object.values(operations);
const withParams = all.filter((operation) => Object.keys(operation.params.properties).length > 0);
const withBody = all.filter((operation) => operation.body !== undefined);

const paramNames = (operation: Operation) => Object.keys(operation.params.properties) as IdName[];

const codeAuth = {
  scheme: "oauthAuthorizationCode",
  authorizationUrl: "https://id.example/authorize",
  tokenUrl: "https://id.example/token",
  clientId: "muster",
  clientSecretIn: "header",
} as const;

/** A body that fits, naming things by these ids. */
function bodyOf(id: string, ids: Ids): unknown {
  const bodies: Record<string, unknown> = {
    createApp: { name: "Another" },
    createTenant: { name: "Another" },
    updateTenant: { name: "Renamed" },
    createDirectory: { provider: "okta" },
    updateDirectory: { name: "Renamed", enabled: true },
    putExtensions: {
      extensions: [{ resourceType: "User", id: "urn:example:a:User", name: "A", attributes: [{ name: "badge" }] }],
    },
    createMember: { email: "another@acme.example", role: "auditor" },
    updateMember: { role: "operator" },
    createPortalLink: { rights: "view", lifetimeS: 7_200 },
    updateBranding: { name: "Ours", colour: "#0b7285" },
    createDirectoryToken: { scopes: ["users:read"] },
    createDirectoryClient: { scopes: ["users:read"] },
    createConnection: { appId: ids.appId, directoryId: ids.directoryId, target },
    updateConnection: { name: "Renamed", target },
    putEventStream: { enabled: true, days: 7 },
    createWebhook: { url: "https://ledger.example/hooks", types: ["user.created"], appId: ids.appId },
    updateWebhook: { name: "Renamed", appId: ids.appId },
    rotateWebhookSecret: { overlapHours: 1 },
    redeliver: { what: "event", eventId: ids.eventId },
    decideApprovals: { decision: "approve", ids: [uuidV7()] },
    decideConflict: { action: "ignore" },
    startComparison: { policy: "repair" },
    provisionPerson: { waitMs: 0 },
    redriveConnection: { since: "2026-01-01T00:00:00Z" },
    putAppMapping: { rows: [{ target: "userName", expression: "user.userName" }] },
    putMapping: { rows: [{ target: "userName", expression: "user.userName" }] },
    previewPerson: { userId: ids.userId },
    planConnection: { names: 5 },
    startProbe: { readOnly: true },
    requestUndo: { to: new Date().toISOString(), groupIds: [ids.groupId], userIds: [ids.userId] },
    startRollout: {
      proposed: { assignments: { groups: [{ id: ids.groupId }] } },
      people: [{ id: ids.userId }],
      groups: [{ id: ids.groupId }],
    },
    putRolloutPeople: { people: [{ id: ids.userId }], groups: [{ id: ids.groupId }] },
    requestPlan: { proposed: { assignments: { groups: [{ id: ids.groupId }] } } },
    openGate: { groups: [ids.groupId] },
    retryRemoteGroup: { link: "1" },
    putAssignments: { everyone: true, groups: [{ id: ids.groupId }], people: [{ id: ids.userId }], condition: "true" },
    putLockoutGuard: { people: [{ id: ids.userId }], roles: ["admin"] },
    putManualRoles: { grant: ["admin"] },
    putRules: {
      manualRoles: "editable",
      precedence: "first",
      defaultRole: "viewer",
      rules: [{ group: { id: ids.groupId }, role: "admin" }],
    },
  };
  const body = bodies[id];
  if (body === undefined && withBody.some((operation) => operation.id === id)) throw new Error(`no body for ${id}`);
  return body;
}

const paramsOf = (operation: Operation, ids: Ids) =>
  Object.fromEntries(paramNames(operation).map((name) => [name, ids[name]]));

/** What a caller sees of a refusal, with the ids that they sent themselves taken out. */
async function refusalOf(scope: WorkspaceScope, operation: Operation, ids: Ids, body: unknown): Promise<string> {
  const params = paramsOf(operation, ids);
  const error: unknown = await world
    .call(scope, operation.id as OperationId, { params, body })
    .then(() => new Error("it was answered"))
    .catch((thrown: unknown) => thrown);
  if (!(error instanceof Refusal)) throw error;
  const spoken = Object.values(ids).reduce((text, id) => text.replaceAll(id, "<id>"), error.message);
  return `${error.kind}: ${spoken}`;
}

const randomIds = (): Ids => ({
  appId: uuidV7(),
  tenantId: uuidV7(),
  directoryId: uuidV7(),
  tokenId: "RandomTok3n0",
  linkId: "RandomL1nk00",
  memberId: uuidV7(),
  connectionId: uuidV7(),
  groupId: uuidV7(),
  requestId: uuidV7(),
  userId: uuidV7(),
  comparisonId: uuidV7(),
  planId: uuidV7(),
  probeId: uuidV7(),
  undoId: uuidV7(),
  versionId: uuidV7(),
  mappingVersionId: uuidV7(),
  attemptId: uuidV7(),
  holdId: uuidV7(),
  webhookId: uuidV7(),
  eventId: uuidV7(),
});

describe("V05, V10: what belongs to another is not there", () => {
  it.each(withParams)("$id answers another workspace's ids as it answers random ones", async (operation) => {
    const before = await world.dump();
    const body = bodyOf(operation.id, own);

    const asForeign = await refusalOf(world.ours, operation, foreign, body);
    const asRandom = await refusalOf(world.ours, operation, randomIds(), body);

    expect(asForeign).toBe(asRandom);
    expect(asForeign).toMatch(/^notFound: /);
    expect(await world.dump()).toBe(before);
  });

  // Below our own tenant or connection: each further id of the path may be another tenant's, ours or not.
  const below = withParams.flatMap((operation) =>
    paramNames(operation)
      .filter((name) => name !== paramNames(operation)[0])
      .map((name) => ({ operation, id: operation.id, name })),
  );

  it.each(below)("$id answers another tenant's $name as it answers a random one", async ({ operation, name }) => {
    const before = await world.dump();
    const body = bodyOf(operation.id, own);
    const refusals: string[] = [];
    // A webhook is its workspace's, and told of all tenants of that.
    for (const other of name === "webhookId" ? [foreign, randomIds()] : [foreign, sibling, randomIds()]) {
      refusals.push(await refusalOf(world.ours, operation, { ...own, [name]: other[name] }, body));
    }

    expect(refusals[0]).toMatch(/^notFound: /);
    expect(new Set(refusals.map((text) => text.replace(/token \w+$/, "token <id>"))).size).toBe(1);
    expect(await world.dump()).toBe(before);
  });

  it.each<{ id: OperationId; name: IdName; others: "workspaces" | "tenants" }>([
    { id: "createConnection", name: "appId", others: "workspaces" },
    { id: "createConnection", name: "directoryId", others: "tenants" },
    { id: "createWebhook", name: "appId", others: "workspaces" },
    { id: "updateWebhook", name: "appId", others: "workspaces" },
    { id: "createDirectoryToken", name: "tokenId", others: "tenants" },
    { id: "createDirectoryClient", name: "tokenId", others: "tenants" },
    { id: "putAssignments", name: "groupId", others: "tenants" },
    { id: "putAssignments", name: "userId", others: "tenants" },
    { id: "putRules", name: "groupId", others: "tenants" },
    { id: "startRollout", name: "groupId", others: "tenants" },
    { id: "startRollout", name: "userId", others: "tenants" },
    { id: "putLockoutGuard", name: "userId", others: "tenants" },
    { id: "openGate", name: "groupId", others: "tenants" },
    { id: "previewPerson", name: "userId", others: "tenants" },
  ])("$id refuses another's $name in its body as it refuses a random one", async ({ id, name, others }) => {
    const before = await world.dump();
    const refusals: string[] = [];
    const withName = (ids: Ids) => (name === "tokenId" ? { replaces: ids.tokenId } : bodyOf(id, ids));
    for (const other of [foreign, randomIds(), ...(others === "tenants" ? [sibling] : [])]) {
      const named = { ...own, [name]: other[name] };
      const spoken = await refusalOf(world.ours, operations[id], own, withName(named));
      refusals.push(spoken.replaceAll(other[name], "<id>"));
    }

    expect(new Set(refusals).size).toBe(1);
    expect(refusals[0]).toMatch(id === "previewPerson" ? /^notFound: / : /^invalid: /);
    expect(await world.dump()).toBe(before);
  });

  it("lists hold one's own only", async () => {
    const { call, ours, theirs } = world;
    const ourApps = await call(ours, "listApps");
    const ourTenants = await call(ours, "listTenants");
    const theirTenants = await call(theirs, "listTenants");
    const ourUsers = await call(ours, "listUsers", { params: { tenantId: own.tenantId } });
    const pageToken = Buffer.from(uuidV7(0)).toString("base64url");
    const fromStart = await call(ours, "listTenants", { query: { pageToken } });

    expect(ourApps.items.map(({ id }) => id)).toEqual([own.appId, sibling.appId]);
    expect(ourTenants.items.map(({ id }) => id)).toEqual([own.tenantId, sibling.tenantId]);
    expect(theirTenants.items.map(({ id }) => id)).toEqual([foreign.tenantId]);
    expect(ourUsers.items).toHaveLength(1);
    expect(fromStart).toEqual(ourTenants);
  });
});

describe("V25: a body cannot say whose a thing is", () => {
  it.each(withBody)("$id refuses such members and changes nothing", async (operation) => {
    const before = await world.dump();
    const members = ["id", "tenantId", "tenant_id", "workspaceId", "owner", "role", "kind", "created_by", "state"];
    for (const member of members) {
      const body = { ...(bodyOf(operation.id, own) as object), [member]: foreign.tenantId };
      const sent = { params: paramsOf(operation, own), body };

      const error: unknown = await world.call(world.ours, operation.id as OperationId, sent).catch((e: unknown) => e);
      expect(error, member).toBeInstanceOf(ContractError);
    }
    expect(await world.dump()).toBe(before);
  });
});

// Last, and in the order of the contract: what was refused above is refused for its ids, not for anything else.
describe("every operation answers its owner", () => {
  it.each(all)("$id", async (operation) => {
    // A hold is decided once.
    // There is nothing to consent to where a token signs in.
    if (operation.id === "beginConsent")
      await world.call(world.ours, "updateConnection", {
        params: { connectionId: own.connectionId },
        body: { target: { ...target, auth: codeAuth } },
      });
    // What was tried out is over by now: it was promoted.
    if (operation.id === "dropRollout")
      await world.call(world.ours, "startRollout", {
        params: { connectionId: own.connectionId },
        body: bodyOf("startRollout", own),
      });
    if (operation.id === "rejectHold") own.holdId = await addHold(world, own, []);
    const sent = { params: paramsOf(operation, own), body: bodyOf(operation.id, own) };

    await world.call(world.ours, operation.id as OperationId, sent);
  });
});
