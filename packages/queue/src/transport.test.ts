import type { IQueueBackend } from "bullmq";
import { afterEach, describe, expect, it, vi } from "vitest";
import { failedFetchPauseMs, withCalmFetch } from "./transport.ts";

describe("a worker's fetch", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  const backendWith = (moveToActive: IQueueBackend["moveToActive"]) => withCalmFetch({ moveToActive });

  it("F12: pauses after a failure, because BullMQ would try again at once", async () => {
    vi.useFakeTimers();
    let outcome = "waiting";
    const backend = backendWith(() => Promise.reject(new Error("OOM")));

    const fetching = backend.moveToActive("token").catch((cause: unknown) => {
      outcome = String(cause);
    });
    await vi.advanceTimersByTimeAsync(failedFetchPauseMs - 1);
    expect(outcome).toBe("waiting");
    await vi.advanceTimersByTimeAsync(1);
    await fetching;

    expect(outcome).toBe("Error: OOM");
  });

  it("passes a job on at once", async () => {
    const fetched: Awaited<ReturnType<IQueueBackend["moveToActive"]>> = [undefined, "7", 0, 0];

    expect(await backendWith(() => Promise.resolve(fetched)).moveToActive("token")).toBe(fetched);
  });
});
