import type { Dispatcher, Pool } from "undici";
import { DialError, type DialFailureCode, exchangeError } from "./dial-error.ts";
import { type ContentCoding, inflateBody, parseContentCoding } from "./inflate-body.ts";

export type DialMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
export type ReplyHeaders = Readonly<Record<string, string | string[] | undefined>>;

export type DialReply =
  | { kind: "reply"; status: number; headers: ReplyHeaders; body: string }
  | {
      kind: "failed";
      /** False only when it is certain that no byte of the request left; then a repeat is harmless. */
      sent: boolean;
      code: DialFailureCode;
      detail: string;
      /** The status line had come before it went wrong. */
      status: number | null;
    };

export type Exchange = {
  path: string;
  method: DialMethod;
  headers: Readonly<Record<string, string>>;
  body: string | undefined;
  signal: AbortSignal;
  timeoutMs: number;
};

export type ExchangeLimits = { maxBodyBytes: number; maxInflatedBytes: number };

/**
 * Sends one request over the pool and reads the whole reply; never rejects.
 * It uses `dispatch`, the layer under `request`, because only that tells the moment before the first byte is written.
 */
export function exchange(pool: Pool, call: Exchange, limits: ExchangeLimits): Promise<DialReply> {
  const { promise, resolve } = Promise.withResolvers<DialReply>();
  const reading = startReading(limits, settle);
  let settled = false;

  function settle(reply: DialReply): void {
    if (settled) return;
    settled = true;
    clearTimeout(timer);
    call.signal.removeEventListener("abort", abort);
    resolve(reply);
  }
  function stop(code: DialFailureCode, detail: string): void {
    settle(reading.failed(code, detail));
    reading.destroy();
  }
  const timer = setTimeout(() => stop("timeout", `no complete reply within ${call.timeoutMs} ms`), call.timeoutMs);
  const abort = () => stop("aborted", "aborted by the caller");
  if (call.signal.aborted) {
    abort();
    return promise;
  }
  call.signal.addEventListener("abort", abort, { once: true });

  const handler: Dispatcher.DispatchHandler = {
    ...reading.handler,
    onRequestStart(controller) {
      // Thrown, not aborted: undici then drops the request and keeps the connection, which has not been written to.
      if (settled) throw new DialError("no longer wanted", { code: "aborted" });
      reading.started(controller);
    },
  };
  const { path, method, headers, body } = call;
  try {
    pool.dispatch({ path, method, headers, ...(body === undefined ? {} : { body }) }, handler);
  } catch (error) {
    const failure = exchangeError(error);
    settle(reading.failed(failure.code, failure.message));
  }
  return promise;
}

type Reading = {
  handler: Dispatcher.DispatchHandler;
  started(controller: Dispatcher.DispatchController): void;
  failed(code: DialFailureCode, detail: string): DialReply;
  destroy(): void;
};

function startReading(limits: ExchangeLimits, settle: (reply: DialReply) => void): Reading {
  let controller: Dispatcher.DispatchController | null = null;
  let status: number | null = null;
  let headers: ReplyHeaders = {};
  let coding: ContentCoding = "identity";
  let size = 0;
  let ended = false;
  const chunks: Buffer[] = [];

  const failed = (code: DialFailureCode, detail: string): DialReply => {
    return { kind: "failed", sent: controller !== null, code, detail, status };
  };
  const destroy = () => {
    if (!ended) controller?.abort(new DialError("reply not wanted", { code: "aborted" }));
  };
  const refuse = (code: DialFailureCode, detail: string) => {
    settle(failed(code, detail));
    destroy();
  };
  const finish = async (reply: { status: number; headers: ReplyHeaders }) => {
    try {
      const [only] = chunks;
      const raw = chunks.length === 1 && only ? only : Buffer.concat(chunks);
      const bytes = coding === "identity" ? raw : await inflateBody(raw, coding, limits.maxInflatedBytes);
      settle({ kind: "reply", ...reply, body: decodeText(bytes) });
    } catch (error) {
      const failure = exchangeError(error);
      settle(failed(failure.code, failure.message));
    }
  };

  const handler: Dispatcher.DispatchHandler = {
    onResponseStart(_controller, statusCode, replyHeaders) {
      if (statusCode < 200) return;
      status = statusCode;
      headers = replyHeaders;
      const found = parseContentCoding(replyHeaders["content-encoding"]);
      if (found === null) refuse("encoding", "the reply has an unknown or a stacked content encoding");
      else coding = found;
    },
    onResponseData(_controller, chunk) {
      size += chunk.length;
      if (size > limits.maxBodyBytes) refuse("tooLarge", `the reply is larger than ${limits.maxBodyBytes} bytes`);
      else chunks.push(chunk);
    },
    onResponseEnd() {
      ended = true;
      void finish({ status: status ?? 0, headers });
    },
    onResponseError(_controller, error) {
      ended = true;
      const failure = exchangeError(error);
      settle(failed(failure.code, failure.message));
    },
  };
  const started = (given: Dispatcher.DispatchController) => {
    controller = given;
  };
  return { handler, started, failed, destroy };
}

/** JSON is UTF-8 (RFC 8259 section 8.1); a byte order mark, which some servers send, is not part of the text. */
function decodeText(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
