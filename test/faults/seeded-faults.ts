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
    find: "return { ...stays, hold: throttleHold(effect.retryAfterMs) };",
    replace: "return { ...stays, hold: null };",
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
    find: "const wrong = reply === undefined ? null : contradiction(progress.remoteId, reply, asked);",
    replace: "const wrong = reply === undefined ? null : contradiction(progress.remoteId, reply, {});",
    test: test("test/lanes/lane-health.test.ts", "F42: an update answered with"),
  },
  {
    id: "read-back",
    what: "reading back after a deactivation",
    file: "packages/provisioning/src/reconcile-account.ts",
    find: 'if (plan.kind !== "deactivate" || !result.outcome.settled) return result;',
    replace: "if (plan.kind !== undefined) return result;",
    test: test("test/lanes/lane-health.test.ts", "F42: a deactivation answered"),
  },
  {
    id: "probe",
    what: "asking the app with a read before a quarantined lane is worked on",
    file: "packages/provisioning/src/drain-lane.ts",
    find: "(lane.quarantined ? await probe(lane, signal) : null) ??",
    replace: "(lane.quarantined && signal.aborted ? await probe(lane, signal) : null) ??",
    test: test("test/lanes/lane-health.test.ts", "F35, I20: a refused credential"),
  },
  {
    id: "window",
    what: "the quarantine when half of the tries fail",
    file: "packages/provisioning/src/lane-health.ts",
    find: "failed >= tried * FAILED_SHARE",
    replace: "failed > tried * FAILED_SHARE * 2",
    test: test("test/lanes/lane-health.test.ts", "F26, J2: opens when half"),
  },
  {
    id: "removal-in-pause",
    what: "letting removals go after five minutes of a longer pause",
    file: "packages/store/src/lanes.ts",
    find: "or (removal_from <= now()\n      and",
    replace: "or (removal_from < '-infinity'\n      and",
    test: test("test/lanes/lane-health.test.ts", "R2, F25: removals go after 5 minutes"),
  },
  {
    id: "tenant-turns",
    what: "taking turns between tenants in the sweep",
    file: "packages/store/src/lanes.ts",
    find: "order by removal_due desc, row_number() over (partition by tenant_id order by removal_due desc, due_at), due_at limit $1",
    replace: "order by removal_due desc, due_at limit $1",
    test: test("test/lanes/lane-watch.test.ts", "I13: lanes are worked on"),
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
];
