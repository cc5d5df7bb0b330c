import { deleteUser } from "@muster/directory";
import { putAssignments } from "@muster/provisioning";
import { inTenant } from "@muster/store";
import { waitFor } from "@muster/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LaneLab, openLaneLab, peopleIn } from "./lane-lab.ts";

let lab: LaneLab;
beforeEach(async () => {
  lab = await openLaneLab();
  await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
});
afterEach(() => lab.close());

const leave = (id: string) => deleteUser(lab, lab.scope, { id, expected: null });
const accounts = () =>
  inTenant(lab.db, lab.scope.tenantId, (tx) =>
    tx.run(
      tx.sql
        .selectFrom("accounts")
        .select(["user_id as userId", "state", "reason", "remote_id as remoteId", "remote_user_name_key as nameKey"])
        .orderBy("user_id"),
    ),
  );

describe("house trap 6, re-hire", () => {
  it("V58: revives the same id and the same downstream account for the same externalId", async () => {
    const before = await lab.createUser({ userName: "ana", externalId: "idp-1" });
    await lab.drain();
    await leave(before.id);
    await lab.drain();
    const left = peopleIn(lab.app);
    const after = await lab.createUser({ userName: "ana.new", externalId: "idp-1" });
    await lab.drain();

    expect(left).toEqual({ ana: "inactive" });
    expect(after.id).toBe(before.id);
    expect(peopleIn(lab.app)).toEqual({ "ana.new": "active" });
    expect(lab.app.counts()).toMatchObject({ users: 1, duplicates: 0 });
  });

  it("makes a new person of another externalId, and leaves whose the old account is for somebody to decide", async () => {
    const before = await lab.createUser({ userName: "ana", externalId: "idp-1" });
    await lab.drain();
    await leave(before.id);
    const after = await lab.createUser({ userName: "ana", externalId: "idp-2" });
    await lab.drain();
    await lab.passTime();
    await lab.drain();

    expect(after.id).not.toBe(before.id);
    expect(peopleIn(lab.app)).toEqual({ ana: "inactive" });
    expect((await accounts()).find((account) => account.userId === after.id)).toMatchObject({
      state: "stopped",
      remoteId: null,
    });
  });

  it("lets a new person without externalId take over what the former one left, in one move of the link", async () => {
    const before = await lab.createUser({ userName: "ana" });
    await lab.drain();
    const [first] = lab.app.users();
    await leave(before.id);
    const after = await lab.createUser({ userName: "ana" });
    await lab.drain();
    await lab.passTime();
    await lab.drain();

    expect(after.id).not.toBe(before.id);
    expect(await accounts()).toMatchObject([
      { userId: before.id, remoteId: null },
      { userId: after.id, remoteId: first?.id, state: "synced" },
    ]);
    expect(lab.app.users()).toMatchObject([{ id: first?.id, userName: "ana", active: true, externalId: after.id }]);
  });

  it("keeps the link of what was taken over when the worker loses the lane before it can record", async () => {
    const before = await lab.createUser({ userName: "ana" });
    await lab.drain();
    await leave(before.id);
    const after = await lab.createUser({ userName: "ana" });
    await lab.drain();
    // The first request after the move is a look at the account.
    lab.app.faults.set([
      { kind: "latency", latencyMs: 1_000, when: "before-applying", method: "GET", times: 1 },
      { kind: "status", status: 503, method: "PATCH", times: 1 },
    ]);
    await lab.passTime();
    const frozen = lab.drain({ owner: "frozen" });
    const isMoved = async () =>
      (await accounts()).some(({ userId, remoteId }) => userId === before.id && remoteId === null);
    await waitFor(isMoved, { timeoutMs: 5_000, what: "the link to be moved" });
    await lab.db.pool.query("update lanes set lease_until = now() - interval '1 second'");
    await lab.drain({ owner: "second" });
    await frozen;
    await lab.passTime();
    await lab.drain();

    expect(lab.app.users()).toMatchObject([{ userName: "ana", active: true, externalId: after.id }]);
    expect((await accounts()).map((account) => account.state)).toEqual(["synced", "synced"]);
  });

  it("knows the name of what was taken over before it could be looked at, so that whoever comes next waits for it", async () => {
    const before = await lab.createUser({ userName: "ana" });
    await lab.drain();
    const [first] = lab.app.users();
    await leave(before.id);
    await lab.drain();
    const second = await lab.createUser({ userName: "ana" });
    lab.app.faults.set([{ kind: "status", status: 503, method: "GET" }]);
    await lab.drain();
    const unread = await accounts();
    await leave(second.id);
    const third = await lab.createUser({ userName: "ana", active: false });
    lab.app.faults.clear();
    for (let turn = 0; turn < 3; turn += 1) {
      await lab.passTime();
      await lab.drain();
    }

    const held = { state: "failing", remoteId: first?.id, nameKey: "ana" };
    expect(unread.find(({ userId }) => userId === second.id)).toMatchObject(held);
    expect((await accounts()).find(({ userId }) => userId === third.id)).toMatchObject({ remoteId: first?.id });
    expect(lab.app.users()).toMatchObject([{ id: first?.id, active: false, externalId: third.id }]);
  });

  it("waits with a create until the removal of the same userName has ended", async () => {
    const before = await lab.createUser({ userName: "ana" });
    await lab.drain();
    lab.app.faults.set([{ kind: "status", status: 503, method: "PATCH" }]);
    await leave(before.id);
    await lab.createUser({ userName: "ana" });
    await lab.drain();
    const meanwhile = lab.app.ledger().filter((entry) => entry.method === "POST").length;
    lab.app.faults.clear();
    await lab.passTime();
    await lab.drain();
    await lab.passTime();
    await lab.drain();

    expect(meanwhile).toBe(1);
    expect(peopleIn(lab.app)).toEqual({ ana: "active" });
    expect(lab.app.counts()).toMatchObject({ users: 1, duplicates: 0 });
  });
});
