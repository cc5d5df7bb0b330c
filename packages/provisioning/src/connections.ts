import type { TargetAuth } from "@muster/connectors";
import type { Keyring } from "@muster/credentials";
import { Refusal, uuidV7 } from "@muster/runtime";
import type { Json } from "@muster/scim";
import {
  type Actor,
  type ConnectionChange,
  type ConnectionRecord,
  type Database,
  deleteGrant,
  deleteNotices,
  expandConnections,
  getConnection,
  hasLinkedAccounts,
  insertAudit,
  insertConnection,
  insertLane,
  inTrace,
  type LearnedProfile,
  type LearnedSettings,
  listDirectories,
  pauseLane,
  retryAccounts,
  scheduleComparison,
  setCertificateEnd,
  type TenantId,
  type Tx,
  unholdLane,
  updateConnection,
  violatedConstraint,
  type WorkspaceId,
} from "@muster/store";
import { warnOfRemovals } from "./approval-notices.ts";
import { openAuth, sealAuth } from "./connection-secret.ts";
import { type ConnectionSettings, toColumns } from "./connection-settings.ts";
import { type ConnectionTarget, readTarget } from "./connection-target.ts";
import { CERTIFICATE_NOTICES } from "./note-certificates.ts";
import { profileColumns, refuseImpossible, requireApp } from "./profile-settings.ts";
import { requireChosen } from "./require-chosen.ts";
import { SEAT_NOTICES } from "./seats.ts";
import { certificateEnd, checkTargetSecret, withFormer } from "./target-secret.ts";

export type Owner = {
  workspaceId: WorkspaceId;
  tenantId: TenantId;
  actor: Actor;
  /** The trace of the request (W3C Trace Context), which everything that it changes carries on. */
  traceId?: string;
};

export type ConnectionDeps = { db: Database; keyring: Keyring };

export type NewConnectionInput = {
  appId: string;
  directoryId: string;
  name: string | null;
  target: ConnectionTarget;
  /** The app that it is, by the key of its profile. */
  profile: string | null;
  /** What is left out is as the profile has it. */
  settings: Partial<ConnectionSettings>;
  /** closed: nothing is sent until the gate is opened. Unless said, as the directory has it. */
  gate?: "open" | "closed";
};

/** Ties a tenant's directory to an app. Nobody is provisioned until groups, or everyone, are assigned. */
export async function createConnection(
  deps: ConnectionDeps,
  owner: Owner,
  input: NewConnectionInput,
): Promise<ConnectionRecord> {
  const id = uuidV7();
  const { workspaceId, tenantId, actor } = owner;
  const targetOptions = readTarget(input.target);
  const columns = newColumns(input, targetOptions);
  const { secret, facts: tls } = checkTargetSecret(input.target);
  try {
    return await inTrace(
      deps.db,
      owner,
      async (tx) => {
        const sealed = await sealAuth(deps.keyring, tx, tenantId, { connectionId: id, secret });
        await requireChosen(tx, tenantId, input.directoryId, input.settings);
        const { onLeave, updateMethod, maxInFlight, ratePerSecond, adoption, ...policy } = columns;
        const [directory] = await listDirectories(tx, tenantId, { id: input.directoryId, limit: 1 });
        const gate = input.gate ?? directory?.gate ?? "open";
        const record = await insertConnection(tx, tenantId, {
          id,
          workspaceId,
          appId: input.appId,
          directoryId: input.directoryId,
          name: input.name,
          kind: input.target.kind,
          baseUrl: input.target.baseUrl,
          authScheme: input.target.auth.scheme,
          ...sealed,
          tls,
          targetOptions,
          profile: input.profile,
          ...{ onLeave, updateMethod, adoption, maxInFlight, ratePerSecond },
          policy: { ...policy, gate },
        });
        await insertLane(tx, { workspaceId, tenantId, connectionId: id });
        if (tls !== null) await setCertificateEnd(tx, tenantId, id, certificateEnd(tls));
        if (input.settings.comparison !== undefined) await scheduleComparison(tx, tenantId, id);
        await warnOfRemovals(tx, { tenantId, connectionId: id }, record.approvals);
        await insertAudit(tx, tenantId, { actor, action: "connection.create", target: id });
        return record;
      },
      workspaceId,
    );
  } catch (error) {
    throw missingPart(input, error) ?? error;
  }
}

/** What a connection begins with; what nobody speaks of is left to the store's own defaults. */
function newColumns({ target, profile: key, settings }: NewConnectionInput, targetOptions: Json) {
  const profile = requireApp({ kind: target.kind, targetOptions, profile: key });
  const first = { onLeave: "deactivate", adoption: "link", ...profileColumns(profile) } as const;
  const columns = { ...first, ...toColumns(settings) };
  refuseImpossible(profile, { groupsMode: "none", ...columns });
  return columns;
}

/** What somebody set, with the word of whoever did as its evidence. */
function learnedByHand(settings: LearnedSettings | null, actor: string): string | null {
  if (settings === null) return null;
  const at = new Date().toISOString();
  const named = Object.entries(settings).flatMap(([part, values]) =>
    Object.keys(values).map((name) => ({ setting: `${part}.${name}`, step: "hand", said: `Set by ${actor}`, at })),
  );
  const learned: LearnedProfile = { settings, evidence: named, probeId: null, actor };
  return JSON.stringify(learned);
}

/** Says which of the things that a connection ties together does not exist. */
function missingPart(input: NewConnectionInput, cause: unknown): Refusal | undefined {
  const violated = violatedConstraint(cause);
  if (violated === "connections_workspace_id_app_id_fkey")
    return new Refusal("invalid", `App ${input.appId} does not exist: create it first with POST /api/v1/apps`, {
      cause,
    });
  if (violated === "connections_tenant_id_directory_id_fkey")
    return new Refusal("invalid", `This tenant has no directory ${input.directoryId}: create it first`, { cause });
  return undefined;
}

export type ConnectionEdit = {
  name?: string | null;
  /** Whole, so that a stored secret never goes to an address that it was not given for (V33). */
  target?: ConnectionTarget;
  profile?: string | null;
  settings?: Partial<ConnectionSettings>;
  paused?: boolean;
  /** What somebody knows better than a probe found; null forgets what was learned. */
  learnedProfile?: LearnedSettings | null;
};

/** Changes a connection. */
export async function editConnection(
  deps: ConnectionDeps,
  owner: Owner,
  connectionId: string,
  edit: ConnectionEdit,
): Promise<ConnectionRecord> {
  const { tenantId, actor } = owner;
  return await inTrace(deps.db, owner, async (tx) => {
    const before = await requireConnection(tx, tenantId, connectionId);
    const target = edit.target === undefined ? {} : await retarget(deps.keyring, tx, before, edit.target, tenantId);
    await requireChosen(tx, tenantId, before.directoryId, edit.settings);
    const columns = edit.settings === undefined ? {} : toColumns(edit.settings);
    const forgets = "learnedProfile" in target && before.learnedProfile !== null;
    const looksOtherwise =
      forgets ||
      edit.settings !== undefined ||
      edit.profile !== undefined ||
      edit.learnedProfile !== undefined ||
      target.targetOptions !== undefined;
    if (looksOtherwise) {
      const targetOptions = edit.target === undefined ? before.targetOptions : readTarget(edit.target);
      const profile = edit.profile === undefined ? before.profile : edit.profile;
      refuseImpossible(requireApp({ kind: before.kind, targetOptions, profile }), { ...before, ...columns });
    }
    await updateConnection(tx, tenantId, connectionId, {
      ...target,
      ...(edit.name === undefined ? {} : { name: edit.name }),
      ...(edit.profile === undefined ? {} : { profile: edit.profile }),
      ...(edit.learnedProfile === undefined ? {} : { learnedProfile: learnedByHand(edit.learnedProfile, actor) }),
      ...columns,
    });
    if (edit.settings?.comparison !== undefined) await scheduleComparison(tx, tenantId, connectionId);
    if (edit.settings?.seats === null)
      await deleteNotices(tx, tenantId, { kinds: SEAT_NOTICES, subject: connectionId });
    if (edit.settings?.approvals !== undefined)
      await warnOfRemovals(tx, { tenantId, connectionId }, edit.settings.approvals);
    if (edit.paused !== undefined) await pauseLane(tx, tenantId, connectionId, edit.paused);
    // A new address or credential may end a quarantine: the lane is probed at once (F35).
    if (edit.target !== undefined) await unholdLane(tx, tenantId, connectionId);
    if (edit.target !== undefined || edit.paused === false) await enable(tx, tenantId, before);
    if (looksOtherwise)
      await expandConnections(tx, tenantId, {
        connectionIds: [connectionId],
        cause: "connection.update",
        removal: false,
        actor,
      });
    await insertAudit(tx, tenantId, { actor, action: "connection.update", target: connectionId });
    return await requireConnection(tx, tenantId, connectionId);
  });
}

/** Another address, or another credential for the same: what of the connection it changes. */
async function retarget(
  keyring: Keyring,
  tx: Tx,
  before: ConnectionRecord,
  target: ConnectionTarget,
  tenantId: TenantId,
): Promise<ConnectionChange> {
  const isElsewhere = target.baseUrl !== before.baseUrl || target.kind !== before.kind;
  if (target.baseUrl !== before.baseUrl && (await hasLinkedAccounts(tx, tenantId, before.id)))
    throw new Refusal(
      "conflict",
      "target.baseUrl: this connection has accounts at its present address; another address is another app, so make a new connection for it",
    );
  if (target.kind !== before.kind)
    throw new Refusal(
      "conflict",
      `target.kind: this connection is of kind "${before.kind}"; make a new one for another`,
    );
  const options = readTarget(target);
  const { secret, facts: tls } = checkTargetSecret(target);
  if (before.authScheme === "oauthAuthorizationCode") await forgetGrant(keyring, tx, before, target, tenantId);
  const auth = await authAfter(keyring, tx, before, { target, auth: secret.auth, tenantId });
  const sealed = await sealAuth(keyring, tx, tenantId, { connectionId: before.id, secret: { ...secret, auth } });
  await setCertificateEnd(tx, tenantId, before.id, certificateEnd(tls));
  await deleteNotices(tx, tenantId, { kinds: CERTIFICATE_NOTICES, subject: before.id });
  const targetOptions = options === null ? null : JSON.stringify(options);
  const hasOptions = options !== null || before.targetOptions !== null;
  const change = {
    ...{ baseUrl: target.baseUrl, authScheme: target.auth.scheme, ...sealed, tls },
    ...(hasOptions ? { targetOptions } : {}),
  };
  // What was found out, or said, of the app that was there is nothing to the one that is there now (H13).
  return isElsewhere ? { ...change, learnedProfile: null, memberLimit: null, learnedRate: null } : change;
}

/** A replaced signing secret goes on for a while, at the address that it was given for and nowhere else (V33). */
async function authAfter(
  keyring: Keyring,
  tx: Tx,
  before: ConnectionRecord,
  { target, auth, tenantId }: { target: ConnectionTarget; auth: TargetAuth; tenantId: TenantId },
): Promise<TargetAuth> {
  if (before.authScheme !== "signature" || target.baseUrl !== before.baseUrl) return auth;
  const old = await openAuth(keyring, tx, before, tenantId);
  return withFormer(auth, target.auth, old.auth, Date.now());
}

/** What was given to one client, for one address, is nothing to another (V33); a new secret of the same client changes nothing. */
async function forgetGrant(
  keyring: Keyring,
  tx: Tx,
  before: ConnectionRecord,
  { baseUrl, auth }: ConnectionTarget,
  tenantId: TenantId,
): Promise<void> {
  const { auth: old } = await openAuth(keyring, tx, before, tenantId);
  const isSame =
    old.scheme === "oauthAuthorizationCode" &&
    baseUrl === before.baseUrl &&
    auth.scheme === old.scheme &&
    auth.tokenUrl === old.tokenUrl &&
    auth.clientId === old.clientId;
  if (!isSame) await deleteGrant(tx, tenantId, before.id);
}

/**
 * Pauses a connection, or resumes it: what changed meanwhile goes out as it is then, and one in quarantine or disabled is probed
 * at once. Doing it twice changes nothing more.
 */
export async function pauseConnection(
  deps: { db: Database },
  owner: Owner,
  connectionId: string,
  paused: boolean,
): Promise<void> {
  const { tenantId, actor } = owner;
  await inTrace(deps.db, owner, async (tx) => {
    const connection = await requireConnection(tx, tenantId, connectionId);
    await pauseLane(tx, tenantId, connectionId, paused);
    if (!paused) await enable(tx, tenantId, connection);
    const action = paused ? "connection.pause" : "connection.resume";
    await insertAudit(tx, tenantId, { actor, action, target: connectionId });
  });
}

/** A disabled connection that is to be tried again is in quarantine until its probe succeeds. */
export async function enable(tx: Tx, tenantId: TenantId, connection: ConnectionRecord): Promise<void> {
  if (connection.state !== "disabled") return;
  await updateConnection(tx, tenantId, connection.id, { state: "quarantined" });
  await deleteNotices(tx, tenantId, { kinds: ["connection.disabled"], subject: connection.id });
}

/** Makes every failing or stopped account due and lets a held lane be tried at once; returns how many accounts. */
export async function retryConnection(deps: { db: Database }, owner: Owner, connectionId: string): Promise<number> {
  return await inTrace(deps.db, owner, async (tx) => {
    const connection = await requireConnection(tx, owner.tenantId, connectionId);
    const accounts = await retryAccounts(tx, owner.tenantId, connectionId);
    await unholdLane(tx, owner.tenantId, connectionId);
    await enable(tx, owner.tenantId, connection);
    await insertAudit(tx, owner.tenantId, { actor: owner.actor, action: "connection.retry", target: connectionId });
    return accounts;
  });
}

/** Reads a connection or refuses with "not found". */
export async function requireConnection(tx: Tx, tenantId: TenantId, connectionId: string): Promise<ConnectionRecord> {
  const connection = await getConnection(tx, tenantId, connectionId);
  if (connection === undefined) throw new Refusal("notFound", `There is no connection ${connectionId}`);
  return connection;
}
