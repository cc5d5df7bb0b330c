import { createDialer, parseEgressAllow } from "@muster/runtime";
import { type Attributes, userUrn } from "@muster/scim";
import { afterEach, describe, expect, it } from "vitest";
import type { CallContext } from "../../connector.ts";
import { type StartedTarget, startTarget, type TargetReply, type TargetRequest } from "../../fixtures/start-target.ts";
import { createJumpCloudConnector } from "./create-jumpcloud-connector.ts";
import { jumpcloud } from "./jumpcloud.ts";
import { readJumpCloudOptions } from "./read-options.ts";

const dialer = createDialer(parseEgressAllow(["127.0.0.0/8"]));
const context: CallContext = { signal: new AbortController().signal, timeoutMs: 10_000 };
const ID = "5a005a005a005a005a000001";
let target: StartedTarget;

afterEach(() => target.close());

async function connect(answer: (request: TargetRequest) => TargetReply, options: Attributes | null = null) {
  target = await startTarget(answer);
  const auth = { scheme: "header", name: "x-api-key", value: "k3y" } as const;
  const { baseUrl } = target;
  return createJumpCloudConnector({ dialer }, { kind: "jumpcloud", baseUrl, auth, updateMethod: "put", options });
}

const says = (status: number, message: string): TargetReply => ({ status, body: { message } });
const ada = { schemas: [userUrn], userName: "ada", active: true, emails: [{ value: "ada@x.example", primary: true }] };
const stored = { _id: ID, username: "ada", email: "ada@x.example", suspended: false };
const asked = () =>
  target.requests.map(({ method, url }) => `${method} ${url.pathname.replace("/scim/v2", "")}${url.search}`);
const groups = async (answer: (request: TargetRequest) => TargetReply) => {
  const connector = await connect(answer);
  if (connector.groups === undefined) throw new Error("JumpCloud has groups");
  return connector.groups;
};

describe("SA27: how JumpCloud's API is read", () => {
  it.each([
    [says(400, "bad username"), "permanent"],
    [says(400, "email already exists"), "conflict"],
    [says(409, "taken"), "conflict"],
    [says(401, "Unauthorized"), "connection"],
    [says(404, "no such place"), "connection"],
    [says(429, "slow"), "throttled"],
    [says(500, "oops"), "unknown"],
    [{ status: 200, body: "<html>" }, "unknown"],
  ])("SA27: a create that is answered %j is %s", async (reply, kind) => {
    const connector = await connect(() => reply);

    expect(await connector.createUser(ada, context)).toMatchObject({ kind });
  });

  it("SA27: a 404 of the API makes a user gone; one of a proxy only where the collection works", async () => {
    const connector = await connect(({ url }) => {
      if (url.pathname.endsWith("/systemusers")) return { status: 200, body: { totalCount: 0, results: [] } };
      return url.pathname.endsWith(ID) ? says(404, "not found") : { status: 404, body: "<html>" };
    });
    const other = ID.replace(/1$/, "2");

    expect(await connector.readUser(ID, context)).toMatchObject({ kind: "gone" });
    expect(await connector.readUser(other, context)).toMatchObject({ kind: "gone" });
    expect(await connector.deleteUser(other, context)).toMatchObject({ kind: "ok" });
    expect(asked().filter((request) => request.endsWith("limit=1"))).toHaveLength(2);
  });

  it("SA27: nobody is gone because of an API that answers 404 to everything", async () => {
    const connector = await connect(() => ({ status: 404, body: "<html>" }));

    expect(await connector.readUser(ID, context)).toMatchObject({ kind: "connection" });
    expect(await connector.deleteUser(ID, context)).toMatchObject({ kind: "connection" });
  });

  it("SA27: only who was asked for is found, whatever a filter came to", async () => {
    const other = { ...stored, _id: "2", username: "bob", email: "bob@x.example" };
    const connector = await connect(() => ({ status: 200, body: { totalCount: 2, results: [other, stored] } }));

    const byName = await connector.findUsers({ attribute: "userName", value: "ADA" }, context);
    const byEmail = await connector.findUsers({ attribute: "email", value: "Ada@x.example" }, context);
    const byId = await connector.findUsers({ attribute: "externalId", value: "p1" }, context);

    const ids = [byName, byEmail, byId].map((found) =>
      found.kind === "ok" ? found.value.map(({ remoteId }) => remoteId) : found.kind,
    );
    expect(ids).toEqual([[ID], [ID], []]);
    expect(asked()).toEqual([
      "GET /systemusers?filter=username%3A%24eq%3AADA&limit=100",
      "GET /systemusers?filter=email%3A%24eq%3AAda%40x.example&limit=100",
    ]);
  });

  it("SA27: a deactivation sends suspended and nothing else; what is equal sends nothing", async () => {
    const connector = await connect(() => ({ status: 200, body: { ...stored, suspended: true } }));

    await connector.updateUser(ID, { from: ada, to: { ...ada, active: false } }, context);
    const same = await connector.updateUser(ID, { from: ada, to: ada }, context);

    expect(target.requests.map(({ body }) => JSON.parse(body) as unknown)).toEqual([{ suspended: true }]);
    expect(same).toMatchObject({ kind: "ok", value: null, status: null });
  });

  it("SA28: the key goes in its header, the organisation in x-org-id where it is named", async () => {
    const organizationId = "5f0000000000000000000abc";
    const connector = await connect(() => ({ status: 200, body: { totalCount: 0, results: [] } }), { organizationId });

    await connector.probe(context);

    const [request] = target.requests;
    expect(request?.headers).toMatchObject({
      "x-api-key": "k3y",
      "x-org-id": organizationId,
      accept: "application/json",
    });
  });

  it.each(["", ".", "..", "a/b", "a b", "é"])("an id such as %j is never part of an address", async (id) => {
    const connector = await connect(() => ({ status: 200, body: stored }));

    expect(await connector.readUser(id, context)).toMatchObject({ kind: "permanent", status: null });
    expect(await connector.groups?.deleteGroup(id, context)).toMatchObject({ kind: "permanent", status: null });
    expect(target.requests).toEqual([]);
  });
});

describe("SA27: how JumpCloud's groups are changed", () => {
  const group = { id: ID, name: "Staff", type: "user_group", description: "d", attributes: { sudo: {} } };

  it("SA27: who is in already, or out already, is as asked; the rest goes on", async () => {
    const connector = await groups(({ body, method }) => {
      if (method === "GET") return { status: 200, body: group };
      const { op, id } = JSON.parse(body) as { op: string; id: string };
      if (id === "in") return says(409, "Already Exists");
      return op === "remove" ? says(404, "not found") : { status: 204 };
    });

    const changed = await connector.changeMembers(ID, { add: ["in", "new"], remove: ["out"] }, context);

    expect(changed).toMatchObject({ kind: "ok", value: null });
    expect(
      target.requests.filter(({ method }) => method === "POST").map(({ body }) => JSON.parse(body) as unknown),
    ).toEqual([
      { op: "remove", type: "user", id: "out" },
      { op: "add", type: "user", id: "in" },
      { op: "add", type: "user", id: "new" },
    ]);
  });

  it.each([
    ["permanent", { status: 200, body: group }],
    ["gone", says(404, "not found")],
  ])("SA27: a member who is not there is told from a group that is not there: %s", async (kind, read) => {
    const connector = await groups(({ method }) => (method === "GET" ? read : says(404, "not found")));

    expect(await connector.changeMembers(ID, { add: ["new"], remove: [] }, context)).toMatchObject({ kind });
  });

  it("SA27: a new name keeps what is set on the group in JumpCloud", async () => {
    const connector = await groups(() => ({ status: 200, body: group }));

    await connector.renameGroup(ID, "Crew", context);

    expect(JSON.parse(target.requests.at(-1)?.body ?? "")).toEqual({
      name: "Crew",
      description: "d",
      attributes: { sudo: {} },
    });
  });

  it("SA27: every page of members is read", async () => {
    const member = (id: string) => ({ to: { type: "user", id } });
    const connector = await groups(({ url }) => {
      if (!url.pathname.endsWith("/members")) return { status: 200, body: group };
      const isFirst = url.searchParams.get("skip") === "0";
      const page = isFirst ? Array.from({ length: 100 }, (_, at) => member(`m${at}`)) : [member("last")];
      return { status: 200, body: page };
    });

    const read = await connector.readGroup(ID, context);

    expect(read.kind === "ok" && read.value.members?.length).toBe(101);
  });

  it("a key that may not touch groups stops groups, and not people", async () => {
    const connector = await groups(() => says(403, "Forbidden"));

    expect(await connector.createGroup({ displayName: "Staff", externalId: "x" }, context)).toMatchObject({
      kind: "permanent",
      status: 403,
    });
  });
});

describe("SA28: the form of a JumpCloud target", () => {
  it("asks for what a target is made of, and hides the key alone", async () => {
    const { fields } = jumpcloud.metadata;
    target = await startTarget(() => ({ status: 500 }));

    expect(fields.map(({ path }) => path)).toEqual([
      "baseUrl",
      "auth.scheme",
      "auth.name",
      "auth.value",
      "options.organizationId",
    ]);
    expect(fields.filter(({ secret }) => secret).map(({ path }) => path)).toEqual(["auth.value"]);
  });

  it.each([
    [null, { kind: "read", options: null }],
    [{}, { kind: "read", options: null }],
    [
      { organizationId: "5F0000000000000000000ABC" },
      { kind: "read", options: { organizationId: "5F0000000000000000000ABC" } },
    ],
    [{ organizationId: "x\r\ny: z" }, { kind: "refused", problem: expect.stringContaining("organizationId: must be") }],
    [{ other: 1 }, { kind: "refused", problem: expect.stringContaining("target.options.other") }],
    ["text", { kind: "refused", problem: expect.stringContaining("must be an object") }],
  ])("options %j are %j", async (given, read) => {
    target = await startTarget(() => ({ status: 500 }));

    expect(readJumpCloudOptions(given)).toEqual(read);
  });
});
