import { createDialer, parseEgressAllow } from "@muster/runtime";
import { type Attributes, enterpriseUserUrn, userUrn } from "@muster/scim";
import { afterEach, describe, expect, it } from "vitest";
import type { CallContext, Connector, Target } from "../../connector.ts";
import { type StartedTarget, startTarget, type TargetHandler } from "../../fixtures/start-target.ts";
import { createStrictHandler } from "../../fixtures/strict-handler.ts";
import { createScimConnector } from "./create-scim-connector.ts";

const dialer = createDialer(parseEgressAllow(["127.0.0.0/8"]));
const context: CallContext = { signal: new AbortController().signal, timeoutMs: 10_000 };
const token = "target-token-0123456789";
const started: StartedTarget[] = [];

afterEach(async () => {
  for (const target of started.splice(0)) await target.close();
});

async function connect(
  handler: TargetHandler,
  change: Partial<Target> = {},
): Promise<StartedTarget & { connector: Connector }> {
  const target = await startTarget(handler);
  started.push(target);
  const auth = { scheme: "bearer", token } as const;
  const whole: Target = { kind: "scim", baseUrl: target.baseUrl, auth, updateMethod: "patch", ...change };
  return { ...target, connector: createScimConnector({ dialer }, whole) };
}

/** Takes the value out of an outcome that has to be ok. */
async function ok<T>(outcome: Promise<{ kind: string; detail?: string } | { kind: "ok"; value: T }>): Promise<T> {
  const settled = await outcome;
  if ("value" in settled) return settled.value;
  throw new Error(`${settled.kind}: ${"detail" in settled ? settled.detail : ""}`);
}

const ada: Attributes = {
  userName: "Ada@example.com",
  externalId: "person-1",
  active: true,
  name: { givenName: "Ada", familyName: "Byron" },
  emails: [{ value: "ada@example.com", type: "work", primary: true }],
  roles: [{ value: "admin", primary: true }],
  [enterpriseUserUrn]: { department: "Maths" },
};
const { name: _name, [enterpriseUserUrn]: _extension, ...core } = ada;
const leaver: Attributes = { ...core, active: false, name: { givenName: "Ada" }, roles: [], title: "Countess" };

describe.each(["patch", "put"] as const)("G11: against a strict server, with %s", (updateMethod) => {
  it("takes a person through a whole life", async () => {
    const { connector, requests } = await connect(createStrictHandler(`Bearer ${token}`), { updateMethod });

    const created = await ok(connector.createUser(ada, context));
    const id = created.remoteId;
    expect(created).toMatchObject({ externalId: "person-1", userName: "Ada@example.com", active: true });
    expect(created.resource["schemas"]).toEqual([userUrn, enterpriseUserUrn]);

    expect(await ok(connector.findUsers({ attribute: "externalId", value: "person-1" }, context))).toEqual([created]);
    expect(await ok(connector.findUsers({ attribute: "userName", value: "ADA@example.com" }, context))).toEqual([
      created,
    ]);
    expect(await ok(connector.findUsers({ attribute: "externalId", value: "PERSON-1" }, context))).toEqual([]);
    expect(await ok(connector.probe(context))).toBeNull();

    const updated = await ok(connector.updateUser(id, { from: ada, to: leaver }, context));
    expect(updated).toMatchObject({ remoteId: id, active: false });
    const read = await ok(connector.readUser(id, context));
    expect(read.resource).toMatchObject({ title: "Countess", active: false, name: { givenName: "Ada" } });
    expect(read.resource["name"]).toEqual({ givenName: "Ada" });
    expect(read.resource).not.toHaveProperty("roles");
    expect(read.resource).not.toHaveProperty(enterpriseUserUrn);

    expect(await connector.createUser(leaver, context)).toMatchObject({ kind: "conflict", status: 409 });
    expect(await ok(connector.updateUser(id, { from: null, to: ada }, context))).toMatchObject({ active: true });
    expect(await connector.deleteUser(id, context)).toMatchObject({ kind: "ok", value: null, status: 204 });
    expect(await connector.readUser(id, context)).toMatchObject({ kind: "gone", status: 404 });
    expect(await connector.updateUser(id, { from: ada, to: leaver }, context)).toMatchObject({
      kind: "gone",
      status: 404,
    });
    expect(await connector.deleteUser(id, context)).toMatchObject({ kind: "ok", status: 404 });

    expect(requests.filter((request) => request.headers["user-agent"] !== "Muster/0.1.0")).toEqual([]);
  });
});

describe("what is sent", () => {
  it("sends nothing when a PATCH would change nothing", async () => {
    const { connector, requests } = await connect(() => "reset");

    expect(await connector.updateUser("7", { from: ada, to: { ...ada } }, context)).toMatchObject({
      kind: "ok",
      value: null,
      status: null,
    });
    expect(requests).toEqual([]);
  });

  it("deactivates with a strict PATCH", async () => {
    const { connector, requests } = await connect(() => ({ status: 204 }));

    await connector.updateUser("7", { from: ada, to: { ...ada, active: false } }, context);

    expect(JSON.parse(requests[0]?.body ?? "")).toEqual({
      schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
      Operations: [{ op: "replace", path: "active", value: false }],
    });
  });

  it.each([
    ["a bearer token", { scheme: "bearer", token: "t0k" }, "authorization", "Bearer t0k"],
    ["H3: a key in a named header", { scheme: "header", name: "X-Api-Key", value: "k3y" }, "x-api-key", "k3y"],
    [
      "H2: a user name and a password",
      { scheme: "basic", username: "ü", password: "p:w" },
      "authorization",
      `Basic ${Buffer.from("ü:p:w").toString("base64")}`,
    ],
  ] as const)(
    "signs in by %s, with nothing else, and an echo of it is not told",
    async (_what, auth, header, value) => {
      const { connector, requests } = await connect(
        ({ headers }) => ({ status: 400, body: { detail: `you sent ${String(headers[header])}` } }),
        { auth },
      );

      const outcome = await connector.createUser(ada, context);
      await connector.readUser("7", context);

      for (const { headers } of requests) {
        expect(headers[header]).toBe(value);
        expect(["authorization", "x-api-key"].filter((name) => headers[name] !== undefined)).toEqual([header]);
      }
      expect(requests.length).toBeGreaterThan(1);
      expect(JSON.stringify(outcome)).not.toContain(value);
    },
  );

  it.each([
    ["", "/scim/v2/Users/7"],
    ["/", "/scim/v2/Users/7"],
    ["//", "/scim/v2/Users/7"],
    ["?tenant=a%20b", "/scim/v2/Users/7?tenant=a%20b"],
    ["/?tenant=a#top", "/scim/v2/Users/7?tenant=a"],
  ])("takes a base URL that ends in %j", async (ending, expected) => {
    const { baseUrl, requests } = await connect(() => ({ status: 204 }));
    const auth = { scheme: "bearer", token } as const;
    const connector = createScimConnector(
      { dialer },
      { kind: "scim", baseUrl: baseUrl + ending, auth, updateMethod: "put" },
    );

    await connector.deleteUser("7", context);
    await connector.findUsers({ attribute: "userName", value: "a" }, context);

    expect(`${requests[0]?.url.pathname}${requests[0]?.url.search}`).toBe(expected);
    expect(requests[1]?.url.searchParams.get("filter")).toBe('userName eq "a"');
  });

  it.each(["a&b=c", "a/b", "../Users", "a?b#c", "%2e%2e", "ä b", "a+b", "..."])("encodes the id %j", async (id) => {
    const { connector, requests } = await connect(() => ({ status: 204 }));

    await connector.deleteUser(id, context);

    expect(decodeURIComponent(requests[0]?.url.pathname.replace("/scim/v2/Users/", "") ?? "")).toBe(id);
    expect(requests[0]?.url.pathname.split("/")).toHaveLength(5);
  });

  it.each(["", ".", "..", "\ud800"])("never sends the id %j, which would address something else", async (id) => {
    const { connector, requests } = await connect(() => ({ status: 204 }));

    for (const outcome of [
      await connector.deleteUser(id, context),
      await connector.readUser(id, context),
      await connector.updateUser(id, { from: null, to: ada }, context),
    ]) {
      expect(outcome.kind).toBe("permanent");
    }
    expect(requests).toEqual([]);
  });

  it.each(['o"b', "back\\slash", "a\nb", '" or active eq true or userName eq "', "a&b+c%20", "\ud800"])(
    "quotes and encodes the value %j of a filter",
    async (value) => {
      const { connector, requests } = await connect(() => ({ status: 200, body: { totalResults: 0 } }));

      await connector.findUsers({ attribute: "userName", value }, context);

      const filter = requests[0]?.url.searchParams.get("filter") ?? "";
      expect(JSON.parse(filter.replace("userName eq ", ""))).toBe(value);
    },
  );
});

describe("sloppy servers", () => {
  it("gives back what they say, made regular, for the caller to compare (F42)", async () => {
    const body = `\ufeff${JSON.stringify({ id: 12, userName: "someone@else", active: "True", external_id: "other" })}`;
    const { connector } = await connect(() => ({ status: 200, headers: { "content-type": "text/html" }, body }));
    const expected = { remoteId: "12", userName: "someone@else", active: true, externalId: "other" };

    expect(await ok(connector.createUser(ada, context))).toMatchObject(expected);
    expect(await ok(connector.readUser("7", context))).toMatchObject(expected);
    expect(await ok(connector.updateUser("7", { from: null, to: ada }, context))).toMatchObject(expected);
  });

  it("drops answers that do not match what was looked for", async () => {
    const everybody = [
      { id: 1, userName: "ADA@example.com", externalId: "p1" },
      { id: 2, userName: "bob@example.com", externalId: "P1" },
      { id: 3, userName: "eve@example.com" },
    ];
    const { connector } = await connect(() => ({ status: 200, body: { totalResults: 3, Resources: everybody } }));
    const find = async (attribute: "externalId" | "userName", value: string) =>
      (await ok(connector.findUsers({ attribute, value }, context))).map((user) => user.remoteId);

    expect(await find("userName", "ada@Example.com")).toEqual(["1"]);
    expect(await find("externalId", "p1")).toEqual(["1"]);
    expect(await find("externalId", "nobody")).toEqual([]);
  });

  it("keeps two hits apart, so that the caller sees the ambiguity", async () => {
    const twins = [1, 2].map((id) => ({ id, userName: "ada" }));
    const { connector } = await connect(() => ({ status: 200, body: { Resources: twins } }));

    expect(await ok(connector.findUsers({ attribute: "userName", value: "ada" }, context))).toHaveLength(2);
  });

  it("takes an update or delete without a body for done", async () => {
    for (const status of [200, 202, 204]) {
      const { connector } = await connect(() => ({ status }));

      expect(await connector.updateUser("7", { from: null, to: ada }, context)).toMatchObject({
        kind: "ok",
        value: null,
        status,
      });
      expect(await connector.deleteUser("7", context)).toMatchObject({ kind: "ok", status });
    }
  });
});
