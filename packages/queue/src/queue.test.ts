import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { eventually } from "./fixtures/eventually.ts";
import type { Place } from "./fixtures/places.ts";
import { places } from "./fixtures/places.ts";
import type { ConsumeInput, LaneKey, Queue, QueueSettings, Ring } from "./index.ts";
import { openQueue } from "./index.ts";
import type { QueueTimings } from "./timings.ts";

const tenantId = "tenant-1";
const ring = (connectionId: string, removal = false): Ring => ({ tenantId, connectionId, removal });

for (const place of places) place.describe(`the queue on ${place.name}`, () => suite(place));

function suite({ open }: Place): void {
  let settings: QueueSettings;
  let closePlace: () => Promise<void>;
  const opened: Queue[] = [];
  const logged: string[] = [];

  beforeAll(async () => {
    ({ settings, close: closePlace } = await open());
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((queue) => queue.close()));
    logged.length = 0;
  });
  afterAll(() => closePlace());

  async function start(timings: Partial<QueueTimings> = {}): Promise<Queue> {
    const logger = { warn: (...line: unknown[]) => void logged.push(JSON.stringify(line)) };
    const queue = await openQueue(settings, { logger, timings });
    opened.push(queue);
    return queue;
  }

  function recorder(
    work: (lane: Ring, signal: AbortSignal) => Promise<{ again: boolean }> = async () => ({ again: false }),
  ) {
    const seen: string[] = [];
    const input: ConsumeInput = {
      slots: 4,
      removalSlots: 1,
      drain(lane, signal) {
        seen.push(lane.removal ? `removal ${lane.connectionId}` : lane.connectionId);
        return work(lane, signal);
      },
    };
    return { seen, input };
  }

  it("hands a rung lane to a drain", async () => {
    const queue = await start();
    const lanes: LaneKey[] = [];
    const { input } = recorder(async (lane) => {
      lanes.push(lane);
      return { again: false };
    });
    queue.consume(input);

    queue.ring([ring("crm")]);

    await eventually(() => expect(lanes).toEqual([{ tenantId, connectionId: "crm", removal: false }]));
    expect(queue.health()).toEqual({ ok: true, detail: "reachable" });
  });

  it("keeps rings until somebody listens", async () => {
    const queue = await start();
    queue.ring([ring("early"), ring("early", true)]);
    await eventually(() => expect(queue.counters().rung).toBe(2));

    const { seen, input } = recorder();
    queue.consume(input);

    await eventually(() => expect(seen.toSorted()).toEqual(["early", "removal early"]));
  });

  it("runs one drain for many rings, and one more for rings that came during it", async () => {
    const gate = Promise.withResolvers<void>();
    const { seen, input } = recorder(async (lane) => {
      if (lane.connectionId === "busy") await gate.promise;
      return { again: false };
    });
    const queue = await start();
    queue.consume(input);
    queue.ring([ring("busy")]);
    await eventually(() => expect(seen).toEqual(["busy"]));

    for (let count = 0; count < 20; count += 1) {
      queue.ring([ring("busy")]);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await eventually(() => expect(queue.counters().rung + queue.counters().folded).toBe(21));
    expect(seen).toEqual(["busy"]);
    gate.resolve();

    await eventually(() => expect(seen).toEqual(["busy", "busy"]));
    queue.ring([ring("later")]);
    await eventually(() => expect(seen).toEqual(["busy", "busy", "later"]));
  });

  it("sends a lane that wants another slice behind the lanes that wait", async () => {
    const gate = Promise.withResolvers<void>();
    let slices = 0;
    const { seen, input } = recorder(async (lane) => {
      if (lane.connectionId !== "long") return { again: false };
      await gate.promise;
      slices += 1;
      return { again: slices < 3 };
    });
    const queue = await start();
    queue.consume({ ...input, slots: 1 });
    queue.ring([ring("long")]);
    await eventually(() => expect(seen).toEqual(["long"]));
    queue.ring([ring("short-1"), ring("short-2")]);
    await eventually(() => expect(queue.counters().rung).toBe(3));

    gate.resolve();

    await eventually(() => expect(seen).toEqual(["long", "short-1", "short-2", "long", "long"]));
  });

  it("R2: takes a removal while normal lanes hold all their slots", async () => {
    const gate = Promise.withResolvers<void>();
    const { seen, input } = recorder(async (lane) => {
      if (!lane.removal) await gate.promise;
      return { again: false };
    });
    const queue = await start();
    const consumer = queue.consume({ ...input, slots: 2 });
    queue.ring(Array.from({ length: 1_000 }, (_, lane) => ring(`lane-${lane}`)));
    await eventually(() => expect(consumer.active()).toBe(2));

    queue.ring([ring("leaver", true)]);

    await eventually(() => expect(seen).toContain("removal leaver"));
    expect(seen).toHaveLength(3);
    gate.resolve();
    await eventually(() => expect(seen).toHaveLength(1_001));
  });

  it("goes on after a drain that throws, and keeps a ring that came during it", async () => {
    const gate = Promise.withResolvers<void>();
    let fails = 0;
    const { seen, input } = recorder(async () => {
      await gate.promise;
      fails += 1;
      if (fails === 1) throw new Error("no database");
      return { again: false };
    });
    const queue = await start();
    queue.consume(input);
    queue.ring([ring("flaky")]);
    await eventually(() => expect(seen).toEqual(["flaky"]));
    queue.ring([ring("flaky")]);
    await eventually(() => expect(queue.counters().rung).toBe(2));

    gate.resolve();

    await eventually(() => expect(seen).toEqual(["flaky", "flaky"]));
    expect(logged.join()).toContain("no database");
  });

  it("V91: refuses ids that could leave the queue's own keys, and counts them", async () => {
    const { seen, input } = recorder();
    const queue = await start();
    queue.consume(input);

    queue.ring([ring("a:b"), ring("{other}"), ring(""), ring("x".repeat(129)), ring("fine")]);

    await eventually(() => expect(seen).toEqual(["fine"]));
    expect(queue.counters()).toMatchObject({ rung: 1, failedRings: 4 });
  });

  it("close() aborts active drains, waits for them, and gives their lanes to the next process", async () => {
    const { seen, input } = recorder(async (_lane, signal) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return { again: true };
    });
    const first = await start();
    const consumer = first.consume(input);
    first.ring([ring("handover")]);
    await eventually(() => expect(consumer.active()).toBe(1));

    await first.close();
    expect(consumer.active()).toBe(0);

    const second = await start();
    const next = recorder();
    second.consume(next.input);
    await eventually(() => expect(next.seen).toEqual(["handover"]));
    expect(seen).toEqual(["handover"]);
  });

  it("close() gives up on a drain that ignores its signal", async () => {
    const gate = Promise.withResolvers<void>();
    const { seen, input } = recorder(async () => {
      await gate.promise;
      return { again: true };
    });
    const queue = await start({ closeDeadlineMs: 100 });
    const consumer = queue.consume(input);
    queue.ring([ring("stubborn")]);
    await eventually(() => expect(seen).toEqual(["stubborn"]));

    await queue.close();

    expect(consumer.active()).toBe(1);
    expect(logged.join()).toContain("left queue workers behind");
    gate.resolve();
    await eventually(() => expect(consumer.active()).toBe(0));
  });

  it("restart() replaces the workers and loses no ring", async () => {
    const { seen, input } = recorder(async (lane, signal) => {
      if (lane.connectionId !== "interrupted" || seen.length > 1) return { again: false };
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return { again: true };
    });
    const queue = await start();
    const consumer = queue.consume(input);
    queue.ring([ring("interrupted")]);
    await eventually(() => expect(consumer.active()).toBe(1));

    await consumer.restart();
    await eventually(() => expect(seen).toEqual(["interrupted", "interrupted"]));
    for (let count = 0; count < 12; count += 1) await consumer.restart();
    queue.ring([ring("after")]);

    await eventually(() => expect(seen).toEqual(["interrupted", "interrupted", "after"]));
  });

  it("shares the lanes among processes, each ring drained once", async () => {
    const crews = await Promise.all([start(), start(), start()]);
    const { seen, input } = recorder();
    for (const queue of crews) queue.consume(input);
    const names = Array.from({ length: 200 }, (_, lane) => `shared-${lane}`);

    crews[0]?.ring(names.map((name) => ring(name)));

    await eventually(() => expect(seen).toHaveLength(200));
    expect(seen.toSorted()).toEqual(names.toSorted());
  });
}
