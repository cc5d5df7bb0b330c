import { changeGroup, createGroup, deleteGroup, deleteUser, makeReadUser } from "@muster/directory";
import { connectionStatus, putAssignments, putRules } from "@muster/provisioning";
import { changeMembers, inTenant } from "@muster/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LaneLab, openLaneLab, peopleIn } from "./lane-lab.ts";

let lab: LaneLab;
beforeEach(async () => {
  lab = await openLaneLab();
});
afterEach(() => lab.close());

const person = async (userName: string): Promise<string> => (await lab.createUser({ userName })).id;
const group = async (displayName: string, members: readonly string[] = []): Promise<string> => {
  const made = await createGroup(lab, lab.scope, { group: { displayName, externalId: null, attributes: {} }, members });
  return made.value.record.id;
};
const change = (id: string, members: { add?: string[]; remove?: string[] }) =>
  changeGroup(lab, lab.scope, { id, expected: null, answerMembers: false }, (current) => ({
    group: current,
    changed: false,
    members: { replaceAll: false, add: [], remove: [], ...members },
  }));
const assign = (...ids: string[]) =>
  putAssignments(lab, lab.owner, lab.connectionId, { everyone: false, groups: ids.map((id) => ({ id })) });
const makeAdmins = (id: string) =>
  putRules(lab, lab.owner, lab.connectionId, {
    precedence: "first",
    defaultRole: "viewer",
    rules: [{ group: { id }, role: "admin" }],
  });
const expansions = () =>
  inTenant(lab.db, lab.scope.tenantId, (tx) =>
    tx.run(tx.sql.selectFrom("expansions").select(["cause", "removal", "user_ids as userIds"])),
  );

describe("B15: access through nested groups", () => {
  it("a member of a group below an assigned one has the account and the role, three levels deep", async () => {
    const [ana, ben] = [await person("ana"), await person("ben")];
    const squad = await group("Squad", [ana]);
    const team = await group("Team", [squad, ben]);
    const company = await group("Company", [team]);
    await assign(company);
    await makeAdmins(team);
    const waiting = await connectionStatus(lab, lab.owner, lab.connectionId);
    await lab.drain();
    const first = peopleIn(lab.app);
    const cyd = await person("cyd");
    await change(squad, { add: [cyd] });
    await change(squad, { remove: [ana] });
    await lab.drain();

    expect(waiting).toMatchObject({ settled: false, accounts: { pending: 2 } });
    expect(first).toEqual({ ana: "active admin", ben: "active admin" });
    expect(peopleIn(lab.app)).toEqual({ ana: "inactive admin", ben: "active admin", cyd: "active admin" });
    expect(await groupsOf(cyd)).toEqual(["Company indirect", "Squad direct", "Team indirect"]);
  });

  const groupsOf = async (id: string): Promise<string[]> =>
    (await makeReadUser(lab)(lab.scope, id)).groups.map(({ displayName, type }) => `${displayName} ${type}`);

  it("nesting brings people in, un-nesting takes them out, each as an expansion with its cause", async () => {
    const ana = await person("ana");
    const team = await group("Team", [ana]);
    const middle = await group("Middle");
    const company = await group("Company", [middle]);
    await assign(company);
    await lab.drain();
    const before = peopleIn(lab.app);
    await change(middle, { add: [team] });
    const nested = await expansions();
    await lab.drain();
    const inside = peopleIn(lab.app);
    await change(middle, { remove: [team] });
    const removed = await expansions();
    await lab.drain();

    const cause = `group.nesting:${middle}`;
    expect([nested, removed]).toEqual([
      [{ cause, removal: false, userIds: null }],
      [{ cause, removal: true, userIds: null }],
    ]);
    expect([before, inside, peopleIn(lab.app)]).toEqual([{}, { ana: "active" }, { ana: "inactive" }]);
    expect(await groupsOf(ana)).toEqual(["Team direct"]);
  });

  it("a circle does no harm: everybody in it is in all of it, and opening it takes away what it gave", async () => {
    const [ana, ben] = [await person("ana"), await person("ben")];
    const one = await group("One", [ana]);
    const two = await group("Two", [ben, one]);
    await change(one, { add: [two, one] });
    await assign(one);
    await lab.drain();
    const closed = peopleIn(lab.app);
    await change(one, { remove: [two] });
    await lab.drain();

    expect(closed).toEqual({ ana: "active", ben: "active" });
    expect(peopleIn(lab.app)).toEqual({ ana: "active", ben: "inactive" });
  });

  it("F5: deleting a group in the middle takes its role and its people away, and nothing from who is in elsewhere", async () => {
    const [ana, ben, cyd] = [await person("ana"), await person("ben"), await person("cyd")];
    const squad = await group("Squad", [ana, cyd]);
    const team = await group("Team", [squad, ben]);
    const company = await group("Company", [team, cyd]);
    await assign(company);
    await makeAdmins(team);
    await lab.drain();
    const before = peopleIn(lab.app);
    await deleteGroup(lab, lab.scope, { id: team, expected: null });
    await lab.drain();
    await deleteGroup(lab, lab.scope, { id: squad, expected: null });
    await lab.drain();

    expect(before).toEqual({ ana: "active admin", ben: "active admin", cyd: "active admin" });
    expect(peopleIn(lab.app)).toMatchObject({ cyd: "active viewer" });
    expect(lab.app.counts()).toMatchObject({ activeUsers: 1 });
  });

  it("a person in a group twice below stays in until the last way is gone", async () => {
    const ana = await person("ana");
    const [left, right] = [await group("Left", [ana]), await group("Right", [ana])];
    const top = await group("Top", [left, right]);
    await assign(top);
    await lab.drain();
    await change(left, { remove: [ana] });
    await lab.drain();
    const half = peopleIn(lab.app);
    await change(top, { remove: [right] });
    await lab.drain();

    expect([half, peopleIn(lab.app)]).toEqual([{ ana: "active" }, { ana: "inactive" }]);
  });

  it("B19: whoever returns to a nested group that kept their place is in the groups above again", async () => {
    const ana = (await lab.createUser({ userName: "ana", externalId: "idp-1" })).id;
    const team = await group("Team", [ana]);
    await assign(await group("Company", [team]));
    await lab.drain();
    await deleteUser(lab, lab.scope, { id: ana, expected: null });
    await change(team, { add: [ana] });
    await lab.drain();
    const gone = peopleIn(lab.app);
    await lab.createUser({ userName: "ana", externalId: "idp-1" });
    await lab.drain();

    expect([gone, peopleIn(lab.app)]).toEqual([{ ana: "inactive" }, { ana: "active" }]);
  });

  it("house trap 2: does not miss a person who joined a group while that group was being nested", async () => {
    const ana = await person("ana");
    const team = await group("Team");
    const company = await group("Company");
    await assign(company);
    await lab.drain();
    const [mayCommit, commit] = latch();
    const [hasJoined, joined] = latch();
    // Reads the nesting before the edit, so it marks nobody; commits after the edit was made and expanded, were there no barrier.
    const joining = inTenant(lab.db, lab.scope.tenantId, async (tx) => {
      const to = { id: team, directoryId: lab.scope.directoryId };
      await changeMembers(tx, lab.scope.tenantId, to, { replaceAll: false, add: [ana], remove: [] });
      joined();
      await mayCommit;
    });
    await hasJoined;
    await change(company, { add: [team] });

    await lab.drainOnce({ timing: { leaseMs: 20_000, callMs: 5_000, sliceMs: 200, probeMinuteMs: 60_000 } });
    const before = peopleIn(lab.app);
    commit();
    await joining;
    await lab.drain();

    expect(before).toEqual({});
    expect(peopleIn(lab.app)).toEqual({ ana: "active" });
  });

  it("a change of people that was made beside an edit of nesting neither waits for it nor fails", async () => {
    const people = await Promise.all(Array.from({ length: 12 }, (_, index) => person(`user-${index}`)));
    const team = await group("Team");
    const company = await group("Company", [team]);
    await assign(company);

    await Promise.all([
      ...people.map((id) => change(team, { add: [id] })),
      ...Array.from({ length: 6 }, async () => {
        await change(company, { remove: [team] });
        await change(company, { add: [team] });
      }),
    ]);
    await lab.drain();

    expect(lab.app.counts()).toMatchObject({ activeUsers: 12, duplicates: 0 });
  });
});

function latch(): [Promise<void>, () => void] {
  const { promise, resolve } = Promise.withResolvers<void>();
  return [promise, resolve];
}
