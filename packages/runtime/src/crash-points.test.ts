import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { createCrashPoints } from "./crash-points.ts";

describe("createCrashPoints", () => {
  it("does nothing without a spec", () => {
    let kills = 0;
    const point = createCrashPoints(undefined, () => (kills += 1));

    point("after-commit");

    expect(kills).toBe(0);
  });

  it("kills once, on the nth pass of each named point", () => {
    const killedAt: string[] = [];
    let pass = "";
    const point = createCrashPoints("after-commit:2, before-reply:1", () => killedAt.push(pass));

    for (const name of ["after-commit", "elsewhere", "after-commit", "after-commit", "before-reply", "before-reply"]) {
      pass = `${name} ${String(killedAt.length)}`;
      point(name);
    }

    expect(killedAt).toEqual(["after-commit 0", "before-reply 1"]);
  });

  it.each(["after-commit", "after-commit:0", "after-commit:x", ":1", "a:1,,b:1", "A b:1", "a:1=block-0", "a:1=wait-5"])(
    "refuses the spec %j",
    (spec) => {
      expect(() => createCrashPoints(spec)).toThrow(/name:n/);
    },
  );

  it("blocks once instead of killing, when it is told to", () => {
    let kills = 0;
    const point = createCrashPoints("after-claim:1=block-200", () => (kills += 1));
    const startedAtMs = performance.now();

    point("after-claim");

    expect(performance.now() - startedAtMs).toBeGreaterThan(150);
    expect(kills).toBe(0);
  });

  it("ends a real process with SIGKILL, and nothing runs after the point", async () => {
    const module = new URL("./crash-points.ts", import.meta.url).href;
    const script = `import { createCrashPoints } from ${JSON.stringify(module)};
      const point = createCrashPoints("here:2");
      for (const pass of [1, 2, 3]) { process.stdout.write(String(pass)); point("here"); }`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let printed = "";
    child.stdout.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
    });

    const [code, signal] = (await once(child, "close")) as [number | null, string | null];

    expect({ code, signal, printed }).toEqual({ code: null, signal: "SIGKILL", printed: "12" });
  });
});
