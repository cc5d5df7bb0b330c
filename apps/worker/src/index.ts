export { readWorkerSettings, type WorkerSettings } from "./config.ts";
export { startWorker } from "./start-worker.ts";
export { watchDirectories } from "./watch-directories.ts";
export { watchLanes } from "./watch-lanes.ts";
export type { WorkerResources } from "./worker-resources.ts";
