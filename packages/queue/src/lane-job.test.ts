import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isLaneKey, laneId, laneJob, parseLaneJob } from "./lane-job.ts";

const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,128}$/);
const laneKey = fc.record({ tenantId: id, connectionId: id });

describe("the job of a lane", () => {
  it("comes back as the lane it was made for, also after JSON and with fields of another version", () => {
    fc.assert(
      fc.property(laneKey, fc.dictionary(fc.string(), fc.jsonValue()), (lane, others) => {
        const stored: unknown = JSON.parse(JSON.stringify({ ...others, ...laneJob(lane).data }));
        expect(parseLaneJob(stored)).toEqual(lane);
      }),
    );
  });

  it("V72: holds ids only", () => {
    const withMore = { tenantId: "t", connectionId: "c", removal: true, secret: "x" };

    expect(laneJob(withMore).data).toEqual({ tenantId: "t", connectionId: "c" });
  });

  it("gives different lanes different deduplication ids", () => {
    fc.assert(
      fc.property(laneKey, laneKey, (one, other) => {
        const same = one.tenantId === other.tenantId && one.connectionId === other.connectionId;
        expect(laneId(one) === laneId(other)).toBe(same);
      }),
    );
    expect(laneId({ tenantId: "a", connectionId: "bc" })).not.toBe(laneId({ tenantId: "ab", connectionId: "c" }));
  });

  it("never throws on what another version or a stranger put there, and accepts only valid ids", () => {
    fc.assert(
      fc.property(fc.anything(), (jobData) => {
        const lane = parseLaneJob(jobData);
        if (lane !== undefined) expect(isLaneKey(lane)).toBe(true);
      }),
    );
  });

  it.each(["", "a:b", "{t}", "a.b", "a b", "a\n", "é", "x".repeat(129)])("V91: refuses the id %j", (bad) => {
    expect(parseLaneJob({ tenantId: bad, connectionId: "c" })).toBeUndefined();
    expect(parseLaneJob({ tenantId: "t", connectionId: bad })).toBeUndefined();
  });
});
