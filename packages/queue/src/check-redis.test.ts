import { describe, expect, it } from "vitest";
import { parseRedisInfo, redisFaults } from "./check-redis.ts";

const fit = {
  redis_version: "7.0.15",
  maxmemory_policy: "noeviction",
  aof_enabled: "1",
  cluster_enabled: "0",
};
const faultsOf = (changes: Partial<typeof fit>, mode: "single" | "cluster" = "single") =>
  redisFaults(new Map(Object.entries({ ...fit, ...changes })), mode);

describe("the settings that a Redis must have", () => {
  it("reads an INFO reply with its comments and line ends", () => {
    const reply =
      "# Server\r\nredis_version:7.2.4\r\nexecutable:/opt/a:b\r\n\r\n# Memory\r\nmaxmemory_policy:noeviction\r\n";

    expect([...parseRedisInfo(reply)]).toEqual([
      ["redis_version", "7.2.4"],
      ["executable", "/opt/a:b"],
      ["maxmemory_policy", "noeviction"],
    ]);
  });

  it.each([
    { changes: {}, faults: [] },
    { changes: { redis_version: "10.1.0" }, faults: [] },
    { changes: { redis_version: "6.2.14" }, faults: ["version 6.2.14, 7 or newer is needed"] },
    { changes: { redis_version: "none" }, faults: ["version none, 7 or newer is needed"] },
    { changes: { maxmemory_policy: "volatile-lru" }, faults: ["maxmemory-policy volatile-lru, noeviction is needed"] },
    { changes: { aof_enabled: "0" }, faults: ["appendonly is off, on is needed"] },
    { changes: { cluster_enabled: "1" }, faults: ["it is a cluster: add ?cluster=true to the URL"] },
  ])("D21: finds $faults in $changes", ({ changes, faults }) => {
    expect(faultsOf(changes)).toEqual(faults);
  });

  it("takes a cluster for a cluster", () => {
    expect(faultsOf({ cluster_enabled: "1" }, "cluster")).toEqual([]);
  });

  it("names every fault of a server that tells nothing", () => {
    expect(redisFaults(new Map(), "single")).toHaveLength(3);
  });
});
