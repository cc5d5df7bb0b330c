import { changeUser, deleteGroup, deleteUser } from "@muster/directory";
import { afterEach, describe, expect, it } from "vitest";
import { type GroupLab, openGroupLab } from "./group-lab.ts";
import { peopleIn } from "./lane-lab.ts";

let lab: GroupLab;
afterEach(() => lab.close());

describe("G4, X10: groups are pushed after the people in them", () => {
  it("makes assigned groups with their members, and follows who comes, who goes and what they are called", async () => {
    lab = await openGroupLab();
    const [ana, ben, cyd] = [await lab.person("ana"), await lab.person("ben"), await lab.person("cyd")];
    const staff = await lab.group("Staff", [ana, ben]);
    await lab.assign([staff]);
    await lab.drain();
    const made = lab.groupsIn();
    const external = lab.app.groups().map((one) => one.externalId);
    await lab.change(staff, { add: [cyd], remove: [ana] });
    await lab.rename(staff, "People");
    await lab.drain();

    expect(made).toEqual({ Staff: ["ana", "ben"] });
    expect(external).toEqual([staff]);
    expect(lab.groupsIn()).toEqual({ People: ["ben", "cyd"] });
    expect(await lab.states()).toEqual([{ state: "synced", reason: null }]);
  });

  it("leaves out whoever the app refuses, adds them once they have an account, and holds nobody else up", async () => {
    lab = await openGroupLab();
    const [ana, bad] = [await lab.person("ana"), await lab.person("bad")];
    const staff = await lab.group("Staff", [ana, bad]);
    lab.app.faults.set([{ kind: "status", status: 400, mentions: "bad", path: "/Users" }]);
    await lab.assign([staff]);
    await lab.drain();
    const first = lab.groupsIn();
    const state = await lab.states();
    lab.app.faults.clear();
    await lab.passTime();
    await lab.drain();

    expect(first).toEqual({ Staff: ["ana"] });
    expect(state).toEqual([{ state: "synced", reason: null }]);
    expect(lab.groupsIn()).toEqual({ Staff: ["ana", "bad"] });
  });

  it("sends nothing about a group before its people were sent", async () => {
    lab = await openGroupLab();
    const people = await Promise.all(Array.from({ length: 200 }, (_, index) => lab.person(`user-${index}`)));
    await lab.assign([await lab.group("Staff", people)]);
    await lab.drain();
    const order = lab.app.ledger().map((entry) => `${entry.method} ${entry.path.split("/")[1]}`);

    expect(order.lastIndexOf("POST Users")).toBeLessThan(order.indexOf("POST Groups"));
    expect(lab.groupsIn()["Staff"]).toHaveLength(200);
    expect(lab.sent("PATCH")).toHaveLength(2);
  });

  it("goes on to the groups when the time of a slice ended with their people", async () => {
    lab = await openGroupLab();
    const staff = await lab.group("Staff", [await lab.person("ana"), await lab.person("ben")]);
    await lab.assign([staff]);
    // One step in each slice, as on a machine on which every step takes long.
    await lab.drain({ timing: { leaseMs: 20_000, callMs: 5_000, sliceMs: 0, probeMinuteMs: 60_000 } });

    expect(lab.groupsIn()).toEqual({ Staff: ["ana", "ben"] });
  });

  it("puts a recreated account back into its groups by its new id", async () => {
    lab = await openGroupLab();
    const ana = await lab.person("ana");
    await lab.assign([await lab.group("Staff", [ana, await lab.person("ben")])]);
    await lab.drain();
    const before = lab.app.user("ana")?.id;
    // One that was made a moment ago may only not be shown yet.
    await lab.db.pool.query("update accounts set linked_at = null");
    lab.app.deleteUserByHand("ana");
    await changeUser(lab, lab.scope, { id: ana, expected: null }, (user) => ({
      user: { ...user, attributes: { title: "back" } },
      changed: true,
    }));
    await lab.drain();
    await lab.passTime();
    await lab.drain();

    expect(lab.app.user("ana")?.id).not.toBe(before);
    expect(lab.groupsIn()).toEqual({ Staff: ["ana", "ben"] });
  });

  it("pushes the people of nested groups flat, and follows an edit of the nesting and a deleted group in the middle", async () => {
    lab = await openGroupLab();
    const [ana, ben, cyd] = [await lab.person("ana"), await lab.person("ben"), await lab.person("cyd")];
    const squad = await lab.group("Squad", [ana]);
    const team = await lab.group("Team", [squad, ben]);
    const company = await lab.group("Company", [team, cyd]);
    await lab.assign([company], true);
    await lab.drain();
    const first = lab.groupsIn();
    await lab.change(squad, { add: [cyd], remove: [ana] });
    await lab.change(company, { remove: [cyd] });
    await lab.drain();
    const second = lab.groupsIn();
    await deleteGroup(lab, lab.scope, { id: team, expected: null });
    await lab.drain();
    const third = lab.groupsIn();
    await lab.change(company, { add: [squad] });
    await lab.drain();

    expect([first, second, third]).toEqual([
      { Company: ["ana", "ben", "cyd"] },
      { Company: ["ben", "cyd"] },
      { Company: [] },
    ]);
    expect(lab.groupsIn()).toEqual({ Company: ["cyd"] });
  });

  it("takes a deleted person out, and one who is deactivated keeps the group", async () => {
    lab = await openGroupLab();
    const [ana, ben] = [await lab.person("ana"), await lab.person("ben")];
    await lab.assign([await lab.group("Staff", [ana, ben])]);
    await lab.drain();
    await changeUser(lab, lab.scope, { id: ben, expected: null }, (user) => ({
      user: { ...user, active: false },
      changed: true,
    }));
    await deleteUser(lab, lab.scope, { id: ana, expected: null });
    await lab.drain();

    expect(peopleIn(lab.app)).toEqual({ ana: "inactive", ben: "inactive" });
    expect(lab.groupsIn()).toEqual({ Staff: ["ben"] });
  });
});

describe("which groups are pushed", () => {
  it("none by default, chosen ones by id, assigned ones with the assignments", async () => {
    lab = await openGroupLab({ groups: {} });
    const ana = await lab.person("ana");
    const [one, two] = [await lab.group("One", [ana]), await lab.group("Two", [ana])];
    await lab.assign([one], true);
    await lab.drain();
    const none = lab.groupsIn();
    await lab.set({ mode: "chosen", chosen: [two] });
    await lab.drain();
    const chosen = lab.groupsIn();
    await lab.set({ mode: "assigned" });
    await lab.drain();
    const assigned = lab.groupsIn();
    await lab.assign([one, two], true);
    await lab.drain();
    const both = lab.groupsIn();
    await lab.set({ mode: "none" });
    await lab.drain();

    expect([none, chosen, assigned, both]).toEqual([
      {},
      { Two: ["ana"] },
      { One: ["ana"] },
      { One: ["ana"], Two: ["ana"] },
    ]);
    expect(lab.groupsIn()).toEqual({});
    expect(await lab.states()).toEqual([]);
    expect(peopleIn(lab.app)).toEqual({ ana: "active" });
  });

  it("refuses to choose a group that the directory does not have", async () => {
    lab = await openGroupLab({ groups: {} });

    await expect(lab.set({ mode: "chosen", chosen: [lab.connectionId] })).rejects.toThrow("settings.groups.chosen");
  });

  it("deletes what it made when a group is unassigned or deleted, and leaves it where the settings say so", async () => {
    lab = await openGroupLab();
    const ana = await lab.person("ana");
    const [one, two, three] = [
      await lab.group("One", [ana]),
      await lab.group("Two", [ana]),
      await lab.group("Three", [ana]),
    ];
    await lab.assign([one, two, three], true);
    await lab.drain();
    await deleteGroup(lab, lab.scope, { id: one, expected: null });
    await lab.assign([three], true);
    await lab.drain();
    const left = lab.groupsIn();
    await lab.set({ onLeave: "leave" });
    await lab.assign([], true);
    await lab.drain();
    const kept = lab.groupsIn();
    await lab.assign([three], true);
    await lab.drain();

    expect([left, kept]).toEqual([{ Three: ["ana"] }, { Three: ["ana"] }]);
    expect(lab.groupsIn()).toEqual({ Three: ["ana"] });
    expect(lab.sent("POST")).toHaveLength(3 + 1);
  });
});
