import { expireOldHolds } from "@muster/provisioning";
import { type Logger, type Loop, startLoop } from "@muster/runtime";
import type { Database } from "@muster/store";

/** One look by an index that is almost always empty; a hold ends within seconds of its time. */
const EVERY_MS = 5_000;

/** Starts the loop that rejects what the guard held and nobody decided in time. */
export function startHoldExpiry(deps: { db: Database; logger: Logger }): Loop {
  return startLoop({
    name: "hold-expiry",
    everyMs: EVERY_MS,
    logger: deps.logger,
    async run(signal) {
      await expireOldHolds(deps, signal);
    },
  });
}
