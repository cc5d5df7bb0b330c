import type { BackendFactory, IQueueBackend } from "bullmq";

/**
 * What differs between Redis and Postgres: where BullMQ keeps its jobs, and how to see whether that place answers.
 * `backendForRings` fails fast; `openForWorkers` gives connections that wait for ever, a fresh set at each call.
 */
export type Transport = {
  backendForRings: BackendFactory<IQueueBackend, unknown>;
  openForWorkers(): { backend: BackendFactory<IQueueBackend, unknown>; close(): void };
  /** Rejects at once, without I/O, when a ring has no chance. */
  assertReachable(): void;
  /** Does one round trip; returns what is wrong with the server's settings, or undefined. */
  probe(): Promise<string | undefined>;
  close(): Promise<void>;
};

// Long enough not to spin, short enough not to be felt beside the sweep.
export const failedFetchPauseMs = 250;

/**
 * Slows a worker down whose fetch fails: BullMQ repeats it at once for every error but a refused connection, which
 * burns a core while Redis is out of memory or Postgres is starting.
 */
export function withCalmFetch<B extends Pick<IQueueBackend, "moveToActive">>(backend: B): B {
  const moveToActive = backend.moveToActive.bind(backend);
  backend.moveToActive = async (...input) => {
    try {
      return await moveToActive(...input);
    } catch (cause) {
      await new Promise((resolve) => setTimeout(resolve, failedFetchPauseMs));
      throw cause;
    }
  };
  return backend;
}
