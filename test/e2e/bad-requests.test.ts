import { apiRoutes } from "@muster/api";
import { uuidV7 } from "@muster/runtime";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectProblem, expectScimError, openTarget, type Requests, type Target } from "./bad-input.ts";
import { ENTERPRISE, GROUP, USER } from "./clients.ts";
import { rawBytes } from "./raw-request.ts";
import type { Stage, Tenant } from "./stage.ts";

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

describe("R8: addresses", () => {
  const ids = [
    "0",
    "-1",
    "null",
    "undefined",
    "%00",
    "%EF%BF%BF",
    "%ED%A0%80",
    "%",
    "..%2f..",
    "..%2e",
    "'--",
    "a".repeat(5_000),
    "00000000-0000-0000-0000-000000000000",
    "%7B%7D",
    "💣",
  ];

  it("an id that names nothing is 404, or 400 when it is no text, for every method", async () => {
    const requests: Requests = {};
    for (const id of ids) {
      for (const kind of ["Users", "Groups"]) {
        const at = `/${kind}/${id}`;
        const body = { userName: "x", displayName: "x" };
        requests[`GET ${at}`] = () => tenant.scim.get(at);
        requests[`PUT ${at}`] = () => tenant.scim.put(at, body);
        requests[`PATCH ${at}`] = () => tenant.scim.patch(at, { op: "replace", value: body });
        requests[`DELETE ${at}`] = () => tenant.scim.delete(at);
      }
    }
    await target.refused(requests, [400, 404, 405]);
  });

  it("an id in capitals is another id (RFC 7643 section 3.1)", async () => {
    await target.refused(
      {
        user: () => tenant.scim.get(`/Users/${userId.toUpperCase()}`),
        group: () => tenant.scim.delete(`/Groups/${groupId.toUpperCase()}`),
      },
      [404],
    );
  });

  it("what is not HTTP is answered as a SCIM error by the parser itself (V62, B17)", async () => {
    for (const bytes of [
      "GET\r\n\r\n",
      "G\u0000T / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
      `GET / HTTP/1.1\r\nHost: x\r\nA: ${"a".repeat(20_000)}\r\n\r\n`,
    ])
      expect(await rawBytes(stage.localUrl, bytes)).toMatch(
        /^HTTP\/1.1 4(00|31) [\s\S]*\{"schemas":\["urn:ietf:params:scim:api:messages:2.0:Error"\]/,
      );
    await target.expectAlive();
  });
});

describe("R8, V85: parameters", () => {
  const injections = [
    "'",
    '"',
    "';drop table users;--",
    '" or "1"="1',
    "x' or 1=1--",
    "1);delete from users where (1=1",
    "$1",
    "$$",
    "\\",
    "\\u0027",
    "%27",
    "{}",
    "{id}",
    "a,b",
    "__proto__",
    "constructor.prototype",
    "attributes ->> 'x'",
    "name' ->> 'x",
    "users.id",
    "r.id",
    "pg_sleep(5)",
    "union select public_id from api_keys",
    "\u202e",
    "é".normalize("NFD"),
  ];
  // Only a filter is a language; elsewhere the bare text is all there is to try.
  const inFilters = [
    ...injections,
    ...injections.map((text) => `userName eq "${text}"`),
    ...injections.map((text) => `${text} eq "x"`),
    ...injections.map((text) => `emails[type eq "${text}"].value eq "x"`),
  ];

  it.each(["filter", "sortBy", "sortOrder", "attributes", "excludedAttributes", "startIndex", "count", "cursor"])(
    "what is injected through %s reads nothing and changes nothing",
    async (name) => {
      const before = await stage.ledger.digest();
      const total = (await tenant.scim.get("/Users?count=0")).body.totalResults;
      for (const value of name === "filter" ? inFilters : injections) {
        for (const kind of ["Users", "Groups"]) {
          const answer = await tenant.scim.get(`/${kind}?${name}=${encodeURIComponent(value)}`);
          expect([value, answer.status < 500]).toEqual([value, true]);
          expect(answer.text).not.toMatch(/mst_|digest|pepper|syntax error|postgres/i);
          if (answer.status >= 400) expectScimError(value, answer);
          else if (name === "filter") expect(answer.body.totalResults).toBe(0);
          else if (kind === "Users") expect(answer.body.totalResults).toBe(total);
        }
      }
      expect(await stage.ledger.digest()).toBe(before);
    },
  );

  it("the same through ids and value paths", async () => {
    const before = await stage.ledger.digest();
    for (const text of injections) {
      const answers = [
        await tenant.scim.get(`/Users/${encodeURIComponent(text)}`),
        await tenant.scim.get(`/Users/${userId}?attributes=${encodeURIComponent(text)}`),
        await tenant.scim.patch(`/Users/${userId}`, { op: "remove", path: `emails[value eq ${JSON.stringify(text)}]` }),
        await tenant.scim.patch(`/Groups/${groupId}`, { op: "remove", path: "members", value: [{ value: text }] }),
        await stage.admin.get(`/tenants?pageToken=${encodeURIComponent(text)}`),
        await stage.admin.get(`/tenants?pageSize=${encodeURIComponent(text)}`),
        await stage.admin.get(`/tenants/${encodeURIComponent(text)}/users`),
        await stage.admin.get(`/tenants/${tenant.id}/users?userName=${encodeURIComponent(text)}`),
        await stage.admin.get(`/connections/${connectionId}/accounts?userName=${encodeURIComponent(text)}`),
        await stage.admin.get(
          `/connections/${connectionId}/accounts?pageToken=${Buffer.from(text).toString("base64url")}`,
        ),
      ];
      expect([text, ...answers.map(({ status }) => status < 500)]).toEqual([text, ...answers.map(() => true)]);
    }
    expect(await stage.ledger.digest()).toBe(before);
  });

  it("V36, V38: filters that are too deep, too long or too many are 400 invalidFilter", async () => {
    const deep = [40, 3_000].flatMap((levels) =>
      ["(", "not (", "emails["].map(
        (open) =>
          `${open.repeat(Math.min(levels, Math.floor(12_000 / encodeURIComponent(open).length)))}userName eq "x"`,
      ),
    );
    const long = [
      `userName eq "${"x".repeat(4_096)}"`,
      Array.from({ length: 51 }, () => "active eq true").join(" and "),
      "userName eq",
      "eq",
      "userName xx 1",
      'userName eq "x',
      "",
    ];
    for (const filter of [...deep, ...long]) {
      const answer = await tenant.scim.get(`/Users?filter=${encodeURIComponent(filter)}`);
      expect([filter.slice(0, 40), answer.status, answer.body.scimType]).toEqual([
        filter.slice(0, 40),
        400,
        "invalidFilter",
      ]);
    }
    await target.expectAlive();
  });
});

describe("R8: the admin API", () => {
  const bodies = [
    "",
    "{",
    "null",
    "[]",
    "1",
    '"x"',
    "{}",
    '{"name":1}',
    '{"name":"x","__proto__":{}}',
    nested(33),
    "[".repeat(100_000),
    '{"name":"\\ud800"}',
  ];
  const at = (template: string): string => {
    const ids: Record<string, string> = { tenantId: tenant.id, directoryId: tenant.directoryId, connectionId, groupId };
    return template.slice("/api/v1".length).replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? uuidV7());
  };

  it.each(
    apiRoutes
      .filter(({ operation }) => operation.body !== undefined)
      .map(({ operation }) => ({ id: operation.id, operation })),
  )("$id refuses what does not fit the contract as a problem, without a trace", async ({ operation }) => {
    const before = await stage.ledger.digest();
    for (const body of bodies) {
      // Taking everything away is what an empty replacement of these says; a token needs no terms.
      const replacements: readonly string[] = ["putAssignments", "putLockoutGuard", "putManualRoles"];
      const isEnough = replacements.includes(operation.id) || operation.bodyOptional === true;
      if (isEnough && ["{}", "", " "].includes(body)) continue;
      const answer = await stage.admin.send(operation.method.toUpperCase(), at(operation.path), body);
      expect([body.slice(0, 30), answer.status]).toEqual([body.slice(0, 30), 400]);
      expectProblem(body.slice(0, 30), answer);
    }
    const typed = await stage.admin.send(operation.method.toUpperCase(), at(operation.path), "<a/>", {
      type: "application/xml",
    });
    expect([400, 415]).toContain(typed.status);
    expect(await stage.ledger.digest()).toBe(before);
  });

  it("wrong methods are 405 with Allow, unknown paths 404, both as problems", async () => {
    const wrong = await stage.admin.send("DELETE", "/tenants");
    const unknown = await stage.admin.get("/nothing");
    expect([wrong.status, wrong.headers.get("allow"), unknown.status]).toEqual([405, "GET, POST", 404]);
    for (const answer of [wrong, unknown]) expectProblem("", answer);
  });
});

describe("R8: anything at all", () => {
  const key: fc.Arbitrary<string> = fc.oneof(
    fc.constantFrom(
      "userName",
      "displayName",
      "externalId",
      "active",
      "name",
      "name.givenName",
      "emails",
      "value",
      "type",
      "primary",
      "members",
      "op",
      "path",
      "Operations",
      "schemas",
      "id",
      "meta",
      "groups",
      "roles",
      "password",
      USER,
      GROUP,
      ENTERPRISE,
      `${ENTERPRISE}:manager`,
      'emails[type eq "work"].value',
    ),
    fc.string({ maxLength: 8 }),
  );
  const anything = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.string({ unit: "binary", maxLength: 20 }),
      fc.constantFrom(
        null,
        true,
        false,
        0,
        -1,
        1.5,
        1e308,
        "",
        "True",
        "a@example.com",
        "01890000-0000-7000-8000-000000000000",
        "__proto__",
      ),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(key, tie("value"), { maxKeys: 4 }),
    ),
  })).value;
  const resource = fc
    .record({ userName: anything, displayName: anything, rest: fc.dictionary(key, anything, { maxKeys: 4 }) })
    .map(({ rest, ...named }) => ({ ...rest, ...named }));
  const patch = fc.record({
    Operations: fc.array(
      fc.record(
        { op: fc.constantFrom("add", "replace", "remove", "Add"), path: fc.oneof(key, anything), value: anything },
        { requiredKeys: ["op"] },
      ),
      { minLength: 1, maxLength: 3 },
    ),
  });

  it("is answered with 2xx or 4xx, what is refused leaves no trace, and what is taken can be read again", async () => {
    let before = await stage.ledger.digest(tenant.id);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.keys(target.writes)),
        resource,
        patch,
        async (name, sent, operations) => {
          const [method = "", at = ""] = target.writes[name] ?? [];
          const answer = await tenant.scim.send(method, at, method === "PATCH" ? operations : sent);
          expect([200, 201, 204, 400, 409]).toContain(answer.status);
          const after = await stage.ledger.digest(tenant.id);
          if (answer.status >= 400) {
            expectScimError(name, answer);
            expect(after).toBe(before);
          } else if (answer.status !== 204) {
            const read = await tenant.scim.get(`${at.split("/", 2).join("/")}/${answer.body.id}`);
            expect(read.body).toEqual(answer.body);
          }
          before = after;
        },
      ),
      { numRuns: 150 },
    );
    await target.expectAlive();
  });
});

it("V23: nothing of all this is an error to the operator, and no secret was heard", () => {
  target.expectQuiet();
});
