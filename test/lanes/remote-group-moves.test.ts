import { afterEach, describe, expect, it } from "vitest";
import { type GroupLab, openGroupLab } from "./group-lab.ts";

let lab: GroupLab;
afterEach(() => lab.close());

const people = (count: number): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => lab.person(`user-${index}`)));
/** Long enough for a create whose fate is unknown. */
async function settle(): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    await lab.drain();
    await lab.passTime();
  }
  await lab.drain();
}

describe("new, move, delete where an app cannot rename", () => {
  it("makes the new group, moves everybody, and deletes the old one last", async () => {
    lab = await openGroupLab({ groups: { mode: "assigned", rename: false, memberChunk: 2 } });
    const staff = await lab.group("Staff", await people(5));
    await lab.assign([staff]);
    await lab.drain();
    lab.app.clearLedger();
    await lab.rename(staff, "People");
    await lab.drain();
    const steps = lab.app.ledger().map((entry) => entry.method);

    expect(lab.groupsIn()).toEqual({ People: ["user-0", "user-1", "user-2", "user-3", "user-4"] });
    expect(steps).toEqual(["POST", "PATCH", "PATCH", "PATCH", "DELETE"]);
  });

  it.each(["after-group-create", "after-group-reply", "before-group-delete"])(
    "converges when the worker ends at %s",
    async (point) => {
      lab = await openGroupLab({ groups: { mode: "assigned", rename: false, memberChunk: 2 } });
      const staff = await lab.group("Staff", await people(3));
      await lab.assign([staff]);
      await lab.drain();
      await lab.rename(staff, "People");
      const died = lab.drainOnce({
        crash(at) {
          if (at === point) throw new Error("the process ended here");
        },
      });
      await died.catch(() => undefined);
      await lab.db.pool.query("update lanes set lease_until = now() - interval '1 second'");
      await lab.db.pool.query("update remote_groups set in_flight_epoch = 0, state = 'pending'");
      await lab.drain();
      await lab.passTime();
      await lab.drain();

      expect(lab.groupsIn()).toEqual({ People: ["user-0", "user-1", "user-2"] });
      expect(lab.app.groups()).toHaveLength(1);
    },
  );

  it("never takes the old group for the new one when it has just read it back", async () => {
    lab = await openGroupLab({ groups: { mode: "assigned", rename: false } });
    const staff = await lab.group("Staff", await people(2));
    await lab.assign([staff]);
    await lab.drain();
    await lab.db.pool.query("update remote_groups set verify = true");
    await lab.rename(staff, "People");
    await lab.drain();

    expect(lab.groupsIn()).toEqual({ People: ["user-0", "user-1"] });
  });

  it("goes on with the old group when it gets its old name back in time, and moves again when it is renamed twice", async () => {
    lab = await openGroupLab({ groups: { mode: "assigned", rename: false } });
    const staff = await lab.group("Staff", await people(2));
    await lab.assign([staff]);
    await lab.drain();
    lab.app.faults.set([{ kind: "status", status: 503, method: "POST", path: "/Groups" }]);
    await lab.rename(staff, "People");
    await lab.drain();
    lab.app.faults.clear();
    await lab.rename(staff, "Staff");
    await settle();
    const back = lab.groupsIn();
    const made = lab.sent("POST").filter((entry) => entry.status === 201).length;
    await lab.rename(staff, "One");
    await lab.rename(staff, "Two");
    await settle();

    expect(made).toBe(1);
    expect(back).toEqual({ Staff: ["user-0", "user-1"] });
    expect(lab.groupsIn()).toEqual({ Two: ["user-0", "user-1"] });
  });
});
