import { readdir } from "node:fs/promises";
import type { SampleApp } from "@muster/simulator";
import type { Database } from "@muster/store";
import type { RedisProcess } from "@muster/testkit";
import type { Driver } from "./driver.ts";
import {
  callsBeyondLimits,
  callsInQuarantine,
  type LaneLimits,
  lateRemovals,
  needlessWrites,
} from "./ledger-checks.ts";
import { memoryMb } from "./process-memory.ts";
import type { Supervised } from "./supervise.ts";
import { timing } from "./timing.ts";
import { unaskedChanges } from "./unasked-changes.ts";

// What must hold after every fault. Each answers what is wrong, in words; nothing is well.

export type Judged = { app: SampleApp; driver: Driver; db: Database; tenantId: string; connectionId: string };

/** I03, I08, I09, I16, I17, I20: what the app was asked. */
export async function brokenByCalls(judged: Judged): Promise<string[]> {
  const { app, driver } = judged;
  const ledger = app.ledger();
  const { sinceMs } = app.counts();
  return [
    ...lateRemovals(ledger, driver.removals, { withinMs: timing.removalMs, sinceMs }),
    ...unaskedChanges(ledger, driver.asked).map((change) => `I08, I09: ${change}`),
    ...needlessWrites(ledger),
    ...callsBeyondLimits(ledger, await limitsOf(judged)),
    ...callsInQuarantine(ledger, await quarantinesOf(judged)),
  ];
}

async function limitsOf({ db, connectionId }: Judged): Promise<LaneLimits> {
  const { rows } = await db.pool.query<LaneLimits>(
    `select max_in_flight as "maxInFlight", rate_per_second as "ratePerSecond" from connections where id = $1`,
    [connectionId],
  );
  const [limits] = rows;
  if (limits === undefined) throw new Error("The connection does not exist");
  return limits;
}

/** From the audit; whoever resumes a connection, or gives it another credential, ends what was. */
async function quarantinesOf({ db, tenantId, connectionId }: Judged): Promise<{ fromMs: number; toMs: number }[]> {
  const { rows } = await db.pool.query<{ fromMs: number; toMs: number }>(
    `select extract(epoch from q.at)::float8 * 1000 as "fromMs", extract(epoch from coalesce(e.at, now()))::float8 * 1000 as "toMs"
     from audit q left join lateral (
       select min(at) as at from audit where tenant_id = $1 and target = $2 and at > q.at and action in ('connection.recover', 'connection.resume', 'connection.update')
     ) e on true where q.tenant_id = $1 and q.target = $2 and q.action = 'connection.quarantine'`,
    [tenantId, connectionId],
  );
  return rows;
}

/** What an operator does to bring a connection on its way again. */
const COMMANDS = [
  "connection.pause",
  "connection.resume",
  "connection.retry",
  "connection.redrive",
  "connection.compare",
  "account.retry",
  "account.provision",
  "group.retry",
  "hold.approve",
  "hold.reject",
];

/** I22: commands that somebody gave, besides those that the test gives on purpose. */
export async function commandsGiven({ db, tenantId }: Judged, onPurpose: readonly string[] = []): Promise<string[]> {
  const { rows } = await db.pool.query<{ action: string }>(
    "select distinct action from audit where tenant_id = $1 and action = any($2) and action <> all($3)",
    [tenantId, COMMANDS, onPurpose],
  );
  return rows.map(({ action }) => `I22: somebody had to give the command ${action}`);
}

/** I22: processes that ended and did not come back, although a supervisor looks after them. */
export function deadProcesses(processes: readonly Supervised[]): string[] {
  return processes.filter((one) => one.isDown()).map(({ name }) => `I22: ${name} is down`);
}

/** I10: saying once more what was accepted last of a person makes no new version. */
export async function changedByRepeat({ driver }: Judged): Promise<string[]> {
  const [last] = [...driver.accepted.values()].slice(-1);
  if (last === undefined) return [];
  const versionOf = async (): Promise<unknown> => (await driver.insist("GET", `/Users/${last.id}`)).body["meta"];
  const before = await versionOf();
  await driver.repeat(last.userName);
  const after = await versionOf();
  const isSame = JSON.stringify(after) === JSON.stringify(before);
  return isSame
    ? []
    : [`I10: ${last.userName} was said again, and ${JSON.stringify(before)} became ${JSON.stringify(after)}`];
}

/** I15: lanes that are due and left alone for long; those that are held back on purpose do not count. */
export async function stuckLanes(db: Database): Promise<string[]> {
  const { rows } = await db.pool.query<{ connection_id: string }>(
    `select connection_id from lanes where due_at < now() - $1 * interval '1 millisecond' and not paused and not suspended
     and disabled_at is null and (held_until is null or held_until < now()) and (lease_until is null or lease_until < now())`,
    [2 * timing.sweepMs],
  );
  return rows.map((lane) => `I15: lane ${lane.connection_id} is due and nobody has it`);
}

/** Far above what a process has when it rests, and far below what one has that keeps what it should give back. */
const MOST = { residentMb: 450, descriptors: 150, sessionsPerProcess: 16, keys: 60, idleSeconds: 3 };

export type Resources = {
  db: Database;
  app: SampleApp;
  processes: readonly Supervised[];
  redis: RedisProcess | undefined;
};

/** I14: memory, descriptors, sessions, keys and calls that are still held once there is nothing to do. */
export async function notGivenBack({ db, app, processes, redis }: Resources): Promise<string[]> {
  const { inFlight } = app.counts();
  const up = processes.filter((one) => one.isUp());
  const sessions = await db.pool.query<{ all: number; idle: number }>(
    `select count(*)::int as all, count(*) filter (where state like 'idle in transaction%' and application_name like 'muster%'
       and state_change < now() - $1 * interval '1 second')::int as idle
     from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    [MOST.idleSeconds],
  );
  const { all = 0, idle = 0 } = sessions.rows[0] ?? {};
  const keys = redis === undefined ? 0 : Number(await redis.cli(["DBSIZE"]));
  const held = await Promise.all(up.map(heldBy));
  return [
    ...(inFlight > 0 ? [`${inFlight} calls are in flight`] : []),
    ...(all > (up.length + 1) * MOST.sessionsPerProcess ? [`${up.length} processes have ${all} sessions`] : []),
    ...(idle > 0 ? [`${idle} sessions stand in a transaction`] : []),
    ...(keys > MOST.keys ? [`Redis has ${keys} keys`] : []),
    ...held.flat(),
  ].map((what) => `I14: ${what}`);
}

async function heldBy(supervised: Supervised): Promise<string[]> {
  if (process.platform !== "linux") return [];
  const { pid } = supervised.current();
  const [memory, descriptors] = await Promise.all([memoryMb(pid), readdir(`/proc/${pid}/fd`)]);
  return [
    ...(memory.resident > MOST.residentMb ? [`${supervised.name} has ${Math.round(memory.resident)} MB`] : []),
    ...(descriptors.length > MOST.descriptors ? [`${supervised.name} has ${descriptors.length} descriptors`] : []),
  ];
}
