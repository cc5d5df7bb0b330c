import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate, inflateRaw } from "node:zlib";
import { DialError } from "./dial-error.ts";

type Decompress = (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const gunzipAsync: Decompress = promisify(gunzip);
const inflateAsync: Decompress = promisify(inflate);
const inflateRawAsync: Decompress = promisify(inflateRaw);
const brotliAsync: Decompress = promisify(brotliDecompress);

export type ContentCoding = "identity" | "gzip" | "deflate" | "br";

const CODINGS: Readonly<Record<string, ContentCoding>> = {
  "": "identity",
  identity: "identity",
  gzip: "gzip",
  "x-gzip": "gzip",
  deflate: "deflate",
  br: "br",
};

/** Reads Content-Encoding (RFC 9110 section 8.4); null when it is unknown or more than one is stacked (V68). */
export function parseContentCoding(header: string | string[] | undefined): ContentCoding | null {
  if (Array.isArray(header)) return header.length === 1 ? parseContentCoding(header[0]) : null;
  const name = (header ?? "").trim().toLowerCase();
  return Object.hasOwn(CODINGS, name) ? (CODINGS[name] ?? null) : null;
}

/**
 * Undoes one content coding, writing no more than `maxBytes`.
 *
 * @throws {DialError} `tooLarge`, or `encoding` when the bytes are not what the header says
 */
export async function inflateBody(body: Buffer, coding: ContentCoding, maxBytes: number): Promise<Buffer> {
  if (coding === "identity" || body.length === 0) return body;
  try {
    return await decompressor(body, coding)(body, { maxOutputLength: maxBytes });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE") {
      throw new DialError(`the reply inflates to more than ${maxBytes} bytes`, { code: "tooLarge", cause: error });
    }
    throw new DialError(`the reply is not valid ${coding}`, { code: "encoding", cause: error });
  }
}

function decompressor(body: Buffer, coding: Exclude<ContentCoding, "identity">): Decompress {
  if (coding === "gzip") return gunzipAsync;
  if (coding === "br") return brotliAsync;
  // "deflate" is zlib-wrapped by the standard and bare in many servers; the low half of the first byte tells.
  return ((body[0] ?? 0) & 0x0f) === 8 ? inflateAsync : inflateRawAsync;
}
