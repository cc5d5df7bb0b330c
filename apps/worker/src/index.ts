export { readWorkerSettings, type WorkerSettings } from "./config.ts";
export { startWorker, type WorkerResources } from "./start-worker.ts";
export { watchDirectories } from "./watch-directories.ts";
export { watchLanes } from "./watch-lanes.ts";
