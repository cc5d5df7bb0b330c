import { remindOfApprovals } from "@muster/provisioning";
import { type Logger, type Loop, startLoop } from "@muster/runtime";
import type { Database } from "@muster/store";
import { watchDirectories } from "./watch-directories.ts";
import { watchLanes } from "./watch-lanes.ts";

/** Starts the round that looks for what has stopped: lanes, removals, directories. */
export function startWatch(deps: { db: Database; logger: Logger; everyMs: number }): Loop {
  return startLoop({
    name: "watch",
    everyMs: deps.everyMs,
    logger: deps.logger,
    async run(signal) {
      await watchLanes(deps, signal);
      await watchDirectories(deps, signal);
      await remindOfApprovals(deps, signal);
    },
  });
}
