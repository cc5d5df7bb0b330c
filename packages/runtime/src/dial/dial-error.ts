/** Why a request came to nothing; `blocked` and `invalid` are our own refusals, the rest happened on the way. */
export type DialFailureCode =
  | "blocked"
  | "invalid"
  | "dns"
  | "refused"
  | "tls"
  | "timeout"
  | "reset"
  | "tooLarge"
  | "encoding"
  | "protocol"
  | "aborted";

/**
 * A failure of the dialler, with the code that its callers branch on.
 * undici retries a connect error that carries one of its own UND_ERR_ codes for ever, so none may leave the connect hook.
 */
export class DialError extends Error {
  readonly code: DialFailureCode;

  constructor(message: string, options: { code: DialFailureCode; cause?: unknown }) {
    super(message, options);
    this.name = "DialError";
    this.code = options.code;
  }
}

const CONNECT_CODES: Readonly<Record<string, DialFailureCode>> = {
  ETIMEDOUT: "timeout",
  ECONNRESET: "reset",
  EPIPE: "reset",
};

const EXCHANGE_CODES: Readonly<Record<string, DialFailureCode>> = {
  UND_ERR_HEADERS_OVERFLOW: "tooLarge",
  UND_ERR_RES_EXCEEDED_MAX_SIZE: "tooLarge",
  UND_ERR_INVALID_ARG: "invalid",
  UND_ERR_HEADERS_TIMEOUT: "timeout",
  UND_ERR_BODY_TIMEOUT: "timeout",
  ETIMEDOUT: "timeout",
  UND_ERR_DESTROYED: "aborted",
  UND_ERR_CLOSED: "aborted",
};

/** With TLS 1.3 a server says only after the handshake that it does not take our certificate, or none; it acts on nothing then. */
const CERTIFICATE_ALERT = /^ERR_SSL_.*ALERT.*(?:CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/;

/** Turns what a socket said while it was being opened into a DialError; `connected` tells TCP failures from TLS ones. */
export function connectError(error: unknown, connected: boolean): DialError {
  if (error instanceof DialError) return error;
  const { code, message } = describe(error);
  return new DialError(message, { code: CONNECT_CODES[code] ?? (connected ? "tls" : "refused"), cause: error });
}

/** Turns what undici said once a request was handed to it into a DialError. */
export function exchangeError(error: unknown): DialError {
  if (error instanceof DialError) return error;
  const { code, message } = describe(error);
  const isGarbage = error instanceof Error && error.name === "HTTPParserError";
  const kind = EXCHANGE_CODES[code] ?? (CERTIFICATE_ALERT.test(code) ? "tls" : isGarbage ? "protocol" : "reset");
  return new DialError(message, { code: kind, cause: error });
}

function describe(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: "", message: "unknown error" };
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return { code, message: code && !error.message.includes(code) ? `${error.message} (${code})` : error.message };
}
