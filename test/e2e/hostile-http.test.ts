import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rawBytes, rawRequest } from "./raw-request.ts";
import { openStage, type Stage, type Tenant } from "./stage.ts";

let stage: Stage;
let tenant: Tenant;
let path: string;

beforeAll(async () => {
  stage = await openStage();
  tenant = await stage.newTenant();
  path = new URL(tenant.endpointUrl).pathname;
});
afterAll(async () => {
  await stage.close();
});

async function isServing(): Promise<boolean> {
  return (await tenant.scim.get("/Users?count=0")).status === 200;
}

const hostNames = fc.oneof(
  fc.domain(),
  fc.ipV4(),
  fc.ipV6().map((address) => `[${address}]`),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom(
    "xn--",
    "xn--a",
    "xn--\u{1F600}",
    "a..b",
    "%00",
    "\u00AD",
    "\uFF0E",
    "a".repeat(300),
    "\u{1F600}.example",
    "[::",
    "1e400",
  ),
);

describe("V51: names of hosts and headers that a runtime may stumble over", () => {
  it("a connection's address is taken or refused as a problem, whatever stands in its host", async () => {
    const { body: app } = await stage.admin.post("/apps", { name: "Any" });

    await fc.assert(
      fc.asyncProperty(hostNames, fc.constantFrom("https://", "http://", "https:", ""), async (host, scheme) => {
        const answer = await stage.admin.send("POST", `/tenants/${tenant.id}/connections`, {
          appId: app.id,
          directoryId: tenant.directoryId,
          target: {
            kind: "scim",
            baseUrl: `${scheme}${host}/scim`,
            auth: { scheme: "bearer", token: "t0ken-of-nobody" },
          },
        });
        expect([201, 400]).toContain(answer.status);
      }),
      { numRuns: 150 },
    );

    expect(await isServing()).toBe(true);
  });

  it.each([
    ["__proto__", "__proto__"],
    ["constructor", "constructor"],
    ["toString", "toString"],
    ["8,000 letters", "x".repeat(8_000)],
    ["x-y~z|", "x-y~z|"],
  ])("a header called %s is left alone", async (_shown, name) => {
    const answer = await rawRequest(stage.localUrl, {
      target: `${path}/Users?count=0`,
      headers: ["Authorization", `Bearer ${tenant.bearerToken}`, name, "x", name, "y"],
    });

    expect([200, 400]).toContain(answer.status);
    expect(await isServing()).toBe(true);
  });

  it.each([
    ["a host header with a NUL", "Host: a\0b"],
    ["a host header of other letters", "Host: \u{1F600}.example"],
    ["two hosts", "Host: a.example\r\nHost: b.example"],
    ["no host", "X-Nothing: here"],
    ["a header without a name", ": x"],
    ["a header name with a blank", "X Y: x"],
    ["two lengths", "Host: a\r\nContent-Length: 1\r\nContent-Length: 2"],
    ["a length and chunks", "Host: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked"],
  ])("%s gets an answer, and the process lives", async (_name, line) => {
    const text = await rawBytes(
      stage.localUrl,
      `GET ${path}/Users?count=0 HTTP/1.1\r\n${line}\r\nAuthorization: Bearer ${tenant.bearerToken}\r\nConnection: close\r\n\r\n`,
    );

    expect(text).toMatch(/^HTTP\/1\.1 (200|400) /);
    expect(await isServing()).toBe(true);
  });
});
