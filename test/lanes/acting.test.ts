import { changeGroup, changeUser, createGroup, deleteUser } from "@muster/directory";
import { preparePolicy } from "@muster/mapping";
import { openGate, planConnection, putAssignments, redriveConnection, retryAccount } from "@muster/provisioning";
import { systemClock } from "@muster/runtime";
import { inTenant, listAttempts, listAttemptsWhole, purgeAttempts } from "@muster/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LaneLab, openLaneLab, peopleIn } from "./lane-lab.ts";

let lab: LaneLab;
beforeEach(async () => {
  lab = await openLaneLab();
});
afterEach(() => lab.close());

const everyone = async () => {
  await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
  await lab.drain();
};
const attempts = (filter: Partial<Parameters<typeof listAttempts>[2]> = {}) =>
  inTenant(lab.db, lab.scope.tenantId, (tx) =>
    listAttempts(tx, lab.scope.tenantId, { connectionId: lab.connectionId, limit: 1_000, ...filter }),
  );
const whole = async (userId: string, traceId: string | null) =>
  await inTenant(lab.db, lab.scope.tenantId, (tx) =>
    listAttemptsWhole(tx, lab.scope.tenantId, {
      connectionId: lab.connectionId,
      userId,
      traceId: traceId ?? "",
      limit: 20,
    }),
  );
const plan = (input: Parameters<typeof planConnection>[3]) =>
  planConnection({ db: lab.db, clock: systemClock, prepare: preparePolicy }, lab.owner, lab.connectionId, input);
const writes = () => lab.app.ledger().filter((entry) => entry.method !== "GET");
const tracesOf = (entries: readonly { traceparent?: string }[]) =>
  new Set(entries.map((entry) => entry.traceparent?.slice(3, 35)));
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const OTHER = "00f067aa0ba902b7b7b3a6a3ce929d0e";
const newGroup = async (displayName: string, members: readonly string[]) =>
  (await createGroup(lab, lab.scope, { group: { displayName, externalId: null, attributes: {} }, members })).value
    .record.id;
const people = (count: number, prefix = "user") =>
  Promise.all(
    Array.from({ length: count }, (_, index) =>
      lab.createUser({ userName: `${prefix}-${String(index).padStart(3, "0")}` }),
    ),
  );

describe("K3, X12: one trace from the inbound request to the app", () => {
  it("reaches everybody of a group of 300 that is assigned, through the expansion", async () => {
    const members = await people(300);
    const group = await newGroup(
      "Staff",
      members.map(({ id }) => id),
    );

    await putAssignments(lab, { ...lab.owner, traceId: TRACE }, lab.connectionId, {
      everyone: false,
      groups: [{ id: group }],
    });
    await lab.drain();

    const made = await attempts({ traceId: TRACE });
    expect(new Set(made.filter(({ operation }) => operation === "create").map(({ userId }) => userId)).size).toBe(300);
    expect(tracesOf(writes())).toEqual(new Set([TRACE]));
  }, 60_000);

  it("of requests that become one push, the newest counts; two in one batch keep their own", async () => {
    await everyone();
    const [ana, ben] = await people(2);
    await lab.drain();
    lab.app.clearLedger();
    const rename = (id: string, title: string, traceId: string) =>
      changeUser(lab, { ...lab.scope, traceId }, { id, expected: null }, (user) => ({
        user: { ...user, attributes: { title } },
        changed: true,
      }));
    await rename(ana?.id ?? "", "first", OTHER);
    await rename(ana?.id ?? "", "second", TRACE);
    await rename(ben?.id ?? "", "third", OTHER);
    await lab.drain();

    const byTrace = async (traceId: string) => (await attempts({ traceId })).map(({ userId }) => userId);
    expect(await byTrace(TRACE)).toEqual([ana?.id]);
    expect(await byTrace(OTHER)).toEqual([ben?.id]);
    expect(tracesOf(writes())).toEqual(new Set([TRACE, OTHER]));
  });

  it("goes with members who come and go, and with a person who is deleted", async () => {
    const [ana] = await people(1);
    const group = await newGroup("Staff", []);
    await putAssignments(lab, lab.owner, lab.connectionId, { everyone: false, groups: [{ id: group }] });
    await lab.drain();
    const id = ana?.id ?? "";
    await changeGroup(
      lab,
      { ...lab.scope, traceId: TRACE },
      { id: group, expected: null, answerMembers: false },
      (current) => ({ group: current, changed: false, members: { replaceAll: false, add: [id], remove: [] } }),
    );
    await lab.drain();
    await deleteUser(lab, { ...lab.scope, traceId: OTHER }, { id, expected: null });
    await lab.drain();

    expect((await attempts({ traceId: TRACE })).map(({ operation }) => operation)).toEqual(["create"]);
    expect((await attempts({ traceId: OTHER })).map(({ operation }) => operation)).toContain("deactivate");
  });
});

it("K3: a change that no request made has a trace of its own, not that of the connection's last user", async () => {
  await everyone();
  await changeUserTraced(TRACE);
  await lab.drain();
  await changeUserTraced(undefined);
  await lab.drain();

  const traces = (await attempts()).map(({ traceId }) => traceId);
  expect(traces).toHaveLength(2);
  expect(traces[1]).toBe(TRACE);
  expect(traces[0]).toMatch(/^(?!4bf92f35)[0-9a-f]{32}$/);
});

async function changeUserTraced(traceId: string | undefined): Promise<void> {
  const known = await lab.db.pool.query<{ id: string }>("select id from users");
  const id = known.rows[0]?.id ?? (await lab.createUser({ userName: "ana", active: false })).id;
  const scope = traceId === undefined ? lab.scope : { ...lab.scope, traceId };
  await changeUser(lab, scope, { id, expected: null }, (user) => ({
    user: { ...user, active: true, attributes: { title: `by ${traceId}` } },
    changed: true,
  }));
}

describe("K2: attempts", () => {
  it("lists a refused credential and each probe, which are about the connection", async () => {
    await everyone();
    const auth = lab.app.auth();
    lab.app.setAuth({ scheme: "bearer", token: "another one" });
    const ana = await lab.createUser({ userName: "ana" });
    await lab.drain();
    lab.app.setAuth(auth);
    await lab.passTime();
    await lab.drain();

    expect((await attempts()).map(({ operation, userId, decision }) => ({ operation, userId, decision }))).toEqual([
      { operation: "create", userId: ana.id, decision: "applied" },
      { operation: "probe", userId: null, decision: "probed" },
      { operation: "create", userId: ana.id, decision: "quarantined" },
    ]);
  });

  it("keeps request and answer of a failure, its decision and when it is tried again", async () => {
    await everyone();
    lab.app.faults.set([{ kind: "status", status: 503, method: "POST", times: 1 }]);
    const ana = await lab.createUser({ userName: "ana" });
    await lab.drain();

    const [attempt] = await attempts();
    const [detail] = await whole(ana.id, attempt?.traceId ?? null);
    expect(attempt).toMatchObject({ userId: ana.id, operation: "create", status: 503, number: 1 });
    expect(attempt?.decision).toMatch(/^(retry|unknownOutcome)$/);
    expect(attempt?.retryAt?.getTime()).toBeGreaterThan(attempt?.startedAt?.getTime() ?? Number.POSITIVE_INFINITY);
    expect(detail?.exchanges).toMatchObject([
      { method: "POST", path: "/Users", status: 503, body: { userName: "text(3)", externalId: "text(36)" } },
    ]);
  });

  it("keeps those that went well while the budget allows, and the rest without bodies", async () => {
    await everyone();
    const members = await people(4);
    let left = 2;
    await lab.drain({
      mayKeepExchange: () => {
        left -= 1;
        return left >= 0;
      },
    });

    const kept = await Promise.all(
      members.map(async ({ id }) => {
        const [attempt] = await attempts({ userId: id });
        return (await whole(id, attempt?.traceId ?? null))[0]?.exchanges ?? null;
      }),
    );
    expect(kept.filter((exchanges) => exchanges !== null)).toHaveLength(2);
    expect((await attempts({ decision: "applied" })).length).toBe(4);
  });

  it("I05: neither the credential that an app echoes nor a person's data comes into attempts", async () => {
    await everyone();
    const auth = lab.app.auth();
    const token = auth.scheme === "bearer" ? auth.token : "";
    const body = JSON.stringify({
      schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
      detail: `no: ${token}`,
      [token]: token,
      headers: { authorization: `Bearer ${token}` },
      password: "hunter2hunter2",
    });
    lab.app.faults.set([
      { kind: "reply", status: 400, contentType: "application/scim+json", body, headers: { "retry-after": token } },
    ]);
    await lab.createUser({ userName: "very.private", attributes: { title: "Countess of Lovelace" } });
    await lab.drain();

    const { rows } = await lab.db.pool.query<{ text: string }>("select t::text as text from attempts t");
    const text = rows.map((row) => row.text).join("\n");
    expect(rows).toHaveLength(1);
    expect(text).toContain("Users");
    for (const secret of [token, "hunter2", "very.private", "Lovelace"]) expect(text).not.toContain(secret);
  });

  it("deletes what is older than the connection keeps, and nothing else", async () => {
    await everyone();
    await people(3);
    await lab.drain();
    const directory = { tenantId: lab.scope.tenantId, directoryId: lab.scope.directoryId };
    const [newest] = await attempts();
    const old = "update attempts set id = overlay(id::text placing '0000' from 1)::uuid where id <> $1";
    await lab.db.pool.query(old, [newest?.id]);

    const purged = [await purgeAttempts(lab.db, directory, 1), await purgeAttempts(lab.db, directory, 10)];

    expect(purged).toEqual([1, 1]);
    expect((await attempts()).map(({ id }) => id)).toEqual([newest?.id]);
  });
});

describe("K4, G7: trying again", () => {
  it("one account is due at once, the others keep their wait", async () => {
    await everyone();
    lab.app.faults.set([{ kind: "status", status: 400, method: "POST", times: 2 }]);
    const [ana, ben] = await people(2);
    await lab.drain();
    expect(peopleIn(lab.app)).toEqual({});

    await retryAccount(lab, lab.owner, { connectionId: lab.connectionId, userId: ana?.id ?? "" });
    await lab.drain();

    expect(lab.app.users().map((user) => user.externalId)).toEqual([ana?.id]);
    expect(ben).toBeDefined();
  });

  it("redrives by class and time, in one statement, and says how many", async () => {
    await everyone();
    lab.app.faults.set([{ kind: "status", status: 400, method: "POST", mentions: "bad", detail: "no" }]);
    await people(3, "bad");
    await people(2, "good");
    await lab.drain();
    lab.app.faults.set([]);
    const redrive = (since: Date, classes: string[] | null) =>
      redriveConnection(lab, lab.owner, lab.connectionId, { since, classes });
    const past = new Date(Date.now() - 3_600_000);

    expect(await redrive(new Date(Date.now() + 3_600_000), null)).toBe(0);
    expect(await redrive(past, ["transient", "refused"])).toBe(0);
    expect(await redrive(past, ["permanent"])).toBe(3);
    await lab.drain();

    expect(lab.app.users()).toHaveLength(5);
    expect(await redrive(past, null)).toBe(0);
  });
});

describe("G12: a plan", () => {
  it("is what the next drain does, sends nothing and writes nothing", async () => {
    await everyone();
    const [ana, ben, cyd] = await people(3);
    await lab.drain();
    lab.app.clearLedger();
    const change = (id: string | undefined, user: object) =>
      changeUser(lab, lab.scope, { id: id ?? "", expected: null }, (before) => ({
        user: { ...before, ...user },
        changed: true,
      }));
    await change(ana?.id, { attributes: { title: "x" } });
    await change(ben?.id, { active: false });
    await deleteUser(lab, lab.scope, { id: cyd?.id ?? "", expected: null });
    await people(2, "new");
    const before = await accountRows();

    const planned = await plan({ names: 1, ifOpen: false });
    const after = await accountRows();
    const sent = lab.app.ledger().length;
    await lab.drain();

    const counts = Object.fromEntries(planned.steps.map(({ step, count }) => [step, count]));
    expect(counts).toEqual({ update: 1, deactivate: 2, create: 2 });
    expect(planned).toMatchObject({ people: 5, inScope: 3, removals: 2, guardThreshold: 20 });
    expect(planned.steps.every(({ first }) => first.length === 1)).toBe(true);
    expect([after, sent]).toEqual([before, 0]);
    const done = writes()
      .map((entry) => entry.method)
      .sort();
    expect(done).toEqual(["PATCH", "PATCH", "PATCH", "POST", "POST"]);
  });

  async function accountRows(): Promise<string> {
    const { rows } = await lab.db.pool.query("select * from accounts order by user_id");
    return JSON.stringify(rows);
  }

  it("reads more people than one chunk holds, each once", async () => {
    await lab.db.pool.query(
      `insert into users (tenant_id, id, directory_id, user_name, user_name_key, active, attributes)
       select $1, gen_random_uuid(), $2, 'p-' || n, 'p-' || n, true, '{}' from generate_series(1, 1203) n`,
      [lab.scope.tenantId, lab.scope.directoryId],
    );
    await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });

    const planned = await plan({ names: 3, ifOpen: false });

    expect(planned).toMatchObject({ people: 1203, inScope: 1203, isExpanding: true });
    expect(planned.steps).toMatchObject([{ step: "create", count: 1203 }]);
  });
});

describe("X15: the gate of a new connection", () => {
  beforeEach(async () => {
    await lab.db.pool.query("update connections set gate = 'closed'");
    await everyone();
  });

  const counts = async (ifOpen: boolean) =>
    Object.fromEntries((await plan({ names: 0, ifOpen })).steps.map(({ step, count }) => [step, count]));

  it("closed, accounts are computed and can be planned, and nothing is sent", async () => {
    await people(3);
    await lab.drain();

    expect(lab.app.ledger()).toEqual([]);
    expect([await counts(false), await counts(true)]).toEqual([{ gated: 3 }, { create: 3 }]);
  });

  it("opens for a group first, then for everybody; whoever is in has changes and removals as usual", async () => {
    const [ana] = await people(3);
    const pilot = await newGroup("Pilot", [ana?.id ?? ""]);
    await lab.drain();
    await openGate(lab, lab.owner, lab.connectionId, [pilot]);
    await lab.drain();
    const first = peopleIn(lab.app);
    const later = await lab.createUser({ userName: "later" });
    await changeGroup(lab, lab.scope, { id: pilot, expected: null, answerMembers: false }, (group) => ({
      group,
      changed: false,
      members: { replaceAll: true, add: [later.id], remove: [] },
    }));
    await deleteUser(lab, lab.scope, { id: ana?.id ?? "", expected: null });
    await lab.drain();
    const second = peopleIn(lab.app);
    await openGate(lab, lab.owner, lab.connectionId, null);
    await lab.drain();

    expect(first).toEqual({ "user-000": "active" });
    expect(second).toEqual({ "user-000": "inactive", later: "active" });
    expect(Object.keys(peopleIn(lab.app)).sort()).toEqual(["later", "user-000", "user-001", "user-002"]);
  });

  it("removes nobody for whom nothing was sent", async () => {
    const [ana] = await people(2);
    await lab.drain();
    await deleteUser(lab, lab.scope, { id: ana?.id ?? "", expected: null });
    await lab.drain();
    await openGate(lab, lab.owner, lab.connectionId, null);
    await lab.drain();

    expect(peopleIn(lab.app)).toEqual({ "user-001": "active" });
    expect(writes().map((entry) => entry.method)).toEqual(["POST"]);
  });
});
