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

/** Makes the caller of one session; `onSignedOut` hears when the API no longer knows it. */
export function createCall(session: { csrfToken: string | null; onSignedOut(): void }): Call {
  return async (route, sent, signal) => {
    const { params, query, body } = sent as { params?: Values; query?: Values; body?: unknown };
    const [method = "GET", template = ""] = route.split(" ");
    const answer = await fetch(toPath(template, params ?? {}, query ?? {}), {
      method,
      credentials: "same-origin",
      headers: {
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
