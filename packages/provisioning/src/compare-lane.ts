import { appOf, type CallContext, type CallOutcome, type RemoteUser } from "@muster/connectors";
import {
  advanceComparison,
  type ComparedAccount,
  type ComparisonKey,
  type ComparisonRecord,
  type ComparisonStep,
  type ConnectionPolicy,
  findUnmet,
  getPolicy,
  getRunningComparison,
  insertNotice,
  inTenant,
  lockLane,
  meetAccounts,
  type Tx,
} from "@muster/store";
import type { LaneEffect } from "./account-result.ts";
import { compareUsers } from "./compare-users.ts";
import type { Lane } from "./lane.ts";
import { LeaseLost } from "./lane-lease.ts";
import { rateOf } from "./learned-rate.ts";

/** Tries of one step before the comparison says that it is incomplete. */
const MAX_TRIES = 5;
const RETRY_MS = 2_000;
const MIN_PAGE_SIZE = 10;
/** Accounts read one by one in a step, so that changes and removals never wait long behind it. */
const READS_A_STEP = 20;

/**
 * One step of the lane's running comparison: a page of the app's list, or a few accounts that it did not list. Each step is
 * recorded, behind the lane's fence, before the next begins, so that whoever holds the lane next goes on from there. Troubles
 * with listing are the comparison's own and never hold the lane up; only a 429 does.
 *
 * @throws {LeaseLost} when another worker has, or may soon have, the lane
 */
export async function compareLane(lane: Lane, signal: AbortSignal): Promise<LaneEffect | null> {
  const { deps, lease } = lane;
  const { tenantId, connectionId } = lease;
  const begin = async (tx: Tx) => {
    const comparison = await getRunningComparison(tx, tenantId, connectionId);
    const policy = await getPolicy(tx, tenantId, connectionId);
    return comparison === undefined ? undefined : { comparison, policy };
  };
  const found = await inTenant(deps.db, tenantId, begin, lease.workspaceId);
  if (found === undefined) return null;
  const step: Step = { ...found, lane, key: { tenantId, connectionId, comparisonId: found.comparison.id }, signal };
  return found.comparison.phase === "listing" ? await listPage(step) : await lookForUnmet(step);
}

type Step = {
  lane: Lane;
  key: ComparisonKey;
  comparison: ComparisonRecord;
  policy: ConnectionPolicy;
  signal: AbortSignal;
};

async function listPage(step: Step): Promise<LaneEffect | null> {
  const { lane, comparison } = step;
  const { nextIndex, pageSize, nextCursor: cursor } = comparison;
  const { title, users: abilities } = appOf(step.policy);
  if (!abilities.lists) {
    const reason = `${title} does not say who has an account: nothing is concluded`;
    await record(step, async () => ({ added: {}, next: { tries: 0, dueInMs: 0, state: "incomplete", reason } }));
    return null;
  }
  const answer = await call(step, (context) =>
    lane.connector.listUsers({ startIndex: nextIndex, count: pageSize, cursor }, context),
  );
  if (answer.kind !== "ok") return await listingFailed(step, answer);
  const { users, entries, totalResults, nextCursor } = answer.value;
  const { style } = appOf(step.policy).paging;
  lane.deps.crash("before-page-recorded");
  const nowMs = lane.deps.clock.now().getTime();
  const by = (policy: ConnectionPolicy) => ({ policy, prepared: lane.deps.prepare(policy) });
  await record(step, async (tx, policy) => {
    const met = await meetAccounts(tx, step.key, [...new Set(users.map((user) => user.remoteId))]);
    const fresh = onlyOnce(users, met);
    const added = await compareUsers(tx, step.key, { ...by(policy), comparison, nowMs, users: fresh, gone: [] });
    const listed = comparison.listed + met.size;
    const isWhole = totalResults !== null && nextIndex + entries > totalResults;
    const isLast =
      entries === 0 || met.size === 0 || isWhole || style === "none" || (style === "cursor" && nextCursor === null);
    const next = { nextIndex: nextIndex + entries, nextCursor, totalResults, tries: 0, dueInMs: 0 };
    return {
      added: { ...added, listed: met.size },
      next: isLast ? { ...next, ...afterListing(listed, totalResults) } : next,
    };
  });
  lane.deps.crash("page-recorded");
  return null;
}

/** The app repeats itself when something is deleted while it lists, and when it does not page at all. */
function onlyOnce(users: readonly RemoteUser[], met: ReadonlySet<string>): RemoteUser[] {
  const left = new Set(met);
  return users.filter((user) => left.delete(user.remoteId));
}

/** Nothing is said about what a list does not hold unless the list is known to be whole. */
function afterListing(listed: number, totalResults: number | null): Partial<ComparisonStep["next"]> {
  if (totalResults !== null && listed >= totalResults) return { phase: "missing" };
  const says = totalResults === null ? "does not say how many it has" : `says that it has ${totalResults}`;
  return {
    state: "incomplete",
    reason: `The app listed ${listed} users and ${says}: nothing is concluded about accounts that it did not list`,
  };
}

async function listingFailed(
  step: Step,
  failure: Exclude<CallOutcome<never>, { kind: "ok" }>,
): Promise<LaneEffect | null> {
  const { comparison } = step;
  const reason = failure.detail;
  if (failure.kind === "throttled") return { kind: "throttled", retryAfterMs: failure.retryAfterMs, reason };
  const tries = comparison.tries + 1;
  const mayPass = failure.kind === "transient" || failure.kind === "unknown";
  await record(step, async () => ({
    added: {},
    next:
      mayPass && tries < MAX_TRIES
        ? {
            tries,
            dueInMs: RETRY_MS * 2 ** (tries - 1),
            // A page may be too long for the app, or for what we take in one answer.
            pageSize: Math.max(MIN_PAGE_SIZE, Math.floor(comparison.pageSize / 2)),
          }
        : {
            tries,
            dueInMs: 0,
            state: "incomplete",
            reason: `The app stopped listing at ${comparison.nextIndex}: ${reason}`,
          },
  }));
  return null;
}

/** Asks for each linked account that the list did not hold: only an answer that it is gone makes it missing. */
async function lookForUnmet(step: Step): Promise<LaneEffect | null> {
  const { lane, comparison, key } = step;
  const { last, unmet } = await inTenant(lane.deps.db, key.tenantId, (tx) =>
    findUnmet(tx.last, key, comparison.afterUserId),
  );
  const asked = unmet.slice(0, READS_A_STEP);
  const users: RemoteUser[] = [];
  const gone: ComparedAccount[] = [];
  for (const account of asked) {
    const read = await call(step, (context) => lane.connector.readUser(account.remoteId ?? "", context));
    if (read.kind === "ok") users.push(read.value);
    else if (read.kind === "gone") gone.push(account);
    else return await listingFailed(step, read);
  }
  const after = asked.length < unmet.length ? (asked.at(-1)?.userId ?? null) : last;
  const nowMs = lane.deps.clock.now().getTime();
  const by = (policy: ConnectionPolicy) => ({ policy, prepared: lane.deps.prepare(policy) });
  await record(step, async (tx, policy) => {
    const added = await compareUsers(tx, key, { ...by(policy), comparison, nowMs, users, gone });
    const next = { tries: 0, dueInMs: 0, ...(after === null ? {} : { afterUserId: after }) };
    return { added, next: last === null ? { ...next, state: "done" as const } : next };
  });
  lane.deps.crash("page-recorded");
  return null;
}

/** Calls the app within the lane's rate and only while the lease outlives the call. */
async function call<T>(
  step: Step,
  request: (context: CallContext) => Promise<CallOutcome<T>>,
): Promise<CallOutcome<T>> {
  const { deps, held } = step.lane;
  const ratePerSecond = rateOf(step.policy);
  if (ratePerSecond !== null) await new Promise((resolve) => setTimeout(resolve, 1_000 / ratePerSecond));
  held.assertTime(deps.timing.callMs);
  return await request({ signal: step.signal, timeoutMs: deps.timing.callMs });
}

/** Records a step under the lane's lock, with the policy as it is then; a step that met an edit half-way is done again. */
async function record(
  step: Step,
  decide: (tx: Tx, policy: ConnectionPolicy) => Promise<ComparisonStep>,
): Promise<void> {
  const { lane, key, comparison } = step;
  const write = async (tx: Tx): Promise<void> => {
    if (!(await lockLane(tx, lane.lease))) throw new LeaseLost("The fence refused a comparison's step");
    const policy = await getPolicy(tx, key.tenantId, key.connectionId);
    if (policy.expanding) return;
    const { next, added } = await decide(tx, policy);
    await advanceComparison(tx, key, { next, added });
    const unexpected = comparison.unexpectedActive + (added.unexpectedActive ?? 0);
    if (next.state !== undefined && unexpected > 0)
      await insertNotice(tx, key.tenantId, {
        kind: "comparison.unexpectedActive",
        subject: key.comparisonId,
        message: `${unexpected} accounts are active in the app that should not be: see the findings of this comparison of connection ${key.connectionId}`,
      });
  };
  await inTenant(lane.deps.db, key.tenantId, write, lane.lease.workspaceId);
}
