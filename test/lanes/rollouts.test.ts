import { changeGroup, createGroup, deleteGroup } from "@muster/directory";
import { preparePolicy } from "@muster/mapping";
import {
  changeEventStream,
  computePlan,
  connectionStatus,
  dropRollout,
  type PolicyEdit,
  planRollout,
  promoteRollout,
  putAssignments,
  putMapping,
  putRolloutWhom,
  putRules,
  type RolloutWhom,
  readEventPage,
  readHolds,
  readRollout,
  requirePlan,
  restoreVersion,
  settleHold,
  startRollout,
  whyPerson,
} from "@muster/provisioning";
import { systemClock } from "@muster/runtime";
import { claimPlanning, inTenant, listAudit, listPolicyVersions } from "@muster/store";
import { waitFor } from "@muster/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LaneLab, openLaneLab, peopleIn } from "./lane-lab.ts";

let lab: LaneLab;
beforeEach(async () => {
  lab = await openLaneLab();
});
afterEach(() => lab.close());

const prepare = preparePolicy;
const create = async (...names: string[]): Promise<string[]> =>
  await Promise.all(names.map(async (userName) => (await lab.createUser({ userName })).id));
async function groupOf(displayName: string, members: readonly string[] = []): Promise<string> {
  const group = { displayName, externalId: null, attributes: {} };
  return (await createGroup(lab, lab.scope, { group, members: [...members] })).value.record.id;
}
const move = (groupId: string, change: { add?: string[]; remove?: string[] }) =>
  changeGroup(lab, lab.scope, { id: groupId, expected: null, answerMembers: false }, (group) => ({
    group,
    changed: false,
    members: { replaceAll: false, add: [], remove: [], ...change },
  }));
const assignEveryone = () => putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
const start = (proposed: PolicyEdit, whom: Partial<RolloutWhom>) =>
  startRollout({ ...lab, prepare }, lab.owner, lab.connectionId, {
    proposed,
    whom: { people: [], groups: [], ...whom },
  });
const promote = () => promoteRollout(lab, lab.owner, lab.connectionId);
const drop = () => dropRollout(lab, lab.owner, lab.connectionId);
const rulesOf = (
  defaultRole: string,
  ...rules: { role: string; group?: { displayName: string } | { prefix: string } }[]
) => ({
  rules: { precedence: "first" as const, defaultRole, rules },
});
const nobody = { assignments: { everyone: false, groups: [] } };
const holds = () => readHolds(lab, lab.owner, { connectionId: lab.connectionId, before: undefined, limit: 5 });
const approve = async (): Promise<void> => {
  const [hold] = await holds();
  await settleHold(lab, lab.owner, { connectionId: lab.connectionId, holdId: hold?.id ?? "", state: "approved" });
  await lab.drain();
};
const active = (): number => lab.app.counts().activeUsers;
const many = Array.from({ length: 30 }, (_, index) => `user-${index}`);

describe("X19: an edit is tried out on chosen people first", () => {
  it("it decides about single people and members of a group, also of a nested one, and about nobody else; promoted, about everybody", async () => {
    const [ana = "", , cyd = "", dan = ""] = await create("ana", "ben", "cyd", "dan");
    await assignEveryone();
    await putRules(lab, lab.owner, lab.connectionId, rulesOf("viewer").rules);
    await lab.drain();
    const inner = await groupOf("Inner", [dan]);
    const pilot = await groupOf("Pilot", [cyd, inner]);

    await start(rulesOf("editor"), { people: [{ id: ana }], groups: [{ id: pilot }] });
    await lab.drain();
    const tried = peopleIn(lab.app);
    const rollout = await readRollout(lab, lab.owner, lab.connectionId);
    await promote();
    await lab.drain();

    expect(tried).toEqual({
      ana: "active editor",
      ben: "active viewer",
      cyd: "active editor",
      dan: "active editor",
    });
    expect(rollout).toMatchObject({ number: 4, actor: "test", whom: { count: 3, people: [{ userName: "ana" }] } });
    expect(new Set(Object.values(peopleIn(lab.app)))).toEqual(new Set(["active editor"]));
    expect(await readRollout(lab, lab.owner, lab.connectionId)).toBeUndefined();
  });

  it("dropped, or out of the group, people are as everybody else again; whoever comes into the group tries it out", async () => {
    const [ana = "", ben = ""] = await create("ana", "ben", "cyd");
    await assignEveryone();
    const pilot = await groupOf("Pilot", [ana]);
    await start(rulesOf("editor"), { groups: [{ id: pilot }] });
    await lab.drain();
    const seen = [peopleIn(lab.app)];
    await move(pilot, { add: [ben], remove: [ana] });
    await lab.drain();
    seen.push(peopleIn(lab.app));
    await drop();
    await lab.drain();
    seen.push(peopleIn(lab.app));

    expect(seen).toEqual([
      { ana: "active editor", ben: "active", cyd: "active" },
      { ana: "active", ben: "active editor", cyd: "active" },
      { ana: "active", ben: "active", cyd: "active" },
    ]);
  });

  it("gives access to somebody whom nothing else assigns, and takes it from one of many; a deleted group tries nothing out", async () => {
    const [ana = "", ben = ""] = await create("ana", "ben", "cyd");
    const staff = await groupOf("Staff", [ben]);
    await putAssignments(lab, lab.owner, lab.connectionId, { everyone: false, groups: [{ id: staff }] });
    await lab.drain();
    const [board, guests] = [await groupOf("Board", [ana]), await groupOf("Guests", [ana, ben])];

    await start({ assignments: { everyone: false, groups: [{ id: board }] } }, { groups: [{ id: guests }] });
    await lab.drain();
    const tried = peopleIn(lab.app);
    const status = await connectionStatus(lab, lab.owner, lab.connectionId);
    await deleteGroup(lab, lab.scope, { id: guests, expected: null });
    await lab.drain();

    expect(tried).toEqual({ ana: "active", ben: "inactive" });
    expect(status).toMatchObject({ settled: true });
    expect(peopleIn(lab.app)).toEqual({ ana: "inactive", ben: "active" });
  });

  it("binds names and patterns of its rules to groups that come later, and lets go of those that are renamed", async () => {
    const [ana = "", ben = "", cyd = ""] = await create("ana", "ben", "cyd");
    await assignEveryone();
    const rules = rulesOf(
      "viewer",
      { role: "admin", group: { displayName: "Chiefs" } },
      { role: "editor", group: { prefix: "Edit" } },
    );
    await start(rules, { people: [{ id: ana }, { userName: "BEN" }] });
    await lab.drain();
    await groupOf("chiefs", [ana, cyd]);
    const editors = await groupOf("Editors", [ben, cyd]);
    await lab.drain();
    const bound = peopleIn(lab.app);
    await changeGroup(lab, lab.scope, { id: editors, expected: null, answerMembers: false }, (group) => ({
      group: { ...group, displayName: "Readers" },
      changed: true,
      members: { replaceAll: false, add: [], remove: [] },
    }));
    await lab.drain();
    const renamed = peopleIn(lab.app);
    await promote();
    await lab.drain();

    expect(bound).toEqual({ ana: "active admin", ben: "active editor", cyd: "active" });
    expect(renamed).toEqual({ ana: "active admin", ben: "active viewer", cyd: "active" });
    expect(peopleIn(lab.app)).toEqual({ ana: "active admin", ben: "active viewer", cyd: "active admin" });
  });

  it("a group that it waits for, and that comes while it is dropped, is made all the same", async () => {
    const [ana = ""] = await create("ana");
    await assignEveryone();
    await start(rulesOf("viewer", { role: "admin", group: { displayName: "Chiefs" } }), { people: [{ id: ana }] });
    const dropping = await lab.db.pool.connect();
    await dropping.query("begin");
    await dropping.query("delete from rollouts");
    const made = groupOf("Chiefs", [ana]);
    const waits = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    await waitFor(async () => (await lab.db.pool.query(waits)).rowCount === 1, {
      timeoutMs: 10_000,
      what: "the group to wait",
    });
    await dropping.query("commit");
    dropping.release();

    expect(await made).toEqual(expect.any(String));
  });

  it("a mapping that asks for names of groups is tried out too, and noticed when a group is renamed", async () => {
    const [ana = ""] = await create("ana", "ben");
    await assignEveryone();
    const team = await groupOf("Red", [ana]);
    const mapping = {
      rows: [
        { target: "userName", expression: "user.userName" },
        { target: "active", expression: "user.active" },
        { target: "title", expression: 'join(", ", groups)' },
      ],
    };
    await start({ mapping }, { people: [{ id: ana }] });
    await lab.drain();
    const titles = () => Object.fromEntries(lab.app.users().map((user) => [user.userName, user.raw["title"]]));
    const before = titles();
    await changeGroup(lab, lab.scope, { id: team, expected: null, answerMembers: false }, (group) => ({
      group: { ...group, displayName: "Blue" },
      changed: true,
      members: { replaceAll: false, add: [], remove: [] },
    }));
    await lab.drain();

    expect([before, titles()]).toEqual([{ ana: "Red" }, { ana: "Blue" }]);
  });

  it("its dates end access of those it is tried out on, now or when they come", async () => {
    const untilOf = async (userName: string, title: string): Promise<string> =>
      (await lab.createUser({ userName, attributes: { title } })).id;
    const past = await untilOf("past", "2020-01-01");
    const later = await untilOf("later", "2090-01-01");
    await untilOf("other", "2020-01-01");
    await assignEveryone();
    await lab.drain();
    const assignments = { everyone: true, groups: [], ends: { expression: "user.title" } };
    await start({ assignments }, { people: [{ id: past }, { id: later }] });
    await lab.drain();
    const due = await lab.db.pool.query<{ due: boolean }>(
      "select due_at > now() as due from accounts where user_id = $1",
      [later],
    );

    expect(peopleIn(lab.app)).toEqual({ past: "inactive", later: "active", other: "active" });
    expect(due.rows).toEqual([{ due: true }]);
  });

  it("every step is a version, an audit row and an event, with who did it; what is tried out is not everybody's version", async () => {
    await changeEventStream(lab, lab.owner, { enabled: true, days: null });
    const [ana = "", ben = ""] = await create("ana", "ben");
    await assignEveryone();
    await start(rulesOf("editor"), { people: [{ id: ana }] });
    await putRolloutWhom(lab, lab.owner, lab.connectionId, { people: [{ id: ben }], groups: [] });
    await drop();
    await start(rulesOf("admin"), { people: [{ id: ana }] });
    await promote();
    const { tenantId } = lab.owner;
    const page = { connectionId: lab.connectionId, before: undefined, limit: 10 };
    const versions = await inTenant(lab.db, tenantId, (tx) => listPolicyVersions(tx, tenantId, page));
    const audit = await inTenant(lab.db, tenantId, (tx) => listAudit(tx, tenantId, { before: undefined, limit: 50 }));
    const { events } = await readEventPage(lab, lab.owner, null, { types: null, appId: null, limit: 100 });

    expect(versions.map(({ number, cause, staged, actor }) => [number, cause, staged, actor])).toEqual([
      [6, "rollout.promote: 5", false, "test"],
      [5, "rollout.start", true, "test"],
      [4, "rollout.drop: 3", false, "test"],
      [3, "rollout.start", true, "test"],
      [2, "assignments.put", false, "test"],
      [1, "start", false, "system"],
    ]);
    const steps = ["rollout.start", "rollout.people", "rollout.drop", "rollout.start", "rollout.promote"];
    expect(audit.flatMap(({ action }) => (action.startsWith("rollout.") ? action : [])).reverse()).toEqual(steps);
    expect(events.flatMap(({ type }) => (type.startsWith("rollout.") ? type : []))).toEqual([
      "rollout.started",
      "rollout.changed",
      "rollout.dropped",
      "rollout.started",
      "rollout.promoted",
    ]);
  });

  it("X5: why names the version that is tried out, with its own rules, and none for everybody else", async () => {
    const [ana = "", ben = ""] = await create("ana", "ben");
    await assignEveryone();
    const pilot = await groupOf("Pilot", [ana]);
    await start(rulesOf("viewer", { role: "admin", group: { displayName: "Pilot" } }), { groups: [{ id: pilot }] });
    const why = (userId: string) =>
      whyPerson({ ...lab, clock: systemClock, prepare }, lab.owner, { connectionId: lab.connectionId, userId });

    expect(await why(ana)).toMatchObject({
      rollout: { number: 3 },
      rules: [{ outcome: "gives", group: { displayName: "Pilot" } }],
    });
    expect(await why(ben)).toMatchObject({ rollout: null, rules: [] });
  });

  it("G12: its plan says what promoting it would change for all others, and promoting does that", async () => {
    const [ana = ""] = await create("ana", "ben", "cyd");
    await assignEveryone();
    await start(rulesOf("editor"), { people: [{ id: ana }] });
    await lab.drain();
    const { id } = await planRollout(lab, lab.owner, lab.connectionId, { names: 5 });
    for (const turn of await claimPlanning(lab.db, 10))
      while (await computePlan({ db: lab.db, clock: systemClock, prepare }, turn, new AbortController().signal));
    const key = { connectionId: lab.connectionId, planId: id };
    const plan = await inTenant(lab.db, lab.owner.tenantId, (tx) => requirePlan(tx, lab.owner, key));

    expect(plan).toMatchObject({ state: "done", result: { people: 3, roles: [{ role: "editor", gain: 2, lose: 0 }] } });
    expect(plan.result?.changes.map(({ change, count }) => [change, count])).toEqual([["roles", 2]]);
  });
});

describe("X19: what is refused while an edit is tried out", () => {
  it("another edit, a second rollout, people who are not there, and steps of a rollout that is none", async () => {
    const [ana = ""] = await create("ana");
    await assignEveryone();
    const id = "018f7f6a-1c00-7000-8000-000000000006";
    const [version] = await inTenant(lab.db, lab.owner.tenantId, (tx) =>
      listPolicyVersions(tx, lab.owner.tenantId, { connectionId: lab.connectionId, before: undefined, limit: 1 }),
    );
    await expect(promote()).rejects.toThrow("Nothing is tried out");
    await expect(drop()).rejects.toThrow("Nothing is tried out");
    await expect(start(rulesOf("editor"), {})).rejects.toThrow("name at least one person or group");
    await expect(start(rulesOf("editor"), { people: [{ userName: "eve" }] })).rejects.toThrow('no person "eve"');
    await expect(start(rulesOf("editor"), { groups: [{ id }] })).rejects.toThrow(`no group ${id}`);
    await expect(start(rulesOf("owner"), { people: [{ id: ana }] })).rejects.toThrow('The app has no role "owner"');
    expect(await readRollout(lab, lab.owner, lab.connectionId)).toBeUndefined();

    await start(rulesOf("editor"), { people: [{ id: ana }] });
    const isTried = "Version 3 is tried out";
    await expect(start(rulesOf("admin"), { people: [{ id: ana }] })).rejects.toThrow(isTried);
    await expect(assignEveryone()).rejects.toThrow(isTried);
    await expect(putRules(lab, lab.owner, lab.connectionId, rulesOf("admin").rules)).rejects.toThrow(isTried);
    await expect(putMapping(lab, lab.owner, lab.connectionId, null)).rejects.toThrow(isTried);
    await expect(restoreVersion(lab, lab.owner, lab.connectionId, version?.id ?? "")).rejects.toThrow(isTried);
  });
});

describe("R7: the guard judges a rollout like any edit", () => {
  it("when it begins, and when those it takes access from come into its group", async () => {
    const ids = await create(...many);
    await assignEveryone();
    await lab.drain();
    const pilot = await groupOf("Pilot", ids.slice(0, 25));
    await start(nobody, { groups: [{ id: pilot }] });
    await lab.drain();
    const begun = [active(), await holds()];
    await approve();
    const approved = active();
    await drop();
    await lab.drain();
    await putRolloutWhomOfNobody();
    await move(pilot, { add: ids.slice(25) });
    await lab.drain();

    expect(begun).toMatchObject([30, [{ cause: "rollout.start", people: 25, state: "held" }]]);
    expect(approved).toBe(5);
    expect(active()).toBe(30);

    async function putRolloutWhomOfNobody(): Promise<void> {
      const other = await groupOf("Other");
      await start(nobody, { groups: [{ id: other }] });
      await lab.drain();
      await move(other, { add: ids });
      await lab.drain();
      const [hold] = await holds();
      expect(hold).toMatchObject({ cause: `group.members:${other}`, people: 30, state: "held" });
      await drop();
    }
  });

  it("when it is dropped and when it is promoted", async () => {
    const ids = await create(...many);
    await start({ assignments: { everyone: true, groups: [] } }, { people: ids.map((id) => ({ id })) });
    await lab.drain();
    const tried = active();
    await drop();
    await lab.drain();
    const dropped = [active(), await holds()];
    await approve();
    const gone = active();
    await assignEveryone();
    await lab.drain();
    await start(nobody, { people: [{ id: ids[0] ?? "" }] });
    await lab.drain();
    const one = active();
    await promote();
    await lab.drain();

    expect([tried, dropped, gone, one]).toMatchObject([
      30,
      [30, [{ cause: "rollout.drop", people: 30, state: "held" }]],
      0,
      29,
    ]);
    expect(active()).toBe(29);
    expect(await holds()).toMatchObject([{ cause: "rollout.promote", people: 29, state: "held" }, {}]);
  });
});
