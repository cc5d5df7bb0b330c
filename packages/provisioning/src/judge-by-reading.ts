import { accessOf, mapsAccess } from "@muster/mapping";
import { type Expansion, getPolicy, type LaneLease, nextToJudge, noteLosses, type Tx } from "@muster/store";
import type { DrainDeps } from "./lane.ts";
import { readPeople } from "./read-people.ts";

/** People read in one round of a lane: others wait for it. */
const CHUNK = 500;

/**
 * Finds out from whom a change takes access where SQL cannot tell, because a condition, a date, the mapping or an edit that is tried out decides: reads the
 * chunk of those who have it. False while there are more of them.
 */
export async function judgeByReading(
  tx: Tx,
  lease: LaneLease,
  expansion: Expansion,
  { clock, prepare }: Pick<DrainDeps, "clock" | "prepare">,
): Promise<boolean> {
  const policy = await getPolicy(tx, lease.tenantId, lease.connectionId);
  const prepared = prepare(policy);
  if (policy.terms === undefined && policy.rollout === undefined && !mapsAccess(prepared)) return true;
  const change = await nextToJudge(tx, lease, expansion.id, CHUNK);
  if (change === undefined) return true;
  const { guard, onLeave, userIds, upTo } = change;
  const nowMs = clock.now().getTime();
  const people = userIds.length === 0 ? [] : [...(await readPeople(tx, lease, { policy, prepared }, userIds)).values()];
  const losing = people.filter((person) => {
    const { active } = person.user;
    const access = accessOf(person, prepared, nowMs);
    // Made inactive by the mapping: whatever becomes of those who leave.
    if (access === "inactive") return true;
    const isOut = access === "out";
    // Of those whom an app keeps when they leave, only the inactive lose something.
    if (onLeave === "leave") return guard === "people" && !active && !person.deleted && !isOut;
    return guard === "scope" ? active && !person.deleted && isOut : !active || person.deleted || isOut;
  });
  const noted = { upTo, losing: losing.map((person) => person.userId) };
  await noteLosses(tx.last, lease, expansion.id, noted);
  return false;
}
