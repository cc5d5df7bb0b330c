import { expect, it } from "vitest";
import { isRemoteId, parseJson } from "./parse-json.ts";
import { parseRemoteGroup, parseRemoteUser } from "./parse-reply.ts";

it("F45: text that no database can hold is made such that one can, in names and values", () => {
  const body = String.raw`{"a\u0000":["x\u0000y","\ud800",{"b":"\udc00z"}],"fine":"\ud83d\ude00 \\u0000"}`;

  expect(parseJson(body)).toEqual({ "a\uFFFD": ["x\uFFFDy", "\uFFFD", { b: "\uFFFDz" }], fine: "😀 \\u0000" });
});

it("F41: what is no JSON, or nested without end, is nothing", () => {
  for (const body of ["", "<html>", "[".repeat(500_000) + "]".repeat(500_000), "{'a':1}"])
    expect(parseJson(body)).toBeUndefined();
});

it("F45: __proto__ in an answer is a name like another", () => {
  const parsed = parseJson('{"__proto__":{"id":"x","userName":"x"},"a":"\\u0000"}');

  expect(parseRemoteUser(parsed)).toBeNull();
  expect(({} as Record<string, unknown>)["userName"]).toBeUndefined();
});

it.each(["", "a\u0000", "a\uFFFDb", "a\nb", "\ud800", "x".repeat(1_001), "é".repeat(501)])(
  "F45: %j is no id of an account, a group or a member",
  (id) => {
    expect(isRemoteId(id)).toBe(false);
    expect(parseRemoteUser({ id, userName: "ada" })).toBeNull();
    expect(parseRemoteGroup({ id, displayName: "Staff" })).toBeNull();
    expect(parseRemoteGroup({ id: "g", displayName: "Staff", members: [{ value: id }, "m"] })?.members).toEqual(["m"]);
  },
);

it.each(["7", "a b", "cn=Ada,ou=Staff", "💡".repeat(250)])("%j is an id", (id) => {
  expect(isRemoteId(id)).toBe(true);
});
