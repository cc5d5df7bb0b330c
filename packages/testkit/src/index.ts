export { freePort } from "@muster/runtime";
export { createTestDatabase } from "./create-test-database.ts";
export { describeWithRedis, redisUrl } from "./describe-with-redis.ts";
export { type ProcessExit, type SpawnedProcess, spawnProcess } from "./spawn-process.ts";
export { findRedis, type RedisProcess, startRedis } from "./start-redis.ts";
export { type ProxyCounts, type ProxyMode, startTcpProxy, type TcpProxy } from "./start-tcp-proxy.ts";
export type { MigrateTestDatabase, TestDatabase } from "./test-database.ts";
export { startTestServices, type TestServices } from "./test-services.ts";
export { type WaitForOptions, waitFor } from "./wait-for.ts";
