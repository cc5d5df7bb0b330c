import { type RunUndoDeps, runUndo } from "@muster/directory";
import { type Logger, type Loop, startLoop } from "@muster/runtime";
import { claimUndos, type Database } from "@muster/store";

export type UndosDeps = RunUndoDeps & { db: Database; logger: Logger };

/** Somebody waits before a screen for it. */
const EVERY_MS = 500;

/** Starts the round that computes and does what puts directories back to what they were. */
export function startUndos(deps: UndosDeps): Loop {
  return startLoop({
    name: "undos",
    everyMs: EVERY_MS,
    logger: deps.logger,
    run: (signal) => runWaitingUndos(deps, signal),
  });
}

/** One round, one undo after the other. Workers may go round at the same time: each undo is claimed when its turn comes. */
export async function runWaitingUndos(deps: UndosDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const [key] = await claimUndos(deps.db, 1);
    if (key === undefined) return;
    try {
      await runUndo(deps, key, signal);
    } catch (error) {
      // One directory's trouble keeps no other from its undo.
      deps.logger.error({ error, ...key }, "an undo failed");
    }
  }
}
