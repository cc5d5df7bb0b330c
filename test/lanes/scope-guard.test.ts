import { applyBatch, changeGroup, createGroup, makeChangeUser } from "@muster/directory";
import {
  type AssignmentsInput,
  computePlan,
  connectionStatus,
  createPolicyPreparer,
  editConnection,
  putAppMapping,
  putAssignments,
  putMapping,
  readHolds,
  requestPlan,
  requirePlan,
  settleHold,
  startRollout,
} from "@muster/provisioning";
import { systemClock } from "@muster/runtime";
import { claimPlanning, inTenant } from "@muster/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LaneLab, openLaneLab } from "./lane-lab.ts";

let lab: LaneLab;
beforeEach(async () => {
  lab = await openLaneLab();
});
afterEach(() => lab.close());

const people = (count: number, attributes: (index: number) => Record<string, string>): Promise<string[]> =>
  Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const made = await lab.createUser({
        userName: `user-${index}`,
        externalId: `idp-${index}`,
        attributes: attributes(index),
      });
      return made.id;
    }),
  );
const assign = (input: Partial<AssignmentsInput>) =>
  putAssignments(lab, lab.owner, lab.connectionId, { everyone: false, groups: [], ...input });
const holds = () => readHolds(lab, lab.owner, { connectionId: lab.connectionId, before: undefined, limit: 5 });
const settle = async (state: "approved" | "rejected"): Promise<void> => {
  const [hold] = await holds();
  await settleHold(lab, lab.owner, { connectionId: lab.connectionId, holdId: hold?.id ?? "", state });
  await lab.drain();
};
const active = (): number => lab.app.counts().activeUsers;
const leftovers = () =>
  inTenant(lab.db, lab.owner.tenantId, (tx) => tx.run(tx.sql.selectFrom("expansion_losses").selectAll()));

describe("house trap 4: the guard, where a condition or a date decides", () => {
  it("holds an edit of the condition that takes access from more than 20, reads more than a chunk of people, and lets it go once approved", async () => {
    await people(700, (index) => ({ title: index < 200 ? "Cook" : "Waiter" }));
    await assign({ condition: 'user.title == "Cook" || user.title == "Waiter"' });
    await lab.drain();
    await assign({ condition: 'user.title == "Waiter"' });
    await lab.drain();
    const [held, counts] = [await holds(), active()];
    const status = await connectionStatus(lab, lab.owner, lab.connectionId);
    await settle("approved");

    expect(counts).toBe(700);
    expect(held).toMatchObject([{ cause: "assignments.put", people: 200, inScope: 700, threshold: 70, state: "held" }]);
    expect(status.accounts).toMatchObject({ held: 200, synced: 500 });
    expect(active()).toBe(500);
    expect(await leftovers()).toEqual([]);
  });

  it("lets pass what takes access from at most 20, or from nobody, and keeps no list of them", async () => {
    await people(40, (index) => ({ title: index < 20 ? "Cook" : "Waiter" }));
    await assign({ condition: "true" });
    await lab.drain();
    await assign({ condition: '!(user.title == "Cook")' });
    await lab.drain();

    expect([active(), await holds(), await leftovers()]).toEqual([20, [], []]);
  });

  it("a rejection keeps access until the condition, or the person, changes again", async () => {
    const ids = await people(30, () => ({ title: "Cook" }));
    await assign({ condition: "true" });
    await lab.drain();
    await assign({ condition: "false" });
    await lab.drain();
    await settle("rejected");
    const kept = active();
    await assign({ condition: 'user.title == "Cook"' });
    await lab.drain();
    await makeChangeUser(lab)(lab.scope, { id: ids[0] ?? "", expected: null }, (user) => ({
      user: { ...user, attributes: { title: "Waiter" } },
      changed: true,
    }));
    await lab.drain();

    expect([kept, active()]).toEqual([30, 29]);
  });

  it("holds an edit of dates, and of single people, in the same way", async () => {
    const ids = await people(30, () => ({ title: "2020-01-01" }));
    await assign({ people: ids.map((id) => ({ id })) });
    await lab.drain();
    await assign({ people: ids.map((id) => ({ id })), ends: { expression: "user.title" } });
    await lab.drain();
    const dated = await holds();
    await settle("rejected");
    await assign({ people: ids.slice(0, 3).map((id) => ({ id })) });
    await lab.drain();

    expect(dated).toMatchObject([{ people: 30 }]);
    expect(active()).toBe(30);
    expect(await holds()).toMatchObject([
      { people: 27, state: "held" },
      { people: 30, state: "rejected" },
    ]);
  });

  it("single removals are never held, however many", async () => {
    const ids = await people(30, () => ({ title: "Cook" }));
    await assign({ condition: 'user.title == "Cook"' });
    await lab.drain();
    const change = makeChangeUser(lab);
    for (const id of ids)
      await change(lab.scope, { id, expected: null }, (user) => ({
        user: { ...user, attributes: { title: "Waiter" } },
        changed: true,
      }));
    await lab.drain();

    expect([active(), await holds()]).toEqual([0, []]);
  });

  it("holds a group's change that takes access by a condition, those who join included", async () => {
    const ids = await people(30, () => ({}));
    const made = await createGroup(lab, lab.scope, {
      group: { displayName: "Blocked", externalId: null, attributes: {} },
      members: [],
    });
    await assign({ condition: '!("Blocked" in groups)' });
    await lab.drain();
    const target = { id: made.value.record.id, expected: null, answerMembers: false };
    await changeGroup(lab, lab.scope, target, (current) => ({
      group: current,
      changed: false,
      members: { replaceAll: false, add: ids, remove: [] },
    }));
    await lab.drain();

    expect(active()).toBe(30);
    expect(await holds()).toMatchObject([{ cause: `group.members:${target.id}`, people: 30 }]);
  });

  it("F53: holds what one batch of a source takes by a condition, though it deactivates nobody", async () => {
    await people(30, () => ({ title: "Cook" }));
    await assign({ condition: 'user.title == "Cook"' });
    await lab.drain();
    const batch = Array.from({ length: 30 }, (_, index) => ({
      userName: `user-${index}`,
      externalId: `idp-${index}`,
      active: true,
      attributes: { title: "Waiter" },
    }));
    await applyBatch(lab, lab.scope, { people: batch, removals: [], complete: true });
    await lab.drain();

    expect(active()).toBe(30);
    expect(await holds()).toMatchObject([{ people: 30 }]);
  });

  it("people whose date cannot be read are not among those who lose access", async () => {
    await people(30, (index) => ({ title: index < 25 ? "?" : "2020-01-01" }));
    await assign({ everyone: true });
    await lab.drain();
    await assign({ everyone: true, ends: { expression: "user.title" } });
    await lab.drain();

    expect([active(), await holds()]).toEqual([25, []]);
  });
});

describe("G12: the guard counts whom a mapping makes inactive, as the plan does", () => {
  const rows = (active: string) => [
    { target: "userName", expression: "user.userName" },
    { target: "active", expression: active },
  ];
  const map = (active: string) => putMapping(lab, lab.owner, lab.connectionId, rows(active));
  const planned = async (active: string) => {
    const { id: planId } = await requestPlan(lab, lab.owner, lab.connectionId, {
      proposed: { mapping: { rows: rows(active) } },
      names: 0,
    });
    const deps = { db: lab.db, clock: systemClock, prepare: createPolicyPreparer() };
    for (const turn of await claimPlanning(lab.db, 10))
      while (await computePlan(deps, turn, new AbortController().signal));
    const key = { connectionId: lab.connectionId, planId };
    return (await inTenant(lab.db, lab.owner.tenantId, (tx) => requirePlan(tx, lab.owner, key))).result?.guard;
  };
  const COOKS = 'user.active && user.title == "Cook"';

  it.each(["deactivate", "leave"] as const)(
    "an edit of the row that takes access from more than 20 waits, and goes once approved (%s)",
    async (onLeave) => {
      await editConnection(lab, lab.owner, lab.connectionId, { settings: { onLeave } });
      await people(40, (index) => ({ title: index < 10 ? "Cook" : "Waiter" }));
      await assign({ everyone: true });
      await lab.drain();
      const plan = await planned(COOKS);
      await map(COOKS);
      await lab.drain();
      const [held, before] = [await holds(), active()];
      await settle("approved");

      expect(plan).toEqual({ losing: 30, threshold: 20, wouldHold: true });
      expect(held).toMatchObject([{ cause: "mapping.put", people: 30, inScope: 40, threshold: 20, state: "held" }]);
      expect([before, active()]).toEqual([40, 10]);
    },
  );

  it("lets pass what takes it from at most 20, and whoever has access again leaves the hold", async () => {
    await people(40, (index) => ({ title: index < 20 ? "Cook" : "Waiter" }));
    await assign({ everyone: true });
    await lab.drain();
    await map(COOKS);
    await lab.drain();
    const few = [active(), await holds()];
    await map("user.active");
    await lab.drain();
    await map("false");
    await lab.drain();
    const many = active();
    await map("user.active");
    await lab.drain();
    const kept = await lab.db.pool.query("select count(*)::integer as rows from held_removals");

    expect(few).toEqual([20, []]);
    expect([many, active()]).toEqual([40, 40]);
    expect(kept.rows).toEqual([{ rows: 0 }]);
  });

  it("also when it is the app's mapping, and when a batch of a source changes what the row reads", async () => {
    await people(30, () => ({ title: "Cook" }));
    await assign({ everyone: true });
    await lab.drain();
    const connection = await lab.db.pool.query("select app_id from connections");
    const appId = String(connection.rows[0]?.app_id);
    await putAppMapping(lab, lab.owner, appId, rows("false"));
    await lab.drain();
    const [byApp, before] = [await holds(), active()];
    await putAppMapping(lab, lab.owner, appId, rows(COOKS));
    await lab.drain();
    const batch = Array.from({ length: 30 }, (_, index) => ({
      userName: `user-${index}`,
      externalId: `idp-${index}`,
      active: true,
      attributes: { title: "Waiter" },
    }));
    await applyBatch(lab, lab.scope, { people: batch, removals: [], complete: true });
    await lab.drain();

    expect(byApp).toMatchObject([{ cause: "app.mapping", people: 30 }]);
    expect([before, active()]).toEqual([30, 30]);
    expect((await holds()).filter(({ state }) => state === "held")).toHaveLength(2);
  });

  it.each(["its own", "the app's, which came later"])(
    "X19: also of a mapping that is tried out (%s), when a batch of a source changes what the row reads",
    async (whose) => {
      const ids = await people(30, () => ({ title: "Cook" }));
      await assign({ everyone: true });
      await map("user.active");
      await lab.drain();
      const mapping = { rows: whose === "its own" ? rows(COOKS) : null };
      const whom = { people: ids.map((id) => ({ id })), groups: [] };
      const deps = { ...lab, prepare: createPolicyPreparer() };
      await startRollout(deps, lab.owner, lab.connectionId, { proposed: { mapping }, whom });
      await lab.drain();
      const connection = await lab.db.pool.query("select app_id from connections");
      if (whose !== "its own") await putAppMapping(lab, lab.owner, String(connection.rows[0]?.app_id), rows(COOKS));
      await lab.drain();
      const before = active();
      const batch = ids.map((_, index) => ({
        userName: `user-${index}`,
        externalId: `idp-${index}`,
        active: true,
        attributes: { title: "Waiter" },
      }));
      await applyBatch(lab, lab.scope, { people: batch, removals: [], complete: true });
      await lab.drain();

      expect([before, active()]).toEqual([30, 30]);
      expect(await holds()).toMatchObject([{ people: 30, state: "held" }]);
    },
  );
});
