import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Body, ENTERPRISE, ERROR, GROUP, PATCH_OP, SCIM_TYPE, USER } from "./clients.ts";
import { openStage, type Stage, type Tenant } from "./stage.ts";

let stage: Stage;
let tenant: Tenant;

beforeAll(async () => {
  stage = await openStage();
  tenant = await stage.newTenant();
});
afterAll(async () => {
  await stage.close();
});

const filtered = (kind: "Users" | "Groups", filter: string, more = "") =>
  tenant.scim.get(`/${kind}?filter=${encodeURIComponent(filter)}${more}`);

describe("V57: what was accepted is what is there", () => {
  const full = {
    schemas: [USER, ENTERPRISE, "urn:unknown:schema"],
    externalId: "Ext-1",
    userName: "Ada@Example.com",
    name: { givenName: "Ada", familyName: "Lovelace", formatted: "Ada Lovelace" },
    displayName: "Ada",
    active: false,
    emails: [
      { value: "ada@example.com", type: "work", primary: true },
      { value: "ada@home.example", type: "home" },
    ],
    phoneNumbers: [{ value: "tel:+1-201-555-0123", type: "work" }],
    [ENTERPRISE]: { department: "Engines", manager: { value: "42" } },
  };

  it("a user that is created inactive is there, inactive, with all that was sent", async () => {
    const made = await tenant.scim.post("/Users", {
      ...full,
      password: "s3cret-Passw0rd",
      id: "mine",
      meta: { version: "mine" },
    });
    const read = await tenant.scim.get(`/Users/${made.body.id}`);

    const { schemas: _ignored, ...sent } = full;
    expect(made).toMatchObject({ status: 201, body: { ...sent, schemas: [USER, ENTERPRISE] } });
    expect(read).toMatchObject({ status: 200, body: made.body });
    expect(read.body).toEqual(made.body);
    expect(made.headers.get("location")).toBe(made.body.meta.location);
    expect(made.headers.get("etag")).toBe('W/"1"');
    expect([made.headers.get("content-type"), made.headers.get("cache-control")]).toEqual([SCIM_TYPE, "no-store"]);
    expect(`${made.text}${read.text}${(await stage.ledger.rows()).join()}`).not.toContain("s3cret-Passw0rd");
  });

  it("B11: a rename keeps the id, and the name that was given up is free", async () => {
    const { id } = await tenant.scim.createUser({ userName: "before", externalId: "stays" });
    const renamed = await tenant.scim.put(`/Users/${id}`, {
      userName: "after",
      externalId: "stays",
      emails: [{ value: "after@example.com" }],
    });
    const successor = await tenant.scim.post("/Users", { userName: "before" });

    expect(renamed).toMatchObject({ status: 200, body: { id, userName: "after" } });
    expect(successor.status).toBe(201);
    expect(successor.body.id).not.toBe(id);
    expect((await filtered("Users", 'userName eq "after"')).body.Resources.map((user) => user.id)).toEqual([id]);
  });

  it("B12: the name of a deleted user is free at once, for another person too", async () => {
    const first = await tenant.scim.createUser({ userName: "seat", externalId: "first" });
    expect((await tenant.scim.delete(`/Users/${first.id}`)).status).toBe(204);
    expect((await tenant.scim.get(`/Users/${first.id}`)).status).toBe(404);
    expect((await tenant.scim.delete(`/Users/${first.id}`)).status).toBe(404);
    const second = await tenant.scim.createUser({ userName: "seat", externalId: "second" });

    expect(second.id).not.toBe(first.id);
    // The first comes back: the seat is taken by now, and a taken name is said as such.
    expect(await tenant.scim.post("/Users", { userName: "seat", externalId: "first" })).toMatchObject({
      status: 409,
      body: { scimType: "uniqueness" },
    });
    expect(await tenant.scim.post("/Users", { userName: "seat two", externalId: "first" })).toMatchObject({
      status: 201,
      body: { id: first.id, userName: "seat two" },
    });
  });

  it("B8: POST and PUT of a group set its members, and `groups` of a user shows them but sets nothing", async () => {
    const [one, two] = [
      await tenant.scim.createUser({ userName: "b8-one" }),
      await tenant.scim.createUser({ userName: "b8-two" }),
    ];
    const group = await tenant.scim.createGroup({
      displayName: "B8",
      members: [{ value: one.id, type: "User", display: "x" }, { value: one.id }],
    });
    expect(group.members.map(({ value }) => value)).toEqual([one.id]);

    const put = await tenant.scim.put(`/Groups/${group.id}`, { displayName: "B8", members: [{ value: two.id }] });
    await tenant.scim.put(`/Users/${one.id}`, { userName: "b8-one", groups: [{ value: group.id }] });

    expect(put.body.members.map(({ value }) => value)).toEqual([two.id]);
    expect((await tenant.scim.get(`/Users/${one.id}`)).body.groups).toBeUndefined();
    expect((await tenant.scim.get(`/Users/${two.id}`)).body.groups).toMatchObject([{ value: group.id, display: "B8" }]);
    expect((await tenant.scim.put(`/Groups/${group.id}`, { displayName: "B8" })).body.members).toEqual([]);
  });
});

describe("house trap 9: members who are not there yet", () => {
  it("a deleted user's place is kept when a PATCH adds them, and taken when they return with their externalId", async () => {
    const user = await tenant.scim.createUser({ userName: "returning", externalId: "ret-1" });
    const group = await tenant.scim.createGroup({ displayName: "Waiting room" });
    await tenant.scim.delete(`/Users/${user.id}`);

    const added = await tenant.scim.patch(`/Groups/${group.id}`, {
      op: "add",
      path: "members",
      value: [{ value: user.id }, { value: "nobody" }],
    });
    expect(added.status).toBe(204);
    expect((await tenant.scim.get(`/Groups/${group.id}`)).body.members).toEqual([]);
    const again = await tenant.scim.createUser({ userName: "returning", externalId: "ret-1" });

    expect(again.id).toBe(user.id);
    expect((await tenant.scim.get(`/Groups/${group.id}`)).body.members.map(({ value }) => value)).toEqual([user.id]);
    expect((await tenant.scim.get(`/Users/${user.id}`)).body.groups).toMatchObject([{ value: group.id }]);
  });

  it("a place that was taken away meanwhile is not given", async () => {
    const user = await tenant.scim.createUser({ userName: "uninvited", externalId: "un-1" });
    const group = await tenant.scim.createGroup({ displayName: "Full" });
    await tenant.scim.delete(`/Users/${user.id}`);
    await tenant.scim.patch(`/Groups/${group.id}`, { op: "add", path: "members", value: [{ value: user.id }] });
    await tenant.scim.patch(`/Groups/${group.id}`, { op: "remove", path: "members", value: [{ value: user.id }] });
    await tenant.scim.createUser({ userName: "uninvited", externalId: "un-1" });

    expect((await tenant.scim.get(`/Groups/${group.id}`)).body.members).toEqual([]);
  });

  it("neither a userName nor an externalId is taken for an id", async () => {
    const user = await tenant.scim.createUser({ userName: "by-name", externalId: "by-ext" });
    const group = await tenant.scim.createGroup({
      displayName: "By id only",
      members: [{ value: "by-name" }, { value: "by-ext" }, { value: user.id.toUpperCase() }],
    });

    expect(group.members).toEqual([]);
  });
});

describe("V54: a deactivation is done or refused, never just answered", () => {
  const op = (...operations: unknown[]) => ({ schemas: [PATCH_OP], Operations: operations });
  const shapes: [string, unknown][] = [
    ["a path and a boolean", op({ op: "replace", path: "active", value: false })],
    ["Pascal case and a word (Entra)", op({ op: "Replace", path: "active", value: "False" })],
    ["capitals", op({ op: "REPLACE", path: "ACTIVE", value: "FALSE" })],
    ["no path (Okta)", op({ op: "replace", value: { active: false } })],
    ["no path and a word", op({ op: "replace", value: { active: "false" } })],
    ["no path, other case", op({ op: "Replace", value: { Active: "False" } })],
    ["add", op({ op: "add", path: "active", value: false })],
    ["add without path", op({ op: "Add", value: { active: false } })],
    ["an empty path", op({ op: "replace", path: "", value: { active: false } })],
    ["a null path", op({ op: "replace", path: null, value: { active: false } })],
    ["the full URN", op({ op: "replace", path: `${USER}:active`, value: false })],
    ["the URN as a key", op({ op: "replace", value: { [`${USER}:active`]: "False" } })],
    ["the schema as a key", op({ op: "replace", value: { [USER]: { active: false } } })],
    ["a list of one", op({ op: "replace", path: "active", value: [false] })],
    ["an object with a value", op({ op: "replace", path: "active", value: { value: "False" } })],
    [
      "the last of several",
      op({ op: "replace", path: "title", value: "x" }, { op: "replace", path: "active", value: false }),
    ],
    [
      "twice, off at last",
      op({ op: "replace", path: "active", value: true }, { op: "replace", path: "active", value: false }),
    ],
    [
      "Operations in lower case",
      { schemas: [PATCH_OP], operations: [{ op: "replace", path: "active", value: false }] },
    ],
    ["a single operation", { schemas: [PATCH_OP], Operations: { op: "replace", path: "active", value: false } }],
    ["remove", op({ op: "remove", path: "active" })],
    ["a value path", op({ op: "replace", path: 'active[value eq "true"]', value: false })],
    ["a part", op({ op: "replace", path: "active.value", value: false })],
    ["the enterprise URN", op({ op: "replace", path: `${ENTERPRISE}:active`, value: false })],
    ["null", op({ op: "replace", path: "active", value: null })],
    ["a zero", op({ op: "replace", path: "active", value: 0 })],
    ["an unknown word", op({ op: "replace", path: "active", value: "off" })],
  ];

  it.each(shapes)("PATCH: %s", async (name, body) => {
    const { id } = await tenant.scim.createUser({ userName: `v54 ${name}` });

    const answer = await tenant.scim.send("PATCH", `/Users/${id}`, body);

    const read = await tenant.scim.get(`/Users/${id}`);
    if (answer.status === 200) expect([answer.body.active, read.body.active]).toEqual([false, false]);
    else expect([answer.status, read.body.active, read.body.meta.version]).toEqual([400, true, 'W/"1"']);
  });

  it.each([
    ["a boolean", { active: false }],
    ["a word", { active: "False" }],
    ["the schema's name", { [USER]: { active: false } }],
  ])("PUT: %s", async (name, change) => {
    const { id } = await tenant.scim.createUser({ userName: `v54 put ${name}` });

    expect(await tenant.scim.put(`/Users/${id}`, { userName: `v54 put ${name}`, ...change })).toMatchObject({
      status: 200,
      body: { active: false },
    });
  });

  it("POST as a word, and a deactivated user is still found", async () => {
    const made = await tenant.scim.createUser({ userName: "v54 post", active: "False" });

    expect(made.active).toBe(false);
    expect((await filtered("Users", 'userName eq "v54 post"')).body.Resources).toMatchObject([
      { id: made.id, active: false },
    ]);
  });
});

describe("answers", () => {
  let user: Body;
  let group: Body;
  beforeAll(async () => {
    user = await tenant.scim.createUser({
      userName: "answers",
      title: "Dr",
      emails: [{ value: "a@example.com", type: "work" }],
    });
    group = await tenant.scim.createGroup({ displayName: "Answers", members: [{ value: user.id }] });
  });

  it("PATCH is 200 with the user, 204 for a group, and 200 with what `attributes` asks for", async () => {
    const change = { op: "replace", path: "title", value: "Prof" };
    const ofUser = await tenant.scim.patch(`/Users/${user.id}`, change);
    const part = await tenant.scim.patch(`/Users/${user.id}?attributes=userName,emails.value`, change);
    const ofGroup = await tenant.scim.patch(`/Groups/${group.id}`, {
      op: "replace",
      path: "displayName",
      value: "Answers",
    });
    const shown = await tenant.scim.patch(`/Groups/${group.id}?attributes=members`, {
      op: "add",
      path: "externalId",
      value: "x",
    });

    expect(ofUser).toMatchObject({ status: 200, body: { id: user.id, title: "Prof" } });
    expect(part).toMatchObject({
      status: 200,
      body: { schemas: [USER], id: user.id, userName: "answers", emails: [{ value: "a@example.com" }] },
    });
    expect(Object.keys(part.body).sort()).toEqual(["emails", "id", "schemas", "userName"]);
    expect([ofGroup.status, ofGroup.text]).toEqual([204, ""]);
    expect([shown.status, shown.body]).toEqual([
      200,
      { schemas: [GROUP], id: group.id, members: [expect.objectContaining({ value: user.id })] },
    ]);
  });

  it("a change that changes nothing moves neither version nor lastModified", async () => {
    const { body } = await tenant.scim.get(`/Groups/${group.id}`);
    await tenant.scim.patch(`/Groups/${group.id}`, { op: "add", path: "members", value: [{ value: user.id }] });
    await tenant.scim.patch(`/Users/${user.id}`, {
      op: "add",
      path: "emails",
      value: [{ value: "a@example.com", type: "work" }],
    });

    expect((await tenant.scim.get(`/Groups/${group.id}`)).body.meta).toEqual(body.meta);
  });

  it("If-Match with an old version is 412 and changes nothing, with the right one or * it passes", async () => {
    const at = `/Users/${user.id}`;
    const { headers, body } = await tenant.scim.get(at);
    expect(headers.get("etag")).toBe(body.meta.version);
    const withTag = (tag: string, method = "PATCH") =>
      tenant.scim.send(
        method,
        at,
        { Operations: [{ op: "replace", path: "nickName", value: tag }] },
        { headers: { "If-Match": tag } },
      );

    for (const tag of ['W/"1"', '"99"', "W/nonsense", 'W/"a"', '"98", "99"'])
      expect([tag, (await withTag(tag)).status]).toEqual([tag, 412]);
    expect((await withTag('W/"1"', "DELETE")).status).toBe(412);
    expect((await tenant.scim.get(at)).body).toEqual(body);
    expect((await withTag(body.meta.version)).status).toBe(200);
    expect((await withTag("*")).status).toBe(200);
  });

  it("the type is scim+json unless only plain JSON is accepted, errors included", async () => {
    const typeFor = async (accept: string, at = `/Users/${user.id}`) =>
      (await tenant.scim.send("GET", at, undefined, { headers: { Accept: accept } })).headers.get("content-type");

    for (const accept of ["*/*", SCIM_TYPE, `application/json, ${SCIM_TYPE}`, "text/html"])
      expect([accept, await typeFor(accept)]).toEqual([accept, SCIM_TYPE]);
    expect(await typeFor("application/json")).toBe("application/json");
    expect(await typeFor("application/json; charset=utf-8", "/Users/nobody")).toBe("application/json");
    const plain = await tenant.scim.send(
      "POST",
      "/Users",
      { userName: "plain" },
      { type: "application/json; charset=utf-8" },
    );
    expect(plain.status).toBe(201);
  });

  it("HEAD has the head of GET and no body", async () => {
    const [get, head] = [
      await tenant.scim.get(`/Users/${user.id}`),
      await tenant.scim.send("HEAD", `/Users/${user.id}`),
    ];

    expect([head.status, head.text, head.headers.get("etag"), head.headers.get("content-length")]).toEqual([
      200,
      "",
      get.headers.get("etag"),
      get.headers.get("content-length"),
    ]);
  });

  it.each([
    ["POST", "/Users/x", 405, "DELETE, GET, PATCH, PUT"],
    ["PUT", "/Groups", 405, "GET, POST"],
    ["DELETE", "/ServiceProviderConfig", 405, "GET"],
    ["GET", "/Nothing", 404, null],
    ["GET", "/Me", 501, null],
    ["GET", "/ServiceProviderConfig?filter=a", 403, null],
    ["GET", "/Schemas?filter=a%20eq%20%22b%22", 403, null],
    ["GET", "/ResourceTypes/Nothing", 404, null],
  ] as const)("%s %s is %i", async (method, at, status, allow) => {
    const answer = await tenant.scim.send(method, at, method === "GET" ? undefined : {});

    expect([answer.status, answer.headers.get("allow"), answer.headers.get("content-type")]).toEqual([
      status,
      allow,
      SCIM_TYPE,
    ]);
    expect(answer.body).toMatchObject({ schemas: [ERROR], status: String(status), detail: expect.any(String) });
  });

  it("/Me is 501 for every method (RFC 7644 section 3.11)", async () => {
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"])
      expect([method, (await tenant.scim.send(method, "/Me", method === "GET" ? undefined : {})).status]).toEqual([
        method,
        501,
      ]);
  });

  it("discovery names what there is, under the directory's own address", async () => {
    const [types, schemas] = [await tenant.scim.get("/ResourceTypes"), await tenant.scim.get("/Schemas")];

    expect(types.body.Resources.map(({ id }) => id)).toEqual(["User", "Group"]);
    expect(schemas.body.Resources.map(({ id }) => id)).toEqual([USER, ENTERPRISE, GROUP]);
    for (const { meta } of [...types.body.Resources, ...schemas.body.Resources]) {
      expect(meta.location.startsWith(tenant.endpointUrl)).toBe(true);
      expect((await tenant.scim.get(meta.location.slice(tenant.endpointUrl.length))).status).toBe(200);
    }
  });
});
