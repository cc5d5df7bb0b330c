import { expect, it } from "vitest";
import { compareVerdicts, readVerdicts } from "./verdicts.ts";

const listed = [{ judge: "j", check: "odd", section: "RFC 7644 section 3", why: "because" }];

it("a failure that is not listed is unexplained, a listed one is not", () => {
  const verdicts = readVerdicts(
    '{"check":"odd","outcome":"failed","reason":"r"}\nnoise\n{"check":"new","outcome":"failed","reason":"r"}\n',
  );

  expect(compareVerdicts(verdicts, listed)).toEqual({
    unexplained: [{ check: "new", outcome: "failed", reason: "r" }],
    outdated: [],
  });
});

it("a listed deviation that does not happen any more is outdated, also when the judge did not look", () => {
  for (const verdicts of [[], readVerdicts('{"check":"odd","outcome":"passed","reason":""}')])
    expect(compareVerdicts(verdicts, listed)).toEqual({ unexplained: [], outdated: ["odd"] });
});
