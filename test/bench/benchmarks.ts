import { measureApiMemory } from "./figures/api-memory.ts";
import { measureDeletes } from "./figures/deletes.ts";
import { measureDurableCreates } from "./figures/durable-creates.ts";
import { measureFairness } from "./figures/fairness.ts";
import type { Measurement, Size } from "./figures/figure.ts";
import { measureFilters } from "./figures/filters.ts";
import { measureFlagPatches } from "./figures/flag-patches.ts";
import { measureGets } from "./figures/gets.ts";
import { measureGroupAdds } from "./figures/group-adds.ts";
import { measureInitialSync } from "./figures/initial-sync.ts";
import { measureLoneCreates } from "./figures/lone-creates.ts";
import { measureMemberFloods } from "./figures/member-floods.ts";
import { measureNeighbours } from "./figures/neighbours.ts";
import { measurePlan } from "./figures/plan.ts";
import { measurePushLatency } from "./figures/push-latency.ts";
import { measurePushes } from "./figures/pushes.ts";
import { measureRuleEdit } from "./figures/rule-edit.ts";
import { measureSaturation } from "./figures/saturation.ts";
import { measureScaleOut } from "./figures/scale-out.ts";
import { measureStatementCounts } from "./figures/statement-counts.ts";
import { measureWorkerMemory } from "./figures/worker-memory.ts";
import type { Stage } from "./stage/open-stage.ts";

export type Part = { name: string; measure(stage: Stage, size: Size): Promise<Measurement> };

export type Benchmark = { name: string; summary: string; parts: readonly Part[]; size: Size };

const creates: Part = { name: "creates", measure: measureDurableCreates };
const loneCreates: Part = { name: "lone creates", measure: measureLoneCreates };
const gets: Part = { name: "gets", measure: measureGets };
const filters: Part = { name: "filters", measure: measureFilters };
const patches: Part = { name: "patches", measure: measureFlagPatches };
const groupAdds: Part = { name: "group adds", measure: measureGroupAdds };
const memberFloods: Part = { name: "member floods", measure: measureMemberFloods };
const deletes: Part = { name: "deletes", measure: measureDeletes };
const apiMemory: Part = { name: "api memory", measure: measureApiMemory };
const workerMemory: Part = { name: "worker memory", measure: measureWorkerMemory };
const statements: Part = { name: "statements", measure: measureStatementCounts };
const pushes: Part = { name: "pushes", measure: measurePushes };
const latency: Part = { name: "latency", measure: measurePushLatency };
const saturation: Part = { name: "saturation", measure: measureSaturation };
const initialSync: Part = { name: "initial-sync", measure: measureInitialSync };
const fairness: Part = { name: "fairness", measure: measureFairness };
const neighbours: Part = { name: "neighbours", measure: measureNeighbours };
const plan: Part = { name: "plan", measure: measurePlan };
const ruleEdit: Part = { name: "rule-edit", measure: measureRuleEdit };
const scaleOut: Part = { name: "scale-out", measure: measureScaleOut };

const FULL: Size = { rounds: 5, seconds: 3, users: 10_000, people: 100_000 };
const SMALL: Size = { rounds: 3, seconds: 2, users: 3_000, people: 1_000 };

/** What `npm run bench -- NAME` knows. Parts that must do without a worker come before those that start one. */
export const benchmarks: readonly Benchmark[] = [
  {
    name: "pipeline",
    summary: "P1, P9, P11, P15, P16: one lane, 10,000 people, an app without latency",
    parts: [creates, pushes, latency],
    size: FULL,
  },
  {
    name: "inbound",
    summary: "P1 to P8, P13, P15, P16: what identity providers send, to a directory of --size people (100,000)",
    // Deletes come late, because they make the directories smaller that the others look at.
    parts: [creates, loneCreates, gets, filters, patches, groupAdds, memberFloods, deletes, apiMemory, statements],
    size: FULL,
  },
  { name: "creates", summary: "P1, P15, P16: durable POST /Users against pgbench", parts: [creates], size: FULL },
  { name: "lone", summary: "P2: durable POST /Users, one at a time", parts: [loneCreates], size: FULL },
  { name: "gets", summary: "P3: GET by id against express alone", parts: [gets], size: FULL },
  {
    name: "filters",
    summary: "P4: filter userName eq against express alone, and growth",
    parts: [filters],
    size: FULL,
  },
  { name: "patches", summary: "P5: PATCH active against pgbench", parts: [patches], size: FULL },
  { name: "deletes", summary: "P6: DELETE at 100,000 people against 10,000", parts: [deletes], size: FULL },
  {
    name: "groups",
    summary: "P7, P8: one member into a large group, and 10,000 at once",
    parts: [groupAdds, memberFloods],
    size: FULL,
  },
  {
    name: "memory",
    summary: "P13: RSS of api and worker with --size people (1,000,000) in one tenant, against 1,000, and Redis",
    parts: [apiMemory, workerMemory],
    size: { ...FULL, people: 1_000_000 },
  },
  { name: "statements", summary: "P16: SQL statements per request at every size", parts: [statements], size: FULL },
  { name: "pushes", summary: "P9, P16: a backlog pushed, against undici alone", parts: [pushes], size: FULL },
  {
    name: "latency",
    summary: "P11, P12: accepted to request at the app, at 300 creates a second and saturated, against a bare pipeline",
    parts: [latency, saturation],
    size: FULL,
  },
  {
    name: "initial-sync",
    summary: "P10: --size people into one app, against a backlog of --users accounts, and the worker's memory",
    parts: [initialSync],
    size: FULL,
  },
  {
    name: "neighbours",
    summary: "P14, P17: what others notice of a slow or refusing app, and of a sync of --size people",
    parts: [neighbours, fairness],
    size: FULL,
  },
  {
    name: "plan",
    summary: "P18: what an edit would change for --size people, against reading their rows by a cursor",
    parts: [plan],
    size: FULL,
  },
  {
    name: "rule-edit",
    summary: "a rule edit for a group of --size people in the background, and the answers to others meanwhile",
    parts: [ruleEdit],
    size: FULL,
  },
  {
    name: "scale-out",
    summary: "P19: 1, 2 and 4 workers over 16 lanes to an app of 20 ms",
    parts: [scaleOut],
    size: FULL,
  },
];

/**
 * What `--ci` runs: small, gates only, in under six minutes. P3, P4 and P5 join it when `gets`, `filters` and `patches` hold
 * their gates on two cores (ADR 0042).
 */
export const ciBenchmark: Benchmark = {
  name: "ci",
  summary: "P1, P7, P8, P9, P15, P16, small",
  parts: [creates, statements, groupAdds, memberFloods, pushes],
  size: SMALL,
};
