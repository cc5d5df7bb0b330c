import { describe, expect, it, vi } from "vitest";
import { createLogger } from "./logger.ts";
import { startLoop } from "./loop.ts";

function captureLogs(): { logger: ReturnType<typeof createLogger>; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => {
    lines.push(JSON.parse(line) as Record<string, unknown>);
  };
  return { logger: createLogger({ name: "test", level: "info", write }), lines };
}

describe("startLoop", () => {
  it("runs at once, then again after the pause, and never twice at a time", async () => {
    const { logger } = captureLogs();
    let runs = 0;
    let running = 0;
    let most = 0;
    const run = async (): Promise<void> => {
      runs += 1;
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    };
    const loop = startLoop({ name: "sweep", everyMs: 1, run, logger });

    await vi.waitFor(() => {
      loop.wake();
      expect(runs).toBeGreaterThan(5);
    });
    await loop.close();

    expect(most).toBe(1);
  });

  it("runs now when woken, and once more when woken during a run", async () => {
    const { logger } = captureLogs();
    const finish: (() => void)[] = [];
    const loop = startLoop({
      name: "sweep",
      everyMs: 1_000_000,
      run: () => new Promise((resolve) => finish.push(resolve)),
      logger,
    });
    const runs = (count: number): Promise<void> =>
      vi.waitFor(() => {
        expect(finish).toHaveLength(count);
      });

    await runs(1);
    loop.wake();
    loop.wake();
    finish[0]?.();
    await runs(2);
    finish[1]?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(finish).toHaveLength(2);
    loop.wake();
    await runs(3);

    finish[2]?.();
    await loop.close();
  });

  it("survives errors, logs each kind once and the recovery with its count", async () => {
    const { logger, lines } = captureLogs();
    const outcomes = ["ECONNREFUSED", "ECONNREFUSED", "EPIPE", null, "ECONNREFUSED", null];
    let runs = 0;
    const run = (): Promise<void> => {
      const code = outcomes[runs] ?? null;
      runs += 1;
      return code === null
        ? Promise.resolve()
        : Promise.reject(Object.assign(new Error(`failed ${String(runs)}`), { code }));
    };
    const loop = startLoop({ name: "sweep", everyMs: 0, run, logger });

    await vi.waitFor(() => {
      expect(runs).toBeGreaterThan(outcomes.length);
    });
    await loop.close();

    expect(lines.map(({ level, msg, failures }) => [level, msg, failures])).toEqual([
      ["error", "loop run failed", undefined],
      ["error", "loop run failed", undefined],
      ["info", "loop recovered", 3],
      ["error", "loop run failed", undefined],
      ["info", "loop recovered", 1],
    ]);
  });

  it("aborts the run on close, waits for its end and starts no other", async () => {
    const { logger, lines } = captureLogs();
    let runs = 0;
    let hasEnded = false;
    const run = async (signal: AbortSignal): Promise<void> => {
      runs += 1;
      await new Promise((resolve) => {
        signal.addEventListener("abort", resolve, { once: true });
      });
      await new Promise((resolve) => setImmediate(resolve));
      hasEnded = true;
      throw new Error("cut short");
    };
    const loop = startLoop({ name: "sweep", everyMs: 0, run, logger });
    await vi.waitFor(() => {
      expect(runs).toBe(1);
    });

    await loop.close();
    expect(hasEnded).toBe(true);
    loop.wake();
    await new Promise((resolve) => setTimeout(resolve, 5));

    expect({ runs, lines }).toEqual({ runs: 1, lines: [] });
  });
});
