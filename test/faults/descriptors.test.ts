import { execFile } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

const CALLERS = 60;
/** Descriptors that are left when the callers come: fewer than they are. */
const LEFT = 20;

describe.runIf(process.platform === "linux")("an api without descriptors", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ backend: "postgres" });
    stage.startWorker();
  });
  afterAll(() => stage.close());

  it("F57: takes no more callers, and serves again when some have gone, with nothing lost", async () => {
    const customer = await stage.onboard();
    await customer.driver.createMany("before", 5);
    const api = stage.apis[0]?.current();
    if (api?.pid === undefined) throw new Error("The api runs");
    const open = (await readdir(`/proc/${api.pid}/fd`)).length;
    await limitDescriptors(api.pid, open + LEFT);
    const callers = await Promise.all(Array.from({ length: CALLERS }, () => hangOn(stage.origins[0] ?? "")));
    const refused = callers.filter((caller) => caller === null).length;
    const writes = customer.driver.createMany("during", 5);
    for (const caller of callers) caller?.destroy();
    await writes;
    await limitDescriptors(api.pid, 1_024);
    await customer.driver.createMany("after", 5);
    await customer.expectHealed();

    expect(refused).toBeGreaterThan(CALLERS / 3);
    expect(stage.apis.map((one) => one.starts())).toEqual([1]);
  });
});

const run = promisify(execFile);

async function limitDescriptors(pid: number, most: number): Promise<void> {
  await run("prlimit", ["--pid", String(pid), `--nofile=${most}:`]);
}

/** Connects, asks one thing and stays; null when there was no answer. */
async function hangOn(origin: string): Promise<Socket | null> {
  const { hostname, port } = new URL(origin);
  const socket = connect({ host: hostname, port: Number(port) });
  const answer = new Promise<"answer">((resolve) => socket.once("data", () => resolve("answer")));
  socket.write("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
  const silence = new Promise<"silence">((resolve) => setTimeout(resolve, 2_000, "silence"));
  const end = once(socket, "close").then(
    () => "end",
    () => "end",
  );
  if ((await Promise.race([answer, silence, end])) === "answer") return socket;
  socket.destroy();
  return null;
}
