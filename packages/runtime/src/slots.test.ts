import { describe, expect, it } from "vitest";
import { createSlots } from "./slots.ts";

describe("createSlots", () => {
  it("lends as many slots as it has and no more", () => {
    const slots = createSlots(2);
    const first = slots.tryTake();
    slots.tryTake();

    expect(slots.tryTake()).toBeNull();
    expect(slots.inUse()).toBe(2);

    first?.();

    expect(slots.inUse()).toBe(1);
    expect(slots.tryTake()).not.toBeNull();
  });

  it("gives a slot back once, however often its release is called", () => {
    const slots = createSlots(1);
    const release = slots.tryTake();

    release?.();
    release?.();
    slots.tryTake();
    release?.();

    expect(slots.inUse()).toBe(1);
  });

  it("serves waiters in the order they came and never above the count", async () => {
    const slots = createSlots(2);
    const served: number[] = [];
    let most = 0;

    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const release = await slots.take();
        served.push(index);
        most = Math.max(most, slots.inUse());
        await Promise.resolve();
        release();
      }),
    );

    expect(served).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect({ most, left: slots.inUse() }).toEqual({ most: 2, left: 0 });
  });

  it("lets go of a waiter whose signal aborts, without losing a slot", async () => {
    const slots = createSlots(1);
    const release = slots.tryTake();
    const impatient = new AbortController();
    const refused = slots.take(impatient.signal);
    const patient = slots.take(new AbortController().signal);

    impatient.abort(new Error("too late"));
    await expect(refused).rejects.toThrow("too late");
    await expect(slots.take(AbortSignal.abort(new Error("before")))).rejects.toThrow("before");
    release?.();
    (await patient)();

    expect(slots.inUse()).toBe(0);
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses a count of %s", (count) => {
    expect(() => createSlots(count)).toThrow(RangeError);
  });
});
