import { expect, it } from "vitest";
import { parseBasic } from "./parse-basic.ts";

const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

it.each([
  [basic("id:secret"), { clientId: "id", clientSecret: "secret" }],
  [basic("id:a:b"), { clientId: "id", clientSecret: "a:b" }],
  [basic("i%3Ad:s%20e+c"), { clientId: "i:d", clientSecret: "s e c" }],
  [basic("id:"), { clientId: "id", clientSecret: "" }],
  [basic("id:secret").replace("Basic", "bASIC"), { clientId: "id", clientSecret: "secret" }],
])("RFC 6749: %j is a client's credential", (header, credential) => {
  expect(parseBasic(header)).toEqual(credential);
});

it.each([
  undefined,
  "",
  "Basic",
  "Basic ",
  "Basic !!!",
  "Bearer abc",
  basic("nocolon"),
  basic(":secret"),
  basic("id:%zz"),
  `${basic("id:secret")}, ${basic("id:secret")}`,
  basic(`id:${"a".repeat(2_000)}`),
])("V15: %j is none", (header) => {
  expect(parseBasic(header)).toBeNull();
});
