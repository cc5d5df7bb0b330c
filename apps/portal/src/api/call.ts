import type {
  AnswerOf,
  BodyOf,
  Operation,
  operations,
  ParamsOf,
  Problem,
  QueryOf,
  sessionOperations,
} from "@muster/contract";
import { framedLinkId } from "./frame.ts";

type Every = typeof operations & typeof sessionOperations;
type Known = Every[keyof Every];

/** An operation as it is written in calls: `GET /api/v1/tenants/{tenantId}`. */
export type Route = { [K in keyof Every]: `${Uppercase<Every[K]["method"]>} ${Every[K]["path"]}` }[keyof Every];

type At<R extends Route> = R extends `${infer M} ${infer P}`
  ? Extract<Known, { method: Lowercase<M>; path: P }>
  : never;

type Sent<O extends Operation> = (keyof ParamsOf<O> extends never ? { params?: undefined } : { params: ParamsOf<O> }) &
  (BodyOf<O> extends undefined ? { body?: undefined } : { body: BodyOf<O> }) & { query?: QueryOf<O> };

/** What a call of a route takes: its parameters, query and body, as the contract types them. */
export type SentOf<R extends Route> = Sent<At<R>>;
/** What a route answers. */
export type AnswerAt<R extends Route> = AnswerOf<At<R>>;

/** A request that was refused, or not answered at all (status 0). */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly issues: NonNullable<Problem["issues"]>;
  constructor(status: number, detail: string, issues: NonNullable<Problem["issues"]> = []) {
    super(detail);
    this.status = status;
    this.issues = issues;
  }
}

/** Calls the API; throws `ApiError`. */
export type Call = <R extends Route>(route: R, sent: SentOf<R>, signal?: AbortSignal) => Promise<AnswerAt<R>>;

/** Follows a route that goes on telling; resolves when it ended, with whether to come again. Throws what `fetch` throws when it is lost. */
export type Follow = (
  route: LiveRoute,
  sent: { params: Values },
  on: { state(state: unknown): void; signal: AbortSignal },
) => Promise<"again" | "never">;

/** A route that goes on telling, as a stream of events. */
export type LiveRoute = Extract<Route, `${string}/live`>;

type Held = { csrfToken: string | null; bearer?: string | undefined; onSignedOut(): void };

/** How a request says whose it is: by the browser's cookie, or in a frame, where there is none to be sent, by what this page holds. */
function signed({ bearer }: Held): { credentials: RequestCredentials; headers: Record<string, string> } {
  if (framedLinkId() === null) return { credentials: "same-origin", headers: {} };
  return { credentials: "omit", headers: bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` } };
}

/** Makes what follows a route for one session. */
export function createFollow(session: Held): Follow {
  return async (route, { params }, { state, signal }) => {
    const { credentials, headers } = signed(session);
    const answer = await fetch(toPath(route.slice("GET ".length), params, {}), {
      credentials,
      headers: { ...headers, Accept: "text/event-stream" },
      signal,
    });
    if (answer.status === 401) session.onSignedOut();
    // Too many are open, or the gateway is away for a moment: that may be better later.
    if (!answer.ok || answer.body === null) return answer.status === 429 || answer.status >= 500 ? "again" : "never";
    let last = "again";
    for await (const { event, data } of readEvents(answer.body)) {
      if (event === "status") state(data);
      if (event === "end") last = String((data as { reason?: unknown }).reason);
    }
    if (last === "signedOut") session.onSignedOut();
    return last === "again" ? "again" : "never";
  };
}

/** The events of a stream (text/event-stream), each with its data read as JSON. Comments, which say that it goes on, are passed over. */
async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<{ event: string; data: unknown }> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let text = "";
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const blocks = (text + read.value).split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1];
      const [event, data] = [field("event"), field("data")];
      if (event !== undefined && data !== undefined) yield { event, data: JSON.parse(data) as unknown };
    }
  }
}

/** Makes the caller of one session; `onSignedOut` hears when the API no longer knows it. */
export function createCall(session: Held): Call {
  return async (route, sent, signal) => {
    const { params, query, body } = sent as { params?: Values; query?: Values; body?: unknown };
    const [method = "GET", template = ""] = route.split(" ");
    const { credentials, headers } = signed(session);
    const answer = await fetch(toPath(template, params ?? {}, query ?? {}), {
      method,
      credentials,
      headers: {
        ...headers,
        Accept: "application/json",
        ...(session.csrfToken === null || method === "GET" ? {} : { "X-CSRF-Token": session.csrfToken }),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    }).catch((cause: unknown) => {
      if (signal?.aborted === true) throw cause;
      throw new ApiError(0, "The gateway does not answer. Check that it is running and that you are connected.");
    });
    const value: unknown = answer.status === 204 ? undefined : await answer.json().catch(() => undefined);
    if (answer.ok) return value as never;
    if (answer.status === 401) session.onSignedOut();
    throw toError(answer.status, value);
  };
}

type Values = Record<string, string | number | undefined>;

// Relative to the page's base, so that a portal below a path of its own reaches the API below the same path.
function toPath(template: string, params: Values, query: Values): string {
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name] ?? "")));
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const search = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString();
  return new URL(`.${path}${search === "" ? "" : `?${search}`}`, document.baseURI).href;
}

function toError(status: number, value: unknown): ApiError {
  const { detail, issues } = (value ?? {}) as Partial<Problem>;
  return new ApiError(status, detail ?? `The gateway answered ${status} without saying why`, issues);
}
