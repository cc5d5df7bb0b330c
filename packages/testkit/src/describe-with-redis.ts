import { describeWhere } from "./describe-where.ts";
import { providedServices } from "./provided-services.ts";

/**
 * A suite that needs Redis. Without one it is skipped and named at the end of the run, or fails under
 * `MUSTER_TEST_REQUIRE=all`.
 */
export function describeWithRedis(name: string, suite: () => void): void {
  const isHere = providedServices().redisUrl !== null;
  describeWhere({ name: "Redis", isHere, cure: "apt-get install redis-server", setting: "REDIS_URL" }, name, suite);
}

/**
 * The Redis that all test files share: use a key prefix of your own and never empty it.
 *
 * @throws outside `describeWithRedis` where there is no Redis
 */
export function redisUrl(): string {
  const { redisUrl: url } = providedServices();
  if (url === null) {
    throw new Error("there is no Redis here: wrap the suite in describeWithRedis");
  }
  return url;
}
