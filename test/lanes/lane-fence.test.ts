import { changeUser } from "@muster/directory";
import { putAssignments } from "@muster/provisioning";
import { inTenant } from "@muster/store";
import { waitFor } from "@muster/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LaneLab, openLaneLab, peopleIn } from "./lane-lab.ts";

let lab: LaneLab;
beforeEach(async () => {
  lab = await openLaneLab();
  await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
  await lab.drain();
});
afterEach(() => lab.close());

const rename = (id: string, title: string) =>
  changeUser(lab, lab.scope, { id, expected: null }, (user) => ({
    user: { ...user, attributes: { title } },
    changed: true,
  }));
const suspend = (id: string) =>
  changeUser(lab, lab.scope, { id, expected: null }, (user) => ({ user: { ...user, active: false }, changed: true }));
/** What a frozen process looks like to the others: its lease has ended while its request is on the way. */
const endLease = () => lab.db.pool.query("update lanes set lease_until = now() - interval '1 second'");

describe("the fence", () => {
  it("F04, trap 3: a holder that was frozen records nothing, and its late write is read back and repaired", async () => {
    const { id } = await lab.createUser({ userName: "ana" });
    await lab.drain();
    await rename(id, "Old title");
    // The old holder's request is on its way and lands only after the newer state did.
    lab.app.faults.set([{ kind: "latency", latencyMs: 1_500, when: "before-applying", method: "PATCH", times: 1 }]);
    const frozen = lab.drainOnce({ owner: "frozen" });
    await waitFor(async () => (await inFlight()) === 1, { timeoutMs: 5_000, what: "the account to be in flight" });
    await endLease();
    await rename(id, "New title");
    await lab.drain({ owner: "second" });
    await frozen;
    await lab.drain({ owner: "second" });

    expect(lab.app.users().map((user) => user.raw.title)).toEqual(["New title"]);
    expect(lab.app.counts()).toMatchObject({ users: 1, duplicates: 0 });
  });

  it("F04: an older state is never final when the person was suspended meanwhile (I07, I08)", async () => {
    const { id } = await lab.createUser({ userName: "ana" });
    lab.app.faults.set([{ kind: "latency", latencyMs: 1_000, when: "before-applying", method: "POST", times: 1 }]);
    const frozen = lab.drainOnce({ owner: "frozen" });
    await waitFor(async () => (await inFlight()) === 1, { timeoutMs: 5_000, what: "the account to be in flight" });
    await endLease();
    await suspend(id);
    await lab.drain({ owner: "second" });
    await frozen;
    for (let round = 0; round < 4; round += 1) {
      await lab.passTime();
      await lab.drain({ owner: "second" });
    }

    expect(peopleIn(lab.app)).toEqual({ ana: "inactive" });
    expect(lab.app.counts()).toMatchObject({ users: 1, duplicates: 0 });
  });

  it("lets one worker at a time have a lane, whatever rings", async () => {
    await Promise.all(Array.from({ length: 40 }, (_, index) => lab.createUser({ userName: `user-${index}` })));

    await Promise.all(["a", "b", "c", "d"].map((owner) => lab.drainOnce({ owner })));
    await lab.drain();

    expect(lab.app.counts()).toMatchObject({ users: 40, duplicates: 0 });
    expect(lab.app.ledger().filter((entry) => entry.method === "POST")).toHaveLength(40);
  });

  it("F40: sets an account aside that ends the worker three times, and goes on with the others", async () => {
    await lab.createUser({ userName: "poison" });
    for (let crash = 0; crash < 3; crash += 1) {
      const died = lab.drainOnce({
        crash(point) {
          if (point === "after-claim") throw new Error("the process ended here");
        },
      });
      await expect(died).rejects.toThrow("ended here");
      await endLease();
      await lab.passTime();
    }
    await lab.createUser({ userName: "ana" });
    await lab.drain();

    const states = await inTenant(lab.db, lab.scope.tenantId, (tx) =>
      tx.run(tx.sql.selectFrom("accounts").select(["state", "crashes"]).orderBy("crashes")),
    );
    expect(states).toEqual([
      { state: "synced", crashes: 0 },
      { state: "stopped", crashes: 3 },
    ]);
    expect(peopleIn(lab.app)).toEqual({ ana: "active" });
  });
});

async function inFlight(): Promise<number> {
  const rows = await inTenant(lab.db, lab.scope.tenantId, (tx) =>
    tx.run(tx.sql.selectFrom("accounts").select("user_id").where("in_flight_epoch", "is not", null)),
  );
  return rows.length;
}
