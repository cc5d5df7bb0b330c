import { describe, expect, it } from "vitest";
import { newTraceId, readTraceId } from "./trace-context.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

describe("readTraceId", () => {
  it.each([`00-${TRACE}-00f067aa0ba902b7-01`, `cc-${TRACE}-00f067aa0ba902b7-00-more`])("takes %s", (header) => {
    expect(readTraceId(header)).toBe(TRACE);
  });

  it.each([
    undefined,
    "",
    TRACE,
    `ff-${TRACE}-00f067aa0ba902b7-01`,
    `00-${"0".repeat(32)}-00f067aa0ba902b7-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-00f067aa0ba902b7-01`,
  ])("takes none from %s", (header) => {
    expect(readTraceId(header)).toBeUndefined();
  });
});

it("makes a new trace of a new id, and the same of the same", () => {
  expect(newTraceId()).toMatch(/^[0-9a-f]{32}$/);
  expect(newTraceId()).not.toBe(newTraceId());
  expect(newTraceId("019a2b3c-4d5e-7f00-8a1b-2c3d4e5f6071")).toBe("019a2b3c4d5e7f008a1b2c3d4e5f6071");
});
