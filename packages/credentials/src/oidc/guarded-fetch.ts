import type { Dialer, DialMethod } from "@muster/runtime";
import type { CustomFetch } from "openid-client";

/** The identity provider did not answer, or may not be dialled: its text is for the log. */
export class ProviderAway extends Error {
  override readonly name = "ProviderAway";
}

const METHODS: ReadonlySet<string> = new Set<DialMethod>(["GET", "POST"]);
/** Statuses that have no body (RFC 9110 section 6.4.1); a Response refuses to be made with one. */
const EMPTY: ReadonlySet<number> = new Set([204, 205, 304]);

/** Makes the dialler look like fetch: no redirect is followed, nothing private is reached, every answer is capped (V63, V67, V68). */
export function createGuardedFetch(dialer: Pick<Dialer, "request">, timeoutMs: number): CustomFetch {
  return async (url, { method, headers, body, signal }) => {
    if (!METHODS.has(method)) throw new ProviderAway(`${method} is not sent to an identity provider`);
    const reply = await dialer.request({
      url,
      method: method as DialMethod,
      headers,
      ...(body === undefined || body === null ? {} : { body: textOf(body) }),
      signal: signal ?? new AbortController().signal,
      timeoutMs,
    });
    if (reply.kind === "failed") throw new ProviderAway(`${reply.code}: ${reply.detail}`);
    const shown = Object.entries(reply.headers).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, [value].flat().join(", ")]],
    );
    return new Response(EMPTY.has(reply.status) ? null : reply.body, { status: reply.status, headers: shown });
  };
}

function textOf(body: unknown): string {
  if (typeof body === "string") return body;
  if (body instanceof URLSearchParams) return body.toString();
  throw new TypeError("Only text is sent to an identity provider");
}
