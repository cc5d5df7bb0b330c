import { uuidV7 } from "@muster/runtime";
import { changeMembers, inTenant, type MemberMatching } from "@muster/store";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { changeUser, deleteUser } from "./change-user.ts";
import { type CreateUser, makeCreateUser } from "./create-user.ts";
import { openPeopleLab, type PeopleLab, person } from "./fixtures/open-people-lab.ts";
import { createGroup } from "./groups.ts";
import type { DirectoryScope } from "./scope.ts";

let lab: PeopleLab;
let createUser: CreateUser;

beforeAll(async () => {
  lab = await openPeopleLab();
  createUser = makeCreateUser(lab);
});
afterAll(() => lab.close());

const leave = (scope: DirectoryScope, id: string) => deleteUser(lab, scope, { id, expected: null });
const switchOff = (scope: DirectoryScope, id: string) =>
  changeUser(lab, scope, { id, expected: null }, (user) => ({ user: { ...user, active: false }, changed: true }));
const peopleOf = (scope: DirectoryScope) =>
  lab.rows<{ id: string; name: string; active: boolean; version: number }>(
    scope,
    "select id, user_name as name, active, version from users where deleted_at is null order by user_name",
  );

describe("B10: a create for somebody inactive whom the directory knows by externalId", () => {
  it("brings them back under the same id, with what was sent instead of what was there", async () => {
    const scope = await lab.openScope();
    const attributes = { title: "old", emails: [{ value: "old@example.com" }] };
    const before = await createUser(scope, person("ana", { externalId: "7", attributes }));
    const { id } = before.value.record;
    await switchOff(scope, id);

    const after = await createUser(
      scope,
      person("ana.new", { externalId: "7", attributes: { emails: [{ value: "new@example.com" }] } }),
    );

    expect(after.value.record).toMatchObject({ id, version: 3, user: { userName: "ana.new", active: true } });
    expect(after.value.record.user.attributes).toEqual({ emails: [{ value: "new@example.com" }] });
    expect(await peopleOf(scope)).toEqual([{ id, name: "ana.new", active: true, version: 3 }]);
    expect(await lab.rows(scope, "select email_key, user_id from user_emails")).toEqual([
      { email_key: "new@example.com", user_id: id },
    ]);
    expect(await lab.rows(scope, "select action from audit order by id desc limit 1")).toEqual([
      { action: "user.reactivate" },
    ]);
  });

  it("keeps `active` as it was sent, and the groups that they are in", async () => {
    const scope = await lab.openScope();
    const { value } = await createUser(scope, person("ana", { externalId: "7" }));
    const { id } = value.record;
    const group = await createGroup(lab, scope, {
      group: { displayName: "Staff", externalId: null, attributes: {} },
      members: [id],
    });
    await switchOff(scope, id);

    const after = await createUser(scope, person("ana", { externalId: "7", active: false }));

    expect(after.value).toMatchObject({ record: { id, user: { active: false } } });
    expect(after.value.groups).toEqual([{ id: group.value.record.id, displayName: "Staff", type: "direct" }]);
  });

  it.each([
    ["without an externalId", null],
    ["with another externalId", "8"],
  ])("is 409 where only the userName is the same, %s", async (_name, externalId) => {
    const scope = await lab.openScope();
    const { value } = await createUser(scope, person("ana", { externalId: "7" }));
    await switchOff(scope, value.record.id);

    const again = createUser(scope, person("ANA", { externalId }));

    await expect(again).rejects.toMatchObject({ status: 409, scimType: "uniqueness" });
    expect(await peopleOf(scope)).toMatchObject([{ name: "ana", active: false, version: 2 }]);
  });

  it("is 409 where somebody else is active under the userName that was sent, and changes nobody", async () => {
    const scope = await lab.openScope();
    const { value } = await createUser(scope, person("ana", { externalId: "7" }));
    await switchOff(scope, value.record.id);
    await createUser(scope, person("ben"));

    const again = createUser(scope, person("ben", { externalId: "7" }));

    await expect(again).rejects.toMatchObject({ status: 409, scimType: "uniqueness" });
    expect(await peopleOf(scope)).toMatchObject([
      { name: "ana", active: false },
      { name: "ben", active: true },
    ]);
  });

  it("V60: of fifty at once one brings them back, whichever state they were in", async () => {
    for (const goAway of [switchOff, leave]) {
      const scope = await lab.openScope();
      const { value } = await createUser(scope, person("ana", { externalId: "7" }));
      await goAway(scope, value.record.id);

      const made = await Promise.allSettled(
        Array.from({ length: 50 }, () => createUser(scope, person("ana", { externalId: "7" }))),
      );

      const refused = made.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
      expect(refused).toHaveLength(49);
      for (const error of refused) expect(error).toMatchObject({ status: 409, scimType: "uniqueness" });
      expect(await peopleOf(scope)).toEqual([{ id: value.record.id, name: "ana", active: true, version: 3 }]);
    }
  });

  it("prefers whoever is inactive to a tombstone, and brings nobody back for an externalId that somebody active has", async () => {
    const scope = await lab.openScope();
    const gone = await createUser(scope, person("gone", { externalId: "7" }));
    await leave(scope, gone.value.record.id);
    const { value } = await createUser(scope, person("ana"));
    await changeUser(lab, scope, { id: value.record.id, expected: null }, (user) => ({
      user: { ...user, externalId: "7", active: false },
      changed: true,
    }));

    const back = await createUser(scope, person("ana", { externalId: "7" }));
    const more = await createUser(scope, person("namesake", { externalId: "7" }));

    expect(back.value.record.id).toBe(value.record.id);
    expect([gone.value.record.id, value.record.id]).not.toContain(more.value.record.id);
  });
});

describe("B19: places that groups kept for people", () => {
  const park = async (scope: DirectoryScope, values: string[]) => {
    const { value } = await createGroup(lab, scope, {
      group: { displayName: `Group ${uuidV7()}`, externalId: null, attributes: {} },
      members: [],
    });
    await inTenant(lab.db, scope.tenantId, (tx) =>
      changeMembers(tx, scope.tenantId, value.record, { replaceAll: false, add: values, remove: [] }),
    );
    return value.record.id;
  };
  const parked = (scope: DirectoryScope) =>
    lab
      .rows<{ value: string }>(scope, "select value from parked_members order by value")
      .then((rows) => rows.map(({ value }) => value));
  const members = (scope: DirectoryScope) =>
    lab
      .rows<{ user_id: string }>(scope, "select user_id from memberships order by user_id")
      .then((rows) => rows.map(({ user_id }) => user_id));
  const matching = (...memberMatching: MemberMatching[]) => lab.openScope({ memberMatching });

  it("are taken by externalId exactly and by userName without case, where the directory matches by them", async () => {
    const scope = await matching("externalId", "userName");
    const groupId = await park(scope, ["E-1", "e-1", "Ana@Example.com", "somebody else"]);

    const made = await createUser(scope, person("ANA@example.com", { externalId: "E-1" }));

    expect(made.value.groups).toMatchObject([{ id: groupId }]);
    expect(await members(scope)).toEqual([made.value.record.id]);
    expect(await parked(scope)).toEqual(["e-1", "somebody else"]);
  });

  it("are taken when a name or an externalId changes, and when somebody returns", async () => {
    const scope = await matching("externalId", "userName");
    const { value } = await createUser(scope, person("ana", { externalId: "7" }));
    const { id } = value.record;
    await park(scope, ["renamed"]);
    const renamed = await changeUser(lab, scope, { id, expected: null }, (user) => ({
      user: { ...user, userName: "Renamed" },
      changed: true,
    }));
    await leave(scope, id);
    await park(scope, [id]);
    await park(scope, ["7"]);

    const back = await createUser(scope, person("ana", { externalId: "7" }));

    expect(renamed.value.groups).toHaveLength(1);
    expect(back.value.record.id).toBe(id);
    expect(back.value.groups).toHaveLength(2);
    expect(await parked(scope)).toEqual([]);
  });

  it("stay where they are in another directory of the tenant", async () => {
    const scope = await matching("externalId");
    const other = await lab.openScope();
    await lab.rows(scope, "insert into directories (tenant_id, id, provider, name) values ($1, $2, 'generic', 'two')", [
      scope.tenantId,
      other.directoryId,
    ]);
    await park({ ...scope, directoryId: other.directoryId }, ["7"]);

    await createUser(scope, person("ana", { externalId: "7" }));

    expect(await parked(scope)).toEqual(["7"]);
    expect(await members(scope)).toEqual([]);
  });

  it("V01: an externalId or a userName, whatever it looks like, names nobody and changes nothing that is there", async () => {
    const [scope, foreign] = [await lab.openScope(), await lab.openScope()];
    const ours = await createUser(scope, person("ours", { externalId: "1" }));
    const theirs = await createUser(foreign, person("theirs", { externalId: "1" }));
    const known = [
      ours.value.record.id,
      theirs.value.record.id,
      "admin",
      "owner",
      "1",
      "2",
      "0",
      ours.value.record.id.toUpperCase(),
    ];
    await park(scope, ["2", "admin", theirs.value.record.id]);
    const state = (of: DirectoryScope) =>
      lab.rows(
        of,
        "select to_jsonb(u) as row from users u where user_name in ('ours', 'theirs') union all select to_jsonb(p) from parked_members p union all select to_jsonb(m) from memberships m",
      );
    const before = [await state(scope), await state(foreign)];
    let made = 0;

    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...known), fc.boolean(), async (text, asName) => {
        made += 1;
        const sent = asName
          ? person(`${text}`, { externalId: `${text}-${made}` })
          : person(`n-${made}`, { externalId: text });
        const [answer] = await Promise.allSettled([createUser(scope, sent)]);
        if (answer.status === "fulfilled") {
          expect(known).not.toContain(answer.value.value.record.id);
          expect(answer.value.value.groups).toEqual([]);
        } else expect(answer.reason).toMatchObject({ status: 409 });
      }),
      { numRuns: 60 },
    );

    expect([await state(scope), await state(foreign)]).toEqual(before);
  });
});
