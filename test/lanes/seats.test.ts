import { changeUser, createGroup } from "@muster/directory";
import {
  connectionStatus,
  createPolicyPreparer,
  editConnection,
  planConnection,
  putAssignments,
  readWaitlist,
  whyPerson,
} from "@muster/provisioning";
import { systemClock } from "@muster/runtime";
import { inTenant, listAccounts, listNotices } from "@muster/store";
import { waitFor } from "@muster/testkit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type LaneLab, openLaneLab, peopleIn } from "./lane-lab.ts";

let lab: LaneLab;
beforeEach(async () => {
  lab = await openLaneLab({ settings: { seats: { limit: 2 } } });
  await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
  await lab.drain();
});
afterEach(() => lab.close());

const person = async (userName: string): Promise<string> =>
  (await lab.createUser({ userName, externalId: userName })).id;
/** Makes people one after the other: ids of one millisecond are in no order, and who came first is what these tests are about. */
const people = async (...names: string[]): Promise<string[]> => {
  const ids: string[] = [];
  for (const name of names) {
    const madeAtMs = Date.now();
    ids.push(await person(name));
    await vi.waitUntil(() => Date.now() > madeAtMs, { interval: 1 });
  }
  return ids;
};
const setActive = (id: string | undefined, active: boolean) =>
  changeUser(lab, lab.scope, { id: id ?? "", expected: null }, (user) => ({
    user: { ...user, active },
    changed: true,
  }));
const setSeats = (seats: { limit: number; first?: string[] } | null) =>
  editConnection(lab, lab.owner, lab.connectionId, { settings: { seats } });
const waitlist = async (): Promise<string[]> =>
  (await readWaitlist(lab, lab.owner, lab.connectionId, { after: undefined, limit: 100 })).map(
    ({ position, userName }) => `${position} ${userName}`,
  );
const status = () => connectionStatus(lab, lab.owner, lab.connectionId);
const account = async (userName: string) => {
  const query = { connectionId: lab.connectionId, userName, limit: 1 };
  const [found] = await inTenant(lab.db, lab.owner.tenantId, (tx) => listAccounts(tx, lab.owner.tenantId, query));
  return found;
};
const notices = async (): Promise<string[]> => {
  const page = { before: undefined, limit: 9 };
  const told = await inTenant(lab.db, lab.owner.tenantId, (tx) => listNotices(tx, lab.owner.tenantId, page));
  return told.map(({ kind }) => kind).filter((kind) => kind.startsWith("seats."));
};
const drained = async (): Promise<Record<string, string>> => {
  await lab.drain();
  return peopleIn(lab.app);
};
const deps = () => ({ db: lab.db, clock: systemClock, prepare: createPolicyPreparer() });
const plan = async (): Promise<Record<string, string[]>> => {
  const { steps } = await planConnection(deps(), lab.owner, lab.connectionId, { names: 9, ifOpen: false });
  return Object.fromEntries(steps.map(({ step, first }) => [step, first.map(({ userName }) => userName)]));
};
const endLease = () => lab.db.pool.query("update lanes set lease_until = now() - interval '1 second'");

describe("J4: a limit of seats", () => {
  it("lets as many in as there are seats; the others wait in order, nothing is sent for them and no try is charged", async () => {
    await people("ana", "ben", "cyd", "dan");

    expect(await drained()).toEqual({ ana: "active", ben: "active" });
    expect(await waitlist()).toEqual(["1 cyd", "2 dan"]);
    expect(lab.app.ledger().filter(({ method }) => method === "POST")).toHaveLength(2);
    expect(await account("cyd")).toMatchObject({ state: "held", attempts: 0, nextAttemptAt: null });
    expect((await account("cyd"))?.reason).toContain("All seats of this connection are taken");
    expect(await status()).toMatchObject({
      settled: true,
      accounts: { synced: 2, held: 2 },
      seats: { limit: 2, taken: 2, waiting: 2, reason: null },
    });
    expect(await notices()).toEqual(["seats.waiting"]);
  });

  it("X14: whoever is first is let in as soon as a leaver's account is inactive, and the list's end is told", async () => {
    const [ana] = await people("ana", "ben", "cyd", "dan");
    await lab.drain();
    await setActive(ana, false);
    const one = await drained();
    const left = await waitlist();
    await setSeats({ limit: 3 });

    expect(one).toEqual({ ana: "inactive", ben: "active", cyd: "active" });
    expect(left).toEqual(["1 dan"]);
    expect(await drained()).toMatchObject({ ana: "inactive", cyd: "active", dan: "active" });
    expect(await waitlist()).toEqual([]);
    expect(await notices()).toEqual(["seats.free"]);
    expect(await status()).toMatchObject({ seats: { limit: 3, taken: 3, waiting: 0 } });
  });

  it("X14: whoever comes later never goes before those who wait, and whoever returns waits behind them", async () => {
    const [ana, ben] = await people("ana", "ben", "cyd");
    await lab.drain();
    await setActive(ana, false);
    await lab.drain();
    await person("eve");
    await lab.drain();
    await setActive(ana, true);
    await lab.drain();
    const list = await waitlist();
    const sent = lab.app.ledger().length;
    await setActive(ben, false);

    expect(list).toEqual(["1 eve", "2 ana"]);
    expect(await drained()).toEqual({ ana: "inactive", ben: "inactive", cyd: "active", eve: "active" });
    expect(
      lab.app
        .ledger()
        .slice(sent)
        .some(({ method }) => method === "POST"),
    ).toBe(true);
    expect(await waitlist()).toEqual(["1 ana"]);
  });

  it("X14: people of chosen groups are let in first", async () => {
    const [ana, , , dan] = await people("ana", "ben", "cyd", "dan");
    const group = { displayName: "First", externalId: null, attributes: {} };
    const { id } = (await createGroup(lab, lab.scope, { group, members: [dan ?? ""] })).value.record;
    await setSeats({ limit: 2, first: [id] });
    const first = await drained();
    await person("eve");
    await setActive(ana, false);

    expect(first).toEqual({ ana: "active", dan: "active" });
    expect(await drained()).toEqual({ ana: "inactive", ben: "active", dan: "active" });
    expect(await waitlist()).toEqual(["1 cyd", "2 eve"]);
  });

  it("X14: who leaves while waiting is off the list, and nothing was ever sent for them", async () => {
    const [, , cyd] = await people("ana", "ben", "cyd", "dan");
    await lab.drain();
    await setActive(cyd, false);
    await lab.drain();

    expect(await waitlist()).toEqual(["1 dan"]);
    expect(JSON.stringify(lab.app.ledger())).not.toContain("cyd");
  });

  it("lowered below what is in use removes nobody and says so; taken away it lets everybody in", async () => {
    await people("ana", "ben", "cyd");
    await setSeats({ limit: 3 });
    await lab.drain();
    await setSeats({ limit: 1 });
    await person("dan");
    const low = await drained();
    const { seats } = await status();
    await setSeats(null);

    expect(low).toEqual({ ana: "active", ben: "active", cyd: "active" });
    expect(seats).toMatchObject({ limit: 1, taken: 3, waiting: 1 });
    expect(seats?.reason).toContain("3 seats are taken and the limit is 1: nobody is removed");
    expect(await drained()).toMatchObject({ dan: "active" });
    expect([(await status()).seats, await notices()]).toEqual([null, []]);
  });

  it("X14: a plan says who would wait, and a why says that they do", async () => {
    const [, ben] = await people("ana", "ben", "cyd");
    const before = await plan();
    await lab.drain();
    const dan = await person("dan");
    const after = await plan();
    await setActive(ben, false);
    const why = await whyPerson(deps(), lab.owner, { connectionId: lab.connectionId, userId: dan });

    expect(before).toEqual({ create: ["ana", "ben"], waitlisted: ["cyd"] });
    expect(after).toEqual({ none: ["ana", "ben"], waitlisted: ["cyd", "dan"] });
    expect(why.plan).toMatchObject({ step: "waitlisted", reason: expect.stringContaining("until one is free") });
  });
});

describe("X14: a seat is counted exactly", () => {
  it.each([
    ["was made", { kind: "swallow", how: "destroy" }, { ana: "active", ben: "active" }],
    ["was not made", { kind: "status", status: 500 }, { ana: "active" }],
  ] as const)("a create of unknown fate takes one until it is known: the account %s", async (_, fault, there) => {
    await people("ana");
    await lab.drain();
    lab.app.faults.set([{ ...fault, method: "POST", times: 1 }]);
    await people("ben", "cyd");
    await lab.drain();
    const [unknown, list] = [await status(), await waitlist()];
    const inApp = peopleIn(lab.app);
    for (let look = 0; look < 5; look += 1) {
      await lab.passTime();
      await lab.drain();
    }

    expect(inApp).toEqual(there);
    expect(unknown).toMatchObject({ seats: { taken: 2, waiting: 1 } });
    expect(list).toEqual(["1 cyd"]);
    expect(peopleIn(lab.app)).toEqual({ ana: "active", ben: "active" });
    expect(await waitlist()).toEqual(["1 cyd"]);
  });

  it("a create of unknown fate from before the limit takes one too, until it is known that nothing came of it", async () => {
    await setSeats(null);
    await people("ana");
    await lab.drain();
    lab.app.faults.set([{ kind: "status", status: 500, method: "POST", times: 1 }]);
    await people("ben");
    await lab.drainOnce();
    await setSeats({ limit: 2 });
    await people("cyd");
    await lab.passTime();
    await lab.drain();
    const unknown = await waitlist();
    for (let look = 0; look < 5; look += 1) {
      await lab.passTime();
      await lab.drain();
    }

    expect(unknown).toEqual(["1 cyd"]);
    expect(peopleIn(lab.app)).toEqual({ ana: "active", cyd: "active" });
    expect(await waitlist()).toEqual(["1 ben"]);
  });

  it("an account that the app lost is made again on its own seat", async () => {
    const [ana] = await people("ana", "ben", "cyd");
    await lab.drain();
    lab.app.deleteUserByHand("ana");
    await changeUser(lab, lab.scope, { id: ana ?? "", expected: null }, (user) => ({
      user: { ...user, attributes: { title: "Engineer" } },
      changed: true,
    }));
    for (let look = 0; look < 5; look += 1) {
      await lab.drain();
      await lab.passTime();
    }

    expect(await drained()).toEqual({ ana: "active", ben: "active" });
    expect(await waitlist()).toEqual(["1 cyd"]);
  });

  it("whatever rings at once, and with a worker that ends in the middle", async () => {
    await people(...Array.from({ length: 12 }, (_, index) => `user-${index}`));
    for (const point of ["after-claim", "after-reply", "before-record"]) {
      await setSeats({ limit: point === "after-claim" ? 3 : point === "after-reply" ? 5 : 7 });
      const crash = (at: string): void => {
        if (at === point) throw new Error("the process ended here");
      };
      await lab.drainOnce({ crash }).catch(() => undefined);
      await lab.drainOnce({ crash }).catch(() => undefined);
      await endLease();
      await lab.passTime();
      await Promise.all(["a", "b", "c"].map((owner) => lab.drainOnce({ owner })));
      await lab.drain();
      await lab.passTime();
      await lab.drain();
    }

    expect(lab.app.counts()).toMatchObject({ users: 7, activeUsers: 7, duplicates: 0 });
    expect(await status()).toMatchObject({ seats: { limit: 7, taken: 7, waiting: 5 } });
  });

  it("a worker that was frozen does not let anybody in that another has not", async () => {
    await people("ana", "ben", "cyd");
    lab.app.faults.set([{ kind: "latency", latencyMs: 1_000, when: "before-applying", method: "POST", times: 2 }]);
    await lab.drainOnce();
    const frozen = lab.drainOnce({ owner: "frozen" });
    await waitFor(isInFlight, { timeoutMs: 5_000, what: "a create to be in flight" });
    await endLease();
    await lab.drain({ owner: "second" });
    await frozen;
    for (let round = 0; round < 4; round += 1) {
      await lab.passTime();
      await lab.drain({ owner: "second" });
    }

    expect(peopleIn(lab.app)).toEqual({ ana: "active", ben: "active" });
    expect(await waitlist()).toEqual(["1 cyd"]);
  });

  it("one that the app refuses for want of licences goes its usual way, and gives the seat to the next", async () => {
    const detail = "No licence is free";
    lab.app.faults.set([{ kind: "status", status: 422, detail, method: "POST", mentions: "ben" }]);
    await people("ana", "ben", "cyd");

    expect(await drained()).toEqual({ ana: "active", cyd: "active" });
    expect(await account("ben")).toMatchObject({ state: "stopped", reason: expect.stringContaining(detail) });
    expect(lab.app.ledger().filter(({ method }) => method === "POST")).toHaveLength(3);
    expect(await status()).toMatchObject({ seats: { taken: 2, waiting: 0 } });
  });
});

async function isInFlight(): Promise<boolean> {
  const rows = await inTenant(lab.db, lab.scope.tenantId, (tx) =>
    tx.run(tx.sql.selectFrom("accounts").select("user_id").where("in_flight_epoch", "is not", null)),
  );
  return rows.length > 0;
}
