import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDoorbell, type DoorbellDeps } from "./doorbell.ts";
import { eventually } from "./fixtures/eventually.ts";
import type { LaneKey } from "./queue.ts";

const lane = (connectionId: string): LaneKey => ({ tenantId: "tenant-1", connectionId });

function bellThat(send: (lanes: readonly LaneKey[]) => Promise<void>, deps: Partial<DoorbellDeps> = {}) {
  const batches: string[][] = [];
  const failures: { cause: unknown; rings: number }[] = [];
  const bell = createDoorbell({
    foldWindowMs: 5,
    sendTimeoutMs: 1_000,
    failed: (cause, rings) => failures.push({ cause, rings }),
    send(lanes) {
      batches.push(lanes.map(({ connectionId }) => connectionId));
      return send(lanes);
    },
    ...deps,
  });
  return { bell, batches, failures };
}

describe("a doorbell", () => {
  it("sends together what is rung in one turn of the event loop, and at its end", async () => {
    const { bell, batches } = bellThat(async () => undefined);

    bell.ring([lane("a"), lane("b")]);
    bell.ring([lane("c")]);
    await nextTurn();

    expect(batches).toEqual([["a", "b", "c"]]);
  });

  it("folds further rings within the window into one at its end", async () => {
    const { bell, batches } = bellThat(async () => undefined);

    bell.ring([lane("a")]);
    await nextTurn();
    for (let count = 0; count < 49; count += 1) bell.ring([lane("a")]);
    await bell.flush(1_000);

    expect(batches).toEqual([["a"], ["a"]]);
    expect(bell.counters()).toEqual({ rung: 2, folded: 48, failedRings: 0 });
  });

  it("has one batch on its way at a time, and piles up what comes meanwhile", async () => {
    const gate = Promise.withResolvers<void>();
    const { bell, batches } = bellThat(() => gate.promise);
    bell.ring([lane("first")]);
    await nextTurn();
    for (let count = 0; count < 500; count += 1) bell.ring([lane(`lane-${count}`)]);

    expect(batches).toHaveLength(1);
    gate.resolve();
    await bell.flush(1_000);

    expect(batches.map((batch) => batch.length)).toEqual([1, 200, 200, 100]);
  });

  it("never throws and never repeats a batch that fails", async () => {
    const { bell, batches, failures } = bellThat(() => Promise.reject(new Error("gone")));

    bell.ring([lane("a"), lane("b")]);
    await bell.flush(1_000);

    expect(batches).toEqual([["a", "b"]]);
    expect(failures).toEqual([{ cause: new Error("gone"), rings: 2 }]);
    expect(bell.counters().failedRings).toBe(2);
  });

  it("survives a send that throws at once", async () => {
    const { bell } = bellThat(() => {
      throw new Error("broken");
    });

    bell.ring([lane("a")]);
    await bell.flush(1_000);

    expect(bell.counters()).toEqual({ rung: 0, folded: 0, failedRings: 1 });
  });

  it("gives up on a send that never ends, and goes on", async () => {
    let stuck = true;
    const { bell, batches } = bellThat(() => (stuck ? new Promise(() => undefined) : Promise.resolve()), {
      sendTimeoutMs: 20,
    });
    bell.ring([lane("stuck")]);
    await eventually(() => expect(bell.counters().failedRings).toBe(1));
    stuck = false;

    bell.ring([lane("next")]);

    await eventually(() => expect(bell.counters().rung).toBe(1));
    expect(batches).toEqual([["stuck"], ["next"]]);
  });

  it("remembers at most 20,000 lanes and counts the rest as failed", async () => {
    const gate = Promise.withResolvers<void>();
    const { bell } = bellThat(() => gate.promise);

    bell.ring(Array.from({ length: 25_000 }, (_, count) => lane(`lane-${count}`)));

    expect(bell.counters().failedRings).toBe(5_000);
    gate.resolve();
    await bell.flush(5_000);
    expect(bell.counters()).toEqual({ rung: 20_000, folded: 0, failedRings: 5_000 });
  });

  it("sends every lane after its last ring, and accounts for each ring once", async () => {
    const step = fc.record({
      lanes: fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 6 }),
      wait: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        let now = 0;
        const lastRung = new Map<string, number>();
        const lastSent = new Map<string, number>();
        let asked = 0;
        const { bell } = bellThat(
          async (lanes) => {
            now += 1;
            for (const { connectionId } of lanes) lastSent.set(connectionId, now);
          },
          { foldWindowMs: 1 },
        );
        for (const { lanes, wait } of steps) {
          now += 1;
          for (const name of lanes) lastRung.set(name, now);
          asked += lanes.length;
          bell.ring(lanes.map(lane));
          if (wait) await new Promise((resolve) => setTimeout(resolve, 1));
        }
        await bell.flush(1_000);
        const { rung, folded, failedRings } = bell.counters();

        expect(rung + folded).toBe(asked);
        expect(failedRings).toBe(0);
        for (const [name, rungAt] of lastRung) expect(lastSent.get(name)).toBeGreaterThan(rungAt);
      }),
      { numRuns: 50 },
    );
  });
});
