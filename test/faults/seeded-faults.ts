/** A guard taken out on purpose, and the test that must notice (research of reliability, L6: a test that cannot fail proves nothing). */
export type SeededFault = {
  id: string;
  /** What is taken out, as the table shows it. */
  what: string;
  file: string;
  /** Must occur exactly once in the file. */
  find: string;
  replace: string;
  test: { file: string; name: string };
};

const test = (file: string, name: string): SeededFault["test"] => ({ file, name });
const faults = (file: string, name: string) => test(`test/faults/${file}.test.ts`, name);

const F02 = faults("worker-ends", "without Redis > F02: killed after the app had made the account");
const ACCOUNTS = "packages/store/src/accounts.ts";
const MIGRATION = "packages/store/src/migrations/0001-ground-floor.sql";

export const SEEDED_FAULTS: readonly SeededFault[] = [
  {
    id: "fence",
    what: "the epoch check on record",
    file: ACCOUNTS,
    find: "where connection_id = $2 and epoch = $3 for share\n), outcome as (",
    replace: "where connection_id = $2 and $3::bigint > 0 for share\n), outcome as (",
    test: faults("worker-ends", "without Redis > F04: frozen past its lease"),
  },
  {
    id: "look-before-create",
    what: "the look-up before a second POST",
    file: "packages/provisioning/src/plan-account.ts",
    find: 'return planHeldName(holder, link);\n  if (link.verify && observed === null) return { kind: "look" };',
    replace: "return planHeldName(holder, link);",
    test: F02,
  },
  {
    id: "take-over",
    what: "the read-back of what a dead holder had in flight",
    file: ACCOUNTS,
    find: "set in_flight_epoch = null, verify = true, crashes = crashes + 1",
    replace: "set in_flight_epoch = null, crashes = crashes + 1",
    test: F02,
  },
  {
    id: "suspects",
    what: "working alone on accounts that two workers ended with",
    file: ACCOUNTS,
    find: "suspects ? 1 : limit",
    replace: "limit",
    test: faults("worker-ends", "F40: three deaths in a row"),
  },
  {
    id: "stop-grace",
    what: "cutting off calls when the worker is told to stop",
    file: "packages/provisioning/src/lane-batch.ts",
    find: "signal: grace.signal,",
    replace: "signal: new AbortController().signal,",
    test: faults("worker-ends", "F05: exits 0 within 20 s at the published times"),
  },
  {
    id: "sweep",
    what: "the sweep",
    file: "apps/worker/src/start-worker.ts",
    find: "of await sweepLanes(db, SWEEP_LIMIT)) {",
    replace: "of (await sweepLanes(db, SWEEP_LIMIT)).slice(0, 0)) {",
    test: faults("redis-ends", "F10: away for a while"),
  },
  {
    id: "sweep-turns",
    what: "taking turns in the sweep",
    file: "apps/worker/src/start-worker.ts",
    find: "again = (await drain(connectionId, stop.signal)).again;",
    replace: "do again = (await drain(connectionId, stop.signal)).again; while (again);",
    test: faults("redis-ends", "trap 5 without Redis"),
  },
  {
    id: "pause",
    what: "the pause of the whole connection after a 429",
    file: "packages/provisioning/src/drain-lane.ts",
    find: "return laneHold({ retryAfterMs: effect.retryAfterMs, removal });",
    replace: "return null;",
    test: faults("app-troubles", "without Redis > F25: a 429 pauses"),
  },
  {
    id: "removals-first",
    what: "the priority of removals in a claim",
    file: ACCOUNTS,
    find: "order by removal desc, due_at limit $4",
    replace: "order by due_at limit $4",
    test: faults("app-troubles", "without Redis > R2: a leaver goes out before"),
  },
  {
    id: "reply",
    what: "comparing a reply with what was asked",
    file: "packages/provisioning/src/account-result.ts",
    find: "if (reply !== undefined && reply.active !== null && reply.active !== asked.active) {",
    replace: "if (reply !== undefined && reply.active === undefined) {",
    test: test("test/lanes/outcomes.test.ts", "F42: a deactivation that the app confirms"),
  },
  {
    id: "barrier",
    what: "the barrier before an expansion scans",
    file: "packages/provisioning/src/expand-lane.ts",
    find: "if (!expansion.listed && expansion.barrierPassed !== true) {",
    replace: "if (!expansion.listed && expansion.barrierPassed === undefined) {",
    test: test("test/lanes/expansion.test.ts", "house trap 2: does not miss a person"),
  },
  {
    id: "tenant-predicate",
    what: "the tenant in one query",
    file: "packages/store/src/users.ts",
    find: "from users where tenant_id = $1 and directory_id = $2 and id = $3 and deleted_at is null`",
    replace: "from users where directory_id = $2 and id = $3 and deleted_at is null`",
    test: faults("walls", "V05: reading a user of another tenant"),
  },
  {
    id: "row-level-security",
    what: "the row-level security policy",
    file: MIGRATION,
    find: "create policy tenant on %I using (tenant_id",
    replace: "create policy tenant on %I using (true or tenant_id",
    test: test("packages/store/src/database.test.ts", "V05: shows one tenant's rows only"),
  },
  {
    id: "unique-user-name",
    what: "the unique index on userName",
    file: MIGRATION,
    find: "create unique index users_user_name",
    replace: "create index users_user_name",
    test: faults("api-ends", "V60: gives one of 50 parallel creates"),
  },
  {
    id: "audit",
    what: "the audit row in the statement of the change",
    file: "packages/store/src/users.ts",
    find: "'user.create', f.id::text from fresh f join input i on i.id = f.id",
    replace: "'user.create', f.id::text from fresh f join input i on false",
    test: faults("api-ends", "F62: a change that cannot be written to the audit"),
  },
  {
    id: "release",
    what: "the error on the release of a connection",
    file: "packages/store/src/database.ts",
    find: "client.release(!settled);",
    replace: "client.release();",
    test: faults("walls", "V90: is not used again"),
  },
  {
    id: "guard",
    what: "the guard over mass removals",
    file: "packages/provisioning/src/guard.ts",
    find: 'if (verdict.kind === "pass") {',
    replace: 'if (verdict.kind === "pass" || verdict.kind === "hold") {',
    test: test("test/e2e/guard.test.ts", "a group is deleted: nobody is removed"),
  },
  {
    id: "guard-incomplete",
    what: "holding every removal of a source that was read in part",
    file: "packages/directory/src/apply-batch.ts",
    find: "holdAll: !batch.complete || batch.people.length === 0,",
    replace: "holdAll: false,",
    test: test("test/e2e/guard.test.ts", "stopped early: every removal is held"),
  },
];
