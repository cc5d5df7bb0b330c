import type { AppAt } from "@muster/connectors";
import {
  admitWaiting,
  type ClaimedAccount,
  type ConnectionPolicy,
  countSeats,
  deleteNotices,
  type FreeSeats,
  insertNotice,
  type LaneLease,
  readFreeSeats,
  type SeatCounts,
  type TenantId,
  type Tx,
} from "@muster/store";
import { canSearch } from "./known-account.ts";

/** People let in at the end of one slice, so that the statement stays short; the next slice goes on. */
const ADMITTED_AT_ONCE = 1_000;

const WAITING = "seats.waiting";
const ENDED = "seats.free";

/** Kinds of the notices about a connection's waitlist. */
export const SEAT_NOTICES = [WAITING, ENDED];

type HeldSeat = Pick<ClaimedAccount, "seated" | "remoteId" | "applied" | "verify" | "waits">;
type SeatPolicy = Pick<ConnectionPolicy, "seatLimit"> & AppAt;

/**
 * Whether the seats of a connection are limited and a person has none: whoever was let in, or has an account that may be active, has
 * one. So has whose create got no answer where the app cannot be searched: nothing else will ever tell that nothing came of it.
 */
export function isSeatless(policy: SeatPolicy, account: HeldSeat): boolean {
  const { seated, remoteId, applied, verify, waits } = account;
  if (policy.seatLimit === null || seated) return false;
  if (remoteId !== null) return applied?.["active"] === false;
  return !(verify && !waits && !canSearch(policy));
}

/**
 * Lets the first of the waitlist in while seats are free, and tells administrators when the list begins and when it is empty again.
 * Call it with the lane's row locked, once nothing of it is in flight.
 */
export async function fillSeats(tx: Tx, { tenantId, connectionId }: LaneLease): Promise<void> {
  const after = await admitWaiting(tx, { tenantId, connectionId }, ADMITTED_AT_ONCE);
  if (after === undefined) return;
  if (after.waiting > 0 && after.admitted < ADMITTED_AT_ONCE) {
    await deleteNotices(tx, tenantId, { kinds: [ENDED], subject: connectionId });
    await insertNotice(tx, tenantId, {
      kind: WAITING,
      subject: connectionId,
      message: `All ${after.limit} seats of connection ${connectionId} are taken, and people wait for one: they are listed at /api/v1/connections/${connectionId}/waitlist, and let in by themselves as accounts become inactive. To let more in, raise settings.seats.limit`,
    });
  }
  if (after.waiting > 0) return;
  if ((await deleteNotices(tx, tenantId, { kinds: [WAITING], subject: connectionId })) === 0) return;
  const message = `Nobody waits for a seat of connection ${connectionId} any more`;
  await insertNotice(tx, tenantId, { kind: ENDED, subject: connectionId, message });
}

/** How the seats of a connection stand; null where they are not limited. */
export type SeatStatus = Omit<SeatCounts, "limit"> & { limit: number; reason: string | null };

/** Counts the seats of a connection, with a word about a limit that is below what is in use. */
export async function readSeats(tx: Tx, tenantId: TenantId, connectionId: string): Promise<SeatStatus | null> {
  const { limit, ...counts } = await countSeats(tx, tenantId, connectionId);
  if (limit === null) return null;
  return { limit, ...counts, reason: counts.taken > limit ? overLimit(counts.taken, limit) : null };
}

/** What a limit means that is below what is in use. */
const overLimit = (taken: number, limit: number): string =>
  `${taken} seats are taken and the limit is ${limit}: nobody is removed, and nobody is let in before fewer than ${limit} are`;

/** Tells for one after the other of a plan whether a seat would be theirs. */
export type SeatBook = { takes(account: { userId: string; waits: boolean }): boolean };

/** Reads who would get a seat now; null where seats are not limited. */
export async function readSeatBook(
  tx: Tx,
  lane: { tenantId: TenantId; connectionId: string },
  { seatLimit }: Pick<ConnectionPolicy, "seatLimit">,
): Promise<SeatBook | null> {
  const free = seatLimit === null ? undefined : await readFreeSeats(tx, lane);
  return free === undefined ? null : openSeatBook(free);
}

/** The seats that are free go first to those of the waitlist whose turn it is, then to newcomers as they are asked about. */
export function openSeatBook({ free, next }: FreeSeats): SeatBook {
  const listed = new Set(next);
  let left = free - listed.size;
  return {
    takes({ userId, waits }) {
      if (waits) return listed.has(userId);
      left -= 1;
      return left >= 0;
    },
  };
}
