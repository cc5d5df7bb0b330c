import { changeUser } from "@muster/directory";
import { connectionStatus, putAssignments } from "@muster/provisioning";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LaneLab, openLaneLab, peopleIn } from "./lane-lab.ts";

let lab: LaneLab;
beforeEach(async () => {
  lab = await openLaneLab();
  await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
  await lab.drain();
});
afterEach(() => lab.close());

const change = (id: string, state: { active?: boolean; title?: string }) =>
  changeUser(lab, lab.scope, { id, expected: null }, (user) => ({
    user: {
      ...user,
      active: state.active ?? user.active,
      attributes: { ...user.attributes, ...(state.title === undefined ? {} : { title: state.title }) },
    },
    changed: true,
  }));
const suspend = (id: string) => change(id, { active: false });
const status = () => connectionStatus(lab, lab.owner, lab.connectionId);
const createMany = (count: number) =>
  Promise.all(Array.from({ length: count }, (_, index) => lab.createUser({ userName: `user-${index}` })));

type Lane = { held_ms: number | null; removal_ms: number | null };
async function lane(): Promise<Lane> {
  const { rows } = await lab.db.pool.query<Lane>(
    `select extract(epoch from held_until - now())::float8 * 1000 as held_ms,
       extract(epoch from removal_from - now())::float8 * 1000 as removal_ms from lanes`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error("The lab has one lane");
  return row;
}
/** The wait for the next probe is over. */
async function probeNow(): Promise<void> {
  await lab.db.pool.query("update lanes set held_until = now(), due_at = now()");
  await lab.drain();
}
const MINUTE = 60_000;

/** Everything that the app was sent since the last look. */
function sent(): string[] {
  const requests = lab.app.ledger().map((entry) => entry.method);
  lab.app.clearLedger();
  return requests;
}

describe("how long a removal waits for an app that is down", () => {
  it("R2: an app that is out of order is asked for the sake of a removal within 45 s, and one that refuses us by the schedule", async () => {
    const leaver = await lab.createUser({ userName: "leaver" });
    await lab.drain();
    const auth = lab.app.auth();
    lab.app.setAuth({ scheme: "bearer", token: "another one" });
    await createMany(30);
    await lab.drain();
    const refused = await lane();
    lab.app.setAuth(auth);
    lab.app.faults.set([{ kind: "status", status: 503 }]);
    for (let probes = 0; probes < 4; probes += 1) await probeNow();
    await suspend(leaver.id);
    const before = await lane();
    sent();
    await lab.drain();
    const early = sent();
    const removalNow = async () => {
      await lab.db.pool.query("update lanes set removal_from = now()");
      await lab.drain();
    };
    await removalNow();
    const asked = { ...(await lane()), sent: sent(), ...(await status()) };
    lab.app.faults.clear();
    await lab.db.pool.query("update lanes set due_at = now() where due_at <= now() + interval '45 seconds'");
    await removalNow();

    expect(refused.removal_ms).toBeNull();
    expect(before.held_ms).toBeGreaterThan(20 * MINUTE);
    expect(before.removal_ms).toBeLessThanOrEqual(0.75 * MINUTE);
    expect(early).toEqual([]);
    expect(asked).toMatchObject({ sent: ["GET"], state: "quarantined" });
    expect(asked.removal_ms).toBeLessThanOrEqual(0.75 * MINUTE);
    expect(peopleIn(lab.app)["leaver"]).toBe("inactive");
    expect(sent().find((method) => method !== "GET")).toBe("PATCH");
    expect(await status()).toMatchObject({ state: "active", settled: true, accounts: { synced: 31 } });
  });

  it("R2: a lone removal is tried again within 45 s of any failure, and once the app takes something, so is the rest", async () => {
    const [leaver, other] = [await lab.createUser({ userName: "leaver" }), await lab.createUser({ userName: "other" })];
    await lab.drain();
    lab.app.faults.set([{ kind: "status", status: 503 }]);
    await suspend(leaver.id);
    await change(other.id, { title: "Dr" });
    const waits: number[] = [];
    for (let tries = 0; tries < 7; tries += 1) {
      await lab.passTime();
      await lab.db.pool.query("update lanes set held_until = now(), due_at = now()");
      await lab.drain({ random: () => 0.999 });
      const { rows } = await lab.db.pool.query<{ ms: number }>(
        "select extract(epoch from greatest(a.due_at, l.held_until) - now())::float8 * 1000 as ms from accounts a, lanes l where a.removal",
      );
      waits.push(rows[0]?.ms ?? Number.POSITIVE_INFINITY);
    }
    lab.app.faults.clear();
    // Only the removal's own wait is over: the other's would last for minutes.
    await lab.db.pool.query(
      "update accounts set due_at = case when removal then now() else now() + interval '1 hour' end",
    );
    await lab.db.pool.query("update lanes set held_until = now(), due_at = now()");
    await lab.drain();

    expect(Math.max(...waits)).toBeLessThanOrEqual(45_000);
    expect(Math.max(...waits)).toBeGreaterThan(40_000);
    expect(peopleIn(lab.app)).toEqual({ leaver: "inactive", other: "active" });
    expect(await status()).toMatchObject({ settled: true, accounts: { synced: 2 } });
  });
});
