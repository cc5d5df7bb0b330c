import { fileURLToPath } from "node:url";
import { type SpawnedProcess, spawnProcess } from "@muster/testkit";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { eventually } from "./fixtures/eventually.ts";
import type { LaneProcessInput } from "./fixtures/lane-process.ts";
import { type Place, places } from "./fixtures/places.ts";
import { openQueue, type Queue, type QueueSettings } from "./index.ts";

const script = fileURLToPath(new URL("./fixtures/lane-process.ts", import.meta.url));
// A twentieth of the real ones.
const timings = { lockDurationMs: 1_000, stalledIntervalMs: 500 };

for (const place of places) place.describe(`a worker process on ${place.name}`, () => suite(place));

function suite({ open }: Place): void {
  let settings: QueueSettings;
  let closePlace: () => Promise<void>;
  let queue: Queue;
  const workers: SpawnedProcess[] = [];

  beforeAll(async () => {
    ({ settings, close: closePlace } = await open());
    queue = await openQueue(settings, { logger: { warn: () => undefined } });
  });
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.kill("SIGKILL")));
  });
  afterAll(async () => {
    await queue.close();
    await closePlace();
  });

  const ring = (connectionId: string) => queue.ring([{ tenantId: "tenant-1", connectionId, removal: false }]);

  async function startProcess(hang: boolean): Promise<SpawnedProcess> {
    const input: LaneProcessInput = { settings, timings, hang };
    const worker = spawnProcess({ script, args: [JSON.stringify(input)], name: "lane-process" });
    workers.push(worker);
    await worker.waitForLine(/^ready$/);
    return worker;
  }

  const drains = (worker: SpawnedProcess, name: string) =>
    worker.stdout.filter((line) => line === `drain ${name}`).length;

  it("F01: kill -9 in the middle of a drain: the lane and a ring that came during it reach another worker", async () => {
    const doomed = await startProcess(true);
    ring("crashed");
    await eventually(() => expect(drains(doomed, "crashed")).toBe(1));
    ring("crashed");
    await eventually(() => expect(queue.counters().failedRings).toBe(0));

    await doomed.kill("SIGKILL");
    const heir = await startProcess(false);

    await eventually(() => expect(drains(heir, "crashed")).toBeGreaterThanOrEqual(1));
    await eventually(() => expect(drains(heir, "crashed")).toBe(2));
  });

  it("bullmq#4311: rings after two kills of the same drain still get through", async () => {
    for (let kills = 0; kills < 2; kills += 1) {
      const doomed = await startProcess(true);
      if (kills === 0) ring("poison");
      await eventually(() => expect(drains(doomed, "poison")).toBe(1));
      await doomed.kill("SIGKILL");
    }
    const heir = await startProcess(false);

    await eventually(() => {
      ring("poison");
      expect(drains(heir, "poison")).toBeGreaterThanOrEqual(1);
    });
    const before = drains(heir, "poison");
    await new Promise((resolve) => setTimeout(resolve, 50));
    ring("poison");
    await eventually(() => expect(drains(heir, "poison")).toBeGreaterThan(before));
  });

  it("F04: a worker that froze past its lock does no harm to later rings", async () => {
    const frozen = await startProcess(true);
    ring("frozen");
    await eventually(() => expect(drains(frozen, "frozen")).toBe(1));
    await frozen.kill("SIGSTOP");
    const heir = await startProcess(false);
    await eventually(() => expect(drains(heir, "frozen")).toBe(1));

    await frozen.kill("SIGCONT");
    await frozen.kill("SIGTERM");
    expect(await frozen.exited).toEqual({ code: 0, signal: null });
    const before = drains(heir, "frozen");
    ring("frozen");

    await eventually(() => expect(drains(heir, "frozen")).toBeGreaterThan(before));
  });

  it("SIGTERM ends the process by itself, with its lane handed back", async () => {
    const leaving = await startProcess(true);
    ring("handed-back");
    await eventually(() => expect(drains(leaving, "handed-back")).toBe(1));

    await leaving.kill("SIGTERM");
    expect(await leaving.exited).toEqual({ code: 0, signal: null });
    expect(leaving.stdout.slice(-2)).toEqual(["aborted handed-back", "closed"]);

    const heir = await startProcess(false);
    await eventually(() => expect(drains(heir, "handed-back")).toBe(1));
  });
}
