import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { Lines } from "@muster/contract";

/**
 * Sends an answer of many lines (application/x-ndjson), as fast as the caller reads and no faster. The head goes out with the first
 * line, so that what goes wrong before can still be told. Rejects when the caller has left.
 */
export async function sendLines(res: ServerResponse, lines: Lines<unknown>): Promise<void> {
  const left = new AbortController();
  res.once("close", () => left.abort());
  await lines(async (some) => {
    left.signal.throwIfAborted();
    if (!res.headersSent) res.writeHead(200, { "Content-Type": "application/x-ndjson", "Cache-Control": "no-store" });
    const text = some.map((line) => `${JSON.stringify(line)}\n`).join("");
    if (!res.write(text)) await once(res, "drain", { signal: left.signal });
  });
  res.end();
}
