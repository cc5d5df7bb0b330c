import { describe, expect, it } from "vitest";
import { readTraceId } from "./trace-context.ts";

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
  ])("makes a new one for %s", (header) => {
    const made = readTraceId(header);

    expect(made).toMatch(/^[0-9a-f]{32}$/);
    expect(made).not.toBe(TRACE);
    expect(readTraceId(header)).not.toBe(made);
  });
});
