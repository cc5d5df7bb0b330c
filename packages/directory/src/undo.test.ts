import { uuidV7 } from "@muster/runtime";
import { countUndoItems, inTenant, listUndoItems, purgeHistory, type UndoMode, type UndoRecord } from "@muster/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { changeUser, deleteUser } from "./change-user.ts";
import { type CreateUser, makeCreateUser } from "./create-user.ts";
import { openPeopleLab, type PeopleLab, person } from "./fixtures/open-people-lab.ts";
import { changeGroup, createGroup, deleteGroup } from "./groups.ts";
import { runUndo } from "./run-undo.ts";
import type { DirectoryScope } from "./scope.ts";
import { applyUndo, requestUndo, requireUndo, type UndoInput } from "./undos.ts";

let lab: PeopleLab;
let createUser: CreateUser;

beforeAll(async () => {
  lab = await openPeopleLab();
  createUser = makeCreateUser(lab);
});
afterAll(() => lab.close());

const noStop = new AbortController().signal;
const addPerson = async (scope: DirectoryScope, name: string, more = {}) =>
  (await createUser(scope, person(name, more))).value.record.id;
const addGroup = async (scope: DirectoryScope, displayName: string, members: readonly string[]) =>
  (await createGroup(lab, scope, { group: { displayName, externalId: null, attributes: {} }, members })).value.record
    .id;
const move = (scope: DirectoryScope, id: string, change: { add?: string[]; remove?: string[] }) =>
  changeGroup(lab, scope, { id, expected: null, answerMembers: false }, (group) => ({
    group,
    changed: false,
    members: { replaceAll: false, add: change.add ?? [], remove: change.remove ?? [] },
  }));
const setActive = (scope: DirectoryScope, id: string, active: boolean) =>
  changeUser(lab, scope, { id, expected: null }, (user) => ({ user: { ...user, active }, changed: true }));
const leave = (scope: DirectoryScope, id: string) => deleteUser(lab, scope, { id, expected: null });
const drop = (scope: DirectoryScope, id: string) => deleteGroup(lab, scope, { id, expected: null });

/** A moment between what was done and what will be, by the clock of the database; undos know milliseconds. */
async function moment(scope: DirectoryScope): Promise<string> {
  const text =
    "select (date_trunc('milliseconds', clock_timestamp()) + interval '1 ms')::timestamptz as at, pg_sleep(0.003)";
  const [row] = await lab.rows<{ at: Date }>(scope, text);
  return row?.at.toISOString() ?? "";
}

/** What can be put back of a directory. */
const stateOf = async (scope: DirectoryScope) => ({
  people: await lab.rows(scope, "select id, active from users where deleted_at is null order by id"),
  groups: await lab.rows(scope, "select id, display_name, created_at from groups order by id"),
  members: await lab.rows(scope, "select group_id, user_id from memberships order by 1, 2"),
  nested: await lab.rows(scope, "select group_id, member_group_id from group_members order by 1, 2"),
});

async function preview(scope: DirectoryScope, to: string, more: Partial<UndoInput> = {}): Promise<UndoRecord> {
  const input = { to, mode: "giveBack" as UndoMode, groupIds: null, userIds: null, ...more };
  const undo = await requestUndo(lab, { ...scope, workspaceId: uuidV7() }, scope.directoryId, input);
  await runUndo(lab, keyOf(scope, undo), noStop);
  return await inTenant(lab.db, scope.tenantId, (tx) => requireUndo(tx, keyOf(scope, undo)));
}

const keyOf = ({ tenantId, directoryId }: DirectoryScope, { id }: UndoRecord) => ({
  tenantId,
  directoryId,
  undoId: id,
});

async function apply(scope: DirectoryScope, undo: UndoRecord): Promise<UndoRecord> {
  await applyUndo(lab, { ...scope, workspaceId: uuidV7() }, keyOf(scope, undo));
  await runUndo(lab, keyOf(scope, undo), noStop);
  return await inTenant(lab.db, scope.tenantId, (tx) => requireUndo(tx, keyOf(scope, undo)));
}

const countsOf = async (scope: DirectoryScope, { id }: UndoRecord) =>
  Object.fromEntries(
    (await inTenant(lab.db, scope.tenantId, (tx) => countUndoItems(tx, scope.tenantId, id))).map(
      ({ change, waiting, done, refused }) => [change, { waiting, done, refused }],
    ),
  );
const itemsOf = (scope: DirectoryScope, { id }: UndoRecord) =>
  inTenant(lab.db, scope.tenantId, (tx) =>
    listUndoItems(tx, scope.tenantId, {
      undoId: id,
      change: undefined,
      state: undefined,
      after: undefined,
      limit: 500,
    }),
  );

/** A directory in which much was changed after a moment. */
async function openScene() {
  const scope = await lab.openScope();
  const [ana = "", ben = "", cleo = "", dora = "", eve = ""] = [
    await addPerson(scope, "ana"),
    await addPerson(scope, "ben"),
    await addPerson(scope, "cleo", { active: false }),
    await addPerson(scope, "dora", { externalId: "d" }),
    await addPerson(scope, "eve"),
  ];
  const staff = await addGroup(scope, "Staff", [ana, ben, dora]);
  const ops = await addGroup(scope, "Ops", [eve]);
  const all = await addGroup(scope, "All", [staff, ops]);
  const before = await stateOf(scope);
  const at = await moment(scope);
  await move(scope, staff, { remove: [ana], add: [eve] });
  await setActive(scope, ben, false);
  await setActive(scope, cleo, true);
  await leave(scope, dora);
  await drop(scope, ops);
  await move(scope, all, { remove: [staff], add: [ana] });
  const finn = await addPerson(scope, "finn");
  await move(scope, staff, { add: [finn] });
  return { scope, at, before, ana, ben, cleo, dora, eve, finn, staff, ops, all };
}

describe("J5, X2: a directory is put back to what it was at a time", () => {
  it("shows what would be done and changes nothing, then gives back what was taken and leaves what was added", async () => {
    const { scope, at, before, cleo, eve, finn, ana, staff, all } = await openScene();
    const after = await stateOf(scope);

    const shown = await preview(scope, at);
    const counts = await countsOf(scope, shown);
    const untouched = await stateOf(scope);
    const done = await apply(scope, shown);

    expect(shown.state).toBe("ready");
    expect(counts).toEqual({
      returnGroup: { waiting: 1, done: 0, refused: 0 },
      returnPerson: { waiting: 1, done: 0, refused: 0 },
      activate: { waiting: 1, done: 0, refused: 0 },
      addMember: { waiting: 3, done: 0, refused: 0 },
      addNested: { waiting: 2, done: 0, refused: 0 },
    });
    expect(untouched).toEqual(after);
    expect(done).toMatchObject({ state: "done", appliedBy: "test" });
    const now = await stateOf(scope);
    expect(now.groups).toEqual(before.groups);
    expect(now.nested).toEqual(before.nested);
    expect(now.people).toEqual([
      ...before.people.map((row) => ((row as { id: string }).id === cleo ? { id: cleo, active: true } : row)),
      { id: finn, active: true },
    ]);
    const added = [
      [staff, eve],
      [staff, finn],
      [all, ana],
    ].map(([group_id, user_id]) => ({ group_id, user_id }));
    expect(now.members).toHaveLength(before.members.length + 3);
    expect(now.members).toEqual(expect.arrayContaining([...before.members, ...added]));
  });

  it("exact: takes away what was added too; who came into being since stays, in no group of then", async () => {
    const { scope, at, before, finn } = await openScene();

    const done = await apply(scope, await preview(scope, at, { mode: "exact" }));
    const now = await stateOf(scope);

    expect(done.state).toBe("done");
    expect(now).toEqual({ ...before, people: [...before.people, { id: finn, active: true }] });
  });

  it("an undo can be undone: whatever was at its beginning comes back", async () => {
    const { scope, at } = await openScene();
    const start = await stateOf(scope);
    const beginning = await moment(scope);
    await apply(scope, await preview(scope, at, { mode: "exact" }));

    await apply(scope, await preview(scope, beginning, { mode: "exact" }));
    const now = await stateOf(scope);

    // Groups and people that the first one brought back stay, as what comes into being does; everything else is as it was.
    expect(now.people).toEqual(expect.arrayContaining(start.people));
    const gone = (await lab.rows<{ id: string }>(scope, "select id from groups where display_name = 'Ops'")).map(
      ({ id }) => id,
    );
    expect(now.members.filter((row) => !gone.includes((row as { group_id: string }).group_id))).toEqual(start.members);
  });

  it("may be applied again without effect, and every change is in the audit under who had it done", async () => {
    const { scope, at, ops, dora } = await openScene();
    const shown = await preview(scope, at);
    await apply({ ...scope, actor: "key:ops", traceId: "0af7651916cd43dd8448eb211c80319c" }, shown);
    const once = await stateOf(scope);
    const [{ rows: before } = { rows: 0 }] = await lab.rows<{ rows: number }>(
      scope,
      "select count(*) as rows from audit",
    );

    const again = await apply(scope, shown);
    const [{ rows: after } = { rows: 0 }] = await lab.rows<{ rows: number }>(
      scope,
      "select count(*) as rows from audit",
    );

    expect(again).toMatchObject({ state: "done", appliedBy: "key:ops" });
    expect(await stateOf(scope)).toEqual(once);
    expect(after).toBe(before);
    const audits = await lab.rows<{ action: string; target: string }>(
      scope,
      "select action, target from audit where actor = 'key:ops' and trace_id = '0af7651916cd43dd8448eb211c80319c'",
    );
    expect(audits).toEqual(
      expect.arrayContaining([
        { action: "undo.apply", target: shown.id },
        { action: "group.return", target: ops },
        { action: "user.return", target: dora },
      ]),
    );
  });
});

describe("J5: chosen groups or people", () => {
  it("of a group come back the group and who was in it; whoever is deleted is refused by name", async () => {
    const { scope, at, staff, ana, dora } = await openScene();

    const shown = await preview(scope, at, { groupIds: [staff] });
    const items = await itemsOf(scope, shown);

    expect(items.filter((item) => item.change === "addMember")).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          group: { id: staff, displayName: "Staff" },
          person: { id: ana, userName: "ana" },
          state: "waiting",
        }),
        expect.objectContaining({
          person: { id: dora, userName: "dora" },
          state: "refused",
          reason: "The person is deleted, and does not come back with this undo",
        }),
      ]),
    );
    expect(items.filter(({ change }) => change === "activate" || change === "returnPerson")).toEqual([]);
  });

  it("of people come back their flags and groups, and of nobody else", async () => {
    const { scope, at, dora, staff } = await openScene();

    await apply(scope, await preview(scope, at, { userIds: [dora] }));

    expect(await lab.rows(scope, "select group_id from memberships where user_id = $1", [dora])).toEqual([
      { group_id: staff },
    ]);
    expect(await lab.rows(scope, "select id from groups where display_name = 'Ops'")).toEqual([]);
    expect(await lab.rows(scope, "select active from users where user_name = 'ben'")).toEqual([{ active: false }]);
  });
});

describe("J5: what cannot be put back is refused with its reason", () => {
  it("a group whose name another has, its members with it, and a person whose userName another has", async () => {
    const { scope, at } = await openScene();
    await addGroup(scope, "ops", []);
    await addPerson(scope, "DORA");

    const shown = await preview(scope, at);
    const refused = (await itemsOf(scope, shown)).filter(({ state }) => state === "refused");
    const done = await apply(scope, shown);

    expect(refused.map(({ change, reason }) => [change, reason])).toEqual([
      ["returnGroup", "Another group has this displayName now"],
      ["returnPerson", "Another person has this userName now"],
      ["addMember", expect.stringContaining("does not come back")],
      ["addMember", expect.stringContaining("does not come back")],
      ["addNested", "The group that was a member is gone, and does not come back with this undo"],
    ]);
    expect(done.state).toBe("done");
  });

  it("a place that a group kept for a deleted person since is theirs when they come back", async () => {
    const { scope, at, dora, all, staff } = await openScene();
    await move(scope, all, { add: [dora] });

    await apply(scope, await preview(scope, at, { userIds: [dora] }));

    expect(await lab.rows(scope, "select group_id from memberships where user_id = $1 order by 1", [dora])).toEqual(
      [all, staff].sort().map((group_id) => ({ group_id })),
    );
    expect(await lab.rows(scope, "select value from parked_members")).toEqual([]);
  });

  it("names that are taken between preview and apply are refused then, and the rest is done", async () => {
    const { scope, at } = await openScene();
    const shown = await preview(scope, at);
    await addGroup(scope, "Ops", []);
    await addPerson(scope, "dora");

    await apply(scope, shown);

    expect(await countsOf(scope, shown)).toEqual({
      returnGroup: { waiting: 0, done: 0, refused: 1 },
      returnPerson: { waiting: 0, done: 0, refused: 1 },
      activate: { waiting: 0, done: 1, refused: 0 },
      addMember: { waiting: 0, done: 1, refused: 2 },
      addNested: { waiting: 0, done: 1, refused: 1 },
    });
  });

  it("a time before history begins, and one to come, are refused with the times that are possible", async () => {
    const { scope, at } = await openScene();
    const ask = (to: string) => preview(scope, to).catch((error: unknown) => error);
    const [row] = await lab.rows<{ since: string }>(
      scope,
      `select to_char(history_since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as since from directories`,
    );

    expect(await ask("2020-01-01T00:00:00Z")).toMatchObject({
      kind: "invalid",
      message: expect.stringContaining(`the earliest time is ${row?.since}`),
    });
    expect(await ask("2120-01-01T00:00:00Z")).toMatchObject({
      kind: "invalid",
      message: expect.stringContaining("past"),
    });
    expect(await ask("0000-01-01T00:00:00Z")).toMatchObject({ kind: "invalid" });
    expect(await ask("2026-06-30T23:59:60Z")).toMatchObject({ kind: "invalid" });
    expect(await ask(at)).toMatchObject({ state: "ready" });
  });

  it("what is older than a directory keeps is deleted, and its beginning moves with it", async () => {
    const { scope, at } = await openScene();
    await lab.rows(scope, "update past_memberships set left_at = now() - interval '91 days' returning id");
    await lab.rows(scope, "update directories set history_since = now() - interval '100 days' returning id");
    const text = "select count(*) as kept from past_memberships";
    const old = new Date(Date.now() - 92 * 86_400_000).toISOString();

    const isMore = await purgeHistory(lab.db, scope.tenantId, scope.directoryId, 2);
    const [left] = await lab.rows(scope, text);
    while (await purgeHistory(lab.db, scope.tenantId, scope.directoryId, 2));

    expect({ isMore, left }).toEqual({ isMore: true, left: { kept: 1 } });
    expect(await lab.rows(scope, text)).toEqual([{ kept: 0 }]);
    await expect(preview(scope, old)).rejects.toMatchObject({ message: expect.stringContaining("the earliest time") });
    expect(await preview(scope, at)).toMatchObject({ state: "ready" });
  });

  it("a preview that is too old, or not ready, is not applied", async () => {
    const { scope, at } = await openScene();
    const shown = await preview(scope, at);
    await lab.rows(scope, "update undos set ready_at = now() - interval '61 minutes' returning id");
    const input = { to: at, mode: "giveBack" as const, groupIds: null, userIds: null };
    const waiting = await requestUndo(lab, { ...scope, workspaceId: uuidV7() }, scope.directoryId, input);

    await expect(apply(scope, shown)).rejects.toMatchObject({
      kind: "conflict",
      message: expect.stringContaining("older than an hour"),
    });
    await expect(apply(scope, waiting)).rejects.toMatchObject({
      kind: "conflict",
      message: expect.stringContaining("waiting"),
    });
  });
});

describe("J5: an undo goes on after a worker that died", () => {
  it("does the rest, once, whichever chunk it died in", async () => {
    const { scope, at, before, finn } = await openScene();
    const shown = await preview(scope, at, { mode: "exact" });
    await applyUndo(lab, { ...scope, workspaceId: uuidV7() }, keyOf(scope, shown));
    let chunks = 0;
    const crash = () => {
      chunks += 1;
      if (chunks % 2 === 0) throw new Error("the worker dies here");
    };

    let deaths = 0;
    for (let ended = false; !ended && deaths < 50; )
      ended = await runUndo({ ...lab, crash }, keyOf(scope, shown), noStop).then(
        () => true,
        () => {
          deaths += 1;
          return false;
        },
      );

    expect(deaths).toBeGreaterThan(3);
    expect(await stateOf(scope)).toEqual({ ...before, people: [...before.people, { id: finn, active: true }] });
  });

  it("is given up when nothing comes of it, and can be applied again", async () => {
    const { scope, at } = await openScene();
    const shown = await preview(scope, at);
    await applyUndo(lab, { ...scope, workspaceId: uuidV7() }, keyOf(scope, shown));
    const crash = () => {
      throw new Error("the worker dies here");
    };
    for (let tries = 0; tries < 6; tries += 1)
      await runUndo({ ...lab, crash }, keyOf(scope, shown), noStop).catch(() => undefined);
    const given = await inTenant(lab.db, scope.tenantId, (tx) => requireUndo(tx, keyOf(scope, shown)));

    const done = await apply(scope, shown);

    expect(given).toMatchObject({ state: "failed", reason: expect.stringContaining("apply it again") });
    expect(done).toMatchObject({ state: "done", reason: null });
  });
});
