import { changeGroup, createGroup, deleteGroup } from "@muster/directory";
import { connectionStatus, putAssignments, putRules, readHolds, settleHold } from "@muster/provisioning";
import { changeMembers, inTenant } from "@muster/store";
import { waitFor } from "@muster/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LaneLab, openLaneLab, peopleIn } from "./lane-lab.ts";

let lab: LaneLab;
beforeEach(async () => {
  lab = await openLaneLab();
});
afterEach(() => lab.close());

const group = (displayName: string) => ({ displayName, externalId: null, attributes: {} });

async function people(count: number): Promise<string[]> {
  const users = await Promise.all(
    Array.from({ length: count }, (_, index) => lab.createUser({ userName: `user-${index}` })),
  );
  return users.map((user) => user.id);
}

describe("expansion", () => {
  it("house trap 2: does not miss a person whose group was joined while the assignment was being made", async () => {
    const [userId = ""] = await people(1);
    const staff = await createGroup(lab, lab.scope, { group: group("Staff"), members: [] });
    let commit = (): void => undefined;
    const mayCommit = new Promise<void>((resolve) => {
      commit = resolve;
    });
    let joined = (): void => undefined;
    const hasJoined = new Promise<void>((resolve) => {
      joined = resolve;
    });
    // Reads the assignments before the edit, so it marks nobody; commits after the edit was made and expanded, were there no barrier.
    const joining = inTenant(lab.db, lab.scope.tenantId, async (tx) => {
      await changeMembers(tx, lab.scope.tenantId, staff.value.record, { replaceAll: false, add: [userId], remove: [] });
      joined();
      await mayCommit;
    });
    await hasJoined;
    await putAssignments(lab, lab.owner, lab.connectionId, {
      everyone: false,
      groups: [{ id: staff.value.record.id }],
    });

    // Long enough to expand on a slow machine, were there no barrier.
    await lab.drainOnce({ timing: { leaseMs: 20_000, callMs: 5_000, sliceMs: 1_000, probeMinuteMs: 60_000 } });
    const before = peopleIn(lab.app);
    commit();
    await joining;
    await lab.drain();

    expect(before).toEqual({});
    expect(peopleIn(lab.app)).toEqual({ "user-0": "active" });
  });

  it("binds a name to a group that was created while the assignment was being made", async () => {
    const [userId = ""] = await people(1);
    const [created] = await Promise.all([
      createGroup(lab, lab.scope, { group: group("Late"), members: [userId] }),
      putAssignments(lab, lab.owner, lab.connectionId, { everyone: false, groups: [{ displayName: "late" }] }),
    ]);
    await lab.drain();

    expect(created.value.members).toHaveLength(1);
    expect(peopleIn(lab.app)).toEqual({ "user-0": "active" });
  });

  it("brings in 1,200 members of a newly assigned group in chunks, and counts them as pending before", async () => {
    const ids = await people(1_200);
    const all = await createGroup(lab, lab.scope, { group: group("All"), members: ids });
    await putAssignments(lab, lab.owner, lab.connectionId, { everyone: false, groups: [{ id: all.value.record.id }] });
    const before = await connectionStatus(lab, lab.owner, lab.connectionId);

    await lab.drain();
    const after = await connectionStatus(lab, lab.owner, lab.connectionId);

    expect({ settled: before.settled, pending: before.accounts.pending }).toEqual({ settled: false, pending: 1_200 });
    expect({ settled: after.settled, synced: after.accounts.synced, pending: after.accounts.pending }).toEqual({
      settled: true,
      synced: 1_200,
      pending: 0,
    });
    expect(lab.app.counts()).toMatchObject({ users: 1_200, duplicates: 0 });
  });

  it("SD15: a rule edit reaches everybody, a group's deletion recomputes roles and takes its members out", async () => {
    const [ana = "", ben = ""] = await people(2);
    const staff = await createGroup(lab, lab.scope, { group: group("Staff"), members: [ana, ben] });
    const admins = await createGroup(lab, lab.scope, { group: group("Admins"), members: [ben] });
    await putAssignments(lab, lab.owner, lab.connectionId, {
      everyone: false,
      groups: [{ id: staff.value.record.id }],
    });
    await lab.drain();
    const plain = peopleIn(lab.app);
    await putRules(lab, lab.owner, lab.connectionId, {
      precedence: "first",
      defaultRole: "viewer",
      rules: [{ group: { displayName: "Admins" }, role: "admin" }],
    });
    await lab.drain();
    const ruled = peopleIn(lab.app);
    await deleteGroup(lab, lab.scope, { id: admins.value.record.id, expected: null });
    await lab.drain();
    const recomputed = peopleIn(lab.app);
    await deleteGroup(lab, lab.scope, { id: staff.value.record.id, expected: null });
    await lab.drain();

    expect(plain).toEqual({ "user-0": "active", "user-1": "active" });
    expect(ruled).toEqual({ "user-0": "active viewer", "user-1": "active admin" });
    expect(recomputed).toEqual({ "user-0": "active viewer", "user-1": "active viewer" });
    expect(peopleIn(lab.app)).toEqual({ "user-0": "inactive viewer", "user-1": "inactive viewer" });
  });

  it("house trap 4: a change that takes more than 20 people away goes through an expansion with its cause", async () => {
    const ids = await people(30);
    const all = await createGroup(lab, lab.scope, { group: group("All"), members: ids });
    await putAssignments(lab, lab.owner, lab.connectionId, { everyone: false, groups: [{ id: all.value.record.id }] });
    await lab.drain();
    const target = { id: all.value.record.id, expected: null, answerMembers: false };
    await changeGroup(lab, lab.scope, target, (current) => ({
      group: current,
      changed: false,
      members: { replaceAll: false, add: [], remove: ids.slice(0, 21) },
    }));
    const waiting = await inTenant(lab.db, lab.scope.tenantId, (tx) =>
      tx.run(tx.sql.selectFrom("expansions").select(["cause", "removal"])),
    );

    await lab.drain();

    expect(waiting).toEqual([{ cause: `group.members:${all.value.record.id}`, removal: true }]);
    expect(lab.app.counts().activeUsers).toBe(30);
    const [hold] = await readHolds(lab, lab.owner, { connectionId: lab.connectionId, before: undefined, limit: 2 });
    await settleHold(lab, lab.owner, { connectionId: lab.connectionId, holdId: hold?.id ?? "", state: "approved" });
    await lab.drain();
    await waitFor(() => lab.app.counts().activeUsers === 9, { timeoutMs: 5_000, what: "21 people to be inactive" });
  });
});
