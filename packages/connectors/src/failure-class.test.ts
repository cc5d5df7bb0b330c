import { describe, expect, it } from "vitest";
import { dialFailureClass, failureClass, type Operation } from "./failure-class.ts";

const operations: Operation[] = ["create", "read", "search", "write"];

function classes(reply: { status: number; scimType?: string; isScimError?: boolean; retryAfterMs?: number }): string[] {
  const full = { scimType: null, isScimError: false, retryAfterMs: null, ...reply };
  return operations.map((operation) => failureClass(operation, full));
}

const four = (name: string) => [name, name, name, name];

describe("failureClass, for create, read, search and write", () => {
  it.each([
    [300, four("connection")],
    [301, four("connection")],
    [302, four("connection")],
    [304, four("connection")],
    [307, four("connection")],
    [308, four("connection")],
    [400, four("permanent")],
    [401, four("connection")],
    [402, four("permanent")],
    [403, four("connection")],
    [404, ["connection", "perhapsGone", "connection", "perhapsGone"]],
    [405, four("permanent")],
    [407, four("connection")],
    [408, four("transient")],
    [409, four("conflict")],
    [410, ["connection", "gone", "connection", "gone"]],
    [412, four("permanent")],
    [413, four("permanent")],
    [415, four("permanent")],
    [418, four("permanent")],
    [422, four("permanent")],
    [425, four("transient")],
    [429, four("throttled")],
    [431, four("permanent")],
    [500, ["unknown", "transient", "transient", "transient"]],
    [501, four("permanent")],
    [502, ["unknown", "transient", "transient", "transient"]],
    [503, ["unknown", "transient", "transient", "transient"]],
    [504, ["unknown", "transient", "transient", "transient"]],
    [599, ["unknown", "transient", "transient", "transient"]],
  ])("%i", (status, expected) => {
    expect(classes({ status })).toEqual(expected);
  });

  it("believes a 404 about a user when it comes with a SCIM Error", () => {
    expect(classes({ status: 404, isScimError: true })).toEqual(["connection", "gone", "connection", "gone"]);
  });

  it("takes 400 with scimType uniqueness for the 409 that it should have been", () => {
    expect(classes({ status: 400, scimType: "uniqueness", isScimError: true })).toEqual(four("conflict"));
  });

  it("pauses the lane on 503 and 403 with Retry-After", () => {
    expect(classes({ status: 503, retryAfterMs: 0 })).toEqual(four("throttled"));
    expect(classes({ status: 403, retryAfterMs: 1000 })).toEqual(four("throttled"));
  });
});

describe("dialFailureClass", () => {
  it.each([
    ["blocked", "connection"],
    ["invalid", "connection"],
    ["tls", "connection"],
    ["dns", "transient"],
    ["refused", "transient"],
    ["timeout", "transient"],
    ["reset", "transient"],
    ["aborted", "transient"],
  ] as const)("%s before anything was sent is %s", (code, expected) => {
    expect(operations.map((operation) => dialFailureClass(operation, { code, sent: false, status: null }))).toEqual(
      four(expected),
    );
  });

  it.each(["timeout", "reset", "aborted", "tooLarge", "encoding", "protocol"] as const)(
    "F27: %s after the request left leaves a change unknown and a read to be repeated",
    (code) => {
      for (const status of [null, 201]) {
        const found = operations.map((operation) => dialFailureClass(operation, { code, sent: true, status }));
        expect(found).toEqual(["unknown", "transient", "transient", "unknown"]);
      }
    },
  );

  it("H7: a server that takes our certificate no more has acted on nothing", () => {
    const found = operations.map((operation) => dialFailureClass(operation, { code: "tls", sent: true, status: null }));
    expect(found).toEqual(four("connection"));
  });

  it("lets a status that did arrive decide, whatever became of the body", () => {
    expect(dialFailureClass("create", { code: "tooLarge", sent: true, status: 401 })).toBe("connection");
    expect(dialFailureClass("create", { code: "reset", sent: true, status: 400 })).toBe("permanent");
  });
});
