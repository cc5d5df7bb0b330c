/** Which requests a fault meets; everything left out means "any". */
export type FaultScope = {
  /** Strikes this many times, then is used up; without it, until it is cleared. */
  times?: number;
  /** Lets this many matching requests pass first. */
  skip?: number;
  /** HTTP method in upper case. */
  method?: string;
  /** Start of the path below the base URL, as sent: `/Users`, `/Groups/`. */
  path?: string;
  /** Text that the request's body or its decoded query must contain, such as a userName. */
  mentions?: string;
  /** Chance from 0 to 1 that a matching request is struck. */
  probability?: number;
  /** Any further condition; for callers in the same process only. */
  matches?: (request: FaultRequest) => boolean;
};

/** What the app does wrong. "Applied" means that the request has had its effect, whatever the caller hears. */
export type FaultKind =
  /** Waits, before the request is applied or after; it is applied even if the caller has gone. */
  | { kind: "latency"; latencyMs: number; when?: "before-applying" | "after-applying" }
  /** Answers a SCIM error; not applied unless `applied`. `retryAfter` is sent as it is, garbage included. */
  | { kind: "status"; status: number; retryAfter?: string; detail?: string; applied?: boolean }
  /** Answers anything at all, without applying the request. */
  | { kind: "reply"; status: number; contentType: string; body: string | Buffer; headers?: Record<string, string> }
  /** Answers 200 with an HTML login page; not applied. */
  | { kind: "html200" }
  /** Answers 401; not applied. */
  | { kind: "unauthorized" }
  /** Answers 429 to whatever exceeds the rate; not applied. */
  | { kind: "rate-limit"; perSecond: number; retryAfter?: string }
  /** Never applies and never answers. */
  | { kind: "hang" }
  /** Applies, then never answers, or destroys the socket. */
  | { kind: "swallow"; how: "silence" | "destroy" }
  /** Applies, sends the first bytes of the raw reply (status line included), then resets the connection. */
  | { kind: "reset"; afterBytes: number }
  /** Applies, then answers with a body padded to this size. */
  | { kind: "huge-reply"; totalBytes: number }
  /** Applies, then overrides top-level attributes of the reply: `{ active: true }`, `{ id: "other" }`. */
  | { kind: "alter"; set: Record<string, unknown> }
  /** Objects made by the request stay invisible to reads for a while; and uncounted, so that a second POST succeeds. */
  | { kind: "hide-new"; hiddenMs: number; uncounted?: boolean };

export type Fault = FaultScope & FaultKind;

/** A request as the faults see it. */
export type FaultRequest = { method: string; path: string; query: string; body: string };

/** The faults that strike one request: at most one outcome, any number of modifiers. */
export type Strike = {
  outcome: Outcome | undefined;
  beforeMs: number;
  afterMs: number;
  alterations: Record<string, unknown> | undefined;
  hiddenMs: number;
  uncountedMs: number;
  kinds: readonly string[];
};

export type Outcome = Exclude<FaultKind, { kind: "latency" | "alter" | "hide-new" | "rate-limit" }>;

export type FaultBoard = {
  /** Replaces all faults. */
  set(faults: readonly Fault[]): void;
  add(...faults: Fault[]): void;
  clear(): void;
  list(): { fault: Fault; struck: number }[];
  /** Uses up one strike of every fault that meets the request. */
  take(request: FaultRequest): Strike;
};

type Armed = { fault: Fault; skipped: number; struck: number; window: { startedAtMs: number; passed: number } };

const NO_STRIKE: Strike = {
  outcome: undefined,
  beforeMs: 0,
  afterMs: 0,
  alterations: undefined,
  hiddenMs: 0,
  uncountedMs: 0,
  kinds: [],
};

/** Makes a board without faults. The first fault with an outcome wins; modifiers add up. */
export function createFaultBoard(deps: { now(): number; random(): number }): FaultBoard {
  let armed: Armed[] = [];
  const arm = (fault: Fault): Armed => ({ fault, skipped: 0, struck: 0, window: { startedAtMs: 0, passed: 0 } });
  return {
    set(faults) {
      armed = faults.map(arm);
    },
    add(...faults) {
      armed.push(...faults.map(arm));
    },
    clear() {
      armed = [];
    },
    list: () => armed.map(({ fault, struck }) => ({ fault, struck })),
    take(request) {
      if (armed.length === 0) return NO_STRIKE;
      const strike: Strike = { ...NO_STRIKE };
      for (const entry of armed) {
        if (strike.outcome !== undefined && !isModifier(entry.fault)) continue;
        if (!strikes(deps, entry, request)) continue;
        entry.struck += 1;
        strike.kinds = [...strike.kinds, entry.fault.kind];
        addToStrike(strike, entry.fault);
      }
      return strike;
    },
  };
}

function isModifier(fault: Fault): boolean {
  return fault.kind === "latency" || fault.kind === "alter" || fault.kind === "hide-new";
}

function strikes(deps: { now(): number; random(): number }, entry: Armed, request: FaultRequest): boolean {
  const { fault } = entry;
  if (fault.times !== undefined && entry.struck >= fault.times) return false;
  if (fault.method !== undefined && fault.method !== request.method) return false;
  if (fault.path !== undefined && !request.path.startsWith(fault.path)) return false;
  if (fault.mentions !== undefined && !`${request.body}\n${request.query}`.includes(fault.mentions)) return false;
  if (fault.matches !== undefined && !fault.matches(request)) return false;
  if (fault.skip !== undefined && entry.skipped < fault.skip) {
    entry.skipped += 1;
    return false;
  }
  if (fault.probability !== undefined && deps.random() >= fault.probability) return false;
  return fault.kind !== "rate-limit" || exceedsRate(entry, fault.perSecond, deps.now());
}

function exceedsRate(entry: Armed, perSecond: number, nowMs: number): boolean {
  if (nowMs - entry.window.startedAtMs >= 1_000) entry.window = { startedAtMs: nowMs, passed: 0 };
  if (entry.window.passed >= perSecond) return true;
  entry.window.passed += 1;
  return false;
}

function addToStrike(strike: Strike, fault: Fault): void {
  switch (fault.kind) {
    case "latency":
      if (fault.when === "after-applying") strike.afterMs += fault.latencyMs;
      else strike.beforeMs += fault.latencyMs;
      return;
    case "alter":
      strike.alterations = { ...strike.alterations, ...fault.set };
      return;
    case "hide-new":
      strike.hiddenMs = Math.max(strike.hiddenMs, fault.hiddenMs);
      if (fault.uncounted === true) strike.uncountedMs = Math.max(strike.uncountedMs, fault.hiddenMs);
      return;
    case "rate-limit":
      strike.outcome = { kind: "status", status: 429, retryAfter: fault.retryAfter ?? "1" };
      return;
    case "status":
    case "reply":
    case "html200":
    case "unauthorized":
    case "hang":
    case "swallow":
    case "reset":
    case "huge-reply":
      strike.outcome = fault;
  }
}
