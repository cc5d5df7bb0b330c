import { describe, expect, it } from "vitest";
import { refusalOf } from "../refusal.fixture.ts";
import { enterpriseUserUrn, userUrn } from "../urns.ts";
import { parseUser } from "../user.ts";

describe("V54, V57: a PUT or POST that says inactive is never answered with a silent 2xx", () => {
  it.each<[string, object]>([
    ["a boolean", { active: false }],
    ["False as Entra writes it", { active: "False" }],
    ["false as Keycloak writes it", { active: "false" }],
    ["FALSE", { active: "FALSE" }],
    ["the name in another case", { Active: false }],
    ["the name with its URN", { [`${userUrn}:active`]: false }],
    ["an object under the core URN", { [userUrn]: { active: "False" } }],
    ["wrapped as value", { active: { value: "False" } }],
    ["wrapped by its name", { active: { active: false } }],
    ["a list of one", { active: [false] }],
    [
      "with everything that is read-only beside it",
      { id: "1", meta: {}, groups: [], schemas: [userUrn], active: false },
    ],
    ["with id null, as OneLogin templates send it", { id: null, active: "false" }],
  ])("%s deactivates", (_, sent) => {
    const { user, activeGiven } = parseUser({ userName: "j", ...sent });

    expect([user.active, activeGiven]).toEqual([false, true]);
  });

  it.each<[string, object]>([
    ["a number", { active: 0 }],
    ["a word", { active: "no" }],
    ["an empty string", { active: "" }],
    ["an object", { active: { state: false } }],
    ["two that disagree", { active: true, Active: false }],
    ["a pointer", { "/active": false }],
    ["a part of it", { "active.value": false }],
    ["an extension's URN", { [`${enterpriseUserUrn}:active`]: false }],
    ["inside an extension", { [enterpriseUserUrn]: { active: false } }],
    ["an unknown URN", { "urn:unknown:2.0:User:active": false }],
  ])("%s is an error", (_, sent) => {
    expect(refusalOf(() => parseUser({ userName: "j", ...sent })).status).toBe(400);
  });

  it.each<[string, object]>([
    ["left out", {}],
    ["null, which is unassigned", { active: null }],
    ["[], which is unassigned", { active: [] }],
  ])("%s is told apart from true, so that a PUT brings nobody back", (_, sent) => {
    const { user, activeGiven } = parseUser({ userName: "j", ...sent });

    expect([user.active, activeGiven]).toEqual([true, false]);
  });
});
