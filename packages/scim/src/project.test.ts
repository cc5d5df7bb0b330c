import { describe, expect, it } from "vitest";
import type { Attributes } from "./json.ts";
import { excludesMembers, parseProjection, project } from "./project.ts";
import { refusalOf } from "./refusal.fixture.ts";
import { enterpriseUserUrn, userUrn } from "./urns.ts";

const always = { schemas: [userUrn, enterpriseUserUrn], id: "1" };
const jane: Attributes = {
  ...always,
  userName: "jane",
  name: { givenName: "Jane", familyName: "Doe" },
  emails: [{ value: "a", type: "work" }, { value: "b" }],
  [enterpriseUserUrn]: { department: "Sales", manager: { value: "7", $ref: "/Users/7" } },
  meta: { version: 'W/"1"' },
};

describe("project", () => {
  it.each<[string, Attributes]>([
    ["userName", { userName: "jane" }],
    ["USERNAME , name.givenname", { userName: "jane", name: { givenName: "Jane" } }],
    [`${userUrn}:userName`, { userName: "jane" }],
    ["emails.type", { emails: [{ type: "work" }] }],
    ["emails.type,emails", { emails: jane["emails"] ?? null }],
    [`${enterpriseUserUrn}:department`, { [enterpriseUserUrn]: { department: "Sales" } }],
    [`${enterpriseUserUrn}:manager.value`, { [enterpriseUserUrn]: { manager: { value: "7" } } }],
    [enterpriseUserUrn.toUpperCase(), { [enterpriseUserUrn]: jane[enterpriseUserUrn] ?? null }],
    ["nothing,__proto__,constructor,name.toString", {}],
    ["title", {}],
  ])("shows only id, schemas and %s", (attributes, shown) => {
    const projection = parseProjection({ attributes }, "User");

    expect(project(jane, projection)).toEqual({ ...always, ...shown });
  });

  it.each<[string, (resource: Attributes) => void]>([
    ["userName", (resource) => delete resource["userName"]],
    ["id,schemas", () => undefined],
    ["name.givenName", (resource) => Object.assign(resource, { name: { familyName: "Doe" } })],
    ["name.givenName,name.familyName", (resource) => delete resource["name"]],
    ["emails.value", (resource) => Object.assign(resource, { emails: [{ type: "work" }] })],
    [enterpriseUserUrn, (resource) => delete resource[enterpriseUserUrn]],
    [
      `${enterpriseUserUrn}:manager`,
      (resource) => Object.assign(resource, { [enterpriseUserUrn]: { department: "Sales" } }),
    ],
    [
      `${enterpriseUserUrn}:manager.$ref,${enterpriseUserUrn}:department`,
      (resource) => Object.assign(resource, { [enterpriseUserUrn]: { manager: { value: "7" } } }),
    ],
    ["nothing", () => undefined],
  ])("shows everything without %s", (excludedAttributes, change) => {
    const before = structuredClone(jane);
    const expected = structuredClone(jane);
    change(expected);

    expect(project(jane, parseProjection({ excludedAttributes }, "User"))).toEqual(expected);
    expect(jane).toEqual(before);
  });

  it("shows everything without parameters, and with empty ones", () => {
    expect(project(jane, parseProjection({}, "User"))).toEqual(jane);
    expect(project(jane, parseProjection({ attributes: "", excludedAttributes: " , " }, "User"))).toEqual(jane);
  });

  it("refuses a parameter longer than 4,096 characters", () => {
    expect(refusalOf(() => parseProjection({ attributes: "a,".repeat(2_049) }, "User"))).toMatchObject({ status: 400 });
  });
});

describe("excludesMembers", () => {
  it.each<[{ attributes?: string; excludedAttributes?: string }, boolean]>([
    [{}, false],
    [{ excludedAttributes: "members" }, true],
    [{ excludedAttributes: "Members,displayName" }, true],
    [{ excludedAttributes: "members.display" }, false],
    [{ attributes: "displayName" }, true],
    [{ attributes: "displayName,members" }, false],
    [{ attributes: "members.value" }, false],
    [{ attributes: "members", excludedAttributes: "members" }, true],
  ])("%j: %s", (query, excludes) => {
    expect(excludesMembers(parseProjection(query, "Group"))).toBe(excludes);
  });
});
