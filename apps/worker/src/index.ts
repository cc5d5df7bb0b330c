export { readWorkerSettings, type WorkerSettings } from "./config.ts";
export { startWorker, type WorkerResources } from "./start-worker.ts";
