import { appOf, type CallContext, type GroupConnector } from "@muster/connectors";
import { uuidV7 } from "@muster/runtime";
import {
  type ClaimedGroup,
  type ClaimedGroups,
  type ConnectionPolicy,
  claimGroups,
  countLinkedPeople,
  countPending,
  distrustGroups,
  findGroupsLinkedToOthers,
  type GroupPolicy,
  holdGroupMembers,
  insertNotice,
  inTenant,
  type LaneLease,
  learnMemberLimit,
  listWholeGroup,
  observeMembers,
  type PendingMembers,
  recordGroup,
  recordMembers,
  refreshMembers,
  resetMembers,
  type Statements,
  type Tx,
  takeMembers,
} from "@muster/store";
import type { LaneEffect } from "./account-result.ts";
import type { Keep } from "./close-attempts.ts";
import type { GroupStore } from "./group-call.ts";
import { beginGroup, endGroup, type GroupResult } from "./group-result.ts";
import { ALWAYS_ALLOWED, judgeCost } from "./guard-threshold.ts";
import type { Lane } from "./lane.ts";
import { BATCH_MS, keepOf, startGrace } from "./lane-batch.ts";
import { inFlightLimit } from "./lane-health.ts";
import { LeaseLost } from "./lane-lease.ts";
import { rateOf } from "./learned-rate.ts";
import { type GroupRules, toGroupRules } from "./plan-group.ts";
import { reconcileGroup } from "./reconcile-group.ts";
import { PARKED_MS } from "./retry-policy.ts";

/** How often a lane with nothing else to do asks whether the writers it waits for have ended. */
const BARRIER_POLL_MS = 20;
/** A hold that nobody decides is rejected after this time, as those of accounts are. */
const DAYS_TO_DECIDE = 7;

export type PushedGroups = { effect: LaneEffect | null; more: boolean };

/**
 * Works on the groups of a lane in which no person is due, for as long as a batch may take. `more` means that there is
 * something left to do, perhaps for people again.
 *
 * @throws {LeaseLost} when another worker has, or may soon have, the lane; what was sent will be read back
 */
export async function pushGroups(lane: Lane, accounts: ConnectionPolicy, signal: AbortSignal): Promise<PushedGroups> {
  const { deps, lease } = lane;
  const claimed = await inTenant(deps.db, lease.tenantId, async (tx) =>
    judgeGroups(tx, lease, await claimGroups(tx, lease, inFlightLimit(lane.ramp, accounts.maxInFlight))),
  );
  deps.crash("after-group-claim");
  if (claimed.groups.length === 0) {
    if (claimed.waiting) await new Promise((resolve) => setTimeout(resolve, BARRIER_POLL_MS));
    return { effect: null, more: claimed.waiting };
  }
  lane.worked = true;
  const { effect, moved } = await sendGroups(lane, accounts, claimed, signal);
  lane.moved ||= moved;
  if (effect === null && moved) lane.failures = 0;
  return { effect, more: true };
}

/** Holds what would take more people out of a group at once than one cause may, before anything of it is sent. */
async function judgeGroups(tx: Tx, lease: LaneLease, claimed: ClaimedGroups): Promise<ClaimedGroups> {
  const groups: ClaimedGroup[] = [];
  for (const group of claimed.groups) {
    groups.push({ ...group, pending: await judgeGroup(tx, lease, claimed.policy, group) });
  }
  return { ...claimed, groups };
}

async function judgeGroup(tx: Tx, lease: LaneLease, policy: GroupPolicy, group: ClaimedGroup): Promise<PendingMembers> {
  const { pending, displayName } = group;
  const { losing } = pending;
  const isLeft = displayName === null && policy.onLeave === "leave";
  if (policy.unjudged || isLeft || losing <= ALWAYS_ALLOWED) return pending;
  const inScope = await countLinkedPeople(tx, lease);
  const verdict = judgeCost({ losing, inScope, percent: policy.guardPercent, holdAll: false });
  if (verdict.kind === "pass") return pending;
  const id = uuidV7();
  const subject = displayName ?? group.appliedName;
  const action = displayName === null ? "remoteGroup.delete" : "remoteGroup.members";
  const { threshold } = verdict;
  const hold = { groupId: group.groupId, id, cause: `${action}:${group.groupId}`, subject, inScope, threshold };
  await holdGroupMembers(tx, lease, { ...hold, days: DAYS_TO_DECIDE });
  await insertNotice(tx, lease.tenantId, {
    kind: "guard.held",
    subject: id,
    message: `${action} of "${subject ?? ""}" would take ${losing} people out of a group of connection ${lease.connectionId}, and at most ${threshold} of ${inScope} may go at once: approve or reject it within ${DAYS_TO_DECIDE} days at /api/v1/connections/${lease.connectionId}/holds/${id}; until then nobody is taken out, and then it is rejected`,
  });
  return await countPending(tx, lease, group.groupId);
}

async function sendGroups(
  lane: Lane,
  accounts: ConnectionPolicy,
  claimed: ClaimedGroups,
  signal: AbortSignal,
): Promise<{ effect: LaneEffect | null; moved: boolean }> {
  const { deps, lease, connector } = lane;
  const startedAtMs = deps.clock.monotonicMs();
  const grace = startGrace(signal);
  const pace = createPace(lane, accounts);
  const rules = toGroupRules(claimed.policy, appOf(accounts));
  const effects: LaneEffect[] = [];
  let moved = false;
  let halted = false;
  const isOver = () => halted || signal.aborted || deps.clock.monotonicMs() > startedAtMs + BATCH_MS;
  const sendOne = async (group: ClaimedGroup): Promise<void> => {
    const giveBack = await deps.takeTurn?.(lease.tenantId, false);
    try {
      const context = { signal: grace.signal, timeoutMs: deps.timing.callMs };
      const { outcome, effect, attempts } = await pushOne(
        { lane, connector: connector.groups, pace, isOver, keep: keepOf(lane, accounts) },
        rules,
        group,
        context,
      );
      deps.crash("before-group-record");
      await recordOrLose(lane, (tx) => recordGroup(tx.last, lease, outcome, attempts));
      if (effect === null) moved = true;
      else effects.push(effect);
      // Whatever the app said, it may say it to the next as well: those that were not begun are handed back.
      halted ||= effect !== null;
    } catch (error) {
      if (error instanceof LeaseLost)
        await inTenant(deps.db, lease.tenantId, (tx) => distrustGroups(tx.last, lease, [group.groupId]));
      throw error;
    } finally {
      giveBack?.();
    }
  };
  const settled = await Promise.allSettled(claimed.groups.map(sendOne));
  grace.end();
  for (const one of settled) if (one.status === "rejected") throw one.reason;
  // An app whose groups do not work may take people all the same: an outage is the group's, and its retries are.
  const effect = effects.find(({ kind }) => kind === "quarantine") ?? effects.find(({ kind }) => kind === "throttled");
  return { effect: effect ?? null, moved };
}

type PushDeps = {
  lane: Lane;
  connector: GroupConnector | undefined;
  pace(): Promise<void>;
  isOver(): boolean;
  keep: Keep;
};

/** Works on one group; whatever goes wrong inside for it parks this one group. */
async function pushOne(
  { lane, connector, pace, isOver, keep }: PushDeps,
  policy: GroupRules,
  group: ClaimedGroup,
  context: CallContext,
): Promise<GroupResult> {
  const { deps, held } = lane;
  const stop = (reason: string) =>
    endGroup(group, { ...beginGroup(group, policy), verify: true }, { state: "stopped", reason, dueInMs: PARKED_MS });
  if (connector === undefined) return stop("This connection's app takes no groups: set settings.groups.mode to none");
  try {
    return await reconcileGroup(
      {
        connector,
        store: storeOf(lane, group, policy),
        assertLease: () => held.assertTime(deps.timing.callMs),
        crash: deps.crash,
        random: deps.random,
        now: () => deps.clock.now(),
        keep,
        pace,
        isOver,
      },
      { group, policy },
      context,
    );
  } catch (error) {
    if (error instanceof LeaseLost) throw error;
    deps.logger.error({ error, groupId: group.groupId }, "a group could not be worked on");
    return stop("Something went wrong inside Muster while working on this group; the log has the error");
  }
}

/** Records in one transaction; the fence refuses whoever has lost the lane (I07). */
async function recordOrLose(lane: Lane, record: (tx: Tx) => Promise<boolean>): Promise<void> {
  const isHeld = await inTenant(lane.deps.db, lane.lease.tenantId, record);
  if (!isHeld) throw new LeaseLost("The fence refused the record");
}

function storeOf(lane: Lane, group: ClaimedGroup, policy: GroupPolicy): GroupStore {
  const { deps, lease } = lane;
  const { groupId } = group;
  const wanted = group.displayName !== null;
  const read = <T>(work: (tx: Statements) => Promise<T>): Promise<T> => inTenant(deps.db, lease.tenantId, work);
  const counted = async (record: (tx: Tx) => Promise<boolean>, count: (tx: Tx) => Promise<PendingMembers>) => {
    let { pending } = group;
    await recordOrLose(lane, async (tx) => {
      const isHeld = await record(tx);
      if (isHeld) pending = await count(tx);
      return isHeld;
    });
    return pending;
  };
  // What the app was seen to have may make more removals than one cause may.
  const compared = async (tx: Tx) => {
    const pending = await refreshMembers(tx, lease, { groupId, wanted });
    return await judgeGroup(tx, lease, policy, { ...group, pending });
  };
  return {
    save: (outcome) => recordOrLose(lane, (tx) => recordGroup(tx.last, lease, outcome)),
    observe: (remoteIds) => counted((tx) => observeMembers(tx, lease, { groupId, remoteIds }), compared),
    reset: (outcome) =>
      counted(
        async (tx) => (await recordGroup(tx, lease, outcome)) && (await resetMembers(tx, lease, groupId)),
        compared,
      ),
    take: (kind, limit) => read((tx) => takeMembers(tx, lease, { groupId, kind, limit })),
    record: (kind, remoteIds, reason) =>
      recordOrLose(lane, (tx) =>
        recordMembers(tx.last, lease, { groupId, kind, remoteIds, ...(reason === undefined ? {} : { reason }) }),
      ),
    whole: (seen) => read((tx) => listWholeGroup(tx, lease, { groupId, seen })),
    learnLimit: (limit) => read((tx) => learnMemberLimit(tx, lease, limit)),
    linkedToOthers: (remoteIds) =>
      read((tx) => findGroupsLinkedToOthers(tx, lease.tenantId, lease.connectionId, { groupId, remoteIds })),
  };
}

/** Lets as many calls start in a second as the connection allows. */
function createPace(lane: Lane, policy: ConnectionPolicy): () => Promise<void> {
  const { deps, sent } = lane;
  const ratePerSecond = rateOf(policy);
  sent.paced = policy;
  let startAtMs = deps.clock.monotonicMs();
  return async () => {
    sent.begun += 1;
    if (ratePerSecond === null) return;
    const waitMs = startAtMs - deps.clock.monotonicMs();
    startAtMs = Math.max(startAtMs, deps.clock.monotonicMs()) + 1_000 / ratePerSecond;
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
  };
}
