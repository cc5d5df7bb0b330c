export { migrateQueue } from "./migrate-queue.ts";
export { openQueue, QueueRefusedError } from "./open-queue.ts";
export type {
  ConsumeInput,
  Consumer,
  DrainLane,
  LaneKey,
  Queue,
  QueueCounters,
  QueueSettings,
  Ring,
} from "./queue.ts";
