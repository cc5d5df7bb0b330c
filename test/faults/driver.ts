import { setTimeout as sleep } from "node:timers/promises";
import { type Removal, strangeError } from "./ledger-checks.ts";

/** A write that the gateway took responsibility for. `status` 409 means: an earlier try had been stored after all. */
export type AcceptedWrite = {
  id: string;
  userName: string;
  active: boolean;
  title: string | undefined;
  status: number;
  atMs: number;
};

/** An identity provider that retries until it is heard, and remembers what was accepted. */
export type Driver = {
  /** Creates a person; on a broken connection or a 5xx tries again, as identity providers do. */
  create(userName: string): Promise<AcceptedWrite>;
  /** Creates that many people, `concurrency` at a time, named `prefix` and a number. */
  createMany(prefix: string, count: number, concurrency?: number): Promise<void>;
  setActive(userName: string, active: boolean): Promise<void>;
  setTitle(userName: string, title: string): Promise<void>;
  /** Sends one request as it is, a text or bytes without making JSON of them; for what the methods above do not cover. */
  send(method: string, path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }>;
  /** Like `send`, again and again until there is an answer that is no 5xx. */
  insist(method: string, path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }>;
  /** The accepted-write ledger, by userName: the last accepted state of each person. */
  readonly accepted: ReadonlyMap<string, AcceptedWrite>;
  /** Who was ever asked to be made inactive, and active again, by userName: the app may have seen no more than that. */
  readonly asked: { readonly inactive: ReadonlySet<string>; readonly active: ReadonlySet<string> };
  /** Accepted removals in their order, with the time of the answer and of the next request that took one back. */
  readonly removals: readonly Removal[];
  /** Tries that got no answer or a 5xx. */
  readonly troubles: readonly string[];
  /** Answers of an error that were not in the format of SCIM (I21). */
  readonly strangeErrors: readonly string[];
  /** Says all over again what was accepted last, as an identity provider does in a full sync; who is unknown is created. */
  repeatAll(): Promise<void>;
  /** Says once more what was accepted last of one person's access and title, as a change. */
  repeat(userName: string): Promise<void>;
};

type Change = { active?: boolean; title?: string };

const USER = "urn:ietf:params:scim:schemas:core:2.0:User";
const PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const RETRY_AFTER_MS = 100;
const REQUEST_TIMEOUT_MS = 30_000;
const CONCURRENCY = 8;

const isRaw = (body: unknown): body is string | Buffer<ArrayBuffer> =>
  typeof body === "string" || Buffer.isBuffer(body);

/** Makes a driver of one directory. Requests go round over `origins`, the addresses of the api processes. */
export function createDriver(input: { endpointUrl: string; bearerToken: string; origins: readonly string[] }): Driver {
  const { pathname } = new URL(input.endpointUrl);
  const accepted = new Map<string, AcceptedWrite>();
  const asked = { inactive: new Set<string>(), active: new Set<string>() };
  const removals: Removal[] = [];
  const troubles: string[] = [];
  const strangeErrors: string[] = [];
  let turn = 0;

  async function send(method: string, path: string, body?: unknown) {
    const origin = input.origins[turn++ % input.origins.length] ?? "";
    const response = await fetch(`${origin}${pathname}${path}`, {
      method,
      headers: { authorization: `Bearer ${input.bearerToken}`, "content-type": "application/scim+json" },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      ...(body === undefined ? {} : { body: isRaw(body) ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const strange = strangeError({ status: response.status, type: response.headers.get("content-type"), text });
    if (strange !== null) strangeErrors.push(`${method}: ${strange}`);
    return { status: response.status, body: text === "" ? {} : JSON.parse(text) };
  }

  /** Repeats a request until it has a definite answer. */
  async function insist(method: string, path: string, body?: unknown) {
    for (;;) {
      try {
        const answer = await send(method, path, body);
        if (answer.status < 500) return answer;
        troubles.push(`${method} answered ${answer.status}`);
      } catch (error) {
        troubles.push(`${method} got no answer: ${String(error)}`);
      }
      await sleep(RETRY_AFTER_MS);
    }
  }

  async function create(userName: string): Promise<AcceptedWrite> {
    const made = await insist("POST", "/Users", { schemas: [USER], userName, active: true });
    const found = made.status === 409 ? await find(userName) : made.body;
    if ((made.status !== 201 && made.status !== 409) || typeof found.id !== "string")
      throw new Error(`POST ${userName} answered ${made.status}: ${JSON.stringify(made.body)}`);
    const write = { id: found.id, userName, active: true, title: undefined, status: made.status, atMs: Date.now() };
    accepted.set(userName, write);
    return write;
  }

  async function find(userName: string): Promise<{ id?: unknown }> {
    const filter = encodeURIComponent(`userName eq ${JSON.stringify(userName)}`);
    const { body } = await insist("GET", `/Users?filter=${filter}`);
    return body.Resources?.[0] ?? {};
  }

  async function patch(userName: string, change: Change): Promise<void> {
    const write = accepted.get(userName);
    if (write === undefined) throw new Error(`${userName} was never accepted`);
    if (change.active !== undefined) asked[change.active ? "active" : "inactive"].add(userName);
    if (change.active === true)
      for (const removal of removals.filter((one) => one.userName === userName))
        removal.untilMs = Math.min(removal.untilMs, Date.now());
    const { status } = await sendPatch(write, change);
    accepted.set(userName, { ...write, ...change, status, atMs: Date.now() });
    if (change.active === false && write.active)
      removals.push({ userName, acceptedAtMs: Date.now(), untilMs: Number.POSITIVE_INFINITY });
  }

  async function sendPatch({ id, userName }: AcceptedWrite, change: Change) {
    const operations = Object.entries(change).map(([path, value]) => ({ op: "replace", path, value }));
    const answer = await insist("PATCH", `/Users/${id}`, { schemas: [PATCH_OP], Operations: operations });
    if (answer.status !== 200 && answer.status !== 204) throw new Error(`PATCH ${userName} answered ${answer.status}`);
    return answer;
  }

  async function repeat({ id, userName, active, title }: AcceptedWrite): Promise<void> {
    const user = { schemas: [USER], userName, active, ...(title === undefined ? {} : { title }) };
    const answer = await insist("PUT", `/Users/${id}`, user);
    if (answer.status === 200) return;
    const made = await insist("POST", "/Users", user);
    const write = { userName, active, title, status: made.status, atMs: Date.now() };
    if (made.status !== 201) throw new Error(`POST ${userName} answered ${made.status}`);
    accepted.set(userName, { ...write, id: String(made.body.id) });
  }

  return {
    accepted,
    asked,
    async repeatAll() {
      for (const write of [...accepted.values()]) await repeat(write);
    },
    removals,
    troubles,
    strangeErrors,
    send,
    insist,
    async repeat(userName) {
      const write = accepted.get(userName);
      if (write === undefined) throw new Error(`${userName} was never accepted`);
      const { active, title } = write;
      await sendPatch(write, title === undefined ? { active } : { active, title });
    },
    create,
    async createMany(prefix, count, concurrency = CONCURRENCY) {
      let next = 0;
      const work = async (): Promise<void> => {
        while (next < count) await create(`${prefix}-${next++}`);
      };
      await Promise.all(Array.from({ length: Math.min(concurrency, count) }, work));
    },
    setActive: (userName, active) => patch(userName, { active }),
    setTitle: (userName, title) => patch(userName, { title }),
  };
}
