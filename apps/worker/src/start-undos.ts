import { type RunUndoDeps, runUndo } from "@muster/directory";
import { type Logger, type Loop, startLoop } from "@muster/runtime";
import { claimUndos, type Database } from "@muster/store";

export type UndosDeps = RunUndoDeps & { db: Database; logger: Logger };

/** Somebody waits before a screen for it. */
const EVERY_MS = 500;
/** Undos taken at a time; they are worked on one after the other, beside everything else that a worker does. */
const A_ROUND = 4;

/** Starts the round that computes and does what puts directories back to what they were. */
export function startUndos(deps: UndosDeps): Loop {
  return startLoop({
    name: "undos",
    everyMs: EVERY_MS,
    logger: deps.logger,
    run: (signal) => runWaitingUndos(deps, signal),
  });
}

/** One round. Workers may go round at the same time: an undo is claimed. */
export async function runWaitingUndos(deps: UndosDeps, signal: AbortSignal): Promise<void> {
  for (const key of await claimUndos(deps.db, A_ROUND)) {
    if (signal.aborted) return;
    try {
      await runUndo(deps, key, signal);
    } catch (error) {
      // One directory's trouble keeps no other from its undo.
      deps.logger.error({ error, ...key }, "an undo failed");
    }
  }
}
