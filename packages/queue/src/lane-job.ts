import type { LaneKey } from "./queue.ts";

/** Two doorbells: removals wait behind nothing else. BullMQ forbids ":" in these names. */
export const queueNames = { normal: "lanes", removal: "removals" } as const;

/** Braces are a hash tag: all keys of both queues live on one shard of a Redis Cluster. Postgres has its schema instead. */
export const keyPrefix = "{muster}";

// Ids become part of Redis key names, so anything that could leave the prefix or the hash tag is refused (V91).
const idPattern = /^[A-Za-z0-9_-]{1,128}$/;

/** Tells a lane apart from all others; the deduplication id of its job. */
export function laneId(lane: LaneKey): string {
  return `${lane.tenantId}.${lane.connectionId}`;
}

/** Says whether both ids of a lane may be put on the queue. */
export function isLaneKey(lane: LaneKey): boolean {
  return idPattern.test(lane.tenantId) && idPattern.test(lane.connectionId);
}

/**
 * Describes the job that rings a lane: at most one waits and one runs, and a ring that meets the running one is kept
 * and queued when that one ends, so a change committed during the drain is never overlooked.
 */
export function laneJob(lane: LaneKey) {
  return {
    name: "ring",
    data: { tenantId: lane.tenantId, connectionId: lane.connectionId },
    opts: {
      deduplication: { id: laneId(lane), keepLastIfActive: true },
      removeOnComplete: true,
      removeOnFail: true,
      attempts: 1,
    },
  };
}

/** Reads the lane out of a job's data, ignoring fields of other versions (F38); undefined when it names no lane. */
export function parseLaneJob(jobData: unknown): LaneKey | undefined {
  if (typeof jobData !== "object" || jobData === null) return undefined;
  if (!("tenantId" in jobData) || !("connectionId" in jobData)) return undefined;
  const { tenantId, connectionId } = jobData;
  if (typeof tenantId !== "string" || typeof connectionId !== "string") return undefined;
  const lane = { tenantId, connectionId };
  return isLaneKey(lane) ? lane : undefined;
}
