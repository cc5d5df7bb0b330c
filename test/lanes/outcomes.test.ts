import { changeUser, deleteUser } from "@muster/directory";
import { connectionStatus, putAssignments } from "@muster/provisioning";
import { inTenant } from "@muster/store";
import { waitFor } from "@muster/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LaneLab, openLaneLab, peopleIn } from "./lane-lab.ts";

let lab: LaneLab;
beforeEach(async () => {
  lab = await openLaneLab();
  await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
  await lab.drain();
});
afterEach(() => lab.close());

const suspend = (id: string) =>
  changeUser(lab, lab.scope, { id, expected: null }, (user) => ({ user: { ...user, active: false }, changed: true }));
const state = () =>
  inTenant(lab.db, lab.scope.tenantId, (tx) =>
    tx.run(
      tx.sql
        .selectFrom("accounts as a")
        .innerJoin("users as u", "u.id", "a.user_id")
        .select(["u.user_name as userName", "a.state", "a.attempts"])
        .orderBy("u.user_name"),
    ),
  );

describe("outcomes of a push", () => {
  it("house trap 7: a person whom the app refuses never holds the others", async () => {
    lab.app.faults.set([{ kind: "status", status: 400, mentions: "bad", detail: "no" }]);
    await Promise.all(["ana", "bad", "cyd"].map((userName) => lab.createUser({ userName })));
    await lab.drain();

    expect(peopleIn(lab.app)).toEqual({ ana: "active", cyd: "active" });
    expect(await state()).toEqual([
      { userName: "ana", state: "synced", attempts: 0 },
      { userName: "bad", state: "stopped", attempts: 1 },
      { userName: "cyd", state: "synced", attempts: 0 },
    ]);
  });

  it("tries a refused person again when something about them changes", async () => {
    lab.app.faults.set([{ kind: "status", status: 400, times: 1 }]);
    const { id } = await lab.createUser({ userName: "ana" });
    await lab.drain();
    await changeUser(lab, lab.scope, { id, expected: null }, (user) => ({
      user: { ...user, attributes: { title: "x" } },
      changed: true,
    }));
    await lab.drain();

    expect(peopleIn(lab.app)).toEqual({ ana: "active" });
  });

  it("F25: a 429 pauses the whole lane for its Retry-After, with no request in the pause and nobody charged", async () => {
    lab.app.faults.set([{ kind: "status", status: 429, retryAfter: "3600", times: 1 }]);
    await Promise.all(Array.from({ length: 20 }, (_, index) => lab.createUser({ userName: `user-${index}` })));
    await lab.drain();
    const sent = lab.app.ledger().length;
    await lab.drain();
    const inPause = lab.app.ledger().length - sent;
    await lab.passTime();
    await lab.drain();

    // At most the calls that were already on their way beside the first 429.
    expect(sent).toBeLessThanOrEqual(4);
    expect(inPause).toBe(0);
    expect(Object.keys(peopleIn(lab.app))).toHaveLength(20);
    expect((await state()).every((account) => account.attempts === 0)).toBe(true);
  });

  it("F35: a refused credential quarantines the lane with its reason and charges nobody", async () => {
    const auth = lab.app.auth();
    lab.app.setAuth({ scheme: "bearer", token: "another one" });
    await lab.createUser({ userName: "ana" });
    await lab.drain();
    const refused = await connectionStatus(lab, lab.owner, lab.connectionId);
    lab.app.setAuth(auth);
    await lab.passTime();
    await lab.drain();
    const after = await connectionStatus(lab, lab.owner, lab.connectionId);

    expect(refused).toMatchObject({ state: "quarantined", settled: false, accounts: { pending: 1 } });
    expect(refused.reason).toContain("401");
    expect(after).toMatchObject({ state: "active", reason: null, settled: true, accounts: { synced: 1 } });
  });

  it.each(["swallow", "reset"] as const)(
    "F27/F28: a create that was applied but not answered (%s) ends as one account",
    async (kind) => {
      lab.app.faults.set([
        kind === "swallow"
          ? { kind, how: "destroy", method: "POST", times: 1 }
          : { kind, afterBytes: 20, method: "POST", times: 1 },
      ]);
      await lab.createUser({ userName: "ana" });
      for (let round = 0; round < 4; round += 1) {
        await lab.drain();
        await lab.passTime();
      }
      await lab.drain();

      expect(peopleIn(lab.app)).toEqual({ ana: "active" });
      expect(lab.app.counts()).toMatchObject({ users: 1, duplicates: 0 });
      expect(lab.app.ledger().filter((entry) => entry.method === "POST")).toHaveLength(1);
    },
  );

  it("F30: a create whose fate is unknown is not repeated while the app may still show it late", async () => {
    lab.app.faults.set([
      { kind: "hide-new", hiddenMs: 300_000, uncounted: true, times: 1, method: "POST" },
      { kind: "swallow", how: "destroy", method: "POST", times: 1 },
    ]);
    await lab.createUser({ userName: "ana" });
    await lab.drain();
    await lab.passTime();
    await lab.drain();
    await lab.passTime();
    await lab.drain();

    expect(lab.app.ledger().filter((entry) => entry.method === "POST")).toHaveLength(1);
  });

  it("F30: a leaver whose account the app does not show yet is made inactive once it does", async () => {
    lab.app.faults.set([
      { kind: "hide-new", hiddenMs: 5_000, times: 1, method: "POST" },
      { kind: "status", status: 404, times: 1, method: "PATCH" },
    ]);
    const { id } = await lab.createUser({ userName: "ana" });
    await lab.drain();
    await suspend(id);
    await lab.drain();
    const between = await state();

    await waitFor(
      async () => {
        await lab.passTime();
        await lab.drain();
        return peopleIn(lab.app).ana === "inactive";
      },
      { timeoutMs: 30_000, what: "an inactive account" },
    );

    expect(between).toMatchObject([{ state: "pending" }]);
    expect(lab.app.ledger().filter((entry) => entry.method === "POST")).toHaveLength(1);
  });

  it("F41: an HTML page with 200 is never taken for success", async () => {
    const { id } = await lab.createUser({ userName: "ana" });
    await lab.drain();
    lab.app.faults.set([{ kind: "html200", times: 1 }]);
    await suspend(id);
    await lab.drain();
    const between = await state();
    await lab.passTime();
    await lab.drain();

    expect(between).toMatchObject([{ state: "failing" }]);
    expect(peopleIn(lab.app)).toEqual({ ana: "inactive" });
  });

  it("F42: a deactivation that the app confirms but shows as still active does not count", async () => {
    const { id } = await lab.createUser({ userName: "ana" });
    await lab.drain();
    lab.app.faults.set([{ kind: "alter", set: { active: true }, method: "PATCH", times: 1 }]);
    await suspend(id);
    await lab.drain();

    expect(await state()).toMatchObject([{ state: "failing" }]);
  });

  it("recreates who was deleted by hand in the app, but only if they should be active", async () => {
    const ana = await lab.createUser({ userName: "ana" });
    const ben = await lab.createUser({ userName: "ben" });
    await lab.drain();
    // One that was made a moment ago may only not be shown yet.
    await lab.db.pool.query("update accounts set linked_at = now() - interval '1 hour'");
    for (const userName of ["ana", "ben"]) lab.app.deleteUserByHand(userName);
    await changeUser(lab, lab.scope, { id: ana.id, expected: null }, (user) => ({
      user: { ...user, attributes: { title: "x" } },
      changed: true,
    }));
    await suspend(ben.id);
    await lab.drain();

    expect(peopleIn(lab.app)).toEqual({ ana: "active" });
    expect(await state()).toMatchObject([{ state: "synced" }, { state: "synced" }]);
  });

  it("adopts after a 409 what nobody owns, and refuses what somebody else manages", async () => {
    const schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"];
    lab.app.putUserByHand({ schemas, userName: "ana" });
    lab.app.putUserByHand({ schemas, userName: "ben", externalId: "of-another-system" });
    await lab.createUser({ userName: "ANA" });
    await lab.createUser({ userName: "ben" });
    await lab.drain();

    expect(lab.app.users().map((user) => user.userName)).toEqual(["ANA", "ben"]);
    expect(await state()).toMatchObject([
      { userName: "ANA", state: "synced" },
      { userName: "ben", state: "stopped" },
    ]);
    expect(lab.app.counts().users).toBe(2);
  });

  it("I16: a second look at everybody sends nothing", async () => {
    await Promise.all(Array.from({ length: 10 }, (_, index) => lab.createUser({ userName: `user-${index}` })));
    await lab.drain();
    const sent = lab.app.ledger().length;
    await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
    await lab.drain();

    expect(lab.app.ledger().length).toBe(sent);
  });

  it("D4: deletes leavers where the connection says delete", async () => {
    const deleting = await openLaneLab({ settings: { onLeave: "delete" } });
    await putAssignments(deleting, deleting.owner, deleting.connectionId, { everyone: true, groups: [] });
    const { id } = await deleting.createUser({ userName: "ana" });
    await deleting.drain();
    await deleteUser(deleting, deleting.scope, { id, expected: null });
    await deleting.drain();
    const left = deleting.app.users();
    await deleting.close();

    expect(left).toEqual([]);
  });
});
