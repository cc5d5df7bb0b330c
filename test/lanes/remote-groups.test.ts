import { changeGroup, changeUser, createGroup, deleteGroup, deleteUser } from "@muster/directory";
import { editConnection, type GroupSettings, putAssignments } from "@muster/provisioning";
import type { SampleAppOptions } from "@muster/simulator";
import { inTenant } from "@muster/store";
import { afterEach, describe, expect, it } from "vitest";
import { type LaneLab, openLaneLab, peopleIn } from "./lane-lab.ts";

let lab: LaneLab;
afterEach(() => lab.close());

type Start = { app?: SampleAppOptions; groups?: Partial<GroupSettings>; updateMethod?: "patch" | "put" };

async function start({ app, groups = { mode: "assigned" }, updateMethod = "patch" }: Start = {}): Promise<void> {
  lab = await openLaneLab({ ...(app === undefined ? {} : { app }), settings: { groups, updateMethod } });
}

const person = async (userName: string): Promise<string> => (await lab.createUser({ userName })).id;
const group = async (displayName: string, members: readonly string[] = []): Promise<string> => {
  const made = await createGroup(lab, lab.scope, { group: { displayName, externalId: null, attributes: {} }, members });
  return made.value.record.id;
};
const change = (id: string, members: { add?: string[]; remove?: string[]; replaceAll?: boolean }) =>
  changeGroup(lab, lab.scope, { id, expected: null, answerMembers: false }, (current) => ({
    group: current,
    changed: false,
    members: { replaceAll: false, add: [], remove: [], ...members },
  }));
const rename = (id: string, displayName: string) =>
  changeGroup(lab, lab.scope, { id, expected: null, answerMembers: false }, (current) => ({
    group: { ...current, displayName },
    changed: true,
    members: null,
  }));
const assign = (ids: readonly string[], everyone = false) =>
  putAssignments(lab, lab.owner, lab.connectionId, { everyone, groups: ids.map((id) => ({ id })) });
const set = (groups: Partial<GroupSettings>) =>
  editConnection(lab, lab.owner, lab.connectionId, { settings: { groups } });

/** The app's groups by name, with the userNames of who is in them. */
function groupsIn(): Record<string, string[]> {
  const names = new Map(lab.app.users().map((user) => [user.id, user.userName]));
  return Object.fromEntries(
    lab.app.groups().map((one) => [one.displayName, one.members.map((id) => names.get(id) ?? id).sort()]),
  );
}
const states = () =>
  inTenant(lab.db, lab.scope.tenantId, (tx) =>
    tx.run(tx.sql.selectFrom("remote_groups").select(["state", "reason"]).orderBy("group_id")),
  );
const sent = (method: string) =>
  lab.app.ledger().filter((entry) => entry.method === method && entry.path.startsWith("/Groups"));

describe("G4, X10: groups are pushed after the people in them", () => {
  it("makes assigned groups with their members, and follows who comes, who goes and what they are called", async () => {
    await start();
    const [ana, ben, cyd] = [await person("ana"), await person("ben"), await person("cyd")];
    const staff = await group("Staff", [ana, ben]);
    await assign([staff]);
    await lab.drain();
    const made = groupsIn();
    const external = lab.app.groups().map((one) => one.externalId);
    await change(staff, { add: [cyd], remove: [ana] });
    await rename(staff, "People");
    await lab.drain();

    expect(made).toEqual({ Staff: ["ana", "ben"] });
    expect(external).toEqual([staff]);
    expect(groupsIn()).toEqual({ People: ["ben", "cyd"] });
    expect(await states()).toEqual([{ state: "synced", reason: null }]);
  });

  it("leaves out whoever the app refuses, adds them once they have an account, and holds nobody else up", async () => {
    await start();
    const [ana, bad] = [await person("ana"), await person("bad")];
    const staff = await group("Staff", [ana, bad]);
    lab.app.faults.set([{ kind: "status", status: 400, mentions: "bad", path: "/Users" }]);
    await assign([staff]);
    await lab.drain();
    const first = groupsIn();
    const state = await states();
    lab.app.faults.clear();
    await lab.passTime();
    await lab.drain();

    expect(first).toEqual({ Staff: ["ana"] });
    expect(state).toEqual([{ state: "synced", reason: null }]);
    expect(groupsIn()).toEqual({ Staff: ["ana", "bad"] });
  });

  it("sends nothing about a group before its people were sent", async () => {
    await start();
    const people = await Promise.all(Array.from({ length: 60 }, (_, index) => person(`user-${index}`)));
    await assign([await group("Staff", people)]);
    await lab.drain();
    const order = lab.app.ledger().map((entry) => `${entry.method} ${entry.path.split("/")[1]}`);

    expect(order.lastIndexOf("POST Users")).toBeLessThan(order.indexOf("POST Groups"));
    expect(groupsIn()["Staff"]).toHaveLength(60);
    expect(sent("PATCH")).toHaveLength(1);
  });

  it("puts a recreated account back into its groups by its new id", async () => {
    await start();
    const ana = await person("ana");
    await assign([await group("Staff", [ana, await person("ben")])]);
    await lab.drain();
    const before = lab.app.user("ana")?.id;
    lab.app.deleteUserByHand("ana");
    await changeUser(lab, lab.scope, { id: ana, expected: null }, (user) => ({
      user: { ...user, attributes: { title: "back" } },
      changed: true,
    }));
    await lab.drain();
    await lab.passTime();
    await lab.drain();

    expect(lab.app.user("ana")?.id).not.toBe(before);
    expect(groupsIn()).toEqual({ Staff: ["ana", "ben"] });
  });

  it("pushes the people of nested groups flat, and follows an edit of the nesting and a deleted group in the middle", async () => {
    await start();
    const [ana, ben, cyd] = [await person("ana"), await person("ben"), await person("cyd")];
    const squad = await group("Squad", [ana]);
    const team = await group("Team", [squad, ben]);
    const company = await group("Company", [team, cyd]);
    await assign([company], true);
    await lab.drain();
    const first = groupsIn();
    await change(squad, { add: [cyd], remove: [ana] });
    await change(company, { remove: [cyd] });
    await lab.drain();
    const second = groupsIn();
    await deleteGroup(lab, lab.scope, { id: team, expected: null });
    await lab.drain();
    const third = groupsIn();
    await change(company, { add: [squad] });
    await lab.drain();

    expect([first, second, third]).toEqual([
      { Company: ["ana", "ben", "cyd"] },
      { Company: ["ben", "cyd"] },
      { Company: [] },
    ]);
    expect(groupsIn()).toEqual({ Company: ["cyd"] });
  });

  it("takes a deleted person out, and one who is deactivated keeps the group", async () => {
    await start();
    const [ana, ben] = [await person("ana"), await person("ben")];
    await assign([await group("Staff", [ana, ben])]);
    await lab.drain();
    await changeUser(lab, lab.scope, { id: ben, expected: null }, (user) => ({
      user: { ...user, active: false },
      changed: true,
    }));
    await deleteUser(lab, lab.scope, { id: ana, expected: null });
    await lab.drain();

    expect(peopleIn(lab.app)).toEqual({ ana: "inactive", ben: "inactive" });
    expect(groupsIn()).toEqual({ Staff: ["ben"] });
  });
});

describe("which groups are pushed", () => {
  it("none by default, chosen ones by id, assigned ones with the assignments", async () => {
    await start({ groups: {} });
    const ana = await person("ana");
    const [one, two] = [await group("One", [ana]), await group("Two", [ana])];
    await assign([one], true);
    await lab.drain();
    const none = groupsIn();
    await set({ mode: "chosen", chosen: [two] });
    await lab.drain();
    const chosen = groupsIn();
    await set({ mode: "assigned" });
    await lab.drain();
    const assigned = groupsIn();
    await assign([one, two], true);
    await lab.drain();
    const both = groupsIn();
    await set({ mode: "none" });
    await lab.drain();

    expect([none, chosen, assigned, both]).toEqual([{}, { Two: ["ana"] }, { One: ["ana"] }, { One: ["ana"], Two: ["ana"] }]);
    expect(groupsIn()).toEqual({});
    expect(await states()).toEqual([]);
    expect(peopleIn(lab.app)).toEqual({ ana: "active" });
  });

  it("refuses to choose a group that the directory does not have", async () => {
    await start({ groups: {} });

    await expect(set({ mode: "chosen", chosen: [lab.connectionId] })).rejects.toThrow("settings.groups.chosen");
  });

  it("deletes what it made when a group is unassigned or deleted, and leaves it where the settings say so", async () => {
    await start();
    const ana = await person("ana");
    const [one, two, three] = [await group("One", [ana]), await group("Two", [ana]), await group("Three", [ana])];
    await assign([one, two, three], true);
    await lab.drain();
    await deleteGroup(lab, lab.scope, { id: one, expected: null });
    await assign([three], true);
    await lab.drain();
    const left = groupsIn();
    await set({ onLeave: "leave" });
    await assign([], true);
    await lab.drain();
    const kept = groupsIn();
    await assign([three], true);
    await lab.drain();

    expect([left, kept]).toEqual([{ Three: ["ana"] }, { Three: ["ana"] }]);
    expect(groupsIn()).toEqual({ Three: ["ana"] });
    expect(sent("POST")).toHaveLength(3 + 1);
  });
});
