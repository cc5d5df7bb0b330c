import { changeUser, deleteUser } from "@muster/directory";
import {
  connectionStatus,
  createPolicyPreparer,
  decideApprovals,
  editConnection,
  planConnection,
  provisionPerson,
  putAssignments,
  putRules,
  readApprovalList,
  readHolds,
  readOffboarding,
  readTimeline,
  remindOfApprovals,
  settleHold,
  whyPerson,
} from "@muster/provisioning";
import { systemClock } from "@muster/runtime";
import { type ApprovalAction, type ApprovalRecord, type ApprovalState, inTenant, listNotices } from "@muster/store";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type LaneLab, openLaneLab, peopleIn } from "./lane-lab.ts";

let lab: LaneLab;
beforeEach(async () => {
  lab = await openLaneLab({ settings: { approvals: ["create"] } });
  await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
  await lab.drain();
});
afterEach(() => lab.close());

const person = async (userName: string): Promise<string> =>
  (await lab.createUser({ userName, externalId: userName })).id;
const change = (id: string, of: { active?: boolean; attributes?: Record<string, string>; userName?: string }) =>
  changeUser(lab, lab.scope, { id, expected: null }, (user) => ({ user: { ...user, ...of }, changed: true }));
const ask = (...approvals: ApprovalAction[]) =>
  editConnection(lab, lab.owner, lab.connectionId, { settings: { approvals } });
const list = (state: ApprovalState = "waiting"): Promise<ApprovalRecord[]> =>
  readApprovalList(lab, lab.owner, lab.connectionId, { state, action: undefined, after: undefined, limit: 100 });
const listed = async (state: ApprovalState = "waiting"): Promise<string[]> =>
  (await list(state)).map(({ action, userName }) => `${action} ${userName}`).sort();
const decide = (state: "approved" | "rejected", ids: string[]) =>
  decideApprovals(lab, { ...lab.owner, actor: "key:ops" }, lab.connectionId, { state, about: { ids } });
const decideAll = async (state: "approved" | "rejected" = "approved") =>
  decide(
    state,
    (await list()).map(({ id }) => id),
  );
const drained = async (): Promise<Record<string, string>> => {
  await lab.drain();
  return peopleIn(lab.app);
};
const status = () => connectionStatus(lab, lab.owner, lab.connectionId);
const deps = () => ({ db: lab.db, clock: systemClock, prepare: createPolicyPreparer() });
const notices = async (): Promise<Record<string, string>> => {
  const page = { before: undefined, limit: 9 };
  const told = await inTenant(lab.db, lab.owner.tenantId, (tx) => listNotices(tx, lab.owner.tenantId, page));
  return Object.fromEntries(told.map(({ kind, message }) => [kind, message]));
};

describe("D6: steps that wait for approval", () => {
  it("nothing is sent, and it is counted, listed with what would change, explained, planned, reported and told", async () => {
    const ana = await person("ana");
    await lab.drain();
    const [asked] = await list();
    const why = await whyPerson(deps(), lab.owner, { connectionId: lab.connectionId, userId: ana });
    const plan = await planConnection(deps(), lab.owner, lab.connectionId, { names: 9, ifOpen: false });
    const report = provisionPerson({ ...deps(), ring: () => undefined }, lab.owner, {
      connectionId: lab.connectionId,
      userId: ana,
      waitMs: 5_000,
    });
    await vi.waitUntil(async () => (await status()).accounts.held === 0);
    await lab.drain();
    const timeline = await readTimeline(lab, lab.owner, {
      userId: ana,
      connectionId: lab.connectionId,
      before: undefined,
      limit: 9,
    });

    expect(lab.app.ledger()).toEqual([]);
    expect(await status()).toMatchObject({
      settled: true,
      accounts: { held: 1 },
      held: { removal: 0, approval: 1, decision: 0, seat: 0, gate: 0, other: 0 },
      approvals: { waiting: 1, waitingSince: asked?.askedAt, rejected: 0, reason: null },
    });
    expect(asked).toMatchObject({ userName: "ana", action: "create", state: "waiting", decidedBy: null });
    expect(asked?.changes).toContainEqual({ path: "userName", before: null, after: "ana" });
    expect(why.plan).toMatchObject({ step: "unapproved", reason: expect.stringContaining("Waits for approval") });
    expect(plan.steps).toMatchObject([{ step: "unapproved", count: 1, first: [{ userName: "ana" }] }]);
    expect((await report).steps).toContainEqual(expect.objectContaining({ step: "plan", ok: false }));
    expect((await report).result).toMatchObject({ state: "held", reason: expect.stringContaining("Waits for") });
    expect(timeline).toContainEqual(
      expect.objectContaining({ kind: "approval", what: "approval.create", state: "waiting" }),
    );
    expect((await notices())["approvals.waiting"]).toContain(`/connections/${lab.connectionId}/approvals`);
  });

  it("one, many or all up to a moment are approved or rejected, by somebody whose name is kept", async () => {
    for (const name of ["ana", "ben", "cyd", "dan"]) await person(name);
    await lab.drain();
    const byName = new Map((await list()).map(({ userName, id }) => [userName, id]));
    // Two who decide alike at once decide once.
    const both = await Promise.all([1, 2].map(() => decide("approved", [byName.get("ana") ?? ""])));
    const no = await decide("rejected", [byName.get("ben") ?? "", byName.get("ana") ?? ""]);
    const first = await drained();
    const askedAt = Math.max(...(await list()).map((row) => row.askedAt.getTime()));
    await vi.waitUntil(() => Date.now() > askedAt + 1, { interval: 1 });
    await person("eve");
    await lab.drain();
    const about = { upTo: new Date(askedAt), action: undefined };
    const many = await decideApprovals(lab, lab.owner, lab.connectionId, { state: "approved", about });

    expect(both.map(({ decided }) => decided).sort()).toEqual([0, 1]);
    expect([no.decided, many.decided]).toEqual([2, 2]);
    expect(first).toEqual({});
    expect(await drained()).toEqual({ cyd: "active", dan: "active" });
    expect(await listed()).toEqual(["create eve"]);
    expect(await list("rejected")).toMatchObject([{ decidedBy: "key:ops" }, { decidedBy: "key:ops" }]);
    expect(await status()).toMatchObject({
      approvals: { waiting: 1, rejected: 2 },
      accounts: { held: 3, synced: 2 },
      held: { removal: 0, approval: 1, decision: 0, seat: 0, gate: 0, other: 2 },
    });
    const audit = await lab.db.pool.query("select actor, action from audit where action like 'approval.%' order by id");
    expect(audit.rows.slice(0, 3).map((row) => `${row.actor} ${row.action}`)).toEqual([
      "key:ops approval.approve",
      "key:ops approval.reject",
      "key:ops approval.reject",
    ]);
  });

  it("a decision about what is not asked any more decides nothing; what is changed harmlessly stays approved", async () => {
    const ana = await person("ana");
    const ben = await person("ben");
    await lab.drain();
    const shown = await list();
    await change(ana, { userName: "root" });
    await change(ben, { attributes: { displayName: "Ben" } });
    await lab.drain();
    const both = shown.map(({ id }) => id);
    const { decided, outdated } = await decide("approved", both);
    const root = shown.find(({ userId }) => userId === ana)?.id;

    expect({ decided, outdated }).toEqual({ decided: 1, outdated: [root] });
    expect(await drained()).toEqual({ ben: "active" });
    expect(await listed()).toEqual(["create root"]);
  });

  it("what was approved and changed before it was sent waits again; what was rejected is asked about when it is another", async () => {
    const ana = await person("ana");
    await lab.drain();
    await decideAll();
    await change(ana, { userName: "anna" });
    const first = await drained();
    const asked = await listed();
    await decideAll("rejected");
    await lab.drain();
    const rejected = await listed("rejected");
    await change(ana, { userName: "ann" });
    await lab.drain();

    expect(first).toEqual({});
    expect(asked).toEqual(["create anna"]);
    expect(rejected).toEqual(["create anna"]);
    expect([await listed(), await listed("rejected")]).toEqual([["create ann"], []]);
  });

  it("F19: who decides while a worker looks at the account is heard", async () => {
    await person("ana");
    await lab.drain();
    const [asked] = await list();
    await lab.db.pool.query("update accounts set due_at = now()");
    await lab.db.pool.query("update lanes set due_at = now()");
    await lab.drainOnce({
      takeTurn: async () => {
        await decide("approved", [asked?.id ?? ""]);
        return () => undefined;
      },
    });

    expect(await drained()).toEqual({ ana: "active" });
    expect([await listed(), await listed("approved")]).toEqual([[], []]);
  });

  it("F04: an approval survives a worker that ends after it has sent, and is over once the account is as it should be", async () => {
    await person("ana");
    await lab.drain();
    await decideAll();
    const died = lab.drainOnce({
      crash: (point) => {
        if (point === "before-record") throw new Error("killed");
      },
    });
    await expect(died).rejects.toThrow("killed");
    const approved = await listed("approved");
    await lab.db.pool.query("update lanes set lease_until = now() - interval '1 second'");

    expect(approved).toEqual(["create ana"]);
    expect(await drained()).toEqual({ ana: "active" });
    expect(lab.app.ledger().filter(({ method }) => method === "POST")).toHaveLength(1);
    expect(await listed("approved")).toEqual([]);
    expect(Object.keys(await notices())).toEqual([]);
  });

  it("a removal goes out at once where only giving access is asked about, and whoever waits and leaves is asked about no more", async () => {
    const ana = await person("ana");
    const ben = await person("ben");
    await lab.drain();
    const [first] = (await list()).filter(({ userId }) => userId === ana);
    await decide("approved", [first?.id ?? ""]);
    await lab.drain();
    await change(ana, { active: false });
    await change(ben, { active: false });

    expect(await drained()).toEqual({ ana: "inactive" });
    expect(await listed()).toEqual([]);
    expect(await status()).toMatchObject({ approvals: { waiting: 0, waitingSince: null } });
    await change(ana, { active: true });
    expect(await drained()).toEqual({ ana: "inactive" });
    expect(await listed()).toEqual(["create ana"]);
  });

  it("roles that are only taken go at once where updates are asked about; whatever else is changed waits", async () => {
    await putRules(lab, lab.owner, lab.connectionId, { precedence: "first", defaultRole: "viewer", rules: [] });
    const ana = await person("ana");
    await lab.drain();
    await decideAll();
    await lab.drain();
    await ask("update");
    await lab.drain();
    await change(ana, { attributes: { title: "Lead" } });
    await putRules(lab, lab.owner, lab.connectionId, { precedence: "first", defaultRole: null, rules: [] });
    const lost = await drained();
    const before = lab.app.user("ana");
    const [asked] = await list();
    await decideAll();
    await lab.drain();

    expect(lost).toEqual({ ana: "active" });
    expect(before).not.toMatchObject({ title: "Lead" });
    expect(asked).toMatchObject({ action: "update", changes: [{ path: "title", before: null, after: "Lead" }] });
    expect(await listed("approved")).toEqual([]);
    expect(await status()).toMatchObject({ accounts: { synced: 1, held: 0 } });
  });

  it("removals wait only where the app owner says so, which is warned about as long as it is so", async () => {
    await ask();
    const ana = await person("ana");
    await lab.drain();
    await ask("deactivate");
    const warned = (await notices())["approvals.removals"];
    await change(ana, { active: false });
    const waits = await drained();
    const line = await readOffboarding(lab, lab.owner, ana);
    const told = await status();
    await ask();

    expect(warned).toContain("Leavers keep their access");
    expect(waits).toEqual({ ana: "active" });
    expect(line).toMatchObject([
      { standing: { state: "held", reason: expect.stringContaining("Waits for approval") } },
    ]);
    expect(told.approvals).toMatchObject({ waiting: 1, reason: expect.stringContaining("Leavers keep their access") });
    expect(await drained()).toEqual({ ana: "inactive" });
    expect(await status()).toMatchObject({ approvals: null });
    expect(Object.keys(await notices())).toEqual([]);
  });

  it("a deletion that waits does not keep a leaver's access up: the account is inactive meanwhile", async () => {
    await editConnection(lab, lab.owner, lab.connectionId, { settings: { approvals: ["delete"], onLeave: "delete" } });
    const ana = await person("ana");
    await lab.drain();
    const warned = (await notices())["approvals.removals"];
    await deleteUser(lab, lab.scope, { id: ana, expected: null });
    const waits = [await drained(), await listed()];
    await decideAll();

    expect(warned).toContain("made inactive at once");
    expect(waits).toEqual([{ ana: "inactive" }, ["delete ana"]]);
    expect([await drained(), await listed("approved")]).toEqual([{}, []]);
  });

  it("V12: whom the guard held and somebody approved is not asked about a second time", async () => {
    await ask();
    for (let number = 0; number < 25; number += 1) await person(`p${number}`);
    await lab.drain();
    await ask("deactivate");
    await lab.drain();
    await putAssignments(lab, lab.owner, lab.connectionId, { everyone: false, groups: [] });
    await lab.drain();
    const page = { connectionId: lab.connectionId, before: undefined, limit: 9 };
    const [hold] = await readHolds(lab, lab.owner, page);
    const askedBefore = await listed();
    const key = { connectionId: lab.connectionId, holdId: hold?.id ?? "" };
    await settleHold(lab, lab.owner, { ...key, state: "approved" });
    const after = Object.values(await drained());

    expect(askedBefore).toEqual([]);
    expect(hold).toMatchObject({ people: 25, state: "held" });
    expect(after.filter((state) => state === "inactive")).toHaveLength(25);
    expect([await listed(), await listed("approved")]).toEqual([[], []]);
  });

  it("administrators are reminded of what waits, with how much and for how long, and not before it is time again", async () => {
    await person("ana");
    await person("ben");
    await lab.drain();
    const oldest = (await status()).approvals?.waitingSince;
    await remindOfApprovals(lab);
    const early = (await notices())["approvals.overdue"];
    await lab.db.pool.query("update approvals set asked_at = asked_at - interval '2 days'");
    await lab.db.pool.query("update lanes set approval_since = approval_since - interval '2 days'");
    await remindOfApprovals(lab);
    const late = (await notices())["approvals.overdue"];
    const again = await lab.db.pool.query("delete from notices where kind = 'approvals.overdue'");
    await remindOfApprovals(lab);

    expect(early).toBeUndefined();
    expect(late).toContain("2 steps wait for approval");
    expect(late).toContain(new Date((oldest?.getTime() ?? 0) - 2 * 86_400_000).toISOString());
    expect(again.rowCount).toBe(1);
    expect((await notices())["approvals.overdue"]).toBeUndefined();
    await decideAll();
    await lab.drain();
    expect(Object.keys(await notices())).toEqual([]);
  });
});
