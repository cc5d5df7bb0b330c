import { describe, expect, it } from "vitest";
import { waitFor } from "./wait-for.ts";

describe("waitFor", () => {
  it("gives the first truthy outcome", async () => {
    const outcomes = [null, undefined, false, { id: 7 }];

    expect(await waitFor(() => outcomes.shift(), { timeoutMs: 5_000, everyMs: 1, what: "an outcome" })).toEqual({
      id: 7,
    });
  });

  it("asks again after a condition that throws", async () => {
    let calls = 0;
    const condition = (): number => {
      calls += 1;
      if (calls < 3) {
        throw new Error("not yet");
      }
      return calls;
    };

    expect(await waitFor(condition, { timeoutMs: 5_000, everyMs: 1, what: "the third call" })).toBe(3);
  });

  it("says what it waited for, how long, and the last error", async () => {
    const never = waitFor(() => Promise.reject(new Error("connection refused")), {
      timeoutMs: 20,
      everyMs: 5,
      what: "the gateway to be ready",
    });

    await expect(never).rejects.toThrow(
      "timed out after 20 ms waiting for the gateway to be ready; last error: connection refused",
    );
  });
});
