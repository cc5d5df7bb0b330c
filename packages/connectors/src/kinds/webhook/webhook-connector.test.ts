import { createDialer, createWebhookSecret, parseEgressAllow } from "@muster/runtime";
import type { Attributes } from "@muster/scim";
import { Webhook } from "standardwebhooks";
import { afterEach, describe, expect, it } from "vitest";
import type { CallContext, Connector } from "../../connector.ts";
import { startTarget, type TargetHandler, type TargetReply, type TargetRequest } from "../../fixtures/start-target.ts";
import type { SignatureAuth } from "../../target-auth.ts";
import { createWebhookConnector } from "./create-webhook-connector.ts";
import { readWebhookOptions } from "./webhook-options.ts";

const dialer = createDialer(parseEgressAllow(["127.0.0.0/8"]));
const secret = createWebhookSecret();
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const userId = "018f7f6a-1c00-7000-8000-000000000001";
const about = (generation: number): CallContext => ({
  signal: new AbortController().signal,
  timeoutMs: 5_000,
  subject: { userId, generation },
});
const ada: Attributes = { userName: "ada@acme.example", externalId: userId, active: true };

async function connect(
  handler: TargetHandler | TargetReply = { status: 204 },
  {
    auth = { scheme: "signature", secret } as SignatureAuth,
    options = {},
    path = "/hook/?tenant=a",
    at = new Date(),
  } = {},
): Promise<{ requests: TargetRequest[]; connector: Connector }> {
  const target = await startTarget(typeof handler === "function" ? handler : () => handler);
  closers.push(target.close);
  const baseUrl = new URL(path, target.baseUrl).href;
  const connector = createWebhookConnector(
    { dialer, now: () => at },
    { kind: "webhook", baseUrl, auth, updateMethod: "put", options },
  );
  return { requests: target.requests, connector };
}

const headersOf = ({ headers }: TargetRequest) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
const verified = (request: TargetRequest, by = secret) => new Webhook(by).verify(request.body, headersOf(request));
const idOf = (request: TargetRequest | undefined) => request?.headers["webhook-id"];

describe("H11: a webhook target", () => {
  it("tells each change as a signed POST to the very address", async () => {
    const { connector, requests } = await connect();
    const made = await connector.createUser(ada, about(1));
    const off = { ...ada, active: false };
    await connector.updateUser("r1", { from: ada, to: { ...ada, title: "Clerk" } }, about(2));
    await connector.updateUser("r1", { from: ada, to: off }, about(3));
    await connector.updateUser("r1", { from: off, to: ada }, about(4));
    await connector.deleteUser("r1", about(5));
    await connector.probe(about(5));

    expect(made).toMatchObject({ kind: "ok", value: { remoteId: userId, active: null } });
    expect(requests.map((request) => verified(request))).toEqual([
      { type: "user.created", generation: 1, data: { externalId: userId, id: userId, user: ada } },
      { type: "user.updated", generation: 2, data: { externalId: userId, id: "r1", user: { ...ada, title: "Clerk" } } },
      { type: "user.deactivated", generation: 3, data: { externalId: userId, id: "r1", user: off } },
      { type: "user.reactivated", generation: 4, data: { externalId: userId, id: "r1", user: ada } },
      { type: "user.deleted", generation: 5, data: { externalId: userId, id: "r1" } },
      { type: "connection.check", data: {} },
    ]);
    expect(new Set(requests.map(({ method, url }) => `${method} ${url.pathname}${url.search}`))).toEqual(
      new Set(["POST /hook/?tenant=a"]),
    );
  });

  it("gives a message that is sent again the same id, and any other another", async () => {
    const { connector, requests } = await connect();
    await connector.createUser(ada, about(1));
    await connector.createUser(ada, about(1));
    await connector.createUser(ada, about(2));
    await connector.createUser({ ...ada, title: "Clerk" }, about(1));
    await connector.groups?.changeMembers("g", { add: ["a"], remove: [] }, about(1));
    await connector.groups?.changeMembers("g", { add: ["a"], remove: [] }, about(1));

    const [first, again, ...others] = requests.map(idOf);
    expect(again).toBe(first);
    expect(new Set([first, ...others]).size).toBe(5);
  });

  it("signs with two secrets while one takes the other's place, and then with the new one alone", async () => {
    const old = createWebhookSecret();
    const at = new Date();
    const until = (ms: number): SignatureAuth => ({
      ...{ scheme: "signature", secret },
      former: { secret: old, until: new Date(at.getTime() + ms).toISOString() },
    });
    const during = await connect({ status: 204 }, { auth: until(1_000), at });
    const after = await connect({ status: 204 }, { auth: until(-1_000), at });
    await during.connector.createUser(ada, about(1));
    await after.connector.createUser(ada, about(1));

    const [both, one] = [during.requests[0], after.requests[0]];
    if (both === undefined || one === undefined) throw new Error("Both were told");
    expect([verified(both), verified(both, old), verified(one)]).toHaveLength(3);
    expect(() => verified(one, old)).toThrow();
  });

  it.each([
    [409, "conflict conflict conflict"],
    [400, "permanent permanent permanent"],
    [401, "connection connection connection"],
    [404, "connection connection connection"],
    [410, "connection connection connection"],
    [302, "connection connection connection"],
    [429, "throttled throttled throttled"],
    [500, "unknown transient transient"],
  ])("classes %i as for any app, and one address as the whole", async (status, kinds) => {
    const { connector } = await connect({ status });
    const outcomes = [
      await connector.createUser(ada, about(1)),
      await connector.updateUser("r1", { from: null, to: ada }, about(1)),
      await connector.deleteUser("r1", about(1)),
    ];
    expect(outcomes.map(({ kind }) => kind).join(" ")).toBe(kinds);
  });

  it("F42: goes by what the answer says of the account, and where it is asked to, by nothing else", async () => {
    const account = { status: 200, body: { account: { id: "u-42", active: false } } };
    const said = await connect(account);
    expect(await said.connector.createUser(ada, about(1))).toMatchObject({
      kind: "ok",
      value: { remoteId: "u-42", active: false },
    });
    const options = { acknowledgement: "account" };
    const page = { status: 200, headers: { "content-type": "text/html" }, body: "<html>Sign in</html>" };
    const { connector } = await connect(page, { options });
    expect((await connector.createUser(ada, about(1))).kind).toBe("unknown");
    expect((await connector.updateUser("u-42", { from: null, to: ada }, about(1))).kind).toBe("transient");
    expect((await connector.deleteUser("u-42", about(1))).kind).toBe("transient");
    const active = await connect({ status: 200, body: { account: { id: "u-42", active: true } } }, { options });
    expect((await active.connector.deleteUser("u-42", about(1))).kind).toBe("transient");
  });

  it("V23: shows neither secret, whatever the receiver says back", async () => {
    const old = createWebhookSecret();
    const auth: SignatureAuth = { scheme: "signature", secret, former: { secret: old, until: "2100-01-01T00:00:00Z" } };
    const { connector } = await connect({ status: 400, body: `you sent ${secret} and ${old}` }, { auth });
    const outcome = await connector.createUser(ada, about(1));
    expect(JSON.stringify(outcome)).not.toMatch(
      new RegExp(`${secret.slice(6, 30)}|${old.slice(6, 30)}`.replaceAll("+", "\\+")),
    );
  });

  it("refuses options that it does not have, by name", () => {
    expect(readWebhookOptions({ acknowledgement: "maybe" })).toEqual({
      kind: "refused",
      problem: expect.stringContaining("target.options.acknowledgement"),
    });
    expect(readWebhookOptions({ secret: "s" })).toEqual({
      kind: "refused",
      problem: expect.stringContaining("target.options.secret"),
    });
    expect(readWebhookOptions(null)).toEqual({ kind: "read", options: { acknowledgement: "status" } });
  });
});
