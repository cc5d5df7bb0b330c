import type { IncomingMessage } from "node:http";

/** The body as text; or too large, its rest still unread; or the caller went away. */
export type RequestBody = { kind: "text"; text: string } | { kind: "too-large" } | { kind: "aborted" };

/** Reads a request's body as UTF-8, up to `maxBodyBytes`. */
export function readRequestBody(request: IncomingMessage, maxBodyBytes: number): Promise<RequestBody> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxBodyBytes) chunks.push(chunk);
      else resolve({ kind: "too-large" });
    });
    request.on("end", () => resolve({ kind: "text", text: Buffer.concat(chunks).toString("utf8") }));
    request.on("error", () => resolve({ kind: "aborted" }));
    request.on("close", () => resolve({ kind: "aborted" }));
  });
}
