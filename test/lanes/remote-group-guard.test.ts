import { deleteGroup } from "@muster/directory";
import { readHeldPeople, readHolds, settleHold } from "@muster/provisioning";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type GroupLab, openGroupLab } from "./group-lab.ts";

let lab: GroupLab;
let people: string[];
let staff: string;
beforeEach(async () => {
  lab = await openGroupLab();
  people = await Promise.all(Array.from({ length: 30 }, (_, index) => lab.person(`user-${index}`)));
  staff = await lab.group("Staff", people);
  await lab.assign([staff], true);
  await lab.drain();
});
afterEach(() => lab.close());

const holds = () => readHolds(lab, lab.owner, { connectionId: lab.connectionId, before: undefined, limit: 10 });
const heldPeople = async (holdId: string): Promise<number> =>
  (await readHeldPeople(lab, lab.owner, { connectionId: lab.connectionId, holdId, after: undefined, limit: 100 }))
    .length;
const decide = (holdId: string, state: "approved" | "rejected") =>
  settleHold(lab, lab.owner, { connectionId: lab.connectionId, holdId, state });
const inApp = (): number | undefined => lab.groupsIn()["Staff"]?.length;

describe("F51: the guard and groups of apps", () => {
  it("a deleted group that would empty a large one in the app is held with its people, and goes when approved", async () => {
    await deleteGroup(lab, lab.scope, { id: staff, expected: null });
    await lab.drain();
    await lab.passTime();
    await lab.drain();
    const [hold, ...others] = await holds();
    const before = inApp();
    const state = await lab.states();
    const listed = await heldPeople(hold?.id ?? "");
    await decide(hold?.id ?? "", "approved");
    await lab.drain();

    expect(others).toEqual([]);
    expect(hold).toMatchObject({ cause: `remoteGroup.delete:${staff}`, subject: "Staff", people: 30, threshold: 20 });
    expect(listed).toBe(30);
    expect(before).toBe(30);
    expect(state).toEqual([{ state: "held", reason: expect.stringContaining("guard") }]);
    expect(lab.groupsIn()).toEqual({});
  });

  it("a rejected removal keeps those people in, and whoever leaves on their own goes all the same", async () => {
    await lab.change(staff, { remove: people.slice(0, 25) });
    await lab.drain();
    const before = inApp();
    const [hold] = await holds();
    await decide(hold?.id ?? "", "rejected");
    await lab.drain();
    const rejected = inApp();
    await lab.change(staff, { remove: people.slice(25, 26) });
    await lab.drain();

    expect(hold).toMatchObject({ cause: `remoteGroup.members:${staff}`, people: 25 });
    expect([before, rejected, inApp()]).toEqual([30, 30, 29]);
    expect(await holds()).toHaveLength(1);
  });

  it("whoever keeps an account by a hold keeps the group with it, until the hold is decided", async () => {
    await lab.assign([staff]);
    await lab.drain();
    await lab.change(staff, { remove: people.slice(0, 25) });
    await lab.drain();
    const [hold] = await holds();
    const before = [inApp(), lab.app.counts().activeUsers];
    await decide(hold?.id ?? "", "approved");
    await lab.drain();
    await lab.passTime();
    await lab.drain();
    for (const one of await holds()) if (one.state === "held") await decide(one.id, "approved");
    await lab.drain();

    expect(before).toEqual([30, 30]);
    expect([inApp(), lab.app.counts().activeUsers]).toEqual([5, 5]);
  });

  it("a few removals, and a group that is left where it is, are never held", async () => {
    await lab.change(staff, { remove: people.slice(0, 20) });
    await lab.drain();
    const few = inApp();
    await lab.change(staff, { add: people });
    await lab.drain();
    await lab.set({ onLeave: "leave", mode: "none" });
    await lab.drain();

    expect(few).toBe(10);
    expect(inApp()).toBe(30);
    expect(await holds()).toEqual([]);
  });
});
