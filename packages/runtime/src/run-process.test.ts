import { type ChildProcess, spawn } from "node:child_process";
import { afterEach, describe, expect, it, vi } from "vitest";

type Ended = { code: number | null; signal: NodeJS.Signals | null };
type Child = { child: ChildProcess; out(): string; err(): string; ended: Promise<Ended> };

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) {
    child.kill("SIGKILL");
  }
});

/** Runs a real process whose `start` has this body; `settings` are more fields of the input of `runProcess`. */
function run(startBody: string, settings = ""): Child {
  const address = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href);
  const script = `import { createLogger } from ${address("./logger.ts")};
    import { runProcess } from ${address("./run-process.ts")};
    import { readSettings } from ${address("./settings.ts")};
    const logger = createLogger({ name: "child", level: "info" });
    const say = (text) => process.stdout.write(text + "\\n");
    const keepAlive = () => setInterval(() => undefined, 1000);
    await runProcess({ name: "muster-test", ${settings} async start() { ${startBody} } });
    say("started");`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code, signal) => {
      resolve({ code, signal });
    });
  });
  return { child, out: () => out, err: () => err, ended };
}

function says(process: Child, text: string): Promise<void> {
  return vi.waitFor(
    () => {
      expect(process.out()).toContain(text);
    },
    { timeout: 15_000 },
  );
}

describe("runProcess", { timeout: 30_000 }, () => {
  it.each(["SIGTERM", "SIGINT"] as const)("closes on %s and exits 0", async (signal) => {
    const process = run(
      "const timer = keepAlive(); return { async close() { clearInterval(timer); say('closed'); } };",
      "logger,",
    );
    await says(process, "started");

    process.child.kill(signal);

    expect(await process.ended).toEqual({ code: 0, signal: null });
    expect(process.out()).toMatch(new RegExp(`"signal":"${signal}","msg":"stopping"[^]*closed[^]*"msg":"stopped"`));
  });

  it("takes the same signal twice within a moment for one request, as under npm", async () => {
    const process = run(
      "keepAlive(); return { close: () => new Promise((done) => setTimeout(() => { say('closed'); done(); }, 100)) };",
    );
    await says(process, "started");

    process.child.kill("SIGINT");
    process.child.kill("SIGTERM");

    expect(await process.ended).toEqual({ code: 0, signal: null });
    expect(process.out()).toContain("closed");
  });

  it("exits at once on a second signal that comes later", async () => {
    const process = run(
      "keepAlive(); return { close: () => { setTimeout(() => say('a second later'), 1100); return new Promise(() => 0); } };",
    );
    await says(process, "started");

    process.child.kill("SIGTERM");
    await says(process, "a second later");
    process.child.kill("SIGTERM");

    expect(await process.ended).toEqual({ code: 143, signal: null });
  });

  it("waits for the start to end before it closes", async () => {
    const process = run(
      "say('starting'); await new Promise((done) => setTimeout(done, 200)); say('up'); return { async close() { say('closed'); } };",
    );
    await says(process, "starting");

    process.child.kill("SIGTERM");

    expect(await process.ended).toEqual({ code: 0, signal: null });
    expect(process.out()).toMatch(/starting\n[\s\S]*up\n[\s\S]*closed\n/);
  });

  it.each([
    ["takes too long", "return { close: () => new Promise(() => keepAlive()) };", "closeLimitMs: 50,"],
    ["fails", "keepAlive(); return { close: () => Promise.reject(new Error('no')) };", ""],
  ])("exits 1 if closing %s", async (_, body, settings) => {
    const process = run(`keepAlive(); ${body}`, settings);
    await says(process, "started");

    process.child.kill("SIGTERM");

    expect(await process.ended).toEqual({ code: 1, signal: null });
    expect(process.err()).toMatch(/^muster-test: stop (?:took too long|failed): .+\n$/);
  });

  it("F61: a failed start prints one readable line without secrets and exits 1", async () => {
    const process = run(
      "keepAlive(); throw new Error('no database', { cause: new Error('connect\\nECONNREFUSED postgres://u:hunter2@h') });",
      "logger,",
    );

    expect(await process.ended).toEqual({ code: 1, signal: null });
    expect(process.err()).toBe(
      "muster-test did not start: no database: connect ECONNREFUSED postgres://[redacted]@h\n",
    );
    expect(process.out()).toBe("");
  });

  it("F61: an error without a message shows its code", async () => {
    const process = run(
      "throw new Error('no redis', { cause: Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }) });",
    );

    expect(await process.ended).toEqual({ code: 1, signal: null });
    expect(process.err()).toBe("muster-test did not start: no redis: AggregateError ECONNREFUSED\n");
  });

  it("F61: wrong settings are listed one a line", async () => {
    const process = run(
      "readSettings({ PORT: 'http', KEY: 'hunter2' }, (from) => [from.port('PORT'), from.secretBytes('KEY', { bytes: 32 })]);",
    );

    expect(await process.ended).toEqual({ code: 1, signal: null });
    expect(process.err().trim().split("\n")).toEqual([
      "muster-test did not start: 2 setting(s) must be corrected:",
      '  PORT is "http". It is a whole number from 0 to 65535. Write it in digits only.',
      "  KEY is malformed (not shown). It is 32 bytes in base64. Make one with: openssl rand -base64 32.",
    ]);
  });

  it.each([
    ["unhandled rejection", "setTimeout(() => { void Promise.reject(new Error('lost Bearer hunter2')); }, 1);"],
    ["uncaught error", "setTimeout(() => { throw new Error('lost Bearer hunter2'); }, 1);"],
  ])("logs an %s and exits 1", async (kind, body) => {
    const [silent, logging] = [
      run(`${body} keepAlive(); return { async close() {} };`),
      run(`${body} keepAlive(); return { async close() {} };`, "logger,"),
    ];

    expect([await silent.ended, await logging.ended]).toEqual([
      { code: 1, signal: null },
      { code: 1, signal: null },
    ]);
    expect(silent.err()).toBe(`muster-test: ${kind}: lost Bearer [redacted]\n`);
    expect(logging.out()).toMatch(new RegExp(`"level":"fatal"[^\\n]*lost Bearer \\[redacted\\][^\\n]*"msg":"${kind}"`));
  });
});
