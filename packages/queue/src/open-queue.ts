import type { Logger } from "@muster/runtime";
import { Queue as BullQueue } from "bullmq";
import type { Complain } from "./complain.ts";
import { createComplain } from "./complain.ts";
import { consumeLanes } from "./consume-lanes.ts";
import { withDeadline } from "./deadline.ts";
import type { Doorbell } from "./doorbell.ts";
import { createDoorbell } from "./doorbell.ts";
import { keyPrefix, laneJob, queueNames } from "./lane-job.ts";
import { createPostgresTransport, defaultQueueSchema } from "./postgres-transport.ts";
import type { Consumer, Queue, QueueSettings, Ring } from "./queue.ts";
import { createRedisTransport } from "./redis-transport.ts";
import type { QueueTimings } from "./timings.ts";
import { defaultTimings } from "./timings.ts";
import type { Transport } from "./transport.ts";
import type { Health } from "./watch-health.ts";
import { watchHealth } from "./watch-health.ts";

export type OpenQueueDeps = { logger: Pick<Logger, "warn">; timings?: Partial<QueueTimings> };

/** The server answers, but its settings make it unfit: starting would hide it (F13, D24). */
export class QueueRefusedError extends Error {
  override readonly name = "QueueRefusedError";
}

/**
 * Opens the doorbell. A server that does not answer is no error: rings are then lost, the sweep finds the work, and
 * the queue recovers by itself.
 *
 * @throws {QueueRefusedError} when Redis is too old, evicts or does not persist, in production; or when the Postgres
 * schema is missing
 */
export async function openQueue(settings: QueueSettings, deps: OpenQueueDeps): Promise<Queue> {
  const timings = { ...defaultTimings, ...deps.timings };
  const complain = createComplain({ logger: deps.logger, everyMs: timings.logEveryMs, nowMs: () => performance.now() });
  const transport = openTransport(settings, timings, complain);
  const strict = settings.kind === "postgres" || settings.production;
  const health = await watchHealth({ transport, complain, timings, strict });
  const fault = health.fault();
  if (fault !== undefined) {
    if (strict) {
      health.stop();
      await transport.close();
      throw new QueueRefusedError(`The queue's server is unfit: ${fault}`);
    }
    deps.logger.warn({ reason: fault }, "the queue's server is unfit for production");
  }
  return assemble({ transport, complain, timings, health });
}

function openTransport(settings: QueueSettings, timings: QueueTimings, complain: Complain): Transport {
  const failed = (cause: unknown) => complain("the queue's connection has trouble", cause);
  if (settings.kind === "redis") {
    return createRedisTransport({ url: settings.url, commandTimeoutMs: timings.sendTimeoutMs, failed });
  }
  const schema = settings.schema ?? defaultQueueSchema;
  const { connectionString } = settings;
  return createPostgresTransport({ connectionString, schema, queryTimeoutMs: timings.sendTimeoutMs, failed });
}

function assemble(deps: { transport: Transport; complain: Complain; timings: QueueTimings; health: Health }): Queue {
  const { transport, complain, timings, health } = deps;
  let jobs = 0;
  const consumers: Consumer[] = [];
  const bells = { normal: openBell(deps, queueNames.normal), removal: openBell(deps, queueNames.removal) };

  function ring(rings: readonly Ring[]): void {
    bells.removal.ring(rings.filter((one) => one.removal));
    bells.normal.ring(rings.filter((one) => !one.removal));
  }

  return {
    ring,
    consume(input) {
      const consumer = consumeLanes(
        { transport, ring, complain, timings },
        {
          ...input,
          drain(lane, signal) {
            jobs += 1;
            return input.drain(lane, signal);
          },
        },
      );
      consumers.push(consumer);
      return consumer;
    },
    health: health.now,
    counters() {
      const [normal, removal] = [bells.normal.counters(), bells.removal.counters()];
      return {
        rung: normal.rung + removal.rung,
        folded: normal.folded + removal.folded,
        failedRings: normal.failedRings + removal.failedRings,
        jobs,
      };
    },
    async close() {
      await Promise.all(consumers.map((consumer) => consumer.close()));
      await Promise.all([bells.normal.flush(timings.sendTimeoutMs), bells.removal.flush(timings.sendTimeoutMs)]);
      health.stop();
      await withDeadline(transport.close(), timings.sendTimeoutMs, "closing the queue").catch((cause: unknown) =>
        complain("could not close the queue's connections", cause),
      );
    },
  };
}

function openBell(deps: { transport: Transport; complain: Complain; timings: QueueTimings }, name: string): Doorbell {
  const { transport, complain, timings } = deps;
  const queue = new BullQueue(
    name,
    { connection: {}, prefix: keyPrefix, skipMetasUpdate: true },
    transport.backendForRings,
  );
  queue.on("error", (cause) => complain("the queue's connection has trouble", cause));
  return createDoorbell({
    foldWindowMs: timings.foldWindowMs,
    sendTimeoutMs: timings.sendTimeoutMs,
    failed: (cause, rings) => complain("rings were lost, the sweep will find their lanes", cause, rings),
    async send(lanes) {
      transport.assertReachable();
      const [first, ...more] = lanes.map(laneJob);
      // A pipeline for a single job costs the process more than the job.
      if (first !== undefined && more.length === 0) await queue.add(first.name, first.data, first.opts);
      else await queue.addBulk(lanes.map(laneJob));
    },
  });
}
