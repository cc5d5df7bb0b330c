import type { ServerResponse } from "node:http";
import type { JsonObject } from "./json-object.ts";

/** A reply ready to be sent, whole or damaged. */
export type RawReply = {
  status: number;
  contentType?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
};

/** Renders a JSON reply in SCIM's media type (RFC 7644 §3.1). */
export function scimReply(
  status: number,
  body: JsonObject | undefined,
  headers: Record<string, string> = {},
): RawReply {
  if (body === undefined) return { status, headers };
  return { status, headers, contentType: "application/scim+json;charset=utf-8", body: JSON.stringify(body) };
}

/** Sends a whole reply. */
export function sendReply(response: ServerResponse, reply: RawReply): void {
  response.writeHead(reply.status, headersOf(reply));
  response.end(reply.body);
}

/** Sends the first bytes of a reply, status line included, and resets the connection. */
export function sendBeginning(response: ServerResponse, reply: RawReply, afterBytes: number): void {
  const { socket } = response;
  if (socket === null) return;
  const head = Object.entries(headersOf(reply)).map(([name, value]) => `${name}: ${value}\r\n`);
  const bytes = Buffer.from(`HTTP/1.1 ${reply.status} Reply\r\n${head.join("")}\r\n${reply.body ?? ""}`);
  const beginning = bytes.subarray(0, Math.max(0, afterBytes));
  if (beginning.length === 0) socket.resetAndDestroy();
  else socket.write(beginning, () => socket.resetAndDestroy());
}

/** Sends a reply whose body is padded with spaces up to `totalBytes`, as fast as the caller reads it. */
export function sendHuge(response: ServerResponse, reply: RawReply, totalBytes: number): void {
  const body = Buffer.from(reply.body ?? "");
  const length = Math.max(totalBytes, body.length);
  response.writeHead(reply.status, { ...headersOf(reply), "content-length": String(length) });
  response.write(body);
  let left = length - body.length;
  const padding = Buffer.alloc(65_536, " ");
  const pour = (): void => {
    while (left > 0 && !response.destroyed) {
      const part = padding.subarray(0, Math.min(left, padding.length));
      left -= part.length;
      if (!response.write(part)) {
        response.once("drain", pour);
        return;
      }
    }
    if (left === 0) response.end();
  };
  pour();
}

function headersOf(reply: RawReply): Record<string, string> {
  const headers: Record<string, string> = { ...reply.headers };
  if (reply.contentType !== undefined) headers["content-type"] = reply.contentType;
  // A 204 has no body and therefore no length (RFC 9110 §8.6).
  if (reply.status !== 204) headers["content-length"] = String(Buffer.byteLength(reply.body ?? ""));
  return headers;
}
