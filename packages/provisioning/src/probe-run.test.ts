import { profileOf, type RawAnswer } from "@muster/connectors";
import { expect, it } from "vitest";
import { createProbeRun } from "./probe-run.ts";

it("H13: a step of many slow requests keeps the turn", async () => {
  let nowMs = 0;
  const keptAtS: number[] = [];
  const answer: RawAnswer = { status: 200, body: {}, failure: null };
  const run = createProbeRun(
    {
      async ask() {
        nowMs += 6_000;
        return answer;
      },
      ledger: {
        async note() {
          keptAtS.push(nowMs / 1_000);
        },
        left: async () => [],
        plan: async (kind, name) => ({ id: name, kind, name, remoteId: null }),
        made: async () => {},
        gone: async () => {},
      },
      now: () => new Date(nowMs),
      pace: async () => {},
      wait: async () => {},
      signal: new AbortController().signal,
      callMs: 1_000,
    },
    { profile: profileOf("generic"), readOnly: false, members: 1, groups: false, mark: "one" },
  );

  for (let count = 0; count < 6; count += 1) await run.ask({ method: "GET", path: "/Users" });

  expect(keptAtS).toEqual([12, 24]);
});
