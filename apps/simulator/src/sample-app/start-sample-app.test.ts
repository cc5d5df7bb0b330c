import { describe, expect, it } from "vitest";
import { at, ENTERPRISE, GROUP, idOf, patch, startForTest, USER, user } from "./start-for-test.fixture.ts";

describe("users", () => {
  it("lives through create, read, replace, patch and delete", async () => {
    const { app, call } = await startForTest();

    const made = await call("POST", "/Users", user("Ada@acme.test", { externalId: "7", roles: [{ value: "admin" }] }));
    const read = await call("GET", at("Users", made));
    const put = await call("PUT", at("Users", made), user("ada@acme.test", { active: false }));
    const patched = await call("PATCH", at("Users", made), patch({ op: "replace", path: "active", value: true }));
    const afterPatch = app.user("ADA@acme.test");
    const deleted = await call("DELETE", at("Users", made));
    const gone = await call("GET", at("Users", made));

    expect(made.status).toBe(201);
    expect(made.headers.get("location")).toBe(`${app.baseUrl}${at("Users", made)}`);
    expect(made.body).toMatchObject({ active: true, externalId: "7", meta: { resourceType: "User" } });
    expect(read.body).toEqual(made.body);
    expect(put.body).toMatchObject({ userName: "ada@acme.test", active: false });
    expect(put.body["externalId"]).toBeUndefined();
    expect(patched.body).toMatchObject({ active: true });
    expect(afterPatch).toMatchObject({ active: true, roles: [] });
    expect([deleted.status, gone.status]).toEqual([204, 404]);
    expect(gone.body).toMatchObject({ schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"], status: "404" });
  });

  it.each([
    ["a string boolean", user("a", { active: "False" }), "invalidValue"],
    ["no userName", { schemas: [USER] }, "invalidValue"],
    ["a blank userName", user("  "), "invalidValue"],
    ["no schemas", { userName: "a" }, "invalidSyntax"],
    ["an unknown schema", { schemas: [USER, "urn:ietf:params:scim:schemas:core:1.0"], userName: "a" }, "invalidSyntax"],
    ["the group schema", { schemas: [GROUP], userName: "a" }, "invalidSyntax"],
    ["an unknown attribute", user("a", { shoeSize: 43 }), "invalidSyntax"],
    ["an attribute in another case", user("a", { displayname: "A" }), "invalidSyntax"],
    ["an extension that is not listed", user("a", { [ENTERPRISE]: { department: "X" } }), "invalidSyntax"],
    ["a number for a string", user("a", { title: 5 }), "invalidValue"],
    ["e-mails as an object", user("a", { emails: { value: "a@b" } }), "invalidValue"],
    ["a role without a value", user("a", { roles: [{ display: "Admin" }] }), "invalidValue"],
    ["a role twice", user("a", { roles: [{ value: "x" }, { value: "x" }] }), "invalidValue"],
    [
      "two primaries",
      user("a", {
        emails: [
          { value: "a", primary: true },
          { value: "b", primary: true },
        ],
      }),
      "invalidValue",
    ],
    ["primary as a string", user("a", { roles: [{ value: "x", primary: "True" }] }), "invalidValue"],
    ["a prototype name", `{"schemas":["${USER}"],"userName":"a","__proto__":{"x":1}}`, "invalidSyntax"],
    ["malformed JSON", '{"schemas":', "invalidSyntax"],
    ["a list", [user("a")], "invalidSyntax"],
  ])("refuses %s with 400 and keeps nothing", async (_case, body, scimType) => {
    const { app, call } = await startForTest();

    const answer = await call("POST", "/Users", body);

    expect(answer.status).toBe(400);
    expect(answer.body["scimType"]).toBe(scimType);
    expect(app.users()).toEqual([]);
  });

  it("refuses a userName that is taken, in any case, on POST, PUT and PATCH", async () => {
    const { call } = await startForTest();
    await call("POST", "/Users", user("ada"));
    const grace = await call("POST", "/Users", user("grace"));

    const answers = [
      await call("POST", "/Users", user("ADA")),
      await call("PUT", at("Users", grace), user("Ada")),
      await call("PATCH", at("Users", grace), patch({ op: "replace", path: "userName", value: "aDa" })),
    ];

    for (const answer of answers) {
      expect(answer.status).toBe(409);
      expect(answer.body["scimType"]).toBe("uniqueness");
    }
  });

  it("frees a userName at once when its account is deleted or renamed (RFC 7644 §3.6)", async () => {
    const { call } = await startForTest();
    const ada = await call("POST", "/Users", user("ada"));
    await call("DELETE", at("Users", ada));
    const again = await call("POST", "/Users", user("ada"));

    await call("PUT", at("Users", again), user("ada.king"));
    const third = await call("POST", "/Users", user("ada"));

    expect([again.status, third.status]).toEqual([201, 201]);
  });

  it("takes null and empty lists as unassigned and forgets passwords", async () => {
    const { call } = await startForTest();
    const body = user("a", { emails: null, photos: [], name: { givenName: null }, password: "hunter2" });

    const made = await call("POST", "/Users", body);

    expect(made.status).toBe(201);
    for (const name of ["emails", "photos", "name", "password"]) expect(made.body).not.toHaveProperty(name);
  });

  it("knows only the roles it was told of", async () => {
    const { call } = await startForTest({ roleKeys: ["admin"] });

    const known = await call("POST", "/Users", user("a", { roles: [{ value: "admin", primary: true }] }));
    const unknown = await call("POST", "/Users", user("b", { roles: [{ value: "owner" }] }));

    expect([known.status, unknown.status]).toEqual([201, 400]);
  });

  it("escapes odd ids in locations and finds them again", async () => {
    const { app, call } = await startForTest({ ids: "odd" });

    const made = await call("POST", "/Users", user("ada"));
    const location = String((made.body["meta"] as { location: string }).location);
    const byLocation = await call("GET", location.slice(app.baseUrl.length));
    const byId = await call("GET", `/Users?filter=${encodeURIComponent(`id eq ${JSON.stringify(idOf(made))}`)}`);

    expect(idOf(made)).toContain("&");
    expect(byLocation.body["id"]).toBe(idOf(made));
    expect(byId.body["totalResults"]).toBe(1);
  });
});

describe("sign-in and media types", () => {
  it("answers 401 with WWW-Authenticate to a wrong token, and writes it down", async () => {
    const { app, call } = await startForTest();

    const wrong = await call("POST", "/Users", user("a"), { authorization: "Bearer other" });
    const scheme = await call("GET", "/ServiceProviderConfig", undefined, { authorization: "bearer secret" });

    expect(wrong.status).toBe(401);
    expect(wrong.headers.get("www-authenticate")).toContain("Bearer");
    expect(scheme.status).toBe(200);
    expect(app.ledger().map((entry) => entry.tokenOk)).toEqual([false, true]);
    expect(app.users()).toEqual([]);
  });

  it("takes a key in a custom header, and a new one from the moment it is set", async () => {
    const { app, call } = await startForTest({ auth: { scheme: "header", name: "X-Api-Key", value: "one" } });

    const first = await call("GET", "/Users", undefined, { "x-api-key": "one" });
    app.setAuth({ scheme: "header", name: "X-Api-Key", value: "two" });
    const old = await call("GET", "/Users", undefined, { "x-api-key": "one" });

    expect([first.status, old.status]).toEqual([200, 401]);
  });

  it("answers 415 to a body that is not JSON by name, and takes application/json with a charset", async () => {
    const { call } = await startForTest();

    const form = await call("POST", "/Users", user("a"), { "content-type": "text/plain" });
    const json = await call("POST", "/Users", user("a"), { "content-type": "application/json; charset=utf-8" });

    expect([form.status, json.status]).toEqual([415, 201]);
    expect(json.headers.get("content-type")).toContain("application/scim+json");
  });

  it("answers 404, 405 and 413 in SCIM's error format", async () => {
    const { call } = await startForTest({ maxBodyBytes: 1_000 });

    const answers = [
      await call("GET", "/Printers"),
      await call("PUT", "/Users", user("a")),
      await call("POST", "/Users", user("a", { title: "x".repeat(2_000) })),
    ];

    expect(answers.map((answer) => answer.status)).toEqual([404, 405, 413]);
    expect(answers.map((answer) => answer.body["status"])).toEqual(["404", "405", "413"]);
  });
});

describe("lists", () => {
  const filter = (text: string) => `/Users?filter=${encodeURIComponent(text)}`;

  it("filters with eq and and: userName without case, externalId with it", async () => {
    const { call } = await startForTest();
    await call("POST", "/Users", user("Ada", { externalId: "eX1" }));
    await call("POST", "/Users", user("Grace", { externalId: "eX2", active: false }));

    const counts = [];
    for (const text of [
      'userName eq "ADA"',
      'externalId eq "eX1"',
      'externalId eq "ex1"',
      'userName eq "grace" and active eq false',
      'userName eq "grace" and active eq true',
      "active eq true",
      'USERNAME EQ "ada" AND externalId eq "eX1"',
    ]) {
      counts.push((await call("GET", filter(text))).body["totalResults"]);
    }

    expect(counts).toEqual([1, 1, 0, 1, 0, 1, 1]);
  });

  it.each([
    'userName co "a"',
    "userName eq a",
    'userName eq "a" or id eq "b"',
    'emails eq "a"',
    'active eq "true"',
    "",
  ])("refuses the filter %s instead of listing everybody", async (text) => {
    const { call } = await startForTest();

    const answer = await call("GET", filter(text));

    expect(answer.status).toBe(400);
    expect(answer.body["scimType"]).toBe("invalidFilter");
  });

  it("cuts pages as RFC 7644 §3.4.2.4 says", async () => {
    const { call } = await startForTest({ maxResults: 2 });
    for (const name of ["a", "b", "c"]) await call("POST", "/Users", user(name));

    const pages = [];
    for (const query of ["", "startIndex=3", "startIndex=0&count=1", "count=0", "count=-1", "startIndex=9"]) {
      const { body } = await call("GET", `/Users?${query}`);
      pages.push([body["totalResults"], body["startIndex"], body["itemsPerPage"]]);
    }

    expect(pages).toEqual([
      [3, 1, 2],
      [3, 3, 1],
      [3, 1, 1],
      [3, 1, 0],
      [3, 1, 0],
      [3, 9, 0],
    ]);
  });
});
