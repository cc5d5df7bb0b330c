import { createPublicKey, type JsonWebKey, verify as verifySignature } from "node:crypto";
import type { SampleApp } from "@muster/simulator";
import { waitFor } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Body } from "./clients.ts";
import { seedPeople } from "./groups-stage.ts";
import { openStage, type Stage, type Tenant } from "./stage.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

let stage: Stage;
let workshop: Workshop;

beforeAll(async () => {
  stage = await openStage();
  workshop = await openWorkshop(stage);
});
afterAll(() => stage.close());

type Scene = { tenant: Tenant; app: SampleApp; connectionId: string; userId: string };

/** A customer whose one person has an account in an app of their own. */
async function open(settings: Record<string, unknown> = {}): Promise<Scene> {
  const tenant = await stage.newTenant();
  const app = await workshop.startApp();
  const { connectionId } = await workshop.connect(tenant, { app, settings });
  const { id: userId } = await tenant.scim.createUser({ userName: "ana", externalId: "idp-ana" });
  await workshop.settled(connectionId);
  return { tenant, app, connectionId, userId };
}

const setActive = (tenant: Tenant, userId: string, value: boolean) =>
  tenant.scim.patch(`/Users/${userId}`, { op: "replace", path: "active", value });
const receiptOf = ({ connectionId, userId }: Pick<Scene, "connectionId" | "userId">, query = "") =>
  stage.admin.send("GET", `/connections/${connectionId}/accounts/${userId}/receipt${query}`);
const offboarding = async ({ tenant, userId }: Pick<Scene, "tenant" | "userId">): Promise<Body> =>
  (await stage.admin.get(`/tenants/${tenant.id}/users/${userId}/offboarding`)).body;

/** As an auditor does it, with nothing but the keys that were published, and with code that did not sign it. */
async function verify(receipt: string): Promise<Record<string, unknown>> {
  const answer = await fetch(`${stage.localUrl}/.well-known/jwks.json`);
  const { keys } = (await answer.json()) as { keys: (JsonWebKey & { kid: string })[] };
  const [header = "", payload = "", signature = ""] = receipt.split(".");
  const { alg, typ, kid } = parse(header);
  expect({ alg, typ }).toEqual({ alg: "EdDSA", typ: "offboarding-receipt+jwt" });
  const key = createPublicKey({ key: keys.find((one) => one.kid === kid) ?? {}, format: "jwk" });
  const signed = Buffer.from(`${header}.${payload}`);
  if (!verifySignature(null, signed, key, Buffer.from(signature, "base64url")))
    throw new Error("The signature does not fit");
  return parse(payload);
}

const parse = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;

describe("X4: proof of offboarding", () => {
  it("a receipt of a deactivation verifies offline and says who, where, when and by which change", async () => {
    const scene = await open();
    const before = await offboarding(scene);
    const early = await receiptOf(scene);
    await setActive(scene.tenant, scene.userId, false);
    await workshop.settled(scene.connectionId);
    const answer = await receiptOf(scene);
    const claims = await verify(String(answer.body["receipt"]));

    expect(before).toMatchObject({ complete: false, apps: [{ state: "active", removalId: null }] });
    expect(early.status).toBe(409);
    expect(early.text).toContain("it is active");
    expect(answer.status).toBe(200);
    expect(claims).toEqual(answer.body["claims"]);
    expect(claims).toMatchObject({
      sub: scene.userId,
      tenantId: scene.tenant.id,
      person: { id: scene.userId, userName: "ana", externalId: "idp-ana" },
      connectionId: scene.connectionId,
      remoteId: scene.app.users()[0]?.id,
      action: "deactivated",
      confirmation: "inactive",
      policy: { onLeave: "deactivate", deleteAfterDays: null },
      acceptedBy: { action: "user.update", target: scene.userId },
      clock: { boundMs: { healthy: 30_000, recovering: 60_000 } },
    });
    const times = ["acceptedAt", "pushedAt", "confirmedAt"].map((name) => String(claims[name]));
    expect(times).toEqual(times.toSorted());
    expect(await offboarding(scene)).toMatchObject({ complete: true, apps: [{ state: "removed" }] });
  });

  it("a receipt that was changed does not verify", async () => {
    const scene = await open();
    await setActive(scene.tenant, scene.userId, false);
    await workshop.settled(scene.connectionId);
    const [header, payload = "", signature] = String((await receiptOf(scene)).body["receipt"]).split(".");
    const forged = Buffer.from(JSON.stringify({ ...parse(payload), remoteId: "another" })).toString("base64url");

    await expect(verify(`${header}.${forged}.${signature}`)).rejects.toThrow("The signature does not fit");
  });

  it("an account that was deleted is read back too, and its receipt says that it is absent", async () => {
    const scene = await open({ onLeave: "delete" });
    await scene.tenant.scim.delete(`/Users/${scene.userId}`);
    await workshop.settled(scene.connectionId);
    const claims = await verify(String((await receiptOf(scene)).body["receipt"]));

    expect(claims).toMatchObject({ action: "deleted", confirmation: "absent", policy: { onLeave: "delete" } });
  });

  it("an app that says success and does nothing gets no receipt: the line says failed, and why", async () => {
    const scene = await open();
    scene.app.faults.set([{ kind: "reply", status: 204, contentType: "", body: "", method: "PATCH" }]);
    await setActive(scene.tenant, scene.userId, false);
    const failed = await waitFor(
      async () => {
        const line = (await offboarding(scene))["apps"] as Body[];
        return line[0]?.["state"] === "failed" ? line[0] : undefined;
      },
      { timeoutMs: 20_000, what: "the removal to fail" },
    );
    const refused = await receiptOf(scene);

    expect(failed).toMatchObject({ removalId: null, reason: expect.stringContaining("shows") });
    expect(refused.status).toBe(409);
    expect(refused.text).toContain("it is failed");
  });

  it("a re-hire and a second removal leave the first receipt as it was", async () => {
    const scene = await open();
    await setActive(scene.tenant, scene.userId, false);
    await workshop.settled(scene.connectionId);
    const first = await receiptOf(scene);
    await setActive(scene.tenant, scene.userId, true);
    await workshop.settled(scene.connectionId);
    const whileBack = await receiptOf(scene);
    const lines = await offboarding(scene);
    await setActive(scene.tenant, scene.userId, false);
    await workshop.settled(scene.connectionId);
    const second = await receiptOf(scene);
    const again = await receiptOf(scene, `?removalId=${first.body["removalId"]}`);

    expect(whileBack.body).toEqual(first.body);
    expect(lines).toMatchObject({ complete: false, apps: [{ state: "active" }] });
    expect(second.body["removalId"]).not.toBe(first.body["removalId"]);
    expect(again.body).toEqual(first.body);
  });

  it("V05: another customer's person, connection and removal are not there", async () => {
    const [ours, other] = [await open(), await open()];
    await setActive(other.tenant, other.userId, false);
    await workshop.settled(other.connectionId);
    const { body } = await receiptOf(other);
    const stranger = await stage.newWorkspace();
    const paths = [
      `/tenants/${ours.tenant.id}/users/${other.userId}/offboarding`,
      `/connections/${ours.connectionId}/accounts/${other.userId}/receipt`,
      `/connections/${ours.connectionId}/accounts/${ours.userId}/receipt?removalId=${body["removalId"]}`,
    ];
    const answers = await Promise.all(paths.map((path) => stage.admin.send("GET", path)));
    const abroad = await stranger.admin.send(
      "GET",
      `/connections/${other.connectionId}/accounts/${other.userId}/receipt`,
    );
    const listed = await stage.admin.get(`/tenants/${ours.tenant.id}/removals`);

    expect([...answers, abroad].map((answer) => answer.status)).toEqual([404, 404, 404, 404]);
    expect(listed.body.items).toEqual([]);
  });

  it("R2: the report lists the removals of a time and counts them against the bound", async () => {
    const scene = await open();
    await setActive(scene.tenant, scene.userId, false);
    await workshop.settled(scene.connectionId);
    await stage.ledger.query(
      `insert into removals (tenant_id, connection_id, id, user_id, remote_id, action, confirmation, on_leave, generation, epoch, accepted_at, pushed_at)
       select tenant_id, connection_id, gen_random_uuid(), user_id, 'late', 'deactivated', 'none', 'deactivate', 2, 1, now() - s * interval '1 second', now()
       from removals, unnest(array[40, 90]) as s where tenant_id = $1`,
      [scene.tenant.id],
    );
    const path = `/tenants/${scene.tenant.id}/removals`;
    const { items } = (await stage.admin.get(path)).body;
    const { body } = await stage.admin.get(`${path}/summary`);
    const past = await stage.admin.get(`${path}/summary?to=2020-01-01T00:00:00Z`);
    const backwards = await stage.admin.send("GET", `${path}?from=2020-01-02T00:00:00Z&to=2020-01-01T00:00:00Z`);

    expect(items).toHaveLength(3);
    expect(body).toMatchObject({
      removals: 3,
      measured: 3,
      acceptedToPushedMs: { p50: 40_000, max: 90_000 },
      over: { thirtySeconds: 2, sixtySeconds: 1 },
      unconfirmed: 2,
    });
    expect(past.body).toMatchObject({ removals: 0, acceptedToPushedMs: { p50: null } });
    expect(backwards.status).toBe(400);
    expect(backwards.text).toContain("from must be before to");
  });

  it("a removal that the guard holds says so, and has a receipt once it was approved", async () => {
    const tenant = await stage.newTenant();
    const { connectionId } = await workshop.connect(tenant);
    const ids = await seedPeople(stage, tenant, 22, "proof");
    const group = await tenant.scim.createGroup({ displayName: "Leavers", members: ids.map((value) => ({ value })) });
    const rest = await tenant.scim.createGroup({ displayName: "Rest" });
    const groups = [{ id: group.id }, { id: rest.id }];
    await stage.admin.put(`/connections/${connectionId}/assignments`, { everyone: false, groups });
    await workshop.settled(connectionId);
    await tenant.scim.delete(`/Groups/${group.id}`);
    await workshop.settled(connectionId);
    const [userId = ""] = ids;
    const held = await offboarding({ tenant, userId });
    const refused = await receiptOf({ connectionId, userId });
    const [hold] = (await stage.admin.get(`/connections/${connectionId}/holds?state=held`)).body.items as Body[];
    await stage.admin.send("POST", `/connections/${connectionId}/holds/${hold?.id}/approve`);
    await workshop.settled(connectionId);
    const claims = await verify(String((await receiptOf({ connectionId, userId })).body["receipt"]));

    expect(held).toMatchObject({
      complete: false,
      apps: [{ state: "held", reason: expect.stringContaining("guard") }],
    });
    expect(refused.status).toBe(409);
    expect(claims).toMatchObject({
      confirmation: "inactive",
      acceptedBy: { action: "hold.approve", target: hold?.id },
    });
  });
});
