import { describe, expect, it } from "vitest";
import type { SampleAppOptions } from "./sample-app.ts";
import { at, ENTERPRISE, GROUP, idOf, patch, startForTest, USER, user } from "./start-for-test.fixture.ts";

describe("PATCH of a user", () => {
  const emails = [
    { value: "a@work", type: "work", primary: true },
    { value: "a@home", type: "home" },
  ];

  it.each([
    [
      "adds an element and moves primary",
      { op: "add", path: "emails", value: [{ value: "n", primary: true }] },
      [false, undefined, true],
    ],
    ["adds what is there without doubling", { op: "add", path: "emails", value: [emails[1]] }, [true, undefined]],
    ["selects an element", { op: "replace", path: 'emails[type eq "home"].primary', value: true }, [false, true]],
    ["removes an element", { op: "remove", path: 'emails[type eq "work"]' }, [undefined]],
  ])("%s", async (_case, operation, primaries) => {
    const { call } = await startForTest();
    const made = await call("POST", "/Users", user("a", { emails }));

    const answer = await call("PATCH", at("Users", made), patch(operation));

    expect(answer.status).toBe(200);
    expect((answer.body["emails"] as { primary?: boolean }[]).map((email) => email.primary)).toEqual(primaries);
  });

  it("merges sub-attributes and keeps the extension listed exactly while it has values", async () => {
    const { call } = await startForTest();
    const made = await call("POST", "/Users", user("a", { name: { givenName: "Ada", familyName: "Byron" } }));

    const added = await call(
      "PATCH",
      at("Users", made),
      patch(
        { op: "replace", value: { name: { familyName: "King" }, title: "Countess" } },
        { op: "add", path: `${ENTERPRISE}:department`, value: "Engines" },
      ),
    );
    const removed = await call("PATCH", at("Users", made), patch({ op: "remove", path: `${ENTERPRISE}:department` }));

    expect(added.body).toMatchObject({ name: { givenName: "Ada", familyName: "King" }, title: "Countess" });
    expect(added.body["schemas"]).toEqual([USER, ENTERPRISE]);
    expect(added.body[ENTERPRISE]).toEqual({ department: "Engines" });
    expect(removed.body["schemas"]).toEqual([USER]);
  });

  it.each([
    ["a string boolean", { op: "replace", path: "active", value: "False" }, "invalidValue"],
    ["an op in another case", { op: "Replace", path: "active", value: false }, "invalidSyntax"],
    ["an unknown op", { op: "move", path: "active", value: false }, "invalidSyntax"],
    ["a read-only attribute", { op: "replace", path: "id", value: "x" }, "mutability"],
    ["id among the values", { op: "replace", value: { id: "x", active: false } }, "mutability"],
    ["dotted keys", { op: "replace", value: { "name.givenName": "x" } }, "invalidPath"],
    ["an element that is not there", { op: "replace", path: 'emails[type eq "fax"].value', value: "x" }, "noTarget"],
    ["remove without a path", { op: "remove", value: { active: true } }, "noTarget"],
    ["an unknown attribute", { op: "add", path: "shoeSize", value: 3 }, "invalidSyntax"],
    ["a prototype path", { op: "add", path: "__proto__.x", value: 1 }, "invalidPath"],
    ["the end of userName", { op: "remove", path: "userName" }, "invalidValue"],
  ])("refuses %s and applies none of the operations", async (_case, operation, scimType) => {
    const { app, call } = await startForTest();
    const made = await call("POST", "/Users", user("a", { emails }));
    const before = app.user("a");

    const answer = await call(
      "PATCH",
      at("Users", made),
      patch({ op: "replace", path: "title", value: "T" }, operation),
    );

    expect(answer.status).toBe(400);
    expect(answer.body["scimType"]).toBe(scimType);
    expect(app.user("a")).toEqual(before);
  });
});

describe("groups", () => {
  async function withMembers(options: SampleAppOptions = {}) {
    const { app, call } = await startForTest(options);
    const ada = await call("POST", "/Users", user("ada"));
    const grace = await call("POST", "/Users", user("grace"));
    const members = [{ value: idOf(ada) }, { value: idOf(grace) }];
    const group = await call("POST", "/Groups", { schemas: [GROUP], displayName: "Staff", members });
    const left = () => app.groups()[0]?.members;
    return { app, call, ada, grace, group, left };
  }

  it("adds and removes members and renames, all operations or none", async () => {
    const { app, call, ada, grace, group, left } = await withMembers();

    const removed = await call(
      "PATCH",
      at("Groups", group),
      patch({ op: "remove", path: `members[value eq "${idOf(ada)}"]` }),
    );
    const halfBad = await call(
      "PATCH",
      at("Groups", group),
      patch(
        { op: "replace", path: "displayName", value: "X" },
        { op: "add", path: "members", value: [{ value: "nobody" }] },
      ),
    );
    const renamed = await call("PATCH", at("Groups", group), patch({ op: "replace", value: { displayName: "All" } }));

    expect([removed.status, halfBad.status, renamed.status]).toEqual([204, 400, 204]);
    expect(left()).toEqual([idOf(grace)]);
    expect(app.groups()[0]?.displayName).toBe("All");
  });

  it.each([
    ["refuse", 400, 2],
    ["listed", 204, 1],
    ["all", 204, 0],
  ] as const)("%ss a remove of members by value list when told so", async (removeByValue, status, remaining) => {
    const { call, ada, group, left } = await withMembers({ removeByValue });
    const operation = { op: "remove", path: "members", value: [{ value: idOf(ada) }] };

    const answer = await call("PATCH", at("Groups", group), patch(operation));

    expect(answer.status).toBe(status);
    expect(left()).toHaveLength(remaining);
  });

  it("drops a deleted user from its groups, and lists groups by displayName without members on request", async () => {
    const { call, ada, grace, left } = await withMembers();
    await call("DELETE", at("Users", ada));

    const filter = encodeURIComponent('displayName eq "STAFF"');
    const listed = await call("GET", `/Groups?filter=${filter}&excludedAttributes=members`);

    expect(left()).toEqual([idOf(grace)]);
    expect(listed.body["totalResults"]).toBe(1);
    expect((listed.body["Resources"] as object[])[0]).not.toHaveProperty("members");
  });

  it("limits the members of one request and can do without groups", async () => {
    const { call, ada, grace } = await withMembers({ maxMembersPerRequest: 2 });
    const members = [ada, grace, ada].map((member) => ({ value: idOf(member) }));
    const withoutGroups = await startForTest({ groups: false });

    const tooMany = await call("POST", "/Groups", { schemas: [GROUP], displayName: "Big", members });
    const none = await withoutGroups.call("GET", "/Groups");

    expect(tooMany.body["scimType"]).toBe("tooMany");
    expect(none.status).toBe(404);
  });
});
