import type { Connector, LearnedSettings, RawAnswer, RawRequest, TargetProfile } from "@muster/connectors";
import type { Attributes } from "@muster/scim";
import type { LearnedEvidence, ProbeObject, ProbeStep } from "@muster/store";

/** Ends a probe: nothing further can be learned until somebody acts, or until later. */
export class ProbeStopped extends Error {
  override readonly name = "ProbeStopped";
  /** Another worker has the probe, and what it made. */
  readonly isOvertaken: boolean;

  constructor(message: string, isOvertaken = false) {
    super(message);
    this.isOvertaken = isOvertaken;
  }
}

/** Where a probe keeps what must survive it. */
export type ProbeLedger = {
  /** Keeps the steps, and the turn. @throws {ProbeStopped} when another worker has it */
  note(steps: readonly ProbeStep[]): Promise<void>;
  left(): Promise<ProbeObject[]>;
  /** Writes down what is about to be made, before it is. */
  plan(kind: ProbeObject["kind"], name: string): Promise<ProbeObject>;
  made(object: ProbeObject, remoteId: string): Promise<void>;
  gone(object: ProbeObject): Promise<void>;
};

export type ProbeDeps = {
  ask: NonNullable<Connector["ask"]>;
  ledger: ProbeLedger;
  now(): Date;
  /** Waits before the next request, as the connection's rate has it. */
  pace(): Promise<void>;
  wait(ms: number): Promise<void>;
  signal: AbortSignal;
  callMs: number;
};

export type ProbeInput = {
  profile: TargetProfile;
  /** No more than discovery and filters. */
  readOnly: boolean;
  /** How many test users there may be. */
  members: number;
  /** Whether groups are on. */
  groups: boolean;
  /** Part of every name: nobody else's. */
  mark: string;
};

/** A probe while it runs. */
export type ProbeRun = ProbeInput & {
  ledger: ProbeLedger;
  settings: LearnedSettings;
  evidence: LearnedEvidence[];
  memberLimit: number | null;
  /** Sends one request. @throws {ProbeStopped} when the app refuses the credential, is away, or asks for too long a wait */
  ask(request: RawRequest): Promise<RawAnswer>;
  /** Tells what a step came to. */
  step(step: Omit<ProbeStep, "at">): Promise<void>;
  /** Learns what is otherwise than the profile says; `setting` is a path such as users.updateBy. */
  learn(setting: string, value: unknown, from: { step: string; said: string }): void;
};

/** The longest that an app is waited for; a turn lasts longer. */
const MAX_WAIT_MS = 30_000;
const USUAL_WAIT_MS = 2_000;
/** The turn is kept this often, however long a step takes; with a call and its wait after it there is still time. */
const KEEP_MS = 10_000;
const MAX_WAITS = 3;

export function createProbeRun(deps: ProbeDeps, input: ProbeInput): ProbeRun {
  const steps: ProbeStep[] = [];
  let keptAtMs = deps.now().getTime();
  const note = async (): Promise<void> => {
    keptAtMs = deps.now().getTime();
    await deps.ledger.note(steps);
  };
  const run: ProbeRun = {
    ...input,
    ledger: deps.ledger,
    settings: {},
    evidence: [],
    memberLimit: null,
    async ask(request) {
      // A step of many requests keeps the turn too.
      if (deps.now().getTime() - keptAtMs > KEEP_MS) await note();
      return await askPatiently(deps, note, request);
    },
    async step(step) {
      steps.push({ ...step, at: deps.now().toISOString() });
      await note();
    },
    learn(setting, value, { step, said }) {
      const [part = "", name = ""] = setting.split(".");
      run.settings = { ...run.settings, [part]: { ...run.settings[part as keyof LearnedSettings], [name]: value } };
      run.evidence.push({ setting, step, said, at: deps.now().toISOString() });
    },
  };
  return run;
}

async function askPatiently(deps: ProbeDeps, note: () => Promise<void>, request: RawRequest): Promise<RawAnswer> {
  for (let waits = 0; ; waits += 1) {
    if (deps.signal.aborted) throw new ProbeStopped("The worker stops: the probe begins anew at another one");
    await deps.pace();
    const answer = await deps.ask(request, { signal: deps.signal, timeoutMs: deps.callMs });
    const { failure, status } = answer;
    if (failure === null || (failure.kind === "refused" && status !== 403)) return answer;
    // A request that an app stumbles over is an answer; whether it is away, the next read tells. A create may have happened.
    if (status === 500 && request.method !== "POST") return answer;
    if (failure.kind !== "throttled") throw new ProbeStopped(reasonOf(request, answer));
    const waitMs = failure.retryAfterMs ?? USUAL_WAIT_MS;
    if (waits >= MAX_WAITS || waitMs > MAX_WAIT_MS)
      throw new ProbeStopped(`The app asks to wait ${Math.ceil(waitMs / 1_000)} s: probe again after that`);
    await deps.wait(waitMs);
    await note();
  }
}

function reasonOf({ method, path }: RawRequest, { status, failure }: RawAnswer): string {
  const where = `${method} ${path}`;
  if (status === 401 || status === 407)
    return `The app refuses the credential (${status} on ${where}): give the connection a new one with PATCH and its whole target, and probe again`;
  if (status === 403)
    return `The credential may not do this (403 on ${where}): let it read and manage users and groups at the app, and probe again`;
  return `The app does not answer as an app (${where}: ${failure?.detail ?? ""}): mend that, and probe again`;
}

/** A request in words. */
export const askedOf = ({ method, path, query, body }: RawRequest): string =>
  `${method} ${path}${query === undefined ? "" : `?${decodeURIComponent(query)}`}${body === undefined ? "" : ` ${JSON.stringify(shorten(body))}`}`;

/** An answer in words. */
export function cameOf({ status, body, failure }: RawAnswer): string {
  if (failure !== null) return failure.detail.slice(0, MAX_TEXT);
  return `${status}${body === null ? ", no body" : ` ${JSON.stringify(shorten(body))}`}`;
}

const MAX_TEXT = 1_000;

/** The list of schemas says nothing, and other people's entries are nobody's business. */
function shorten({ schemas: _schemas, Resources, ...rest }: Attributes): Attributes | string {
  const shown = { ...rest, ...(Array.isArray(Resources) ? { Resources: `${Resources.length} entries` } : {}) };
  const text = JSON.stringify(shown);
  return text.length <= MAX_TEXT ? shown : `${text.slice(0, MAX_TEXT)}…`.toWellFormed();
}
