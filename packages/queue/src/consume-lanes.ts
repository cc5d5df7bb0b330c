import type { Job } from "bullmq";
import { Worker } from "bullmq";
import type { Complain } from "./complain.ts";
import { withDeadline } from "./deadline.ts";
import { keyPrefix, parseLaneJob, queueNames } from "./lane-job.ts";
import type { ConsumeInput, Consumer, Ring } from "./queue.ts";
import type { QueueTimings } from "./timings.ts";
import type { Transport } from "./transport.ts";

export type ConsumeDeps = {
  transport: Transport;
  ring(rings: readonly Ring[]): void;
  complain: Complain;
  timings: QueueTimings;
};

type Crew = {
  workers: ReadonlyArray<Pick<Worker, "close">>;
  active: Set<AbortController>;
  leaving: boolean;
  idle: PromiseWithResolvers<void>;
  release(): void;
};

/**
 * Runs the drains: one worker for each doorbell, so that a removal never waits for a normal lane's slot. A drain that
 * throws is logged and its job ends as done: due rows are in Postgres, and repeating at once would only spin.
 */
export function consumeLanes(deps: ConsumeDeps, input: ConsumeInput): Consumer {
  const crews = new Set<Crew>();
  let closing: Promise<void> | undefined;
  let current = hire();

  function hire(): Crew {
    const { backend, close } = deps.transport.openForWorkers();
    const start = (name: string, concurrency: number, removal: boolean) => {
      const work = (job: Job<unknown>) => workOn(deps, input, crew, { jobData: job.data, removal });
      const worker = new Worker(name, work, workerOptions(deps, concurrency), backend);
      worker.on("error", (cause) => deps.complain("a queue worker has trouble", cause));
      return worker;
    };
    const crew: Crew = {
      workers: [start(queueNames.normal, input.slots, false), start(queueNames.removal, input.removalSlots, true)],
      active: new Set(),
      leaving: false,
      idle: Promise.withResolvers(),
      release: close,
    };
    crews.add(crew);
    return crew;
  }

  return {
    active: () => crews.values().reduce((sum, crew) => sum + crew.active.size, 0),
    async close() {
      closing ??= dismiss(deps, current);
      await closing;
    },
    async restart() {
      if (closing !== undefined) return;
      const leaving = current;
      current = hire();
      await dismiss(deps, leaving);
      if (leaving.active.size === 0) crews.delete(leaving);
    },
  };
}

async function workOn(
  deps: ConsumeDeps,
  input: ConsumeInput,
  crew: Crew,
  job: { jobData: unknown; removal: boolean },
): Promise<void> {
  const lane = parseLaneJob(job.jobData);
  if (lane === undefined) return deps.complain("dropped a job that names no lane", typeof job.jobData);
  const ring = { ...lane, removal: job.removal };
  if (crew.leaving) return deps.ring([ring]);
  const controller = new AbortController();
  crew.active.add(controller);
  try {
    const { again } = await input.drain(ring, controller.signal);
    // Still inside the job: the ring is kept and queued behind the others when this job ends.
    if (again) deps.ring([ring]);
  } catch (cause) {
    deps.complain("a drain failed, the sweep will find its lane", cause);
  } finally {
    crew.active.delete(controller);
    if (crew.leaving && crew.active.size === 0) crew.idle.resolve();
  }
}

async function dismiss(deps: ConsumeDeps, crew: Crew): Promise<void> {
  crew.leaving = true;
  for (const controller of crew.active) controller.abort(new Error("the queue consumer stops"));
  if (crew.active.size === 0) crew.idle.resolve();
  const closed = Promise.allSettled(crew.workers.map((worker) => worker.close()));
  try {
    await withDeadline(crew.idle.promise, deps.timings.closeDeadlineMs, "waiting for drains");
    await withDeadline(closed, deps.timings.sendTimeoutMs, "closing the queue workers");
  } catch (cause) {
    deps.complain("left queue workers behind", cause, crew.workers.length);
  } finally {
    crew.release();
  }
}

function workerOptions(deps: ConsumeDeps, concurrency: number) {
  return {
    connection: {},
    prefix: keyPrefix,
    concurrency,
    lockDuration: deps.timings.lockDurationMs,
    stalledInterval: deps.timings.stalledIntervalMs,
    // A lane whose drain kills the process comes back once, then waits for the sweep, which counts crashes in Postgres.
    maxStalledCount: 1,
    // Also for jobs that another version added without saying so.
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
    // The default of 15 s would hold removals up after Redis has returned.
    runRetryDelay: 1_000,
  };
}
