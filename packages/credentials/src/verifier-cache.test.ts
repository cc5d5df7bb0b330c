import { describe, expect, it } from "vitest";
import { createVerifierCache, type VerifierCache } from "./verifier-cache.ts";

function cacheAt(maxEntries: number, ttlMs = 1000): { cache: VerifierCache<string>; pass(ms: number): void } {
  let nowMs = 0;
  const clock = { now: () => new Date(nowMs), monotonicMs: () => nowMs };
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { cache: createVerifierCache<string>({ maxEntries, ttlMs, clock }), pass };
}

describe("createVerifierCache", () => {
  it("keeps a value for its time and not a millisecond longer, however often it is read", () => {
    const { cache, pass } = cacheAt(10);
    cache.set("a", "one");

    pass(999);
    expect(cache.get("a")).toBe("one");
    pass(1);
    expect(cache.get("a")).toBeUndefined();
  });

  it("starts the time anew when a value is set again", () => {
    const { cache, pass } = cacheAt(10);
    cache.set("a", "one");
    pass(600);
    cache.set("a", "two");
    pass(600);

    expect(cache.get("a")).toBe("two");
  });

  it("V46: 100,000 different keys leave no more than the limit, and the one in use stays", () => {
    const { cache } = cacheAt(100);
    cache.set("used", "one");
    for (let index = 0; index < 100_000; index += 1) {
      cache.set(`made up ${String(index)}`, "x");
      cache.get("used");
    }
    const kept = Array.from({ length: 100_000 }, (_, index) => cache.get(`made up ${String(index)}`)).filter(
      (value) => value !== undefined,
    );

    expect(cache.get("used")).toBe("one");
    expect(kept).toHaveLength(99);
  });

  it("forgets one, or all", () => {
    const { cache } = cacheAt(10);
    for (const key of ["a", "b", "c"]) {
      cache.set(key, key);
    }

    cache.delete("a");
    expect([cache.get("a"), cache.get("b")]).toEqual([undefined, "b"]);
    cache.clear();
    expect([cache.get("b"), cache.get("c")]).toEqual([undefined, undefined]);
  });
});
