import { randomBytes } from "node:crypto";
import { appOf, type Connector } from "@muster/connectors";
import { type Clock, Refusal, uuidV7 } from "@muster/runtime";
import {
  beginProbe,
  type ConnectionRecord,
  type Database,
  deleteProbeObject,
  expandConnections,
  finishProbe,
  getProbe,
  insertAudit,
  insertProbe,
  insertProbeObject,
  inTenant,
  inTrace,
  type LearnedProfile,
  listProbeObjects,
  nameProbeObject,
  noteProbe,
  type ProbeEnd,
  type ProbeRecord,
  type ProbeTurn,
  type ProbingTurn,
  type Tx,
} from "@muster/store";
import { type Owner, requireConnection } from "./connections.ts";
import { rateOf } from "./learned-rate.ts";
import { probeApp } from "./probe-app.ts";
import { createProbeRun, type ProbeLedger, type ProbeRun, ProbeStopped } from "./probe-run.ts";

/** Asks for a look at what an app does; a worker does it. */
export async function requestProbe(
  deps: { db: Database },
  owner: Owner,
  connectionId: string,
  input: { readOnly: boolean; members: number },
): Promise<ProbeRecord> {
  const id = uuidV7();
  const { tenantId, actor } = owner;
  return await inTrace(deps.db, owner, async (tx) => {
    const connection = await requireConnection(tx, tenantId, connectionId);
    const { probe, title } = appOf({ ...connection, learnedProfile: null });
    if (!probe)
      throw new Refusal("invalid", `${title} cannot be probed: what it can do follows from its target and its profile`);
    await insertProbe(tx, tenantId, { connectionId, id, actor, ...input });
    await insertAudit(tx, tenantId, { actor, action: "connection.probe", target: connectionId });
    return await requireProbe(tx, owner, { connectionId, probeId: id });
  });
}

/** Reads a probe or refuses with "not found". */
export async function requireProbe(
  tx: Tx,
  owner: Pick<Owner, "tenantId">,
  key: { connectionId: string; probeId: string },
): Promise<ProbeRecord> {
  const probe = await getProbe(tx, { tenantId: owner.tenantId, ...key });
  if (probe === undefined) throw new Refusal("notFound", `This connection has no probe ${key.probeId}`);
  return probe;
}

export type ProbeWorkDeps = {
  db: Database;
  clock: Clock;
  openConnector(tenantId: string, connectionId: string): Promise<Connector>;
  callMs: number;
};

/** Workers that may die over one probe before it is given up. */
const MAX_TRIES = 3;
/** Requests a second at an app that nobody set a rate for: it is not hurried. */
const USUAL_RATE = 20;

/** Does a connection's oldest probe that waits; false when there was none. */
export async function runProbe(deps: ProbeWorkDeps, lane: ProbingTurn, signal: AbortSignal): Promise<boolean> {
  const { tenantId, connectionId } = lane;
  const begun = await inTenant(deps.db, tenantId, async (tx) => {
    const probe = await beginProbe(tx, tenantId, connectionId);
    return probe === undefined ? undefined : { probe, connection: await requireConnection(tx, tenantId, connectionId) };
  });
  if (begun === undefined) return false;
  const { probe, connection } = begun;
  const turn: ProbeTurn = { tenantId, connectionId, probeId: probe.id, tries: probe.tries };
  const end = await endOf(deps, { turn, probe, connection }, signal);
  // A worker that stops leaves the probe to another one.
  if (!signal.aborted) await recordEnd(deps.db, turn, { actor: probe.actor, end });
  return true;
}

type Work = { turn: ProbeTurn; probe: ProbeRecord; connection: ConnectionRecord };

async function endOf(deps: ProbeWorkDeps, work: Work, signal: AbortSignal): Promise<ProbeEnd> {
  const { turn, probe, connection } = work;
  if (probe.tries > MAX_TRIES)
    return { state: "failed", reason: `${MAX_TRIES} workers ended while probing: ask for it again` };
  const connector = await deps.openConnector(turn.tenantId, turn.connectionId);
  if (connector.ask === undefined) return { state: "failed", reason: "Apps of this kind cannot be probed" };
  const run = createProbeRun(
    {
      ask: connector.ask,
      ledger: ledgerOf(deps.db, turn),
      now: () => deps.clock.now(),
      pace: createPace(deps.clock, connection),
      wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      signal,
      callMs: deps.callMs,
    },
    {
      profile: appOf({ ...connection, learnedProfile: null }),
      readOnly: probe.readOnly,
      members: probe.members,
      groups: connection.groupsMode !== "none",
      mark: randomBytes(6).toString("hex"),
    },
  );
  try {
    await probeApp(run);
    return { state: "done", learned: learnedBy(run, probe) };
  } catch (error) {
    if (error instanceof ProbeStopped) return { state: "failed", reason: error.message };
    throw error;
  }
}

/** A read-only probe sees too little to take the place of what is known. */
function learnedBy(run: ProbeRun, probe: ProbeRecord): Extract<ProbeEnd, { state: "done" }>["learned"] {
  if (probe.readOnly) return null;
  const { evidence, memberLimit } = run;
  if (evidence.length === 0) return { profile: null, memberLimit };
  // The same shape, which the store reads back from its own JSON.
  const settings = run.settings as LearnedProfile["settings"];
  return { profile: { settings, evidence, probeId: probe.id, actor: probe.actor }, memberLimit };
}

async function recordEnd(
  db: Database,
  turn: ProbeTurn,
  { actor, end }: { actor: string; end: ProbeEnd },
): Promise<void> {
  await inTenant(db, turn.tenantId, async (tx) => {
    // What accounts should be is shaped otherwise only where the app is known otherwise than before.
    if ((await finishProbe(tx, turn, end)) !== "news") return;
    await expandConnections(tx, turn.tenantId, {
      connectionIds: [turn.connectionId],
      cause: "connection.probe",
      removal: false,
      actor,
    });
  });
}

function ledgerOf(db: Database, turn: ProbeTurn): ProbeLedger {
  const { tenantId, connectionId } = turn;
  return {
    async note(steps) {
      const isOurs = await inTenant(db, tenantId, (tx) => noteProbe(tx.last, turn, steps));
      if (!isOurs) throw new ProbeStopped("Another worker has taken this probe up", true);
    },
    left: () => inTenant(db, tenantId, (tx) => listProbeObjects(tx, tenantId, connectionId)),
    async plan(kind, name) {
      const id = uuidV7();
      await inTenant(db, tenantId, (tx) => insertProbeObject(tx.last, tenantId, { connectionId, id, kind, name }));
      return { id, kind, name, remoteId: null };
    },
    made: (object, remoteId) =>
      inTenant(db, tenantId, (tx) => nameProbeObject(tx.last, tenantId, { connectionId, id: object.id, remoteId })),
    gone: (object) =>
      inTenant(db, tenantId, (tx) => deleteProbeObject(tx.last, tenantId, { connectionId, id: object.id })),
  };
}

/** Lets requests begin as the connection's rate has it. */
function createPace(clock: Clock, connection: ConnectionRecord): () => Promise<void> {
  const { ratePerSecond, learnedRate, rateLearnedAt } = connection;
  const ageMs = rateLearnedAt === null ? 0 : clock.now().getTime() - rateLearnedAt.getTime();
  const learned = learnedRate === null ? null : { perSecond: learnedRate, ageMs };
  const everyMs = 1_000 / (rateOf({ ratePerSecond, learnedRate: learned }) ?? USUAL_RATE);
  let nextMs = clock.monotonicMs();
  return async () => {
    const waitMs = nextMs - clock.monotonicMs();
    nextMs = Math.max(nextMs, clock.monotonicMs()) + everyMs;
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
  };
}
