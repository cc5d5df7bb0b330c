import type { ServerResponse } from "node:http";
import type { Live } from "@muster/contract";

/** How often it is looked whether whoever listens still may. */
const CHECK_MS = 1_000;
/** Sent where nothing else is, so that nobody in between takes the connection for a dead one. */
const HEARTBEAT_MS = 15_000;
/** Then the caller comes again, which is a request like any other, and may land in another process. */
const LONGEST_MS = 10 * 60_000;
/** When a caller that was cut off comes again. */
const RETRY_MS = 3_000;

/**
 * Sends an answer that goes on (text/event-stream, HTML section 9.2): each state is an event `status`. The newest one is sent at
 * once, so whoever comes again has missed nothing, whatever its Last-Event-ID. Somebody who reads slowly gets the newest state only.
 * Ends when `stillMay` no longer answers true, with an event `end`; resolves when it is over. To somebody who is gone nothing is begun.
 */
export async function sendLive(
  res: ServerResponse,
  live: Live<unknown>,
  stillMay: () => Promise<boolean>,
): Promise<void> {
  // Left while the request was looked at: "close" has been, and nothing would ever end this.
  if (res.destroyed) return;
  res.writeHead(200, {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store, no-transform",
    // Some proxies would keep it until it is whole.
    "X-Accel-Buffering": "no",
  });
  res.write(`retry: ${RETRY_MS}\n\n`);
  let waiting: string | null = null;
  const write = (text: string): void => {
    if (res.writableEnded) return;
    if (res.writableNeedDrain) waiting = text;
    else res.write(text);
  };
  res.on("drain", () => {
    const text = waiting;
    waiting = null;
    if (text !== null) write(text);
  });
  const end = (reason: string): void => {
    // What was not read so far is not going to be.
    if (res.writableNeedDrain) res.destroy();
    else if (!res.writableEnded) res.end(`event: end\ndata: {"reason":"${reason}"}\n\n`);
  };
  const stop = live({ next: (state) => write(toEvent(state)), end: () => end("gone") });
  let isAsking = false;
  const timers = [
    setInterval(() => {
      if (!res.writableNeedDrain) write(":\n\n");
    }, HEARTBEAT_MS),
    setTimeout(() => end("again"), LONGEST_MS),
    setInterval(() => {
      if (isAsking) return;
      isAsking = true;
      void stillMay().then((may) => {
        isAsking = false;
        if (!may) end("signedOut");
      });
    }, CHECK_MS),
  ];
  await new Promise<void>((resolve) => res.once("close", resolve));
  for (const timer of timers) clearTimeout(timer);
  stop();
}

const toEvent = (state: unknown): string => `event: status\ndata: ${JSON.stringify(state)}\n\n`;
