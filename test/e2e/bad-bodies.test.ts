import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectProblem, openTarget, type Requests, type Target } from "./bad-input.ts";
import { type Answer, ENTERPRISE, ERROR, PATCH_OP, parseBody, SCIM_TYPE, USER } from "./clients.ts";
import { rawBytes, rawRequest } from "./raw-request.ts";
import type { Stage, Tenant } from "./stage.ts";

const BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const USER_BYTES = 512_000;
const GROUP_BYTES = 5_000_000;
const ADMIN_BYTES = 1_000_000;

let target: Target;
let stage: Stage;
let tenant: Tenant;
let userId: string;
let groupId: string;
let connectionId: string;

beforeAll(async () => {
  target = await openTarget();
  ({ stage, tenant, userId, groupId, connectionId } = target);
});
afterAll(async () => {
  await stage.close();
});

const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;

describe("R8: a body that is no such resource is 400 in SCIM's words and leaves no trace", () => {
  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["an empty text", ""],
    ["blanks", " \n\t "],
    ["an open brace", "{"],
    ["a trailing comma", '{"userName":"x",}'],
    ["single quotes", "{'userName':'x'}"],
    ["two documents", '{"userName":"x"}{"userName":"y"}'],
    ["NaN", '{"userName":NaN}'],
    ["a comment", '{"userName":"x"/**/}'],
    ["XML", "<User><userName>x</userName></User>"],
    ["a NUL byte", '{"userName":"x"}\u0000'],
    ["bytes that are not UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ["UTF-16", Buffer.from('{"userName":"x","displayName":"x"}', "utf16le")],
    ["null", "null"],
    ["true", "true"],
    ["a number", "1e400"],
    ["a string", '"userName"'],
    ["an array", "[]"],
    ["an array of resources", '[{"userName":"x","displayName":"x"}]'],
    ["an empty object", "{}"],
    ["a prototype key", '{"userName":"x","displayName":"x","__proto__":{"admin":true}}'],
    ["a prototype key further down", '{"userName":"x","displayName":"x","name":{"__proto__":{"a":1}}}'],
    ["a constructor's prototype", '{"userName":"x","displayName":"x","constructor":{"prototype":{"a":1}}}'],
    ["33 levels, which parse well", `{"userName":"deep","displayName":"deep","deep":${nested(32)}}`],
    ["100,000 levels", nested(80_000)],
    ["100,000 open brackets", "[".repeat(100_000)],
  ])("%s", async (_name, body) => {
    await target.refused(target.toAll(body), [400]);
    expect(Object.hasOwn(Object.prototype, "admin")).toBe(false);
  });

  it("F45: a name twice in one object is named, at the top, in a patch, in Bulk and in the admin API", async () => {
    const user = (more: string): string => `{"schemas":["${USER}"],"userName":"f45",${more}}`;
    const operation = '{"op":"replace","path":"title","value":"x","value":"y"}';
    const create = `{"method":"POST","path":"/Users","bulkId":"b","data":${user('"title":"x","t\\u0069tle":"y"')}}`;
    const bulk = `{"schemas":["${BULK}"],"Operations":[${create}]}`;
    const patch = `{"schemas":["${PATCH_OP}"],"Operations":[${operation}]}`;
    const detailOf = (name: string): string => `"${name}" comes twice in one object; send it once`;
    const sends: [string, () => Promise<Answer>][] = [
      ["active", () => tenant.scim.send("POST", "/Users", user('"active":false,"active":true'))],
      ["value", () => tenant.scim.send("PATCH", `/Users/${userId}`, patch)],
      ["title", () => tenant.scim.send("POST", "/Bulk", bulk)],
    ];
    await target.refused(Object.fromEntries(sends), [400]);
    for (const [name, send] of sends)
      expect((await send()).body).toMatchObject({ scimType: "invalidSyntax", detail: detailOf(name) });
    const app = await stage.admin.send("POST", "/apps", '{"name":"One","name":"Two"}');
    expectProblem("POST /apps", app);
    expect(app.body).toMatchObject({ status: 400, detail: detailOf("name") });
  });

  it("another content type, charset or encoding is 415", async () => {
    const body = JSON.stringify({ userName: "x", displayName: "x" });
    for (const type of [
      "text/plain",
      "application/xml",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "application/json; charset=utf-16",
      "x",
      "application/json, text/plain",
    ])
      await target.refused(target.toAll(body, { type }), [415]);
    await target.refused(target.toAll(body, { headers: { "Content-Encoding": "gzip" } }), [415]);
  });

  const wrongUsers: Record<string, unknown> = {
    "no userName": {},
    "a blank userName": { userName: "  " },
    "a number": { userName: 1 },
    "an object": { userName: { given: "x" } },
    "a list of two": { userName: ["x", "y"] },
    null: { userName: null },
    "513 characters": { userName: "x".repeat(513) },
    "both spellings": { userName: "x", USERNAME: "y" },
    "active as a word": { userName: "x", active: "maybe" },
    "active as a number": { userName: "x", active: 1 },
    "active as a list": { userName: "x", active: [true, false] },
    "name as a text": { userName: "x", name: "Ada" },
    "name as a number": { userName: "x", name: 7 },
    "externalId as a number": { userName: "x", externalId: 7 },
    "emails as a number": { userName: "x", emails: 7 },
    "emails of numbers": { userName: "x", emails: [7] },
    "emails with a number": { userName: "x", emails: [{ value: 7 }] },
    "1,001 emails": {
      userName: "x",
      emails: Array.from({ length: 1_001 }, (_, index) => ({ value: `${index}@example.com` })),
    },
    "an extension as a text": { userName: "x", [ENTERPRISE]: "x" },
    "an extension's attribute as a number": { userName: "x", [ENTERPRISE]: { department: 7 } },
    "a text of 65,537 characters": { userName: "x", title: "x".repeat(65_537) },
  };
  it("a user whose parts have wrong types or sizes is 400 for POST, PUT and as the value of a PATCH", async () => {
    for (const [name, body] of Object.entries(wrongUsers)) {
      const sends: Requests = {
        [`POST ${name}`]: () => tenant.scim.post("/Users", body),
        [`PUT ${name}`]: () => tenant.scim.put(`/Users/${userId}`, body),
      };
      if (name !== "no userName")
        sends[`PATCH ${name}`] = () => tenant.scim.patch(`/Users/${userId}`, { op: "replace", value: body });
      await target.refused(sends, [400]);
    }
  });

  it("a group whose parts have wrong types or sizes is 400", async () => {
    const wrong: Record<string, unknown> = {
      "no displayName": { members: [] },
      "a number": { displayName: 1 },
      "a member as a number": { displayName: "x", members: [1] },
      "a member without value": { displayName: "x", members: [{ display: "x" }] },
      "a member's value as a number": { displayName: "x", members: [{ value: 1 }] },
      "a member's value of 513 characters": { displayName: "x", members: [{ value: "x".repeat(513) }] },
      "members as a number": { displayName: "x", members: 1 },
    };
    for (const [name, body] of Object.entries(wrong))
      await target.refused(
        {
          [`POST ${name}`]: () => tenant.scim.post("/Groups", body),
          [`PUT ${name}`]: () => tenant.scim.put(`/Groups/${groupId}`, body),
        },
        [400],
      );
  });

  it("a PATCH that is none is 400 and changes nothing, also when its first operations were good", async () => {
    const good = { op: "replace", path: "nickName", value: "good" };
    const wrong: unknown[] = [
      { Operations: [] },
      { Operations: "x" },
      { Operations: [1] },
      { Operations: [{}] },
      { Operations: [{ op: "move", path: "title", value: "x" }] },
      { Operations: [{ op: 1, path: "title", value: "x" }] },
      { Operations: [good, { op: "remove" }] },
      { Operations: [good, { op: "replace", path: 1, value: "x" }] },
      { Operations: [good, { op: "replace", path: "title" }] },
      { Operations: [good, { op: "replace", path: "a.b.c.d.e.f", value: "x" }] },
      { Operations: [good, { op: "replace", path: "x".repeat(513), value: "x" }] },
      { Operations: [good, { op: "replace", path: "emails[", value: "x" }] },
      { Operations: [good, { op: "replace", path: 'emails[type eq "nope"]', value: { display: "x" } }] },
      { Operations: [good, { op: "replace", path: "emails[type xx 1].value", value: "x" }] },
      { Operations: [good, { op: "replace", path: `emails[${"(".repeat(5_000)}`, value: "x" }] },
      { Operations: [good, { op: "replace", path: "active", value: "maybe" }] },
      { Operations: [good, { op: "remove", path: "userName" }] },
      {
        Operations: [
          good,
          { op: "replace", path: "__proto__.admin", value: true },
          { op: "replace", path: "active.x", value: false },
        ],
      },
      { Operations: Array.from({ length: 1_001 }, () => good) },
    ];
    for (const [index, body] of wrong.entries())
      await target.refused(
        {
          [`${index}`]: () =>
            tenant.scim.send("PATCH", `/Users/${userId}`, { schemas: [PATCH_OP], ...(body as object) }),
        },
        [400],
      );
  });
});

describe("R8: sizes", () => {
  const padded = (body: object, bytes: number): string => JSON.stringify(body).padEnd(bytes, " ");

  it("a body of exactly the limit is taken, one byte more is 413", async () => {
    expect((await tenant.scim.send("PUT", `/Users/${userId}`, padded({ userName: "ada" }, USER_BYTES))).status).toBe(
      200,
    );
    expect(
      (await tenant.scim.send("PUT", `/Groups/${groupId}`, padded({ displayName: "Staff" }, GROUP_BYTES))).status,
    ).toBe(200);
    await target.refused(
      {
        user: () => tenant.scim.send("PUT", `/Users/${userId}`, padded({ userName: "big" }, USER_BYTES + 1)),
        group: () => tenant.scim.send("PUT", `/Groups/${groupId}`, padded({ displayName: "big" }, GROUP_BYTES + 1)),
      },
      [413],
    );
    const at = `/connections/${connectionId}`;
    expect((await stage.admin.send("PATCH", at, padded({ name: "Fits" }, ADMIN_BYTES))).status).toBe(200);
    const big = await stage.admin.send("PATCH", at, padded({ name: "Big" }, ADMIN_BYTES + 1));
    expect(big.status).toBe(413);
    expectProblem("admin", big);
  });

  it("a body without a length is cut off at the limit", async () => {
    const chunk = " ".repeat(60_000);
    const chunks = `${`${chunk.length.toString(16)}\r\n${chunk}\r\n`.repeat(10)}0\r\n\r\n`;
    const at = new URL(`${tenant.endpointUrl}/Users`).pathname;
    const head = `POST ${at} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${tenant.bearerToken}\r\nContent-Type: ${SCIM_TYPE}\r\nTransfer-Encoding: chunked\r\n\r\n`;

    expect(await rawBytes(stage.localUrl, head + chunks)).toMatch(/^HTTP\/1.1 413 [\s\S]*"status":"413"/);
  });

  it("10,000 parameters are 400, and 431 when they do not even fit the head", async () => {
    await target.refused(
      {
        "10,000 empty": () => tenant.scim.get(`/Users?${"&".repeat(10_000)}`),
        "5,000 short": () => tenant.scim.get(`/Users?${"a&".repeat(5_000)}`),
      },
      [400],
    );
    const { status, headers, text } = await rawRequest(stage.localUrl, {
      target: `/scim/v2/x/Users?${"a[]=1&".repeat(10_000)}`,
    });
    expect([status, headers["content-type"], parseBody(text)]).toEqual([
      431,
      SCIM_TYPE,
      expect.objectContaining({ schemas: [ERROR], status: "431" }),
    ]);
  });

  it("V44: the numbers that /ServiceProviderConfig announces are the ones that hold", async () => {
    const { body } = await tenant.scim.get("/ServiceProviderConfig");
    const { filter, bulk } = body as unknown as {
      filter: { maxResults: number };
      bulk: { maxOperations: number; maxPayloadSize: number };
    };
    const operation = { op: "replace", path: "nickName", value: "n" };
    const many = (count: number) =>
      tenant.scim.patch(`/Users/${userId}`, ...Array.from({ length: count }, () => operation));

    expect((await many(bulk.maxOperations)).status).toBe(200);
    expect(await many(bulk.maxOperations + 1)).toMatchObject({ status: 400, body: { scimType: "tooMany" } });
    const inBulk = (count: number) =>
      tenant.scim.post("/Bulk", {
        Operations: Array.from({ length: count }, () => ({ method: "DELETE", path: "/Users/nobody" })),
      });
    expect((await inBulk(bulk.maxOperations)).status).toBe(200);
    expect((await inBulk(bulk.maxOperations + 1)).status).toBe(413);
    const padded = JSON.stringify({ Operations: [{ method: "DELETE", path: "/Users/nobody" }] });
    expect((await tenant.scim.send("POST", "/Bulk", padded.padEnd(bulk.maxPayloadSize))).status).toBe(200);
    expect((await tenant.scim.send("POST", "/Bulk", padded.padEnd(bulk.maxPayloadSize + 1))).status).toBe(413);
    for (let made = 0; made <= filter.maxResults; made += 50)
      await Promise.all(
        Array.from({ length: 50 }, (_, index) => tenant.scim.createUser({ userName: `page-${made + index}` })),
      );
    const page = await tenant.scim.get(`/Users?count=${filter.maxResults + 1}`);
    expect(page.body).toMatchObject({ itemsPerPage: filter.maxResults, totalResults: filter.maxResults + 51 });
    expect(page.body.Resources).toHaveLength(filter.maxResults);
  });
});

describe("V48: text that cannot be stored is 400 in every place that takes text", () => {
  it.each([
    ["U+0000", "a\u0000b"],
    ["a lone high surrogate", "a\ud83db"],
    ["a lone low surrogate", "a\udc00b"],
    ["U+FFFF", "a\uffffb"],
  ])("%s", async (_name, bad) => {
    const users: Record<string, unknown>[] = [
      { userName: bad },
      { userName: "x", externalId: bad },
      { userName: "x", displayName: bad },
      { userName: "x", name: { givenName: bad } },
      { userName: "x", emails: [{ value: bad }] },
      { userName: "x", emails: [{ value: "a", type: bad }] },
      { userName: "x", photos: [{ value: bad }] },
      { userName: "x", [ENTERPRISE]: { department: bad } },
      { userName: "x", [ENTERPRISE]: { manager: { value: bad } } },
    ];
    const sends: Requests = {};
    for (const [index, user] of users.entries()) {
      sends[`POST ${index}`] = () => tenant.scim.post("/Users", user);
      sends[`PUT ${index}`] = () => tenant.scim.put(`/Users/${userId}`, user);
      sends[`PATCH ${index}`] = () => tenant.scim.patch(`/Users/${userId}`, { op: "add", value: user });
    }
    sends["PATCH path"] = () => tenant.scim.patch(`/Users/${userId}`, { op: "add", path: `nick${bad}`, value: "x" });
    sends["PATCH value filter"] = () =>
      tenant.scim.patch(`/Users/${userId}`, { op: "remove", path: `emails[value eq "${bad}"]` });
    sends["group name"] = () => tenant.scim.post("/Groups", { displayName: bad });
    sends["group member"] = () => tenant.scim.post("/Groups", { displayName: "x", members: [{ value: bad }] });
    sends["group member removed"] = () =>
      tenant.scim.patch(`/Groups/${groupId}`, { op: "remove", path: `members[value eq "${bad}"]` });
    await target.refused(sends, [400]);

    // JSON's own escapes bring a lone surrogate where a URL cannot carry one.
    const escaped = JSON.stringify(bad).slice(1, -1);
    await target.refused(
      { filter: () => tenant.scim.get(`/Users?filter=${encodeURIComponent(`userName eq "${escaped}"`)}`) },
      [400],
    );
    for (const [method, at, body] of [
      ["POST", "/tenants", { name: bad }],
      ["POST", "/apps", { name: "x", roles: [{ key: "x", name: bad }] }],
      ["PUT", `/connections/${connectionId}/assignments`, { groups: [{ displayName: bad }] }],
    ] as const) {
      const answer = await stage.admin.send(method, at, body);
      expect([at, answer.status]).toEqual([at, 400]);
      expectProblem(at, answer);
    }
  });
});

it("V23: nothing of all this is an error to the operator, and no secret was heard", () => {
  target.expectQuiet();
});
