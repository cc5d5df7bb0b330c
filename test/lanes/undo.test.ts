import {
  applyUndo,
  changeGroup,
  createGroup,
  deleteGroup,
  deleteUser,
  type RunUndoDeps,
  requestUndo,
  runUndo,
} from "@muster/directory";
import { putAssignments, putRules, readHolds, settleHold } from "@muster/provisioning";
import { claimUndos, inTenant, type UndoMode } from "@muster/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LaneLab, openLaneLab } from "./lane-lab.ts";

let lab: LaneLab;
beforeEach(async () => {
  lab = await openLaneLab();
});
afterEach(() => lab.close());

const noStop = new AbortController().signal;

async function people(count: number): Promise<string[]> {
  const users = await Promise.all(
    Array.from({ length: count }, (_, index) => lab.createUser({ userName: `user-${index}` })),
  );
  return users.map((user) => user.id);
}

const newGroup = async (displayName: string, members: readonly string[]): Promise<string> =>
  (await createGroup(lab, lab.scope, { group: { displayName, externalId: null, attributes: {} }, members })).value
    .record.id;

/** People of the app under the ids that it gave them. */
const accounts = () =>
  Object.fromEntries(lab.app.users().map(({ id, userName, active, roles }) => [userName, { id, active, roles }]));

const holds = () => readHolds(lab, lab.owner, { connectionId: lab.connectionId, before: undefined, limit: 9 });

/** Lets what the guard holds go, as somebody does who believes that it is meant. */
async function approveAll(): Promise<void> {
  for (const { id, state } of await holds())
    if (state === "held")
      await settleHold(lab, lab.owner, { connectionId: lab.connectionId, holdId: id, state: "approved" });
  await lab.drain();
}

async function moment(): Promise<string> {
  const text = "select date_trunc('milliseconds', clock_timestamp()) + interval '1 ms' as at, pg_sleep(0.003)";
  const { rows } = await lab.db.pool.query<{ at: Date }>(text);
  return rows[0]?.at.toISOString() ?? "";
}

/** As a worker does: takes up what waits, until nothing does. */
async function work(deps: RunUndoDeps = lab): Promise<void> {
  for (const key of await claimUndos(lab.db, 5)) await runUndo(deps, key, noStop);
}

async function ask(to: string, mode: UndoMode = "giveBack") {
  const { tenantId, directoryId } = lab.scope;
  const undo = await requestUndo(lab, lab.owner, directoryId, { to, mode, groupIds: null, userIds: null });
  await work();
  return { tenantId, directoryId, undoId: undo.id };
}

describe("J5, X2: what was taken away by mistake", () => {
  it("a deleted group of 300: everybody has the account they had again, with the roles of the group, though nobody edited anything", async () => {
    const ids = await people(330);
    const staff = await newGroup("Staff", ids.slice(0, 300));
    const rest = await newGroup("Rest", ids.slice(300));
    // By id: whatever named the group must find it again.
    const groups = [{ id: staff }, { id: rest }];
    await putAssignments(lab, lab.owner, lab.connectionId, { everyone: false, groups });
    const rules = [{ group: { id: staff }, role: "editor" }];
    await putRules(lab, lab.owner, lab.connectionId, { precedence: "first", defaultRole: null, rules });
    await lab.drain();
    const before = accounts();
    const at = await moment();
    await deleteGroup(lab, lab.scope, { id: staff, expected: null });
    await lab.drain();
    await approveAll();
    const mistaken = Object.values(accounts()).filter(({ active }) => active).length;

    const key = await ask(at);
    const seen = accounts();
    await applyUndo(lab, lab.owner, key);
    // A worker dies over the members, and another one goes on.
    let chunks = 0;
    const crash = () => {
      chunks += 1;
      if (chunks === 2) throw new Error("the worker dies here");
    };
    await expect(work({ ...lab, crash })).rejects.toThrow("dies here");
    await lab.db.pool.query("update undo_turns set due_at = now()");
    await work();
    await lab.drain();

    expect(mistaken).toBe(30);
    expect(Object.values(seen).filter(({ active }) => active)).toHaveLength(30);
    expect(accounts()).toEqual(before);
    expect(Object.values(before).filter(({ roles }) => roles.includes("editor"))).toHaveLength(300);
  });

  it("people deleted at the identity provider keep their ids and their accounts", async () => {
    const ids = await people(30);
    await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
    await lab.drain();
    const before = accounts();
    const at = await moment();
    for (const id of ids.slice(0, 10)) await deleteUser(lab, lab.scope, { id, expected: null });
    await lab.drain();
    const mistaken = Object.values(accounts()).filter(({ active }) => active).length;

    await applyUndo(lab, lab.owner, await ask(at));
    await work();
    await lab.drain();

    expect(mistaken).toBe(20);
    expect(accounts()).toEqual(before);
  });

  it("what an exact undo takes away is one cause to the guard, whatever number of groups and transactions it is", async () => {
    const ids = await people(90);
    const first = await newGroup("First", ids.slice(0, 30));
    const second = await newGroup("Second", []);
    const third = await newGroup("Third", []);
    const groups = [first, second, third].map((id) => ({ id }));
    await putAssignments(lab, lab.owner, lab.connectionId, { everyone: false, groups });
    await lab.drain();
    const at = await moment();
    // Neither is more than 20, so that neither would be held by itself.
    for (const [id, from] of [
      [second, 30],
      [third, 50],
    ] as const)
      await changeGroup(lab, lab.scope, { id, expected: null, answerMembers: false }, (group) => ({
        group,
        changed: false,
        members: { replaceAll: false, add: ids.slice(from, from + 20), remove: [] },
      }));
    await lab.drain();
    const added = lab.app.counts().activeUsers;

    const key = await ask(at, "exact");
    await applyUndo(lab, lab.owner, key);
    await work();
    await lab.drain();
    const held = (await holds()).filter(({ state }) => state === "held");

    expect(added).toBe(70);
    expect(held).toMatchObject([{ cause: `undo:${key.undoId}`, people: 40 }]);
    expect(lab.app.counts().activeUsers).toBe(70);
    await approveAll();
    expect(lab.app.counts().activeUsers).toBe(30);
  });

  it("a hold of the mistake ends with the undo: whoever has access again leaves it", async () => {
    const ids = await people(40);
    const staff = await newGroup("Staff", ids);
    await putAssignments(lab, lab.owner, lab.connectionId, { everyone: false, groups: [{ id: staff }] });
    await lab.drain();
    const at = await moment();
    await deleteGroup(lab, lab.scope, { id: staff, expected: null });
    await lab.drain();
    const [hold] = await holds();

    await applyUndo(lab, lab.owner, await ask(at));
    await work();
    await lab.drain();
    const rows = await inTenant(lab.db, lab.scope.tenantId, (tx) =>
      tx.named({ name: "held", text: "select user_id from held_removals" }, []),
    );

    expect(hold).toMatchObject({ state: "held", people: 40 });
    expect(rows).toEqual([]);
    expect(lab.app.counts().activeUsers).toBe(40);
  });
});
