import { once } from "node:events";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { waitFor } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { forgetPeak, memoryMb } from "./process-memory.ts";
import { openStage, type Stage } from "./stage.ts";
import type { Supervised } from "./supervise.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

const SLOW_CLIENTS = 300;
const MOST_GROWTH_MB = 50;

describe.runIf(process.platform === "linux")("what is too much or too slow", () => {
  let stage: Stage;
  let worker: Supervised;
  beforeAll(async () => {
    stage = await openStage({ backend: "postgres" });
    worker = stage.startWorker();
  });
  afterAll(() => stage.close());

  it("F43: a reply of a gigabyte is cut, and a request of 100 MB is refused; neither is ever held", async () => {
    const customer = await stage.onboard();
    // Both have worked before they are measured.
    await customer.driver.createMany("warm", 60);
    await customer.expectHealed();
    const pids = [worker.current().pid, stage.apis[0]?.current().pid ?? 0];
    const before = await Promise.all(pids.map(memoryMb));
    await Promise.all(pids.map(forgetPeak));
    customer.app.faults.set([{ kind: "huge-reply", totalBytes: 1_000_000_000, method: "POST", times: 2 }]);
    await customer.driver.create("huge");
    const refused = await sendHuge(stage.origins[0] ?? "", stage.apiKey);
    await customer.expectHealed();
    const after = await Promise.all(pids.map(memoryMb));

    expect(refused).toBe(413);
    expect(after.map(({ peak }, index) => peak - (before[index]?.resident ?? 0) < MOST_GROWTH_MB)).toEqual([
      true,
      true,
    ]);
    expect([worker, ...stage.apis].map((one) => one.starts())).toEqual([1, 1]);
  });

  it("F44: clients that send a byte a second are closed, and keep nobody else waiting", async () => {
    const customer = await stage.onboard();
    const slow = await Promise.all(Array.from({ length: SLOW_CLIENTS }, () => drip(stage.origins[0] ?? "")));
    await customer.driver.createMany("user", 40);
    await customer.expectHealed();
    await waitFor(() => slow.every((socket) => socket.closed), {
      timeoutMs: timing.healWithinMs,
      what: "the slow ones to be closed",
    });

    expect(customer.driver.troubles).toEqual([]);
    expect(stage.apis.map((api) => api.starts())).toEqual([1]);
  });
});

/** Sends a body of 100 MB for as long as somebody takes it; answers the status. */
async function sendHuge(origin: string, apiKey: string): Promise<number | undefined> {
  const { hostname, port } = new URL(origin);
  const headers = {
    "content-type": "application/scim+json",
    "content-length": 100_000_000,
    authorization: `Bearer ${apiKey}`,
  };
  const sending = request({ hostname, port, method: "POST", path: "/api/v1/apps", headers });
  sending.on("error", () => undefined);
  const block = Buffer.alloc(64 * 1_024, "[");
  const pump = (): void => {
    while (!sending.destroyed && sending.write(block));
  };
  sending.on("drain", pump);
  pump();
  const [response] = await once(sending, "response");
  sending.destroy();
  return response.statusCode;
}

/** Connects and sends a request that never ends, a byte a second. */
async function drip(origin: string): Promise<Socket> {
  const { hostname, port } = new URL(origin);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on("error", () => undefined);
  await once(socket, "connect");
  socket.write("POST /scim/v2/x/Users HTTP/1.1\r\nHost: a\r\nX-Slow: ");
  void (async () => {
    while (!socket.closed && !socket.destroyed) {
      socket.write("x");
      await sleep(1_000);
    }
  })();
  socket.resume();
  return socket;
}
