import type { LedgerEntry } from "@muster/simulator";

// Invariants that can be read from what an app was asked, in the order of the plan. Each answers what is wrong, in words; nothing is well.

/** An accepted write that took somebody's access away, until the next one asked to give it back. */
export type Removal = { userName: string; acceptedAtMs: number; untilMs: number };

type Span = { fromMs: number; toMs: number };

/** What the gateway asks an app only to see whether it works: a search for nobody. */
export function isProbe(entry: LedgerEntry): boolean {
  return entry.method === "GET" && decodeURIComponent(entry.query).includes("muster-connection-check");
}

const isDone = (entry: LedgerEntry): boolean => entry.method !== "GET" && entry.status >= 200 && entry.status < 300;

/** Faults that only take time leave the app working. */
const isStruck = (entry: LedgerEntry): boolean => (entry.faults ?? []).some((kind) => kind !== "latency");

const isTrouble = (entry: LedgerEntry): boolean =>
  !entry.answered || isStruck(entry) || [0, 401, 429].includes(entry.status) || entry.status >= 500;

const byEnd = (ledger: readonly LedgerEntry[]): LedgerEntry[] =>
  ledger
    .filter((entry) => entry.doneAtMs !== undefined)
    .sort((one, other) => (one.doneAtMs ?? 0) - (other.doneAtMs ?? 0));

/**
 * I03: who was active in the app for longer than `withinMs` after the removal was accepted, without the time in which the app did
 * not work. What was accepted before `sinceMs` cannot be judged: the ledger begins there.
 */
export function lateRemovals(
  ledger: readonly LedgerEntry[],
  removals: readonly Removal[],
  { withinMs, sinceMs }: { withinMs: number; sinceMs: number },
): string[] {
  const away = downtimes(ledger);
  return removals.flatMap((removal) => {
    if (removal.acceptedAtMs < sinceMs) return [];
    const outAtMs = lastTimeActive(ledger, removal);
    const tookMs = outAtMs - removal.acceptedAtMs - overlap(away, { fromMs: removal.acceptedAtMs, toMs: outAtMs });
    return tookMs > withinMs
      ? [`I03: ${removal.userName} was active for ${Math.round(tookMs)} ms after the removal`]
      : [];
  });
}

/** When the last account of a removed person that could be used ceased to be; at the removal itself when none could. */
function lastTimeActive(ledger: readonly LedgerEntry[], { userName, acceptedAtMs, untilMs }: Removal): number {
  const isActive = new Map<string, boolean>();
  let outAtMs = acceptedAtMs;
  for (const entry of byEnd(ledger)) {
    const { doneAtMs = 0, remoteId } = entry;
    if (doneAtMs > untilMs) break;
    if (!isDone(entry) || entry.userName !== userName || remoteId === undefined) continue;
    const active = entry.method === "DELETE" ? false : entry.active;
    if (active === undefined) continue;
    // Somebody who is first heard of by a change was there before, and active as far as is known.
    const was = isActive.get(remoteId) ?? entry.method !== "POST";
    if ((was || active) && doneAtMs > acceptedAtMs) outAtMs = doneAtMs;
    isActive.set(remoteId, active);
  }
  return outAtMs;
}

/** When the app did not work: from a call that came to nothing to the next one that went well. */
function downtimes(ledger: readonly LedgerEntry[]): Span[] {
  const spans: Span[] = [];
  for (const entry of ledger) {
    const last = spans.at(-1);
    const isDown = last?.toMs === Number.POSITIVE_INFINITY;
    if (isTrouble(entry) && !isDown) spans.push({ fromMs: entry.atMs, toMs: Number.POSITIVE_INFINITY });
    if (!isTrouble(entry) && isDown) last.toMs = entry.atMs;
  }
  return spans;
}

const overlap = (spans: readonly Span[], { fromMs, toMs }: Span): number =>
  spans.reduce((sum, span) => sum + Math.max(0, Math.min(span.toMs, toMs) - Math.max(span.fromMs, fromMs)), 0);

/** I16: writes that said again what the app had been told, had answered and had not been told otherwise since. */
export function needlessWrites(ledger: readonly LedgerEntry[]): string[] {
  const told = new Map<string, string>();
  return byEnd(ledger).flatMap((entry) => {
    if (entry.method !== "PATCH" && entry.method !== "PUT") return [];
    const says = `${entry.method} ${entry.requestBody}`;
    const isAgain = told.get(entry.path) === says;
    if (isDone(entry) && !isTrouble(entry)) told.set(entry.path, says);
    else told.delete(entry.path);
    return isAgain ? [`I16: ${entry.method} ${entry.path} was sent again: ${entry.requestBody}`] : [];
  });
}

export type LaneLimits = { maxInFlight: number; ratePerSecond: number | null };

/** I17: calls beside more others than the connection may have, creates that came faster than it allows, calls in the pause after a 429. */
export function callsBeyondLimits(ledger: readonly LedgerEntry[], limits: LaneLimits): string[] {
  return [...tooManyAtOnce(ledger, limits), ...tooFast(ledger, limits), ...inPauses(ledger, limits)];
}

function tooManyAtOnce(ledger: readonly LedgerEntry[], { maxInFlight }: LaneLimits): string[] {
  // Of a caller that is gone the app notices nothing, and its successor need not wait for that.
  const calls = ledger.filter((entry) => entry.answered && entry.doneAtMs !== undefined);
  const moments = calls.flatMap(({ atMs, doneAtMs = 0 }) => [
    { atMs, step: 1 },
    { atMs: doneAtMs, step: -1 },
  ]);
  let inFlight = 0;
  let most = 0;
  for (const { step } of moments.sort((one, other) => one.atMs - other.atMs || one.step - other.step)) {
    inFlight += step;
    most = Math.max(most, inFlight);
  }
  return most > maxInFlight ? [`I17: ${most} calls were in flight, of ${maxInFlight}`] : [];
}

/** A batch begins without looking at the one before it. */
const RATE_SLACK = 1.25;

function tooFast(ledger: readonly LedgerEntry[], { ratePerSecond, maxInFlight }: LaneLimits): string[] {
  if (ratePerSecond === null) return [];
  const most = ratePerSecond * RATE_SLACK + maxInFlight;
  const creates = ledger.filter((entry) => entry.method === "POST");
  let first = 0;
  for (const [last, { atMs }] of creates.entries()) {
    while (atMs - (creates[first]?.atMs ?? 0) > 1_000) first += 1;
    if (last - first + 1 > most) return [`I17: ${last - first + 1} creates came in a second, of ${ratePerSecond}`];
  }
  return [];
}

const LONGEST_PAUSE_MS = 300_000;
const DEFAULT_PAUSE_MS = 5_000;

function inPauses(ledger: readonly LedgerEntry[], { maxInFlight }: LaneLimits): string[] {
  // Whoever was under way beside the refused one may end, with a second look at most.
  const most = 2 * (maxInFlight - 1);
  return ledger.flatMap((entry) => {
    const pauseMs = pauseOf(entry);
    if (pauseMs === 0 || entry.doneAtMs === undefined) return [];
    const { seq, doneAtMs } = entry;
    const inside = ledger.filter(
      (other) => other.answered && other.seq > seq && other.atMs < doneAtMs + pauseMs,
    ).length;
    return inside > most ? [`I17: ${inside} calls came in a pause of ${Math.round(pauseMs)} ms`] : [];
  });
}

/** How long the app asked to be left alone; not more than removals wait at most. */
function pauseOf({ status, retryAfter, doneAtMs = 0 }: LedgerEntry): number {
  const isRefusal = status === 429 || ((status === 503 || status === 403) && retryAfter !== undefined);
  if (!isRefusal) return 0;
  const seconds = /^\d+$/.test(retryAfter ?? "") ? Number(retryAfter) * 1_000 : Number.NaN;
  const untilDate = Date.parse(retryAfter ?? "") - doneAtMs;
  const asked = [seconds, /[a-z]{3}/i.test(retryAfter ?? "") ? untilDate : Number.NaN].find((ms) => !Number.isNaN(ms));
  return Math.min(Math.max(asked ?? DEFAULT_PAUSE_MS, 1_000), LONGEST_PAUSE_MS);
}

/** Two clocks of one machine, read by two processes. */
const CLOCKS_MS = 100;

/** I20: what a connection in quarantine was sent besides probes, until one of them went well. */
export function callsInQuarantine(ledger: readonly LedgerEntry[], quarantines: readonly Span[]): string[] {
  return quarantines.flatMap(({ fromMs, toMs }) => {
    const inside = ledger.filter(({ atMs }) => atMs > fromMs + CLOCKS_MS && atMs < toMs);
    const end = inside.findIndex((entry) => isProbe(entry) && !isTrouble(entry));
    return (
      inside
        .slice(0, end === -1 ? undefined : end)
        // What nobody waits for any more was sent before, and came late.
        .filter((entry) => entry.answered && !isProbe(entry))
        .map(({ method, path }) => `I20: ${method} ${path} was sent in quarantine`)
    );
  });
}

const SCIM_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error";

/** I21: what is wrong with an answer that is an error, by RFC 7644 section 3.12; null of one that is in order, or no error. */
export function strangeError(answer: { status: number; type: string | null; text: string }): string | null {
  const { status, type, text } = answer;
  if (status < 400) return null;
  const isScim = type?.startsWith("application/scim+json") === true;
  const hasStatus = text.includes(`"${SCIM_ERROR}"`) && text.includes(`"status":"${status}"`);
  return isScim && hasStatus ? null : `${status} as ${type}: ${text.slice(0, 200)}`;
}
