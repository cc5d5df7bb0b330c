import { editConnection, pauseConnection, putAssignments, retryConnection } from "@muster/provisioning";
import { inTenant, listAudit, listNotices } from "@muster/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LaneLab, openLaneLab, peopleIn } from "./lane-lab.ts";
import { watchLane } from "./watched-lane.ts";

let lab: LaneLab;
beforeEach(async () => {
  lab = await openLaneLab();
  await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
  await lab.drain();
});
afterEach(() => lab.close());

const { change, suspend, status, createMany, lane, probeNow, sent } = watchLane(() => lab);
const accounts = () =>
  inTenant(lab.db, lab.scope.tenantId, (tx) =>
    tx.run(tx.sql.selectFrom("accounts").select(["state", "reason", "attempts", "removal_since"])),
  );
const noticeKinds = async () => {
  const notices = await inTenant(lab.db, lab.scope.tenantId, (tx) =>
    listNotices(tx, lab.scope.tenantId, { before: undefined, limit: 50 }),
  );
  return notices.map((notice) => notice.kind).sort();
};
const audited = async () => {
  const rows = await inTenant(lab.db, lab.scope.tenantId, (tx) =>
    listAudit(tx, lab.scope.tenantId, { before: undefined, limit: 50 }),
  );
  return rows.map((row) => row.action).reverse();
};

const MINUTE = 60_000;

describe("quarantine", () => {
  it("F35, I20: a refused credential opens it at once, charges nobody, and only probes go out, ever more seldom", async () => {
    lab.app.setAuth({ scheme: "bearer", token: "another one" });
    await createMany(30);
    await lab.drain();
    const opened = { ...(await lane()), sent: sent().length };
    await lab.drain();
    const inside = sent();
    await probeNow();
    const second = { ...(await lane()), sent: sent() };
    await probeNow();
    const third = await lane();

    expect(opened.sent).toBeLessThanOrEqual(4);
    expect(opened.held_ms).toBeGreaterThan(0.9 * MINUTE);
    expect(inside).toEqual([]);
    expect(second).toMatchObject({ probes: 1, sent: ["GET"] });
    expect(second.held_ms).toBeGreaterThan(1.9 * MINUTE);
    expect(third.held_ms).toBeGreaterThan(4.9 * MINUTE);
    expect((await accounts()).every((account) => account.attempts === 0)).toBe(true);
    expect(await status()).toMatchObject({
      state: "quarantined",
      reason: expect.stringContaining("401"),
      since: expect.any(Date),
      nextProbeAt: expect.any(Date),
    });
    expect(await noticeKinds()).toEqual(["connection.quarantined"]);
  });

  it("F35: a new credential is probed at once, also while the old one is just being refused", async () => {
    const auth = lab.app.auth();
    lab.app.setAuth({ scheme: "bearer", token: "the new one" });
    await createMany(3);
    await lab.drainOnce({
      async openConnector(...key) {
        const old = await lab.openConnector(...key);
        const auth = { scheme: "bearer", token: "the new one" } as const;
        await editConnection(lab, lab.owner, lab.connectionId, {
          target: { kind: "scim", baseUrl: lab.app.baseUrl, auth },
        });
        return old;
      },
    });
    await lab.drain();
    const healed = { ...(await status()), people: Object.keys(peopleIn(lab.app)).length };

    expect(auth).not.toEqual(lab.app.auth());
    expect(healed).toMatchObject({ state: "active", reason: null, settled: true, people: 3 });
    expect(await noticeKinds()).toEqual([]);
    expect(await audited()).toEqual(expect.arrayContaining(["connection.quarantine", "connection.recover"]));
  });

  it("F26, J2: opens when half of 20 tries fail, leaves the app in peace, and lets removals back first, one call at a time", async () => {
    const leaver = await lab.createUser({ userName: "leaver" });
    await lab.drain();
    lab.app.faults.set([{ kind: "status", status: 500 }]);
    await createMany(60);
    await lab.drain();
    const whileFailing = sent().length;
    await suspend(leaver.id);
    await lab.drain();
    const inside = sent();
    await probeNow();
    const probed = sent();
    lab.app.faults.set([{ kind: "latency", latencyMs: 5 }]);
    await probeNow();
    // A create that was answered 500 is looked up three times before it is repeated.
    for (let round = 0; round < 4; round += 1) {
      await lab.passTime();
      await lab.drain();
    }
    const ledger = lab.app.ledger();
    const writes = ledger.filter((entry) => entry.method !== "GET");

    expect(whileFailing).toBeLessThan(30);
    expect(inside).toEqual([]);
    expect(probed).toEqual(["GET"]);
    expect(writes[0]?.method).toBe("PATCH");
    expect(await status()).toMatchObject({ state: "active", settled: true, accounts: { synced: 61 } });
    expect(await lane()).toMatchObject({ probes: 0, ramp: null });
    // The first write had gone and come before the second began.
    expect(writes[1]?.atMs).toBeGreaterThanOrEqual(writes[0]?.doneAtMs ?? Number.POSITIVE_INFINITY);
  });

  it("J2: an app that can be read and refuses every write is tried with one write a probe, ever more seldom", async () => {
    lab.app.faults.set([{ kind: "status", status: 403, method: "POST" }]);
    await createMany(10);
    await lab.drain();
    sent();
    await probeNow();
    const first = { posts: sent().filter((method) => method === "POST"), ...(await lane()) };
    await probeNow();
    const second = { posts: sent().filter((method) => method === "POST"), ...(await lane()) };

    expect(first).toMatchObject({ posts: ["POST"], probes: 1 });
    expect(second).toMatchObject({ posts: ["POST"], probes: 2 });
    expect(second.held_ms).toBeGreaterThan(4.9 * MINUTE);
    expect(await noticeKinds()).toEqual(["connection.quarantined"]);
    expect((await accounts()).every((account) => account.attempts === 0)).toBe(true);
  });

  it("J2, K6: is told of on day 7 and 21, ends as disabled on day 28, and a person may still have it tried", async () => {
    const auth = lab.app.auth();
    lab.app.setAuth({ scheme: "bearer", token: "another one" });
    await createMany(1);
    await lab.drain();
    for (const days of [8, 22, 29]) {
      await lab.db.pool.query("update lanes set quarantined_at = now() - $1 * interval '1 day'", [days]);
      await probeNow();
    }
    sent();
    const disabled = await status();
    const kinds = await noticeKinds();
    await probeNow();
    const whileDisabled = sent();
    lab.app.setAuth(auth);
    await pauseConnection(lab, lab.owner, lab.connectionId, false);
    const resumed = await status();
    await lab.drain();

    expect(disabled).toMatchObject({ state: "disabled", since: expect.any(Date), nextProbeAt: null });
    expect(kinds).toEqual([
      "connection.disabled",
      "connection.quarantined",
      "connection.quarantined.21",
      "connection.quarantined.7",
    ]);
    expect(whileDisabled).toEqual([]);
    expect(resumed.state).toBe("quarantined");
    expect(await status()).toMatchObject({ state: "active", settled: true });
    expect(await noticeKinds()).toEqual([]);
  });

  it("goes on probing when nobody's work is due, and ends without any", async () => {
    lab.app.faults.set([{ kind: "status", status: 502 }]);
    await createMany(25);
    await lab.drain({ random: () => 0.99 });
    const opened = await status();
    lab.app.faults.clear();
    await lab.db.pool.query("update lanes set held_until = now(), due_at = least(due_at, now() + interval '2 min')");
    const dueIn = opened.nextDueAt === null ? Number.POSITIVE_INFINITY : opened.nextDueAt.getTime() - Date.now();
    await probeNow();

    expect(opened.state).toBe("quarantined");
    expect(dueIn).toBeLessThan(1.1 * MINUTE);
    expect((await status()).state).toBe("active");
  });
});

describe("a pause that the app asked for", () => {
  it("R2, F25: removals go after 5 minutes of a pause of an hour, alone, and the rest of the pause stays", async () => {
    const leaver = await lab.createUser({ userName: "leaver" });
    await lab.drain();
    lab.app.faults.set([{ kind: "status", status: 429, retryAfter: "31536000", times: 1 }]);
    await createMany(5);
    await lab.drain();
    const paused = await lane();
    await suspend(leaver.id);
    await lab.drain();
    const early = { ...peopleIn(lab.app) };
    await lab.db.pool.query("update lanes set removal_from = now()");
    await lab.drain();
    const after = await lane();

    expect(paused.held_ms).toBeGreaterThan(59 * MINUTE);
    expect(paused.removal_ms).toBeLessThanOrEqual(5 * MINUTE);
    expect(early["leaver"]).toBe("active");
    expect(peopleIn(lab.app)["leaver"]).toBe("inactive");
    expect(Object.keys(peopleIn(lab.app)).length).toBeLessThanOrEqual(4);
    expect(after.held_ms).toBeGreaterThan(59 * MINUTE);
  });

  it("I17: is not ended by somebody who presses retry", async () => {
    lab.app.faults.set([{ kind: "status", status: 429, retryAfter: "600", times: 1 }]);
    await createMany(1);
    await lab.drain();
    sent();
    await retryConnection(lab, lab.owner, lab.connectionId);
    await lab.drain();

    expect(sent()).toEqual([]);
  });
});

describe("an answer that is not what was asked (F42)", () => {
  it.each([{ id: "somebody-else" }, { userName: "somebody-else" }, { externalId: "somebody-else" }, { active: false }])(
    "F42: an update answered with %j is not applied, and looked at before the next try",
    async (set) => {
      const { id } = await lab.createUser({ userName: "ana" });
      await lab.drain();
      lab.app.faults.set([{ kind: "alter", set, method: "PATCH", times: 1 }]);
      await change(id, { title: "Dr" });
      await lab.drain();
      const between = await accounts();
      lab.app.clearLedger();
      await lab.passTime();
      await lab.drain();

      expect(between).toMatchObject([
        { state: "failing", attempts: 1, reason: expect.stringContaining(Object.keys(set)[0] ?? "") },
      ]);
      expect(sent()).toEqual(["GET"]);
      expect(await status()).toMatchObject({ settled: true, accounts: { synced: 1 } });
      expect(lab.app.counts()).toMatchObject({ users: 1 });
    },
  );

  it.each([{ userName: "somebody-else" }, { externalId: "somebody-else" }])(
    "F42: a create answered with %j links nobody; the account is found by its own name, and made once",
    async (set) => {
      lab.app.faults.set([{ kind: "alter", set, method: "POST", times: 1 }]);
      await lab.createUser({ userName: "ana" });
      await lab.drain();
      const between = await accounts();
      await lab.passTime();
      await lab.drain();

      expect(between).toMatchObject([{ state: "failing" }]);
      expect(peopleIn(lab.app)).toEqual({ ana: "active" });
      expect(lab.app.ledger().filter((entry) => entry.method === "POST")).toHaveLength(1);
      expect(await status()).toMatchObject({ settled: true, accounts: { synced: 1 } });
    },
  );

  it("a server that writes names its own way is believed", async () => {
    lab.app.faults.set([{ kind: "alter", set: { userName: "ana", displayName: "ANA", title: null }, method: "POST" }]);
    await lab.createUser({ userName: "Ana", attributes: { title: "Dr" } });
    await lab.drain();

    expect(await status()).toMatchObject({ settled: true, accounts: { synced: 1 } });
  });

  it.each([
    { kind: "reply", status: 204, contentType: "text/plain", body: "", method: "PATCH", times: 1 } as const,
    { kind: "reply", status: 200, contentType: "application/scim+json", body: "", method: "PATCH", times: 1 } as const,
  ])("F42: a deactivation answered $status that did nothing is found by reading back", async (fault) => {
    const { id } = await lab.createUser({ userName: "ana" });
    await lab.drain();
    lab.app.faults.set([fault]);
    await suspend(id);
    await lab.drain();
    const between = await accounts();
    await lab.passTime();
    await lab.drain();

    expect(between).toMatchObject([{ state: "failing", reason: expect.stringContaining("active") }]);
    expect(peopleIn(lab.app)).toEqual({ ana: "inactive" });
    expect(await accounts()).toMatchObject([{ state: "synced", reason: null, removal_since: null }]);
  });

  it("F42: a deactivation that is confirmed with an altered reply is found by reading back", async () => {
    const { id } = await lab.createUser({ userName: "ana" });
    await lab.drain();
    const remote = lab.app.users()[0]?.id ?? "";
    lab.app.faults.set([
      {
        kind: "reply",
        status: 200,
        contentType: "application/scim+json",
        body: JSON.stringify({ id: remote, userName: "ana", active: false }),
        method: "PATCH",
        times: 1,
      },
    ]);
    await suspend(id);
    await lab.drain();

    expect(await accounts()).toMatchObject([{ state: "failing" }]);
    expect(peopleIn(lab.app)).toEqual({ ana: "active" });
  });

  it("an app that cannot be read is believed, and the account says that nobody verified it", async () => {
    const { id } = await lab.createUser({ userName: "ana" });
    await lab.drain();
    lab.app.faults.set([{ kind: "status", status: 405, method: "GET" }]);
    await suspend(id);
    await lab.drain();

    expect(peopleIn(lab.app)).toEqual({ ana: "inactive" });
    expect(await accounts()).toMatchObject([
      { state: "synced", reason: expect.stringContaining("not verified"), removal_since: null },
    ]);
  });
});

describe("pause and resume by hand", () => {
  it("J3: nothing is sent while paused, and many changes go out as one", async () => {
    const { id } = await lab.createUser({ userName: "ana" });
    await lab.drain();
    await pauseConnection(lab, lab.owner, lab.connectionId, true);
    await pauseConnection(lab, lab.owner, lab.connectionId, true);
    sent();
    for (const title of ["one", "two", "three"]) await change(id, { title });
    await lab.drain();
    const whilePaused = { ...(await status()), sent: sent() };
    await pauseConnection(lab, lab.owner, lab.connectionId, false);
    await lab.drain();

    expect(whilePaused).toMatchObject({ state: "paused", since: expect.any(Date), sent: [] });
    expect(sent()).toEqual(["PATCH"]);
    expect(lab.app.user("ana")?.raw["title"]).toBe("three");
    expect(await audited()).toEqual(expect.arrayContaining(["connection.pause", "connection.resume"]));
  });

  it("J3: a connection that is paused while it is worked on stops at its next batch", async () => {
    // Batches of 32, 64 and the rest: the pause comes while the second is claimed or sent.
    await createMany(200);
    const pauses: Promise<unknown>[] = [];
    await lab.drain({
      onBatch: () => void pauses.push(lab.db.pool.query("update lanes set paused = true")),
    });
    await Promise.all(pauses);
    const made = lab.app.counts().users;
    await pauseConnection(lab, lab.owner, lab.connectionId, false);
    await lab.drain();

    expect(made).toBeLessThan(200);
    expect(lab.app.counts().users).toBe(200);
  });
});
