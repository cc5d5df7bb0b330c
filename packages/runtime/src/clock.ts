import { performance } from "node:perf_hooks";

/** Time as an argument: `now` is the wall clock, `monotonicMs` never jumps and is the one to measure durations with. */
export type Clock = {
  now(): Date;
  monotonicMs(): number;
};

/** The machine's own clock; composition roots pass it down, tests pass another. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
};
