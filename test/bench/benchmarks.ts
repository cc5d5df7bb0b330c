import { measureDurableCreates } from "./figures/durable-creates.ts";
import type { Measurement, Size } from "./figures/figure.ts";
import { measureFlagPatches } from "./figures/flag-patches.ts";
import { measurePushLatency } from "./figures/push-latency.ts";
import { measurePushes } from "./figures/pushes.ts";
import type { Stage } from "./stage/open-stage.ts";

export type Part = { name: string; measure(stage: Stage, size: Size): Promise<Measurement> };

export type Benchmark = { name: string; summary: string; parts: readonly Part[]; size: Size };

const creates: Part = { name: "creates", measure: measureDurableCreates };
const patches: Part = { name: "patches", measure: measureFlagPatches };
const pushes: Part = { name: "pushes", measure: measurePushes };
const latency: Part = { name: "latency", measure: measurePushLatency };

const FULL: Size = { rounds: 5, seconds: 3, users: 10_000 };
const SMALL: Size = { rounds: 3, seconds: 2, users: 3_000 };

/** What `npm run bench -- NAME` knows. Parts that must do without a worker come before those that start one. */
export const benchmarks: readonly Benchmark[] = [
  {
    name: "pipeline",
    summary: "all of the below but patches: one lane, 10,000 people, an app without latency",
    parts: [creates, pushes, latency],
    size: FULL,
  },
  { name: "creates", summary: "P1, P15, P16: durable POST /Users against pgbench", parts: [creates], size: FULL },
  { name: "patches", summary: "P5: PATCH active against pgbench", parts: [patches], size: FULL },
  { name: "pushes", summary: "P9, P16: a backlog pushed, against undici alone", parts: [pushes], size: FULL },
  {
    name: "latency",
    summary: "P11: accepted to request at the app, 300 creates a second",
    parts: [latency],
    size: FULL,
  },
];

/** What `--ci` runs: small, gates only, in under six minutes. P5 joins it when `patches` holds its gate. */
export const ciBenchmark: Benchmark = {
  name: "ci",
  summary: "P1, P9, P15, P16, small",
  parts: [creates, pushes],
  size: SMALL,
};
