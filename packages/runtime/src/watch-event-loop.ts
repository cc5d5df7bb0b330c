import type { Clock } from "./clock.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";

/** How often the loop is felt; what is late by less than a second is load, not a stall. */
const BEAT_MS = 250;
const STALL_MS = 1_000;

/**
 * Counts and logs the times at which nothing could run in this process, because something held its one thread: leases are lost
 * and deadlines missed by it, and from outside it looks like a slow network (F59).
 */
export function watchEventLoop(deps: { metrics: Metrics; logger: Pick<Logger, "warn">; clock: Clock }): {
  close(): void;
} {
  const stalls = deps.metrics.counter({
    name: "muster_event_loop_stalls_total",
    help: "Times at which the event loop was blocked for a second or longer",
  });
  stalls.inc({}, 0);
  let beatAtMs = deps.clock.monotonicMs();
  const beat = setInterval(() => {
    const nowMs = deps.clock.monotonicMs();
    const lateMs = nowMs - beatAtMs - BEAT_MS;
    beatAtMs = nowMs;
    if (lateMs < STALL_MS) return;
    stalls.inc();
    deps.logger.warn({ blockedMs: Math.round(lateMs) }, "the event loop was blocked");
  }, BEAT_MS);
  beat.unref();
  return { close: () => clearInterval(beat) };
}
