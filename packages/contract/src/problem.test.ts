import { describe, expect, it } from "vitest";
import { ContractError, invalidRequestProblem, problem } from "./index.ts";

describe("problem", () => {
  it.each([
    [404, "Not Found"],
    [413, "Content Too Large"],
    [418, "Client Error"],
    [599, "Server Error"],
  ])("gives %i its own phrase under about:blank (RFC 9457 section 4.2.1)", (status, title) => {
    expect(problem({ status, detail: "d" })).toEqual({ type: "about:blank", title, status, detail: "d" });
  });

  it("keeps what it is given", () => {
    const given = { type: "urn:x", title: "t", status: 409, detail: "d", instance: "/api/v1/apps" };

    expect(problem(given)).toEqual(given);
  });
});

describe("invalidRequestProblem", () => {
  it("says every issue in the detail and lists them", () => {
    const issues = [
      { path: "/name", rule: "required", message: "name is missing: add it" },
      { path: "/id", rule: "unknown", message: "id is not taken here" },
    ];

    expect(invalidRequestProblem(new ContractError(issues), "/api/v1/apps")).toEqual({
      type: "urn:muster:problem:invalid-request",
      title: "The request does not fit the contract",
      status: 400,
      detail: "name is missing: add it; id is not taken here",
      instance: "/api/v1/apps",
      issues,
    });
    expect(invalidRequestProblem(new ContractError(issues))).not.toHaveProperty("instance");
  });
});
