import { describe, expect, it } from "vitest";
import { ContractError } from "./contract-error.ts";
import { createValidator } from "./create-validator.ts";
import { exampleBodies } from "./fixtures/examples.ts";
import { operations } from "./index.ts";

const validator = createValidator();
const secret = `whsec_${"A".repeat(32)}`;
const webhook = {
  kind: "webhook",
  baseUrl: "https://ledger.example/hook?customer=7",
  auth: { scheme: "signature", secret },
  options: { acknowledgement: "account" },
};
const request = { method: "POST", path: '["users"]', headers: { "idempotency-key": "idempotencyKey" }, body: "user" };
const rest = {
  kind: "rest",
  baseUrl: "https://ledger.example/v3",
  auth: { scheme: "bearer", token: "t" },
  options: {
    account: '{"id": item.id}',
    attributes: ["displayName"],
    operations: {
      create: request,
      update: request,
      deactivate: "update",
      reactivate: request,
      list: { method: "GET", path: '["users"]', items: "body", paging: { style: "link", size: 50 } },
      find: { userName: { method: "GET", path: '["users"]', query: '{"q": value}', items: "body" } },
    },
  },
};

function issuesOf(target: object): string[] {
  try {
    validator.body(operations.createConnection, { ...exampleBodies.createConnection, target });
    return [];
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    return error.issues.map(({ path }) => path);
  }
}

describe("H10, H11: targets of other kinds than SCIM", () => {
  it("takes them whole", () => {
    expect(issuesOf(webhook)).toEqual([]);
    expect(issuesOf({ ...webhook, options: undefined })).toEqual([]);
    expect(issuesOf(rest)).toEqual([]);
  });

  it.each([
    [
      "a secret in another spelling",
      { ...webhook, auth: { scheme: "signature", secret: "s3cret" } },
      "/target/auth/secret",
    ],
    [
      "a secret that is too short",
      { ...webhook, auth: { scheme: "signature", secret: "whsec_AAAA" } },
      "/target/auth/secret",
    ],
    ["another sign-in of a webhook", { ...webhook, auth: { scheme: "bearer", token: "t" } }, "/target/auth"],
    ["an option that there is not", { ...webhook, options: { retries: 3 } }, "/target/options/retries"],
    ["a template's address with a query", { ...rest, baseUrl: "https://ledger.example/v3?a=b" }, "/target/baseUrl"],
    ["templates that are missing", { ...rest, options: undefined }, "/target/options"],
    ["an operation that there is not", withOperations({ suspend: request }), "/target/options/operations/suspend"],
    [
      "a method that there is not",
      withOperations({ create: { ...request, method: "TRACE" } }),
      "/target/options/operations/create/method",
    ],
    ["a word that is no operation", withOperations({ deactivate: "delete" }), "/target/options/operations/deactivate"],
    [
      "a header's name that ends the line",
      withOperations({ create: { ...request, headers: { "a\r\nb": '"x"' } } }),
      "/target/options/operations/create/headers",
    ],
  ])("refuses %s by name", (_what, target, path) => {
    expect(issuesOf(target).some((found) => found.startsWith(path))).toBe(true);
  });
});

function withOperations(changed: object) {
  return { ...rest, options: { ...rest.options, operations: { ...rest.options.operations, ...changed } } };
}
