import type { Complain } from "./complain.ts";
import { reasonOf } from "./complain.ts";
import { withDeadline } from "./deadline.ts";
import type { QueueTimings } from "./timings.ts";
import type { Transport } from "./transport.ts";

export type WatchHealthDeps = { transport: Transport; complain: Complain; timings: QueueTimings; strict: boolean };

export type Health = {
  now(): { ok: boolean; detail: string };
  /** What is wrong with the settings of the server, when it was reached and anything is. */
  fault(): string | undefined;
  stop(): void;
};

// Only while opening: later looks come with the heartbeat.
const firstLookPauseMs = 50;

/**
 * Looks at the server now, for as long as one send may take, and then at every heartbeat. With `strict` an unfit
 * server (see the transport's probe) is unhealthy also when it was swapped in later.
 */
export async function watchHealth(deps: WatchHealthDeps): Promise<Health> {
  const { transport, complain, timings, strict } = deps;
  let trouble: string | undefined;
  let fault: string | undefined;

  async function look(): Promise<void> {
    try {
      transport.assertReachable();
      fault = await withDeadline(transport.probe(), timings.sendTimeoutMs, "the queue's probe");
      trouble = undefined;
    } catch (cause) {
      trouble = reasonOf(cause);
    }
  }

  const giveUpAtMs = performance.now() + timings.sendTimeoutMs;
  await look();
  while (trouble !== undefined && performance.now() < giveUpAtMs) {
    await new Promise((resolve) => setTimeout(resolve, firstLookPauseMs));
    await look();
  }

  let looking = false;
  async function lookAgain(): Promise<void> {
    if (looking) return;
    looking = true;
    await look();
    looking = false;
    if (trouble !== undefined) complain("the queue cannot be reached, the sweep finds the work", trouble);
    else if (fault !== undefined && strict) complain("the queue's server is unfit", fault);
  }
  const heartbeat = setInterval(() => void lookAgain(), timings.heartbeatMs).unref();

  return {
    fault: () => fault,
    stop: () => clearInterval(heartbeat),
    now() {
      if (trouble !== undefined) return { ok: false, detail: `unreachable: ${trouble}` };
      if (fault !== undefined) return { ok: !strict, detail: `unfit: ${fault}` };
      return { ok: true, detail: "reachable" };
    },
  };
}
