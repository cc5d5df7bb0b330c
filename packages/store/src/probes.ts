import type { TenantId, WorkspaceId } from "./column-types.ts";
import { type Database, inSystem, type NamedStatement, type Statements } from "./database.ts";
import type { LaneKey } from "./lanes.ts";
import type { LearnedProfile, ProbeState, ProbeStep } from "./probe-tables.ts";

export type ProbeKey = { tenantId: TenantId; connectionId: string; probeId: string };

/** A look at what an app does, and how far it is. */
export type ProbeRecord = {
  id: string;
  actor: string;
  readOnly: boolean;
  members: number;
  state: ProbeState;
  reason: string | null;
  tries: number;
  steps: ProbeStep[];
  createdAt: Date;
  finishedAt: Date | null;
};

const COLUMNS = [
  "id",
  "actor",
  "read_only as readOnly",
  "members",
  "state",
  "reason",
  "tries",
  "steps",
  "created_at as createdAt",
  "finished_at as finishedAt",
] as const;

const probesOf = (tx: Statements, tenantId: TenantId, connectionId: string) =>
  tx.sql
    .selectFrom("probes")
    .select(COLUMNS)
    .where("tenant_id", "=", tenantId)
    .where("connection_id", "=", connectionId);

/** Lists a connection's probes, newest first; `before` is the id of the last one already seen. */
export async function listProbes(
  tx: Statements,
  tenantId: TenantId,
  page: { connectionId: string; before: string | undefined; limit: number },
): Promise<ProbeRecord[]> {
  let query = probesOf(tx, tenantId, page.connectionId).orderBy("id", "desc").limit(page.limit);
  if (page.before !== undefined) query = query.where("id", "<", page.before);
  return await tx.run(query);
}

/** Reads one probe of a connection. */
export async function getProbe(tx: Statements, key: ProbeKey): Promise<ProbeRecord | undefined> {
  const [row] = await tx.run(probesOf(tx, key.tenantId, key.connectionId).where("id", "=", key.probeId));
  return row;
}

/** How many probes a connection keeps. */
const KEPT = 20;

const INSERT: NamedStatement<{ id: string }> = {
  name: "insert-probe",
  text: `
with made as (
  insert into probes (tenant_id, connection_id, id, actor, read_only, members) values ($1, $2, $3, $4, $5, $6) returning id
), asked as (
  update lanes set probe_at = coalesce(probe_at, now()) where connection_id = $2
), forgotten as (
  delete from probes where tenant_id = $1 and connection_id = $2 and id in (
    select id from probes where tenant_id = $1 and connection_id = $2 order by id desc offset ${KEPT - 1})
)
select id from made`,
};

/** Asks for a probe; a worker takes it up. */
export async function insertProbe(
  tx: Statements,
  tenantId: TenantId,
  probe: { connectionId: string; id: string; actor: string; readOnly: boolean; members: number },
): Promise<void> {
  const { connectionId, id, actor, readOnly, members } = probe;
  await tx.named(INSERT, [tenantId, connectionId, id, actor, readOnly, members]);
}

/** How long, in seconds, a worker that shows no progress keeps a connection's probe to itself: longer than it waits for an app. */
const TURN_S = 90;

/** A connection whose probe a worker has taken up. */
export type ProbingTurn = LaneKey & { workspaceId: WorkspaceId };

const CLAIM: NamedStatement<{ workspace_id: WorkspaceId; tenant_id: TenantId; connection_id: string }> = {
  name: "claim-probing",
  text: `
update lanes set probe_at = now() + interval '${TURN_S} seconds'
where connection_id = any(array(
  select connection_id from lanes where probe_at <= now() and not suspended order by probe_at limit $1 for update skip locked))
returning workspace_id, tenant_id, connection_id`,
};

/** Before a tenant is known, ids only: takes connections that have a probe to do, the longest waiting first. */
export async function claimProbing(db: Database, limit: number): Promise<ProbingTurn[]> {
  const rows = await inSystem(db, (tx) => tx.last.named(CLAIM, [limit]));
  return rows.map((row) => ({
    workspaceId: row.workspace_id,
    tenantId: row.tenant_id,
    connectionId: row.connection_id,
  }));
}

const LOCK: NamedStatement<{ connection_id: string }> = {
  name: "lock-probing",
  text: "select connection_id from lanes where connection_id = $1 for update",
};

const BEGIN: NamedStatement<{ id: string }> = {
  name: "begin-probe",
  text: `
with next as (
  select id from probes where tenant_id = $1 and connection_id = $2 and state in ('waiting', 'running') order by id limit 1
), idle as (
  update lanes set probe_at = null where connection_id = $2 and not exists (select 1 from next)
)
update probes set state = 'running', steps = '[]', tries = tries + 1
where tenant_id = $1 and connection_id = $2 and id = (select id from next) returning id`,
};

/** Takes up a connection's oldest probe that is not finished, from its beginning; undefined when there is none left. */
export async function beginProbe(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
): Promise<ProbeRecord | undefined> {
  // Whoever asks for a probe meanwhile waits here, so that none is overlooked when the connection goes idle.
  await tx.named(LOCK, [connectionId]);
  const [begun] = await tx.named(BEGIN, [tenantId, connectionId]);
  return begun === undefined ? undefined : await getProbe(tx, { tenantId, connectionId, probeId: begun.id });
}

/** A probe as the worker that took it up knows it: another one that takes it up has another number. */
export type ProbeTurn = ProbeKey & { tries: number };

const NOTE: NamedStatement<{ id: string }> = {
  name: "note-probe",
  text: `
with noted as (
  update probes set steps = $5
  where tenant_id = $1 and connection_id = $2 and id = $3 and tries = $4 and state = 'running' returning id
), kept as (
  update lanes set probe_at = now() + interval '${TURN_S} seconds' where connection_id = $2 and exists (select 1 from noted)
)
select id from noted`,
};

/** Keeps the steps so far, and the turn; false when another worker has it, or it is no longer there. */
export async function noteProbe(tx: Statements, turn: ProbeTurn, steps: readonly ProbeStep[]): Promise<boolean> {
  const values = [turn.tenantId, turn.connectionId, turn.probeId, turn.tries, JSON.stringify(steps)];
  return (await tx.named(NOTE, values)).length > 0;
}

export type ProbeEnd =
  /** `learned` is null where it was only looked: what is known stays. Its `profile` is null where nothing is otherwise. */
  | { state: "done"; learned: { profile: LearnedProfile | null; memberLimit: number | null } | null }
  | { state: "failed"; reason: string };

const FINISH: NamedStatement<{ id: string }> = {
  name: "finish-probe",
  text: `
with ended as (
  update probes set state = $5, reason = $6, finished_at = now()
  where tenant_id = $1 and connection_id = $2 and id = $3 and tries = $4 and state = 'running' returning id
), next as (
  update lanes set probe_at = now() where connection_id = $2 and exists (select 1 from ended)
)
select id from ended`,
};

/** The evidence is of another probe each time: only other settings make accounts look otherwise. */
const LEARN: NamedStatement<{ news: boolean }> = {
  name: "learn-profile",
  text: `
with before as (
  select learned_profile -> 'settings' as settings from connections where tenant_id = $1 and id = $2 for update
)
update connections set learned_profile = $3, member_limit = least(member_limit, $4::int) from before
where tenant_id = $1 and id = $2 returning learned_profile -> 'settings' is distinct from before.settings as news`,
};

/**
 * Ends a probe, writes what it learned in the place of what was known, and lets the next one begin. `overtaken` when another
 * worker has it, `news` when the app is known otherwise than before.
 */
export async function finishProbe(
  tx: Statements,
  turn: ProbeTurn,
  end: ProbeEnd,
): Promise<"overtaken" | "news" | "same"> {
  const { tenantId, connectionId, probeId, tries } = turn;
  const reason = end.state === "failed" ? end.reason : null;
  const ended = await tx.named(FINISH, [tenantId, connectionId, probeId, tries, end.state, reason]);
  if (ended.length === 0) return "overtaken";
  if (end.state === "failed" || end.learned === null) return "same";
  const { profile, memberLimit } = end.learned;
  const values = [tenantId, connectionId, profile === null ? null : JSON.stringify(profile), memberLimit];
  const [learned] = await tx.named(LEARN, values);
  return learned?.news === true ? "news" : "same";
}

/** Something that a probe made, or was about to make, in an app. */
export type ProbeObject = { id: string; kind: "user" | "group"; name: string; remoteId: string | null };

/** Lists what probes have made in a connection's app and not taken away, groups first; never more than one probe makes, or a few. */
export async function listProbeObjects(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
): Promise<ProbeObject[]> {
  return await tx.run(
    tx.sql
      .selectFrom("probe_objects")
      .select(["id", "kind", "name", "remote_id as remoteId"])
      .where("tenant_id", "=", tenantId)
      .where("connection_id", "=", connectionId)
      .orderBy("kind")
      .orderBy("id")
      .limit(1_000),
  );
}

/** Writes down what is about to be made, before it is. */
export async function insertProbeObject(
  tx: Statements,
  tenantId: TenantId,
  object: { connectionId: string; id: string; kind: "user" | "group"; name: string },
): Promise<void> {
  const { connectionId, id, kind, name } = object;
  await tx.run(
    tx.sql.insertInto("probe_objects").values({ tenant_id: tenantId, connection_id: connectionId, id, kind, name }),
  );
}

/** Writes down by which id the app knows what was made. */
export async function nameProbeObject(
  tx: Statements,
  tenantId: TenantId,
  object: { connectionId: string; id: string; remoteId: string },
): Promise<void> {
  await tx.run(
    tx.sql
      .updateTable("probe_objects")
      .set({ remote_id: object.remoteId })
      .where("tenant_id", "=", tenantId)
      .where("connection_id", "=", object.connectionId)
      .where("id", "=", object.id),
  );
}

/** Forgets what is no longer in the app. */
export async function deleteProbeObject(
  tx: Statements,
  tenantId: TenantId,
  object: { connectionId: string; id: string },
): Promise<void> {
  await tx.run(
    tx.sql
      .deleteFrom("probe_objects")
      .where("tenant_id", "=", tenantId)
      .where("connection_id", "=", object.connectionId)
      .where("id", "=", object.id),
  );
}
