import { standing } from "@muster/mapping";
import { type Expansion, getPolicy, type LaneLease, nextToJudge, noteLosses, type Tx } from "@muster/store";
import type { DrainDeps } from "./lane.ts";
import { readPeople } from "./read-people.ts";

/** People read in one round of a lane: others wait for it. */
const CHUNK = 500;

/**
 * Finds out from whom a change takes access where SQL cannot tell, because a condition, a date or an edit that is tried out decides: reads the next
 * chunk of those who have it. False while there are more of them.
 */
export async function judgeByReading(
  tx: Tx,
  lease: LaneLease,
  expansion: Expansion,
  { clock, prepare }: Pick<DrainDeps, "clock" | "prepare">,
): Promise<boolean> {
  const policy = await getPolicy(tx, lease.tenantId, lease.connectionId);
  if (policy.terms === undefined && policy.rollout === undefined) return true;
  const change = await nextToJudge(tx, lease, expansion.id, CHUNK);
  if (change === undefined) return true;
  const { guard, onLeave, userIds, upTo } = change;
  const prepared = prepare(policy);
  const nowMs = clock.now().getTime();
  const people = userIds.length === 0 ? [] : [...(await readPeople(tx, lease, { policy, prepared }, userIds)).values()];
  const losing = people.filter((person) => {
    const { active } = person.user;
    const isOut = standing(person, prepared, nowMs) === "out";
    // Of those whom an app keeps when they leave, only the inactive lose something.
    if (onLeave === "leave") return guard === "people" && !active && !person.deleted && !isOut;
    return guard === "scope" ? active && !person.deleted && isOut : !active || person.deleted || isOut;
  });
  const noted = { upTo, losing: losing.map((person) => person.userId) };
  await noteLosses(tx.last, lease, expansion.id, noted);
  return false;
}
