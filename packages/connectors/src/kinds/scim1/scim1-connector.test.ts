import { createDialer, parseEgressAllow } from "@muster/runtime";
import { type Attributes, userUrn } from "@muster/scim";
import { afterEach, describe, expect, it } from "vitest";
import type { CallContext } from "../../connector.ts";
import { type StartedTarget, startTarget, type TargetReply, type TargetRequest } from "../../fixtures/start-target.ts";
import { createScim1Connector } from "./create-scim1-connector.ts";

const dialer = createDialer(parseEgressAllow(["127.0.0.0/8"]));
const context: CallContext = { signal: new AbortController().signal, timeoutMs: 10_000 };
let target: StartedTarget;

afterEach(() => target.close());

/** An app that describes itself as `config` says, and answers everything else as `answer` does. */
async function connect(config: TargetReply, answer: (request: TargetRequest) => TargetReply) {
  target = await startTarget((request) =>
    request.url.pathname.endsWith("/ServiceProviderConfigs") ? config : answer(request),
  );
  const auth = { scheme: "bearer", token: "t0ken" } as const;
  return createScim1Connector({ dialer }, { kind: "scim1", baseUrl: target.baseUrl, auth, updateMethod: "patch" });
}

const patches = { status: 200, body: { schemas: ["urn:scim:schemas:core:1.0"], patch: { supported: true } } };
const error = (status: number, description: string): TargetReply => ({
  status,
  headers: { "content-type": "application/json" },
  body: { Errors: [{ description, code: String(status) }] },
});
const ada: Attributes = { schemas: [userUrn], userName: "ada", active: true };
const change = { from: ada, to: { ...ada, active: false } };
const asked = () => target.requests.map(({ method, url }) => `${method} ${url.pathname.split("/").at(-1) ?? ""}`);

describe("H8: how an app of SCIM 1.1 is read", () => {
  it.each([
    [400, "permanent"],
    [401, "connection"],
    [404, "gone"],
    [409, "conflict"],
    [429, "throttled"],
    [500, "transient"],
    [501, "permanent"],
  ])("H8: an Errors body with %i on a change is %s, with its words", async (status, kind) => {
    const connector = await connect(patches, () => error(status, "because of that"));

    const outcome = await connector.updateUser("7", change, context);

    expect(outcome).toMatchObject({ kind, status, detail: expect.stringContaining("because of that") });
  });

  it("H8: a 404 without Errors proves nothing about one user", async () => {
    const connector = await connect(patches, () => ({ status: 404, body: "<html>" }));

    expect(await connector.readUser("7", context)).toMatchObject({ kind: "connection" });
  });

  it("H8: users come back under the names of RFC 7643", async () => {
    const user = {
      schemas: ["urn:scim:schemas:core:1.0", "urn:scim:schemas:extension:enterprise:1.0"],
      id: 7,
      userName: "ada",
      "urn:scim:schemas:extension:enterprise:1.0": { manager: { managerId: "3" } },
    };
    const list = { totalResults: 1, schemas: ["urn:scim:schemas:core:1.0"], Resources: [user, null] };
    const connector = await connect(patches, () => ({ status: 200, body: list }));

    const found = await connector.findUsers({ attribute: "userName", value: "ADA" }, context);

    expect(found).toMatchObject({
      kind: "ok",
      value: [
        {
          remoteId: "7",
          resource: {
            schemas: [userUrn, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { manager: { value: "3" } },
          },
        },
      ],
    });
  });

  it.each([
    ["PATCH", patches],
    ["PUT", { status: 200, body: { patch: { supported: false } } }],
    ["PUT", { status: 200, body: { patch: { supported: "true" } } }],
    ["PUT", { status: 404, body: "" }],
    ["PUT", { status: 403, body: "" }],
    ["PUT", { status: 200, body: "<html>" }],
  ])("H8: it is changed by %s where it says of itself %j, asked once", async (method, config) => {
    const connector = await connect(config, () => ({ status: 204 }));

    const first = await connector.updateUser("7", change, context);
    await connector.updateUser("7", change, context);

    expect(first.kind).toBe("ok");
    expect(asked()).toEqual(["GET ServiceProviderConfigs", `${method} 7`, `${method} 7`]);
  });

  it.each([
    ["transient", { status: 503, body: "" }],
    ["throttled", { status: 429, headers: { "retry-after": "7" }, body: "" }],
    ["connection", { status: 401, body: "" }],
  ])("H8: nothing is changed, and %s is said, where it does not answer for itself", async (kind, config) => {
    const connector = await connect(config, () => ({ status: 204 }));

    expect(await connector.updateUser("7", change, context)).toMatchObject({ kind });
    expect(await connector.groups?.changeMembers("g", { add: ["7"], remove: [] }, context)).toMatchObject({ kind });
    expect(asked()).toEqual(["GET ServiceProviderConfigs", "GET ServiceProviderConfigs"]);
  });

  it("H8: who is in a group that is put as a whole stays there", async () => {
    const group = { id: "g", externalId: "x", displayName: "Staff", members: [{ value: "1" }, { value: "2" }] };
    const connector = await connect({ status: 404, body: "" }, ({ method }) =>
      method === "GET" ? { status: 200, body: group } : { status: 204 },
    );

    await connector.groups?.changeMembers("g", { add: ["3"], remove: ["1"] }, context);

    expect(JSON.parse(target.requests.at(-1)?.body ?? "")).toEqual({
      schemas: ["urn:scim:schemas:core:1.0"],
      id: "g",
      externalId: "x",
      displayName: "Staff",
      members: [{ value: "2" }, { value: "3" }],
    });
  });
});
