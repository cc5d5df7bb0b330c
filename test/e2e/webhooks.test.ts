import { waitFor } from "@muster/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Received, type Receiver, startReceiver, verify } from "./receiver.ts";
import { openStage, type Stage, type Tenant } from "./stage.ts";
import { openWorkshop } from "./workshop.ts";

vi.setConfig({ testTimeout: 120_000 });

let stage: Stage;
let receiver: Receiver;
beforeAll(async () => {
  stage = await openStage();
  await openWorkshop(stage);
});
afterAll(() => stage.close());
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  for (const { id } of (await stage.admin.get("/webhooks")).body.items)
    await stage.admin.send("DELETE", `/webhooks/${id}`);
  await receiver.close();
});

const hook = (input: object = {}) => stage.admin.postSecret("/webhooks", { url: receiver.url, ...input });
const arrived = (what: string, is: () => unknown) => waitFor(async () => is(), { timeoutMs: 60_000, what });
const ofTenant = ({ id }: Tenant): Received[] => receiver.received.filter((message) => message.data.tenantId === id);
const taken = (tenant: Tenant) => ofTenant(tenant).filter((message) => message.status < 300);
const types = (messages: readonly Received[]) => messages.map((message) => message.type);

describe("L1: signed webhooks", () => {
  it("tell of every tenant's changes in order, and each verifies with the secret that was shown once", async () => {
    const [one, two] = [await stage.newTenant(), await stage.newTenant()];
    const { secret, id } = await hook({ name: "All" });
    const later = await stage.newTenant();
    for (const tenant of [one, two, later]) {
      const user = await tenant.scim.createUser({ userName: "ana", password: "never-told-9" });
      await tenant.scim.patch(`/Users/${user.id}`, { op: "replace", path: "active", value: false });
      await tenant.scim.delete(`/Users/${user.id}`);
    }
    await arrived("nine events", () => receiver.received.length >= 9);
    const shown = await stage.admin.get(`/webhooks/${id}`);

    for (const tenant of [one, two, later])
      expect(types(ofTenant(tenant))).toEqual(["user.created", "user.deactivated", "user.deleted"]);
    for (const message of receiver.received) {
      verify(secret, message);
      expect(message.id).toBe(message.data.id);
      expect(message.body).not.toContain("never-told-9");
    }
    expect(() => verify(`whsec_${Buffer.alloc(32).toString("base64")}`, receiver.received[0] as Received)).toThrow();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(shown.text).not.toContain("whsec_");
    expect(shown.body).toMatchObject({ enabled: true, types: null, reason: null });
  });

  it("only of the types that it names, and of nothing from before it was made", async () => {
    const tenant = await stage.newTenant();
    await stage.admin.put(`/tenants/${tenant.id}/event-stream`, { enabled: true });
    await tenant.scim.createUser({ userName: "before" });
    await hook({ types: ["user.created", "group.created"] });
    const { id } = await tenant.scim.createUser({ userName: "after" });
    await tenant.scim.delete(`/Users/${id}`);
    await tenant.scim.createGroup({ displayName: "Staff", members: [] });
    await arrived("the group", () => types(ofTenant(tenant)).includes("group.created"));

    expect(types(ofTenant(tenant))).toEqual(["user.created", "group.created"]);
    expect(ofTenant(tenant)[0]?.data.userId).toBe(id);
  });

  it("a secret is rotated with an overlap: both sign, then the new one alone", async () => {
    const tenant = await stage.newTenant();
    const made = await hook();
    const rotated = await stage.admin.postSecret(`/webhooks/${made.id}/rotate-secret`);
    await tenant.scim.createUser({ userName: "ana" });
    await arrived("the first", () => ofTenant(tenant).length === 1);
    const newest = await stage.admin.postSecret(`/webhooks/${made.id}/rotate-secret`, { overlapHours: 0 });
    await tenant.scim.createUser({ userName: "ben" });
    await arrived("the second", () => ofTenant(tenant).length === 2);
    const [first, second] = ofTenant(tenant) as [Received, Received];

    verify(made.secret, first);
    verify(rotated.secret, first);
    verify(newest.secret, second);
    expect(() => verify(rotated.secret, second)).toThrow();
  });

  it("what fails is tried again before anything else of its tenant, with the same id; other tenants do not wait", async () => {
    const [slow, quick] = [await stage.newTenant(), await stage.newTenant()];
    const { id } = await hook();
    let refusals = 1;
    receiver.answer = ({ data }) => (data.tenantId === slow.id && refusals-- > 0 ? 500 : 204);
    await slow.scim.createUser({ userName: "ana" });
    await slow.scim.createUser({ userName: "ben" });
    await arrived("the refusal", () => ofTenant(slow).length === 1);
    await quick.scim.createUser({ userName: "cyd" });
    await arrived("both", () => taken(slow).length === 2 && taken(quick).length === 1);
    const { body } = await stage.admin.get(`/tenants/${slow.id}/webhooks/${id}/deliveries`);
    const [failed, again, next] = ofTenant(slow);

    expect([failed?.status, again?.status, next?.status]).toEqual([500, 204, 204]);
    expect(again?.id).toBe(failed?.id);
    expect(next?.data.changes["userName"]).toEqual({ old: null, new: "ben" });
    expect(body.items.map((item) => [item["outcome"], item["status"], item["number"], item["detail"]])).toEqual([
      ["delivered", 204, 1, null],
      ["delivered", 204, 2, null],
      ["failed", 500, 1, "answered 500 (text/plain, 29 characters)"],
    ]);
  });

  it("an answer 410 disables it, with a notice; enabled again it goes on where it was", async () => {
    const tenant = await stage.newTenant();
    const { id } = await hook();
    receiver.answer = () => 410;
    await tenant.scim.createUser({ userName: "ana" });
    await arrived(
      "it to be disabled",
      async () => (await stage.admin.get(`/webhooks/${id}`)).body["enabled"] === false,
    );
    await tenant.scim.createUser({ userName: "ben" });
    const notices = await stage.admin.get(`/tenants/${tenant.id}/notices`);
    receiver.answer = () => 204;
    await stage.admin.send("PATCH", `/webhooks/${id}`, { enabled: true });
    await arrived("both", () => taken(tenant).length === 2);

    expect(notices.body.items.map((notice) => notice["kind"])).toEqual(["webhook.disabled"]);
    expect(taken(tenant).map((message) => message.data.changes["userName"]?.new)).toEqual(["ana", "ben"]);
    expect(ofTenant(tenant)).toHaveLength(3);
  });

  it("V60: neither a private address nor a redirect is followed", async () => {
    const tenant = await stage.newTenant();
    const inside = await hook({ url: "http://169.254.169.254/latest/meta-data" });
    const moved = await hook();
    receiver.answer = () => 302;
    await tenant.scim.createUser({ userName: "ana" });
    const outcomes = async (id: string) =>
      (await stage.admin.get(`/tenants/${tenant.id}/webhooks/${id}/deliveries`)).body.items;
    await arrived(
      "both tries",
      async () => (await outcomes(inside.id)).length > 0 && (await outcomes(moved.id)).length > 0,
    );

    expect((await outcomes(inside.id))[0]).toMatchObject({ outcome: "failed", status: null });
    expect(String((await outcomes(inside.id))[0]?.detail)).toContain("blocked");
    expect((await outcomes(moved.id))[0]).toMatchObject({ outcome: "failed", status: 302 });
  });

  it("sends an event once more, a test, and what was never sent since a time", async () => {
    const since = new Date(Date.now() - 60_000).toISOString();
    const tenant = await stage.newTenant();
    await stage.admin.put(`/tenants/${tenant.id}/event-stream`, { enabled: true });
    await tenant.scim.createUser({ userName: "before" });
    const { id, secret } = await hook();
    await tenant.scim.createUser({ userName: "after" });
    await arrived("the event", () => taken(tenant).length === 1);
    const path = `/tenants/${tenant.id}/webhooks/${id}`;
    const eventId = ofTenant(tenant)[0]?.id ?? "";
    await stage.admin.post(`${path}/redeliveries`, { what: "event", eventId });
    await arrived("it again", () => taken(tenant).length === 2);
    await stage.admin.post(`${path}/test`, undefined);
    await arrived("the test", () => types(ofTenant(tenant)).includes("webhook.test"));
    const asked = await stage.admin.post(`${path}/redeliveries`, { what: "neverSent", since });
    await arrived("what was before", () => taken(tenant).length === 4);
    const failed = await stage.admin.post(`${path}/redeliveries`, { what: "failed", since });
    const state = await stage.admin.get(path);
    const unknown = await stage.admin.send("POST", `${path}/redeliveries`, { what: "event", eventId: id });

    expect(ofTenant(tenant).map((message) => message.id)[1]).toBe(eventId);
    expect(ofTenant(tenant)[3]?.data.changes["userName"]?.new).toBe("before");
    for (const message of ofTenant(tenant)) verify(secret, message);
    expect(asked.body).toEqual({ events: 1, hasMore: false });
    expect(failed.body).toEqual({ events: 0, hasMore: false });
    expect(state.body).toMatchObject({ waiting: false, attempts: 0, failingSince: null });
    expect(unknown.status).toBe(404);
  });

  it("recovers all that failed since a time", async () => {
    const since = new Date(Date.now() - 60_000).toISOString();
    const tenant = await stage.newTenant();
    const { id } = await hook();
    await tenant.scim.createUser({ userName: "ana" });
    await arrived("the event", () => taken(tenant).length === 1);
    // As if it had been given up.
    await stage.ledger.query("update webhook_deliveries set outcome = 'givenUp' where tenant_id = $1", [tenant.id]);
    const asked = await stage.admin.post(`/tenants/${tenant.id}/webhooks/${id}/redeliveries`, {
      what: "failed",
      since,
    });
    await arrived("it again", () => taken(tenant).length === 2);

    expect(asked.body).toEqual({ events: 1, hasMore: false });
    expect(new Set(ofTenant(tenant).map((message) => message.id)).size).toBe(1);
  });

  it("a snapshot's cursor is where a new webhook may begin", async () => {
    const tenant = await stage.newTenant();
    await stage.admin.put(`/tenants/${tenant.id}/event-stream`, { enabled: true });
    await tenant.scim.createUser({ userName: "in-the-snapshot" });
    const snapshot = await stage.admin.get(`/tenants/${tenant.id}/snapshot`);
    await tenant.scim.createUser({ userName: "after-the-snapshot" });
    const { cursor } = JSON.parse(snapshot.text.split("\n")[0] ?? "");
    const refused = await stage.admin.send("POST", "/webhooks", {
      url: receiver.url,
      startAfter: [{ tenantId: tenant.id, cursor: "bm9uc2Vuc2U" }],
    });
    await hook({ startAfter: [{ tenantId: tenant.id, cursor }] });
    await arrived("the event", () => taken(tenant).length === 1);

    expect(taken(tenant)[0]?.data.changes["userName"]?.new).toBe("after-the-snapshot");
    expect(refused.status).toBe(400);
    expect(refused.body.detail).toContain("startAfter.0.cursor");
  });

  /** As if a tenant's next event had failed for two days, and is due. */
  async function failLong(tenant: Tenant, lastSuccess: string): Promise<void> {
    await arrived("the first failure", async () => {
      const lanes = await stage.ledger.query<{ attempts: number }>(
        "select attempts from webhook_lanes l join lanes n on n.connection_id = l.lane_id where l.tenant_id = $1 and n.lease_until is null",
        [tenant.id],
      );
      return (lanes[0]?.attempts ?? 0) > 0;
    });
    await stage.ledger.query(`update webhooks set last_success_at = ${lastSuccess}`);
    await stage.ledger.query(
      "update webhook_lanes set failing_since = now() - interval '2 days' where tenant_id = $1",
      [tenant.id],
    );
    await stage.ledger.query("update lanes set due_at = now() where tenant_id = $1", [tenant.id]);
  }

  it("that takes nothing for long is disabled, with a notice", async () => {
    const tenant = await stage.newTenant();
    const { id } = await hook();
    receiver.answer = () => 500;
    await tenant.scim.createUser({ userName: "ana" });
    await failLong(tenant, "null");
    await arrived(
      "it to be disabled",
      async () => (await stage.admin.get(`/webhooks/${id}`)).body["enabled"] === false,
    );
    const notices = await stage.admin.get(`/tenants/${tenant.id}/notices`);

    expect(notices.body.items.map((notice) => notice["kind"])).toEqual(["webhook.disabled"]);
  });

  it("that took others meanwhile has the event given up that fails for long, and is told of the next", async () => {
    const tenant = await stage.newTenant();
    const { id } = await hook();
    receiver.answer = ({ data }) => (data.changes["userName"]?.new === "poison" ? 500 : 204);
    await tenant.scim.createUser({ userName: "poison" });
    await failLong(tenant, "now()");
    await tenant.scim.createUser({ userName: "ben" });
    await arrived("the next", () => taken(tenant).length === 1);
    const { body } = await stage.admin.get(`/tenants/${tenant.id}/webhooks/${id}/deliveries`);

    expect(body.items.map((item) => item["outcome"]).slice(0, 2)).toEqual(["delivered", "givenUp"]);
    expect((await stage.admin.get(`/webhooks/${id}`)).body).toMatchObject({ enabled: true });
  });

  it("of one app is told of its connections and their directories, and of no other", async () => {
    const tenant = await stage.newTenant();
    const [mine, other] = await Promise.all(["Mine", "Other"].map((name) => stage.admin.post("/apps", { name })));
    const second = await stage.admin.postSecret(`/tenants/${tenant.id}/directories`, { provider: "generic" });
    await hook({ appId: mine?.body.id });
    const connect = (appId: string | undefined, directoryId: string) =>
      stage.admin.post(`/tenants/${tenant.id}/connections`, {
        appId,
        directoryId,
        target: {
          kind: "scim",
          baseUrl: "http://127.0.0.1:9/scim",
          auth: { scheme: "bearer", token: "t0ken-of-nothing" },
        },
      });
    await connect(other?.body.id, second.id);
    const made = await connect(mine?.body.id, tenant.directoryId);
    await tenant.scim.createUser({ userName: "ana" });
    await arrived("both", () => taken(tenant).length === 2);

    expect(types(taken(tenant))).toEqual(["connection.created", "user.created"]);
    expect(JSON.parse(taken(tenant)[0]?.body ?? "").data.connectionId).toBe(made.body.id);
  });
});
