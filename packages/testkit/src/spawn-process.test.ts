import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { spawnProcess } from "./spawn-process.ts";
import { waitFor } from "./wait-for.ts";

const fixtures = join(import.meta.dirname, "..", "fixtures");

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("spawnProcess", () => {
  it("collects lines, hands over only the given environment, and tells how the process ended", async () => {
    vi.stubEnv("CHATTY_INHERITED", "leaked");
    const chatty = spawnProcess({ script: join(fixtures, "chatty.ts"), env: { CHATTY_SECRET: "s" }, name: "chatty" });

    const [, pid] = await chatty.waitForLine(/^pid (\d+)$/);
    await chatty.waitForLine(/^secret=s inherited=none$/);
    await chatty.kill("SIGTERM");

    expect(Number(pid)).toBe(chatty.pid);
    expect(chatty.stdout.at(-1)).toBe("goodbye");
    expect(chatty.stderr).toEqual(["a word on the other stream"]);
    expect(await chatty.exited).toEqual({ code: 3, signal: null });
  });

  it("shows the output when the awaited line does not come", async () => {
    const chatty = spawnProcess({ script: join(fixtures, "chatty.ts"), name: "chatty" });
    await chatty.waitForLine(/^pid/);
    await waitFor(() => chatty.stderr.length, { timeoutMs: 5_000, what: "standard error" });

    const late = chatty.waitForLine(/never/, { timeoutMs: 50 });

    await expect(late).rejects.toThrow(/waiting for chatty to print \/never\/[\s\S]*a word on the other stream/);
    await chatty.kill("SIGKILL");
  });

  it("stops waiting for a line as soon as the process has ended", async () => {
    const missing = spawnProcess({ script: join(fixtures, "missing.ts"), name: "missing" });

    await expect(missing.waitForLine(/ready/)).rejects.toThrow(
      /missing ended \(1\) before it printed[\s\S]*Cannot find module/,
    );
  });

  it.runIf(process.platform === "linux")("leaves no child behind when its parent is killed with -9", async () => {
    const parent = spawnProcess({ script: join(fixtures, "leaves-child.ts"), name: "parent" });
    const [, line] = await parent.waitForLine(/^child (\d+)$/);
    const child = Number(line);
    expect(isAlive(child)).toBe(true);

    await parent.kill("SIGKILL");

    await waitFor(() => !isAlive(child), { timeoutMs: 5_000, what: "the child to end" });
  });
});
