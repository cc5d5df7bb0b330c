import type { IncomingMessage } from "node:http";
import secureJson from "secure-json-parse";
import { countKept, countMembers, findRepeatedName } from "./json-members.ts";

const DEFAULT_MAX_DEPTH = 32;
/** A longer name is shown in part. */
const MAX_NAME = 100;

/** Why a request's body or query was refused, and the status that says so. */
export class BodyError extends Error {
  override readonly name = "BodyError";
  readonly status: 400 | 408 | 413 | 415;
  /** A sentence for the client; of what the client sent it repeats nothing but a name that comes twice. */
  readonly reason: string;

  constructor(reason: string, options: { status: 400 | 408 | 413 | 415; cause?: unknown }) {
    super(reason, options);
    this.status = options.status;
    this.reason = reason;
  }
}

export type BodyLimits = {
  maxBytes: number;
  /** Arrays and objects inside each other; 32 unless told. */
  maxDepth?: number;
};

/**
 * Reads a request's body as JSON: length first, bytes counted while they come, depth before parsing, then UTF-8 and
 * JSON without prototype keys and without a name twice in one object (RFC 8259 §4). A byte order mark is dropped (RFC 8259 §8.1). An empty body is `undefined`.
 *
 * @throws {BodyError} 413 too long, 415 compressed or another charset, 408 never complete, 400 not such JSON
 */
export async function readJson(req: IncomingMessage, limits: BodyLimits): Promise<unknown> {
  return parseJson(await readBody(req, limits.maxBytes), limits.maxDepth);
}

/**
 * Reads a request's body: length first, then bytes counted while they come.
 *
 * @throws {BodyError} 413 too long, 415 compressed or another charset, 408 never complete
 */
export async function readBody(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  checkHeaders(req, maxBytes);
  return await readBytes(req, maxBytes);
}

/**
 * Parses JSON bytes under the same rules as `readJson`; blank bytes are `undefined`.
 *
 * @throws {BodyError} 400
 */
export function parseJson(bytes: Uint8Array, maxDepth: number = DEFAULT_MAX_DEPTH): unknown {
  const written = countMembers(bytes, maxDepth);
  if (written === undefined) {
    throw new BodyError(`The body is nested deeper than ${String(maxDepth)} levels`, { status: 400 });
  }
  const text = decodeUtf8(bytes);
  if (text.trim() === "") {
    return undefined;
  }
  const parsed = parseText(text);
  // The parser keeps the last of two members with one name, so what it kept is fewer than what was written (F45).
  if (countKept(parsed) < written) {
    throw repeated(findRepeatedName(text) ?? "");
  }
  return parsed;
}

function parseText(text: string): unknown {
  try {
    const parsed: unknown = secureJson.parse(text, { protoAction: "error", constructorAction: "error" });
    return parsed;
  } catch (error) {
    // The parser's message quotes the body, so it goes no further than the cause.
    throw new BodyError("The body is not valid JSON, or has a forbidden key", { status: 400, cause: error });
  }
}

function repeated(name: string): BodyError {
  const printable = name.slice(0, MAX_NAME).replace(/[^\x20-\x7E]/g, "?");
  const shown = name.length > MAX_NAME ? `${printable}...` : printable;
  return new BodyError(`"${shown}" comes twice in one object; send it once`, { status: 400 });
}

function checkHeaders(req: IncomingMessage, maxBytes: number): void {
  if (Number(req.headers["content-length"] ?? 0) > maxBytes) {
    throw tooLong(req, maxBytes);
  }
  const encoding = req.headers["content-encoding"];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== "identity") {
    throw refuse(req, new BodyError("The body must not be compressed", { status: 415 }));
  }
  const charset = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(req.headers["content-type"] ?? "")?.[1];
  if (charset !== undefined && !/^(?:utf-?8|us-ascii)$/i.test(charset)) {
    throw refuse(req, new BodyError("The body must be in UTF-8", { status: 415 }));
  }
}

function readBytes(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (req.readableEnded) {
    return Promise.resolve(Buffer.alloc(0));
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (finish: () => void): void => {
      req.off("data", onChunk).off("end", onEnd).off("close", onCut).off("error", onCut);
      finish();
    };
    const onChunk = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > maxBytes) {
        settle(() => {
          reject(tooLong(req, maxBytes));
        });
        return;
      }
      chunks.push(chunk);
    };
    const onEnd = (): void => {
      settle(() => {
        resolve(Buffer.concat(chunks, length));
      });
    };
    const onCut = (): void => {
      settle(() => {
        // A late error of the same socket must not become an uncaught one.
        req.on("error", () => undefined);
        reject(new BodyError("The body did not arrive completely", { status: 408 }));
      });
    };
    req.on("data", onChunk).on("end", onEnd).on("close", onCut).on("error", onCut);
    if (req.destroyed) {
      onCut();
    }
  });
}

function tooLong(req: IncomingMessage, maxBytes: number): BodyError {
  return refuse(req, new BodyError(`The body is longer than ${String(maxBytes)} bytes`, { status: 413 }));
}

/** Lets the rest of the body flow into nothing, bounded by the server's request timeout, so that the client can read the answer. */
function refuse(req: IncomingMessage, error: BodyError): BodyError {
  req.on("error", () => undefined);
  req.resume();
  return error;
}

/**
 * Decodes bytes as UTF-8.
 *
 * @throws {BodyError} 400
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new BodyError("The body is not valid UTF-8", { status: 400, cause: error });
  }
}
