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
const e2e = (file: string, name: string) => test(`test/e2e/${file}.test.ts`, name);
const AUTHENTICATE = "apps/api/src/http/authenticate.ts";
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
    id: "suspended",
    what: "refusing a suspended tenant at the door",
    file: AUTHENTICATE,
    find: "if (suspended)",
    replace: "if (suspended && profile.settings.enabled === null)",
    test: e2e("tokens", "V29: a suspended tenant is refused after its own token only"),
  },
  {
    id: "allow-list",
    what: "the list of addresses",
    file: AUTHENTICATE,
    find: "if (address === null || !isWithin(allowed, address))",
    replace: "if (address === undefined)",
    test: e2e("tokens", "V26: an address that is not on the list is refused"),
  },
  {
    id: "allow-list-junk",
    what: "denying an address that cannot be read",
    file: AUTHENTICATE,
    find: "if (address === null || !isWithin(allowed, address))",
    replace: "if (address !== null && !isWithin(allowed, address))",
    test: e2e("limits", "V26: an allow-list reads what the proxy says, and junk is denied"),
  },
  {
    id: "scopes",
    what: "the scopes of a token",
    file: AUTHENTICATE,
    find: "return scopes === null || scopes.has(permission);",
    replace: "return scopes === null || scopes.size > 0 || permission === null;",
    test: e2e("tokens", "names the scope that it lacks"),
  },
  {
    id: "granted",
    what: "the scopes that an access token was narrowed to",
    file: AUTHENTICATE,
    find: "granted.has(permission) && access.may(permission)",
    replace: "granted.size >= 0 && access.may(permission)",
    test: e2e("oauth", "a scope narrows and never widens"),
  },
  {
    id: "expiry",
    what: "the expiry of a token",
    file: AUTHENTICATE,
    find: "record === null || record.expiresAt.getTime() <= known.nowMs()",
    replace: "record === null || record.expiresAt.getTime() <= 0",
    test: e2e("tokens", "both work during the overlap, the old one expires with it"),
  },
  {
    id: "address",
    what: "that a token opens its own directory's address only",
    file: AUTHENTICATE,
    find: "return record.directoryId === wanted.directoryId && record.kind",
    replace: "return record.kind",
    test: e2e("access", "answers every other pair with one and the same 401"),
  },
  {
    id: "limit",
    what: "the limit of requests a second",
    file: AUTHENTICATE,
    find: "limits.admit(directoryId, profile.settings.requestsPerSecond);",
    replace: "",
    test: e2e("limits", "B18: above its burst are 429"),
  },
  {
    id: "shared-reads",
    what: "the directory in a read that several share",
    file: "packages/store/src/read-users.ts",
    find: ") users where users.directory_id = wanted.directory_id`",
    replace: ") users`",
    test: test(
      "packages/directory/src/shared-reads.test.ts",
      "V05: another directory of the same tenant, a made-up id",
    ),
  },
  {
    id: "names-of-tenants",
    what: "the directory in the index of userNames",
    file: MIGRATION,
    find: "create unique index users_user_name on users (tenant_id, directory_id, user_name_key)",
    replace: "create unique index users_user_name on users (user_name_key)",
    test: e2e("people", "is two rows with two ids, and nothing of the other customer moves"),
  },
  {
    id: "host-names",
    what: "refusing addresses that the URL parser cannot read",
    file: "packages/contract/src/formats.ts",
    find: " || !value.isWellFormed() || !URL.canParse(value)",
    replace: "",
    test: e2e("hostile-http", "a connection's address is taken or refused as a problem"),
  },
  {
    id: "coming-back",
    what: "looking for whom a create brings back",
    file: "packages/store/src/return-user.ts",
    find: "where tenant_id = $1 and directory_id = $2 and external_id = $3 and not active\n",
    replace: "where tenant_id = $1 and directory_id = $2 and external_id = $3 and not active and external_id is null\n",
    test: e2e("people", "a create for somebody who was switched off answers 201 under the same id"),
  },
];
