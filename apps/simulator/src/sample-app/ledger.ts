/** One request to the app, in order of arrival. */
export type LedgerEntry = {
  seq: number;
  /** Arrival, in milliseconds since the epoch, with fractions. */
  atMs: number;
  /** When the reply was handed to the socket or withheld; missing while the request is under way. */
  doneAtMs?: number;
  method: string;
  /** Path below the base URL, as sent. */
  path: string;
  query: string;
  /** The status the app decided on; 0 while it has not, and for ever when the request hangs. */
  status: number;
  /** False when the caller did not get the whole reply: swallowed, reset, hanging. */
  answered: boolean;
  /** The header of the answer by which the app asked to be left alone for a while. */
  retryAfter?: string;
  tokenOk: boolean;
  /** The header by which a caller says what led to the request (W3C Trace Context). */
  traceparent?: string;
  userName?: string;
  externalId?: string;
  remoteId?: string;
  /** State of the account after the request, where it is about one account that still exists. */
  active?: boolean;
  requestBody?: string;
  /** Kinds of the faults that struck. */
  faults?: readonly string[];
};

export type LedgerCounts = {
  /** What came before this, in milliseconds since the epoch, was forgotten. */
  sinceMs: number;
  total: number;
  inFlight: number;
  maxInFlight: number;
  firstAtMs: number | undefined;
  lastAtMs: number | undefined;
  byMethod: Record<string, number>;
  byStatus: Record<string, number>;
  /** Finished requests by method and collection, such as `POST /Users`. */
  byRoute: Record<string, number>;
  dropped: number;
};

export type LedgerOptions = {
  /** `counts` keeps no entries at all, for benchmarks. */
  keep: "entries" | "counts";
  /** Entries kept; beyond it the oldest go, and `dropped` says how many. */
  maxEntries: number;
};

export type Ledger = {
  open(entry: Omit<LedgerEntry, "seq" | "status" | "answered">): LedgerEntry;
  close(entry: LedgerEntry, doneAtMs: number): void;
  entries(afterSeq?: number): LedgerEntry[];
  counts(): LedgerCounts;
  clear(): void;
};

/** Makes an empty ledger; sequence numbers start at 1 and are never reused, `clear` included. */
export function createLedger(deps: { now(): number }, options: LedgerOptions): Ledger {
  let seq = 0;
  let firstKept = 1;
  let ring: LedgerEntry[] = [];
  let counts = emptyCounts(deps.now());
  const slot = (entrySeq: number): number => (entrySeq - 1) % options.maxEntries;
  return {
    open(start) {
      seq += 1;
      const entry: LedgerEntry = { seq, ...start, status: 0, answered: false };
      counts.total += 1;
      counts.inFlight += 1;
      counts.maxInFlight = Math.max(counts.maxInFlight, counts.inFlight);
      counts.firstAtMs ??= entry.atMs;
      counts.lastAtMs = entry.atMs;
      if (options.keep === "entries") {
        ring[slot(seq)] = entry;
        if (seq - firstKept >= options.maxEntries) {
          firstKept += 1;
          counts.dropped += 1;
        }
      }
      return entry;
    },
    close(entry, doneAtMs) {
      entry.doneAtMs = doneAtMs;
      counts.inFlight -= 1;
      increment(counts.byMethod, entry.method);
      increment(counts.byStatus, String(entry.status));
      increment(counts.byRoute, `${entry.method} /${entry.path.split("/", 2)[1] ?? ""}`);
    },
    entries(afterSeq = 0) {
      if (options.keep === "counts") return [];
      const listed: LedgerEntry[] = [];
      for (let next = Math.max(firstKept, afterSeq + 1); next <= seq; next += 1) {
        const entry = ring[slot(next)];
        if (entry !== undefined) listed.push({ ...entry });
      }
      return listed;
    },
    counts: () => structuredClone(counts),
    clear() {
      ring = [];
      firstKept = seq + 1;
      counts = { ...emptyCounts(deps.now()), inFlight: counts.inFlight };
    },
  };
}

function emptyCounts(sinceMs: number): LedgerCounts {
  return {
    sinceMs,
    total: 0,
    inFlight: 0,
    maxInFlight: 0,
    firstAtMs: undefined,
    lastAtMs: undefined,
    byMethod: {},
    byStatus: {},
    byRoute: {},
    dropped: 0,
  };
}

function increment(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
