import { appendFileSync } from "node:fs";
import { describe, it } from "vitest";
import { providedServices } from "./provided-services.ts";

/**
 * A suite that needs Redis. Without one it is skipped and named at the end of the run, or fails under
 * `MUSTER_TEST_REQUIRE=all`.
 */
export function describeWithRedis(name: string, suite: () => void): void {
  const { redisUrl: url, isAllRequired, skippedSuitesPath } = providedServices();
  if (url === null && isAllRequired) {
    describe(name, () => {
      it("has a Redis to run on, as MUSTER_TEST_REQUIRE=all demands", () => {
        throw new Error("there is no Redis here: set REDIS_URL or apt-get install redis-server");
      });
    });
    return;
  }
  if (url === null) {
    appendFileSync(skippedSuitesPath, `${name}\n`);
  }
  describe.skipIf(url === null)(name, suite);
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
