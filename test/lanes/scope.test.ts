import { changeGroup, createGroup, deleteUser, makeChangeUser } from "@muster/directory";
import { preparePolicy } from "@muster/mapping";
import {
  type AssignmentsInput,
  connectionStatus,
  getAssignments,
  planConnection,
  putAssignments,
} from "@muster/provisioning";
import { systemClock } from "@muster/runtime";
import { inTenant, listAccounts } from "@muster/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LaneLab, openLaneLab, peopleIn } from "./lane-lab.ts";

let lab: LaneLab;
let change: ReturnType<typeof makeChangeUser>;
beforeEach(async () => {
  lab = await openLaneLab();
  change = makeChangeUser(lab);
});
afterEach(() => lab.close());

const DAY_MS = 86_400_000;
const person = async (userName: string, attributes = {}): Promise<string> =>
  (await lab.createUser({ userName, attributes })).id;
const become = (id: string, to: { userName?: string; active?: boolean; [attribute: string]: unknown }) => {
  const { userName, active, ...attributes } = to;
  return change(lab.scope, { id, expected: null }, (current) => ({
    user: {
      ...current,
      userName: userName ?? current.userName,
      active: active ?? current.active,
      attributes: { ...current.attributes, ...(attributes as typeof current.attributes) },
    },
    changed: true,
  }));
};
const assign = (input: Partial<AssignmentsInput>) =>
  putAssignments(lab, lab.owner, lab.connectionId, { everyone: false, groups: [], ...input });
const drained = async (): Promise<Record<string, string>> => {
  await lab.drain();
  return peopleIn(lab.app);
};
/** A clock that shows another day, and everything that waits for a time due: what a worker finds when that day has come. */
const onDay = (days: number) => {
  const now = (): Date => new Date(Date.now() + days * DAY_MS);
  return { clock: { ...systemClock, now } };
};
const dayFromNow = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
const account = async (userName: string) =>
  (
    await inTenant(lab.db, lab.owner.tenantId, (tx) =>
      listAccounts(tx, lab.owner.tenantId, { connectionId: lab.connectionId, userName, limit: 1 }),
    )
  )[0];

describe("D3: a condition", () => {
  it("brings in whoever it is true for, now and later, and takes out whoever it is not true for any more", async () => {
    const cook = { condition: 'user.title == "Cook"' };
    const [ana, ben] = [await person("ana", { title: "Cook" }), await person("ben", { title: "Waiter" })];
    await assign(cook);
    const put = await drained();
    await become(ben, { title: "Cook" });
    await become(ana, { title: "Waiter" });
    const moved = await drained();
    await person("cyd", { title: "Cook" });
    await person("dan", { title: "Waiter" });
    const come = await drained();
    await deleteUser(lab, lab.scope, { id: ben, expected: null });

    expect(put).toEqual({ ana: "active" });
    expect(moved).toEqual({ ana: "inactive", ben: "active" });
    expect(come).toEqual({ ana: "inactive", ben: "active", cyd: "active" });
    expect(await drained()).toEqual({ ana: "inactive", ben: "inactive", cyd: "active" });
    expect(await connectionStatus(lab, lab.owner, lab.connectionId)).toMatchObject({ settled: true });
  });

  it("B10: somebody who returns with another title is in scope, or is not, by what they are now", async () => {
    const made = await lab.createUser({ userName: "ana", externalId: "idp-1", attributes: { title: "Waiter" } });
    await assign({ condition: 'user.title == "Cook"' });
    await lab.drain();
    await deleteUser(lab, lab.scope, { id: made.id, expected: null });
    await lab.drain();
    await lab.createUser({ userName: "ana", externalId: "idp-1", attributes: { title: "Cook" } });

    expect(await drained()).toEqual({ ana: "active" });
  });

  it("D2: a person stays while a group, the condition or their own name holds them", async () => {
    const ana = await person("ana", { title: "Cook" });
    const made = await createGroup(lab, lab.scope, {
      group: { displayName: "Staff", externalId: null, attributes: {} },
      members: [ana],
    });
    const { id } = made.value.record;
    await assign({ groups: [{ id }], condition: 'user.title == "Cook"', people: [{ id: ana }] });
    const all = await drained();
    await become(ana, { title: "Waiter" });
    await changeGroup(lab, lab.scope, { id, expected: null, answerMembers: false }, (current) => ({
      group: current,
      changed: false,
      members: { replaceAll: false, add: [], remove: [ana] },
    }));
    const alone = await drained();
    await assign({ groups: [{ id }], condition: 'user.title == "Cook"' });

    expect([all, alone, await drained()]).toEqual([{ ana: "active" }, { ana: "active" }, { ana: "inactive" }]);
  });

  it("by the names of groups follows who comes and goes", async () => {
    const [ana, ben] = [await person("ana"), await person("ben")];
    const made = await createGroup(lab, lab.scope, {
      group: { displayName: "Contractors", externalId: null, attributes: {} },
      members: [ana],
    });
    const { id } = made.value.record;
    const move = (members: { add: string[]; remove: string[] }) =>
      changeGroup(lab, lab.scope, { id, expected: null, answerMembers: false }, (current) => ({
        group: current,
        changed: false,
        members: { replaceAll: false, ...members },
      }));
    await assign({ condition: '!("Contractors" in groups)' });
    const first = await drained();
    await move({ add: [ben], remove: [ana] });

    expect([first, await drained()]).toEqual([{ ben: "active" }, { ana: "active", ben: "inactive" }]);
  });

  it("that fails for somebody keeps what they have, says so in the account, and makes nothing for others", async () => {
    const [ana] = [await person("ana", { title: "Cook" }), await person("ben")];
    await assign({ condition: 'user.title == "Cook"' });
    await lab.drain();
    await assign({ condition: "user.title.size() == 4" });
    const first = await drained();
    const held = await account("ben");
    await become(ana, { title: null });
    const kept = await drained();

    expect([first, kept]).toEqual([{ ana: "active" }, { ana: "active" }]);
    expect(held).toMatchObject({
      state: "held",
      reason: expect.stringContaining("condition cannot be read for this person, and no account is made"),
    });
    expect(await account("ana")).toMatchObject({
      state: "held",
      reason: expect.stringContaining("access stays as it is"),
    });
  });
});

describe("single people", () => {
  it("are in scope by id, or by a userName once somebody has it, and stay under another name", async () => {
    const ana = await person("ana");
    await person("eve");
    await assign({ people: [{ id: ana }, { userName: "BEN" }, { userName: "cyd" }] });
    const before = await drained();
    const waiting = await getAssignments(lab, lab.owner, lab.connectionId);
    const ben = await person("ben");
    await person("dan");
    await lab.drain();
    await become(ben, { userName: "benjamin" });
    await person("ben");
    const come = await drained();
    const cyd = await person("someone");
    await become(cyd, { userName: "Cyd" });
    const renamed = await drained();
    const settled = await getAssignments(lab, lab.owner, lab.connectionId);

    expect(before).toEqual({ ana: "active" });
    expect(waiting.people).toEqual([
      { id: ana, userName: "ana", bound: true },
      { id: null, userName: "BEN", bound: false },
      { id: null, userName: "cyd", bound: false },
    ]);
    expect(come).toEqual({ ana: "active", benjamin: "active" });
    expect(renamed).toEqual({ ana: "active", benjamin: "active", Cyd: "active" });
    expect(settled.people.map(({ userName, bound }) => `${userName} ${bound}`)).toEqual([
      "ana true",
      "benjamin true",
      "Cyd true",
    ]);
    await assign({ people: [] });
    expect(await drained()).toEqual({ ana: "inactive", benjamin: "inactive", Cyd: "inactive" });
  });

  it("1,000 of them are expanded like a group's members", async () => {
    const ids = await Promise.all(Array.from({ length: 1_000 }, (_, index) => person(`user-${index}`)));
    await assign({ people: ids.map((id) => ({ id })) });
    const before = await connectionStatus(lab, lab.owner, lab.connectionId);
    await lab.drain();

    expect(before.accounts.pending).toBe(1_000);
    expect(lab.app.counts()).toMatchObject({ activeUsers: 1_000 });
  });
});

describe("house trap 8: dates, with a clock that moves and no write after the set-up", () => {
  const hr = (name: string) => ({ expression: `user["urn:example:hr"].${name}` });
  const dates = (startDate: string | null, endDate: string | null) => ({ "urn:example:hr": { startDate, endDate } });
  const travel = async (days: number): Promise<Record<string, string>> => {
    await lab.passTime();
    await lab.drain(onDay(days));
    return peopleIn(lab.app);
  };

  it("X8: somebody comes with their first day and goes after the last one and the grace", async () => {
    await person("ana", dates(dayFromNow(10), dayFromNow(20)));
    await person("ben", dates(null, null));
    await assign({
      everyone: true,
      starts: { ...hr("startDate"), daysBefore: 3 },
      ends: { ...hr("endDate"), graceDays: 5 },
    });
    const [now, early, begun, last, over] = [
      await drained(),
      await travel(6),
      await travel(7),
      await travel(25),
      await travel(26),
    ];

    expect(now).toEqual({ ben: "active" });
    expect(early).toEqual({ ben: "active" });
    expect(begun).toEqual({ ana: "active", ben: "active" });
    expect(last).toEqual({ ana: "active", ben: "active" });
    expect(over).toEqual({ ana: "inactive", ben: "active" });
  });

  it("keeps the next date as the account's due time, also for somebody who is not in scope yet, and is settled meanwhile", async () => {
    await person("ana", dates(dayFromNow(10), null));
    await person("ben", dates(null, dayFromNow(20)));
    await assign({ everyone: true, starts: hr("startDate"), ends: hr("endDate") });
    await lab.drain();

    const status = await connectionStatus(lab, lab.owner, lab.connectionId);
    const due = [(await account("ana"))?.nextAttemptAt, (await account("ben"))?.nextAttemptAt].map((date) =>
      date?.toISOString().slice(0, 16),
    );

    expect(due).toEqual([`${dayFromNow(10)}T00:00`, `${dayFromNow(21)}T00:00`]);
    expect(status).toMatchObject({ settled: true, accounts: { synced: 2, held: 0 } });
    expect(status.nextDueAt?.toISOString().slice(0, 10)).toBe(dayFromNow(10));
  });

  it("R2: the leaver is off when the moment has come, by the clock alone", async () => {
    const endsAt = Date.now() + 1_500;
    await person("ana", dates(null, new Date(endsAt).toISOString()));
    await assign({ everyone: true, ends: hr("endDate") });
    const before = await drained();
    while (lab.app.counts().activeUsers > 0 && Date.now() < endsAt + 10_000) await drained();

    expect(before).toEqual({ ana: "active" });
    expect(peopleIn(lab.app)).toEqual({ ana: "inactive" });
    expect(Date.now()).toBeGreaterThanOrEqual(endsAt);
  });

  it("never removes on a date that cannot be read and never creates on one, and the account says why", async () => {
    const ana = await person("ana", dates(null, dayFromNow(20)));
    await assign({ everyone: true, starts: hr("startDate"), ends: hr("endDate") });
    await lab.drain();
    await become(ana, dates(null, "soon"));
    await person("ben", dates("31.01.2026", null));
    const bad = await drained();
    const [kept, held] = [await account("ana"), await account("ben")];
    await become(ana, { title: "Cook" });
    await lab.drain();
    const updated = lab.app.users().find((user) => user.userName === "ana");
    await become(ana, dates(null, dayFromNow(-3)));

    expect(bad).toEqual({ ana: "active" });
    expect(kept).toMatchObject({
      state: "held",
      reason: expect.stringContaining(
        'The end date cannot be read for this person, and access stays as it is: "soon" is no date',
      ),
    });
    expect(held).toMatchObject({
      state: "held",
      reason: expect.stringContaining(
        'The start date cannot be read for this person, and no account is made: "31.01.2026"',
      ),
    });
    expect(updated).toMatchObject({ active: true });
    expect(await drained()).toEqual({ ana: "inactive" });
  });

  it("the plan says what would be done, by the same dates", async () => {
    await person("ana", dates(dayFromNow(10), null));
    await person("ben", dates(null, dayFromNow(-10)));
    await person("cyd", dates(null, null));
    await assign({ everyone: true, starts: hr("startDate"), ends: hr("endDate") });

    const plan = await planConnection(
      { db: lab.db, clock: systemClock, prepare: preparePolicy },
      lab.owner,
      lab.connectionId,
      {
        names: 5,
        ifOpen: false,
      },
    );

    expect(plan).toMatchObject({ people: 3, inScope: 1, removals: 0 });
  });
});

describe("bad scopes", () => {
  it.each<[string, Partial<AssignmentsInput>, string]>([
    [
      "a condition that does not compile",
      { condition: "user.title ==" },
      "condition cannot be used. The expression cannot be read",
    ],
    ["a condition with now", { condition: 'now > "2026"' }, "a condition cannot use now, start and end dates do that"],
    ["a start that does not compile", { starts: { expression: "a b" } }, "starts.expression cannot be used"],
    ["an end over groups", { ends: { expression: "groups[0]" } }, "ends.expression cannot be used"],
    ["a time zone that there is not", { timeZone: "Mars/Base" }, 'timeZone "Mars/Base" is unknown: use an IANA name'],
    ["a person of nobody", { people: [{ id: "018f7f6a-1c00-7000-8000-000000000006" }] }, "has no person 018f7f6a"],
  ])("%s is refused, and nothing is stored", async (_what, bad, message) => {
    const before = await assign({ condition: "false", timeZone: "Europe/Berlin" });

    await expect(assign({ everyone: true, ...bad })).rejects.toThrow(message);
    expect(await getAssignments(lab, lab.owner, lab.connectionId)).toEqual(before);
  });
});
