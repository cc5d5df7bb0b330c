import type { Logger } from "./logger.ts";

export type LoopDeps = {
  name: string;
  /** Pause between the end of one run and the start of the next. */
  everyMs: number;
  run(signal: AbortSignal): Promise<void>;
  logger: Logger;
};

export type Loop = {
  /** Runs now, or once more right after the run that is going on. */
  wake(): void;
  /** Aborts the signal of the current run and waits for it to end; no run starts afterwards. */
  close(): Promise<void>;
};

/**
 * Runs a task now and then at an interval, never twice at once. A failing run is logged the first time its kind of
 * error shows, and the loop goes on; the recovery is logged with the number of failures.
 */
export function startLoop({ name, everyMs, run, logger }: LoopDeps): Loop {
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let current: Promise<void> | undefined;
  let isWoken = false;
  let failures = 0;
  let lastKind = "";

  const runOnce = async (): Promise<void> => {
    try {
      await run(stop.signal);
      if (failures > 0) {
        logger.info({ loop: name, failures }, "loop recovered");
      }
      failures = 0;
      lastKind = "";
    } catch (error) {
      if (stop.signal.aborted) {
        return;
      }
      failures += 1;
      const kind = errorKind(error);
      if (kind !== lastKind) {
        lastKind = kind;
        logger.error({ loop: name, error }, "loop run failed");
      }
    }
  };
  const schedule = (delayMs: number): void => {
    clearTimeout(timer);
    timer = setTimeout(start, delayMs);
  };
  const start = (): void => {
    isWoken = false;
    current = runOnce().finally(() => {
      current = undefined;
      if (!stop.signal.aborted) {
        schedule(isWoken ? 0 : everyMs);
      }
    });
  };

  schedule(0);
  return {
    wake: () => {
      isWoken = true;
      if (current === undefined && !stop.signal.aborted) {
        schedule(0);
      }
    },
    close: async () => {
      stop.abort();
      clearTimeout(timer);
      await current;
    },
  };
}

/** What makes two errors the same for the log: class and code, else class and text. */
function errorKind(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  const { code } = error as { code?: unknown };
  return `${error.name} ${typeof code === "string" ? code : error.message}`;
}
