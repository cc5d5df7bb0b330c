import { createGroup } from "@muster/directory";
import { preparePolicy } from "@muster/mapping";
import {
  computePlan,
  type PolicyEdit,
  putAssignments,
  putRules,
  readHolds,
  requestPlan,
  requirePlan,
} from "@muster/provisioning";
import { Refusal, systemClock } from "@muster/runtime";
import { claimPlanning, inTenant, type PlanRecord } from "@muster/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LaneLab, openLaneLab, peopleIn } from "./lane-lab.ts";

let lab: LaneLab;
beforeEach(async () => {
  lab = await openLaneLab();
});
afterEach(() => lab.close());

const never = new AbortController().signal;
const ask = (proposed: PolicyEdit, names = 20) => requestPlan(lab, lab.owner, lab.connectionId, { proposed, names });
const read = (planId: string): Promise<PlanRecord> =>
  inTenant(lab.db, lab.owner.tenantId, (tx) => requirePlan(tx, lab.owner, { connectionId: lab.connectionId, planId }));

/** What a worker does in one round. */
async function computeAll(): Promise<void> {
  for (const turn of await claimPlanning(lab.db, 10))
    while (await computePlan({ db: lab.db, clock: systemClock, prepare: preparePolicy }, turn, never));
}

async function plan(proposed: PolicyEdit, names?: number) {
  const { id } = await ask(proposed, names);
  await computeAll();
  const { state, result } = await read(id);
  expect(state).toBe("done");
  if (result === null) throw new Error("A plan that is done has a result");
  return result;
}

async function groupOf(displayName: string, names: readonly string[]): Promise<string> {
  const people = await Promise.all(names.map((userName) => lab.createUser({ userName })));
  const group = { displayName, externalId: null, attributes: {} };
  const { value } = await createGroup(lab, lab.scope, { group, members: people.map(({ id }) => id) });
  return value.record.id;
}

const assign = (...ids: string[]) =>
  putAssignments(lab, lab.owner, lab.connectionId, { everyone: false, groups: ids.map((id) => ({ id })) });

const everything = async (): Promise<string> => {
  const [accounts, marks, audit] = await Promise.all(
    ["accounts", "lane_marks", "audit"].map((table) => lab.db.pool.query(`select * from ${table} t order by t::text`)),
  );
  return JSON.stringify([accounts?.rows, marks?.rows, audit?.rows]);
};

describe("G12: what an edit would change", () => {
  it("of an edit that changes nothing is empty", async () => {
    const staff = await groupOf("Staff", ["ana", "ben"]);
    await assign(staff);
    await lab.drain();

    const planned = await plan({ assignments: { everyone: false, groups: [{ id: staff }] } });

    expect(planned).toMatchObject({ people: 2, inScopeBefore: 2, inScopeAfter: 2, changes: [], roles: [] });
  });

  it("names who gains and who loses, writes nothing, and is what then happens", async () => {
    const [staff, guests] = [await groupOf("Staff", ["ana", "ben"]), await groupOf("Guests", ["cyd"])];
    await assign(staff);
    await lab.drain();
    const before = await everything();

    const planned = await plan({ assignments: { everyone: false, groups: [{ id: guests }] } });

    expect(await everything()).toBe(before);
    const found = planned.changes.map(({ change, count, first }) => [
      change,
      count,
      first.map((one) => one.userName).sort(),
    ]);
    expect(Object.fromEntries(found.map(([change, ...rest]) => [change, rest]))).toEqual({
      gains: [1, ["cyd"]],
      loses: [2, ["ana", "ben"]],
    });
    await assign(guests);
    await lab.drain();
    expect(peopleIn(lab.app)).toEqual({ ana: "inactive", ben: "inactive", cyd: "active" });
  });

  it("F6: tells which roles people would get and lose", async () => {
    const [staff, chiefs] = [await groupOf("Staff", ["ana"]), await groupOf("Chiefs", ["ben", "cyd"])];
    await assign(staff, chiefs);
    const rules = { precedence: "first" as const, defaultRole: "viewer" };
    await putRules(lab, lab.owner, lab.connectionId, { ...rules, rules: [{ group: { id: chiefs }, role: "editor" }] });
    await lab.drain();

    const planned = await plan(
      { rules: { ...rules, rules: [{ group: { displayName: "chiefs" }, role: "admin" }] } },
      1,
    );

    expect(planned.changes).toMatchObject([
      { change: "roles", count: 2, first: [{ rolesBefore: ["editor"], rolesAfter: ["admin"], attributes: [] }] },
    ]);
    expect(planned.roles).toEqual([
      { role: "admin", gain: 2, lose: 0 },
      { role: "editor", gain: 0, lose: 2 },
    ]);
  });

  it("J1: says of the guard what the guard then does", async () => {
    const names = Array.from({ length: 25 }, (_, index) => `p-${index}`);
    const [staff, guests] = [await groupOf("Staff", names), await groupOf("Guests", ["ana"])];
    await assign(staff, guests);
    await lab.drain();

    const planned = await plan({ assignments: { everyone: false, groups: [{ id: guests }] } }, 0);
    await assign(guests);
    await lab.drain();

    const [hold] = await readHolds(lab, lab.owner, {
      connectionId: lab.connectionId,
      before: undefined,
      limit: 1,
    });
    expect(planned.guard).toEqual({ losing: 25, threshold: 20, wouldHold: true });
    expect(hold).toMatchObject({ people: planned.guard.losing, threshold: planned.guard.threshold, inScope: 26 });
  });

  it("reads more people than one chunk holds, each once, and shows how far it is", async () => {
    await lab.db.pool.query(
      `insert into users (tenant_id, id, directory_id, user_name, user_name_key, active, attributes)
       select $1, gen_random_uuid(), $2, 'p-' || n, 'p-' || n, true, '{}' from generate_series(1, 1203) n`,
      [lab.scope.tenantId, lab.scope.directoryId],
    );
    const { id } = await ask({ assignments: { everyone: true, groups: [] } }, 3);

    await computeAll();

    expect(await read(id)).toMatchObject({
      state: "done",
      people: 1203,
      total: 1203,
      result: { people: 1203, inScopeBefore: 0, inScopeAfter: 1203, changes: [{ change: "gains", count: 1203 }] },
    });
  });
});

describe("a plan that is asked for", () => {
  it("is refused when it could not be saved either", async () => {
    const nobody = "018f7f6a-1c00-7000-8000-00000000000f";
    const rules = (role: string) => ({ precedence: "first" as const, defaultRole: role, rules: [] });

    await expect(ask({ assignments: { everyone: false, groups: [{ id: nobody }] } })).rejects.toThrow(Refusal);
    await expect(ask({ rules: rules("king") })).rejects.toThrow('The app has no role "king"');
    expect(await claimPlanning(lab.db, 10)).toEqual([]);
  });

  it("is taken up again after its worker died, and given up when no worker survives it", async () => {
    const { id } = await ask({ assignments: { everyone: true, groups: [] } });
    const cut = AbortSignal.abort();
    for (let worker = 0; worker < 3; worker += 1) {
      const [turn] = await claimPlanning(lab.db, 10);
      if (turn === undefined) throw new Error("A plan whose worker died waits for another");
      await computePlan({ db: lab.db, clock: systemClock, prepare: preparePolicy }, turn, cut);
      expect(await claimPlanning(lab.db, 10)).toEqual([]);
      await lab.db.pool.query("update lanes set plan_at = now()");
    }

    await computeAll();

    expect(await read(id)).toMatchObject({ state: "failed", tries: 4 });
  });

  it("waits behind an earlier one, and only so many are kept", async () => {
    const asked: string[] = [];
    for (let n = 0; n < 22; n += 1) asked.push((await ask({ assignments: { everyone: n % 2 === 0, groups: [] } })).id);

    await computeAll();

    const { rows } = await lab.db.pool.query("select id, state from plans order by id");
    expect(rows).toEqual(asked.slice(-20).map((id) => ({ id, state: "done" })));
    expect(await claimPlanning(lab.db, 10)).toEqual([]);
  });
});
