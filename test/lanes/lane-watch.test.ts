import { changeUser } from "@muster/directory";
import { pauseConnection, putAssignments } from "@muster/provisioning";
import { inTenant, listNotices, sweepLanes } from "@muster/store";
import { watchDirectories, watchLanes } from "@muster/worker";
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
const notices = () =>
  inTenant(lab.db, lab.scope.tenantId, (tx) => listNotices(tx, lab.scope.tenantId, { before: undefined, limit: 50 }));
/** Two processes look, as if so many minutes had passed. */
async function look(): Promise<void> {
  await Promise.all([watchLanes(lab), watchLanes(lab)]);
}
const age = (column: string, minutes: number) =>
  lab.db.pool.query(`update lanes set ${column} = ${column} - $1 * interval '1 minute'`, [minutes]);
const ageRemovals = (minutes: number) =>
  inTenant(lab.db, lab.scope.tenantId, (tx) =>
    tx.named(
      { name: "age-removals", text: "update accounts set removal_since = removal_since - $1 * interval '1 minute'" },
      [minutes],
    ),
  );

describe("alarms about lanes", () => {
  it("J6: a lane that nobody works on for 15 minutes is told of once, and not any more once it moves", async () => {
    await lab.createUser({ userName: "ana" });
    await sweepLanes(lab.db, 10);
    await age("due_at", 14);
    await look();
    const early = await notices();
    await age("due_at", 2);
    await look();
    await look();
    const told = await notices();
    await lab.drain();
    await look();

    expect(early).toEqual([]);
    expect(told).toMatchObject([{ kind: "connection.stalled", subject: lab.connectionId }]);
    expect(await notices()).toEqual([]);
  });

  it("J6: a lane that is worked on and gets nothing through counts as stalled too; one that is paused does not", async () => {
    lab.app.faults.set([{ kind: "status", status: 429 }]);
    await lab.createUser({ userName: "ana" });
    await lab.drain();
    await age("stuck_since", 16);
    await pauseConnection(lab, lab.owner, lab.connectionId, true);
    await look();
    const paused = await notices();
    await lab.db.pool.query("update lanes set paused = false");
    await look();

    expect(paused).toEqual([]);
    expect(await notices()).toMatchObject([
      { kind: "connection.stalled", message: expect.stringContaining("15 minutes") },
    ]);
  });

  it.each([
    ["while the connection is paused", true, "paused by hand"],
    ["while the app does not let them go", false, "active"],
  ])("I03: removals older than 5 minutes are told of with their number %s", async (_, paused, state) => {
    const people = await Promise.all(["ana", "ben", "cyd"].map((userName) => lab.createUser({ userName })));
    await lab.drain();
    if (paused) await pauseConnection(lab, lab.owner, lab.connectionId, true);
    lab.app.faults.set([{ kind: "status", status: 503 }]);
    for (const { id } of people.slice(0, 2)) await suspend(id);
    await lab.drain();
    await look();
    const early = await notices();
    await ageRemovals(6);
    await age("removal_since", 6);
    await look();
    const told = await notices();
    lab.app.faults.clear();
    await pauseConnection(lab, lab.owner, lab.connectionId, false);
    await lab.passTime();
    await lab.drain();
    await look();

    expect(early).toEqual([]);
    expect(told).toMatchObject([{ kind: "removal.late", subject: lab.connectionId }]);
    expect(told[0]?.message).toContain("2 removals wait");
    expect(told[0]?.message).toContain(state);
    expect(Object.values(peopleIn(lab.app)).sort()).toEqual(["active", "inactive", "inactive"]);
    expect(await notices()).toEqual([]);
  });

  it("I03: the time of a removal is counted from the accepted request to the app's confirmation", async () => {
    const { id } = await lab.createUser({ userName: "ana" });
    await lab.drain();
    await suspend(id);
    await ageRemovals(7);
    const removalsMs: number[] = [];
    await lab.drain({ onBatch: (batch) => void removalsMs.push(...batch.removalsMs) });

    expect(removalsMs).toHaveLength(1);
    expect(removalsMs[0]).toBeGreaterThan(7 * 60_000);
    expect(removalsMs[0]).toBeLessThan(8 * 60_000);
  });
});

it("I13: lanes are worked on one of each tenant before the second of any, those with removals first", async () => {
  const lanes = [
    ...Array.from({ length: 5 }, (_, at) => ({ id: `a${at}`, tenant: "aaaaaaaa", removal: false, minutes: 60 - at })),
    { id: "b0", tenant: "bbbbbbbb", removal: false, minutes: 2 },
    { id: "c0", tenant: "cccccccc", removal: false, minutes: 1 },
    { id: "a9", tenant: "aaaaaaaa", removal: true, minutes: 0 },
  ];
  await lab.db.pool.query("update lanes set due_at = null");
  for (const { id, tenant, removal, minutes } of lanes)
    await lab.db.pool.query(
      `insert into lanes (connection_id, tenant_id, workspace_id, removal_due, due_at)
       values ($1, $2, $2, $3, now() - $4 * interval '1 minute')`,
      [`000000${id}-0000-0000-0000-000000000000`, `${tenant}-0000-0000-0000-000000000000`, removal, minutes],
    );

  const order = (await sweepLanes(lab.db, 5)).map((lane) => lane.connectionId.slice(6, 8));

  expect(order).toEqual(["a9", "b0", "c0", "a0", "a1"]);
});

describe("alarms about directories", () => {
  /** A directory whose token was last used so long ago, and which used to talk with such gaps. */
  async function talked(state: { hoursAgo: number; days: number; gapHours: number }): Promise<void> {
    await lab.db.pool.query("update directory_tokens set last_used_at = now() - $1 * interval '1 hour'", [
      state.hoursAgo,
    ]);
    await watchDirectories(lab);
    await lab.db.pool.query(
      "update directory_rhythms set seen_at = now() - $1 * interval '1 hour', days = $2, longest_gap = $3 * interval '1 hour'",
      [state.hoursAgo, state.days, state.gapHours],
    );
    await Promise.all([watchDirectories(lab), watchDirectories(lab)]);
  }

  it.each([
    { hoursAgo: 23, days: 30, gapHours: 1, silent: false, why: "a day is nothing" },
    { hoursAgo: 25, days: 30, gapHours: 1, silent: true, why: "a day is long for one that talks hourly" },
    { hoursAgo: 25, days: 2, gapHours: 1, silent: false, why: "one that talked on two days has no rhythm" },
    { hoursAgo: 71, days: 30, gapHours: 24, silent: false, why: "three days are usual for one that talks daily" },
    { hoursAgo: 73, days: 30, gapHours: 24, silent: true, why: "more than three days are not" },
  ])("J6: $why", async ({ silent, ...state }) => {
    await talked(state);

    expect((await notices()).map((notice) => notice.kind)).toEqual(silent ? ["directory.silent"] : []);
  });

  it("J6: a request takes the alarm back, and the outage is not learnt as a rhythm", async () => {
    await talked({ hoursAgo: 2_000, days: 30, gapHours: 10 });
    const told = await notices();
    await lab.db.pool.query("update directory_tokens set last_used_at = now() + interval '1 second'");
    await watchDirectories(lab);
    const { rows } = await lab.db.pool.query<{ hours: number }>(
      "select extract(epoch from longest_gap)::float8 / 3600 as hours from directory_rhythms",
    );

    expect(told).toMatchObject([{ kind: "directory.silent", subject: lab.scope.directoryId }]);
    expect(await notices()).toEqual([]);
    expect(rows).toEqual([{ hours: 24 }]);
  });

  it("J6: a directory that was closed on purpose is not told of", async () => {
    await inTenant(lab.db, lab.scope.tenantId, (tx) =>
      tx.run(tx.sql.updateTable("directories").set({ enabled: false })),
    );
    await talked({ hoursAgo: 100, days: 30, gapHours: 1 });

    expect(await notices()).toEqual([]);
  });
});
