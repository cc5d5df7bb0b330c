import { waitFor } from "@muster/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findLeaks } from "./ear.ts";
import { openStage, type Stage, type Tenant } from "./stage.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const headers = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };

let stage: Stage;
let shop: Workshop;
let tenant: Tenant;
let connectionId: string;

beforeAll(async () => {
  stage = await openStage();
  shop = await openWorkshop(stage);
  tenant = await stage.newTenant();
  ({ connectionId } = await shop.connect(tenant));
  await shop.settled(connectionId);
});
afterAll(() => stage.close());

const create = async (userName: string, options: { headers?: Record<string, string> } = {}) =>
  (
    await tenant.scim.send(
      "POST",
      "/Users",
      { schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], userName, active: true },
      options,
    )
  ).body.id;
const get = async (path: string) => (await stage.admin.get(path)).body;
const sentFor = (userName: string) => shop.app.ledger().filter((entry) => entry.userName === userName);

it("K3, X12: a request, its attempt, its audit row and the app's request are found by one trace id", async () => {
  const id = await create("traced@example.com", { headers });
  await shop.settled(connectionId);

  const attempts = await get(`/connections/${connectionId}/attempts?traceId=${TRACE}`);
  const requests = await waitFor(
    async () => {
      const { items } = await get(`/tenants/${tenant.id}/directories/${tenant.directoryId}/requests?traceId=${TRACE}`);
      return items[0] === undefined ? undefined : items;
    },
    { timeoutMs: 10_000, what: "the request in the log" },
  );
  const audit = await get(`/tenants/${tenant.id}/audit`);

  expect(attempts.items).toMatchObject([{ userId: id, operation: "create", decision: "applied", traceId: TRACE }]);
  expect(requests).toMatchObject([{ method: "POST", resourceId: id, traceId: TRACE }]);
  expect(audit.items.find((entry) => entry.target === id)).toMatchObject({ action: "user.create", traceId: TRACE });
  expect(sentFor("traced@example.com").map(({ traceparent }) => traceparent)).toEqual([
    expect.stringMatching(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`)),
  ]);
});

it("K2: an attempt is read with what went over the wire, masked", async () => {
  const id = await create("masked@example.com");
  await shop.settled(connectionId);

  const { items } = await get(`/connections/${connectionId}/attempts?userId=${id}`);
  const attempt = await get(`/connections/${connectionId}/attempts/${items[0]?.id}`);

  expect(attempt.exchanges).toMatchObject([
    {
      method: "POST",
      path: "/Users",
      status: 201,
      body: { userName: "email(18)", externalId: "text(36)" },
      retryAfter: null,
    },
  ]);
  expect(JSON.stringify(attempt)).not.toContain("masked@example.com");
});

it("K2: the timeline of an account and of a person tells what was accepted and attempted, newest first", async () => {
  const id = await create("timed@example.com");
  await shop.settled(connectionId);
  await tenant.scim.patch(`/Users/${id}`, { op: "replace", path: "title", value: "Countess" });
  await shop.settled(connectionId);

  const first = await get(`/connections/${connectionId}/accounts/${id}/timeline?pageSize=3`);
  const rest = await get(`/connections/${connectionId}/accounts/${id}/timeline?pageToken=${first.nextPageToken}`);
  const person = await get(`/tenants/${tenant.id}/users/${id}/timeline`);

  const whats = [...first.items, ...rest.items].map(({ kind, what }) => `${kind} ${what}`);
  expect(whats).toEqual(["attempt update", "accepted user.update", "attempt create", "accepted user.create"]);
  expect(person.items).toHaveLength(4);
});

it("D7: one person is provisioned now, with a report of every step, through the lane", async () => {
  const id = await create("now@example.com");
  await shop.settled(connectionId);
  // One that was made a moment ago may only not be shown yet.
  await stage.ledger.query("update accounts set linked_at = null where connection_id = $1", [connectionId]);
  shop.app.deleteUserByHand("now@example.com");
  await stage.ledger.query("update accounts set verify = true where user_id = $1", [id]);

  const { body } = await stage.admin.post(`/connections/${connectionId}/accounts/${id}/provision`, {});

  expect(body).toMatchObject({
    userId: id,
    scope: { inScope: true, why: "everyone" },
    plan: { step: "lookUp" },
    desired: { userName: "now@example.com" },
    result: { isDone: true, state: "synced" },
  });
  const steps = body.steps as unknown as { step: string; detail: string }[];
  expect(steps.map(({ step }) => step)).toEqual([
    "scope",
    "desired",
    "plan",
    ...(body.attempts as unknown[]).map(() => "send"),
    "result",
  ]);
  expect(steps.at(-2)?.detail).toMatch(/^create: answered 201/);
  expect(shop.app.users().some((user) => user.userName === "now@example.com")).toBe(true);
});

it("D7: of somebody out of scope, and of a paused connection, the report says so", async () => {
  const other = await shop.connect(tenant);
  await stage.admin.put(`/connections/${other.connectionId}/assignments`, { everyone: false, groups: [] });
  await shop.settled(other.connectionId);
  const id = await create("nobody@example.com");
  const outside = await stage.admin.post(`/connections/${other.connectionId}/accounts/${id}/provision`, {});
  await stage.admin.send("POST", `/connections/${connectionId}/pause`);
  const waits = await stage.admin.post(`/connections/${connectionId}/accounts/${id}/provision`, { waitMs: 0 });
  await stage.admin.send("POST", `/connections/${connectionId}/resume`);
  await shop.settled(connectionId);

  expect(outside.body).toMatchObject({
    scope: { inScope: false, why: "notAssigned" },
    desired: null,
    attempts: [],
    result: { isDone: true, state: null },
  });
  expect(waits.body.result).toMatchObject({ isDone: false });
});

it("X15: connections of a directory that is a landing zone begin closed, unless they say otherwise", async () => {
  const { id } = (await stage.admin.post("/tenants", { name: "Landing" })).body;
  const made = await stage.admin.postSecret(`/tenants/${id}/directories`, { provider: "okta", gate: "closed" });
  const app = (await stage.admin.post("/apps", { name: "Landing", roles: [] })).body;
  const connect = async (gate: object) =>
    (
      await stage.admin.post(`/tenants/${id}/connections`, {
        appId: app.id,
        directoryId: made.id,
        target: { kind: "scim", baseUrl: shop.app.baseUrl, auth: shop.app.auth() },
        ...gate,
      })
    ).body.gate;
  const [unsaid, open] = [await connect({}), await connect({ gate: "open" })];
  const directory = `/tenants/${id}/directories/${made.id}`;
  const before = await get(directory);
  const changed = (await stage.admin.send("PATCH", directory, { gate: "open" })).body;
  const refused = await stage.admin.send("PATCH", directory, { gate: "groups" });

  expect([unsaid, open]).toEqual([
    { state: "closed", groups: [] },
    { state: "open", groups: [] },
  ]);
  expect([before.gate, changed.gate]).toEqual(["closed", "open"]);
  expect(await connect({})).toEqual({ state: "open", groups: [] });
  expect([refused.status, JSON.stringify(refused.body)]).toEqual([400, expect.stringContaining("/gate")]);
});

it("X15: a connection that is made closed sends nothing; its plan can be read, and it opens for a group, then for all", async () => {
  const app = await shop.startApp();
  const newcomers = await stage.newTenant();
  const auth = app.auth();
  const made = await stage.admin.post("/apps", { name: "Closed", roles: [] });
  const { body } = await stage.admin.post(`/tenants/${newcomers.id}/connections`, {
    appId: made.body.id,
    directoryId: newcomers.directoryId,
    target: { kind: "scim", baseUrl: app.baseUrl, auth },
    gate: "closed",
  });
  const path = `/connections/${body.id}`;
  await stage.admin.put(`${path}/assignments`, { everyone: true });
  const ada = await newcomers.scim.createUser({ userName: "ada" });
  await newcomers.scim.createUser({ userName: "bob" });
  const pilot = await newcomers.scim.createGroup({ displayName: "Pilot", members: [{ value: ada.id }] });
  await shop.settled(body.id);

  const plan = await stage.admin.post(`${path}/plan`, { ifOpen: true });
  const status = await get(`${path}/status`);
  const before = app.ledger();
  const opened = await stage.admin.post(`${path}/gate/open`, { groups: [pilot.id] });
  await shop.settled(body.id);
  const first = app.users().map(({ userName }) => userName);
  await stage.admin.send("POST", `${path}/gate/open`);
  await shop.settled(body.id);

  expect(body.gate).toEqual({ state: "closed", groups: [] });
  expect(plan.body.steps).toMatchObject([{ step: "create", count: 2 }]);
  expect([before, status.accounts]).toMatchObject([[], { held: 2 }]);
  expect(opened.body.gate).toEqual({ state: "groups", groups: [pilot.id] });
  expect(first).toEqual(["ada"]);
  expect(app.users().map(({ userName }) => userName)).toEqual(["ada", "bob"]);
});

// Late: more than 20 calls in a second use up what is kept of those that go well.
it("K3: requests that share a transaction keep a trace each", async () => {
  const traces = Array.from({ length: 20 }, (_, at) => `${TRACE.slice(0, 30)}${at + 10}`);
  const ids = await Promise.all(
    traces.map((traceId, at) =>
      create(`shared-${at}@example.com`, { headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } }),
    ),
  );
  await shop.settled(connectionId);

  const found = await Promise.all(
    traces.map(async (traceId) => (await get(`/connections/${connectionId}/attempts?traceId=${traceId}`)).items),
  );
  expect(found.map((items) => items.map(({ userId }) => userId))).toEqual(ids.map((id) => [id]));
});

it("I05: no secret is in any answer, log line or row of all this", async () => {
  const leaks = findLeaks([...stage.ear.heard(), ...(await stage.ledger.rows())], stage.ear.secrets());

  expect(leaks).toEqual([]);
});
