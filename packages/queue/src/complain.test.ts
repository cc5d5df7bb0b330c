import { describe, expect, it } from "vitest";
import { createComplain, reasonOf } from "./complain.ts";

describe("complaining", () => {
  it("logs each message at most once in its interval, with what has happened since", () => {
    let nowMs = 0;
    const lines: unknown[] = [];
    const logger = { warn: (...line: unknown[]) => lines.push(line) };
    const complain = createComplain({ logger, everyMs: 5_000, nowMs: () => nowMs });

    for (let count = 0; count < 1_000; count += 1) complain("rings were lost", new Error("gone"), 2);
    complain("a drain failed", "why");
    nowMs = 4_999;
    complain("rings were lost", new Error("still gone"));
    nowMs = 5_000;
    complain("rings were lost", new Error("gone again"));

    expect(lines).toEqual([
      [{ reason: "gone", count: 2 }, "rings were lost"],
      [{ reason: "why", count: 1 }, "a drain failed"],
      [{ reason: "gone again", count: 2_000 }, "rings were lost"],
    ]);
  });

  it("V23: keeps the command of a Redis error, and so a password, out of the reason", () => {
    const wrongPassword = Object.assign(new Error("WRONGPASS invalid username-password pair"), {
      command: { name: "auth", args: ["open-sesame"] },
    });

    expect(reasonOf(wrongPassword)).toBe("WRONGPASS invalid username-password pair");
  });

  it("names the code of an error without a text", () => {
    const refused = Object.assign(new AggregateError([]), { code: "ECONNREFUSED" });

    expect(reasonOf(refused)).toBe("ECONNREFUSED");
  });
});
