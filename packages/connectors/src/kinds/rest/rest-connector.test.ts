import { createDialer, parseEgressAllow } from "@muster/runtime";
import type { Attributes, Json } from "@muster/scim";
import { afterEach, describe, expect, it } from "vitest";
import type { CallContext } from "../../connector.ts";
import { startTarget, type TargetHandler } from "../../fixtures/start-target.ts";
import type { FixedAuth } from "../../target-auth.ts";
import { createRestConnector } from "./create-rest-connector.ts";

const dialer = createDialer(parseEgressAllow(["127.0.0.0/8"]));
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const context: CallContext = {
  signal: new AbortController().signal,
  timeoutMs: 5_000,
  subject: { userId: "p1", generation: 4 },
};
const ada: Attributes = { userName: "ada", displayName: "Ada", active: true };
const account = '{"id": item.id, "userName": item.login, "externalId": item.ref, "active": item.on}';

async function connect(
  operations: { [name: string]: Json },
  handler: TargetHandler,
  auth: FixedAuth = { scheme: "bearer", token: "t0ken-t0ken" },
) {
  const target = await startTarget(handler);
  closers.push(target.close);
  const connector = createRestConnector(
    { dialer },
    {
      kind: "rest",
      baseUrl: target.baseUrl,
      auth,
      updateMethod: "put",
      options: { account, operations },
    },
  );
  return { ...target, connector };
}

const one = (id: number) => ({ id, login: `u${id}`, ref: `p${id}`, on: true });
const get = { method: "GET", path: '["users"]', items: "body.users" };

describe("H10: a REST target", () => {
  it("sends what the template says, signed in by the credential alone", async () => {
    const create = {
      method: "POST",
      path: '["orgs", user.userName, "users"]',
      query: '{"notify": false, "by": externalId}',
      headers: { "Idempotency-Key": "idempotencyKey" },
      body: '{"login": user.userName, "title": user.title}',
      success: "body.ok",
    };
    const { connector, requests } = await connect({ create }, () => ({ status: 200, body: { ok: true, ...one(7) } }));
    const made = await connector.createUser({ ...ada, userName: ".../x?y=z#/ä" }, context);

    expect(made).toMatchObject({
      kind: "ok",
      value: { remoteId: "7", userName: "u7", externalId: "p7", active: true },
    });
    const [request] = requests;
    expect(request?.url.pathname).toBe("/scim/v2/orgs/...%2Fx%3Fy%3Dz%23%2F%C3%A4/users");
    expect(request?.url.search).toBe("?notify=false&by=p1");
    expect(request?.headers).toMatchObject({
      authorization: "Bearer t0ken-t0ken",
      "idempotency-key": "p1-4",
      "content-type": "application/json",
    });
    expect(JSON.parse(request?.body ?? "")).toEqual({ login: ".../x?y=z#/ä", title: null });
  });

  it("sets one person aside whose values cannot be sent, and sends nothing", async () => {
    const create = { method: "POST", path: '["users", user.userName]', headers: { a: "user.displayName" } };
    const { connector, requests } = await connect({ create }, () => ({ status: 200 }));
    expect(await connector.createUser({ ...ada, userName: ".." }, context)).toMatchObject({
      kind: "permanent",
      status: null,
    });
    expect(await connector.createUser({ ...ada, displayName: "a\r\nb: c" }, context)).toMatchObject({
      kind: "permanent",
    });
    expect(requests).toEqual([]);
  });

  it.each([
    "..",
    "../admins",
    "a/../admins",
    "a/..",
    "..\\admins",
    "%2e%2e",
    "..%2Fadmins",
    "a/.",
    "a\r\nb",
    "a\u0000",
    "",
  ])(
    "V63: a userName %j is no segment of a path, also for servers that decode before they resolve",
    async (userName) => {
      const create = { method: "POST", path: '["users", user.userName]', body: "{}" };
      const { connector, requests } = await connect({ create }, () => ({ status: 200 }));
      expect(await connector.createUser({ ...ada, userName }, context)).toMatchObject({
        kind: "permanent",
        detail: expect.stringContaining("no segment of a path"),
      });
      expect(requests).toEqual([]);
    },
  );

  it("V63: a header of a template takes nothing away from the sign-in", async () => {
    const create = { method: "POST", path: '["users"]', headers: { "x-own": '"another"', accept: '"text/html"' } };
    const auth = { scheme: "header", name: "X-Own", value: "k3y-k3y" } as const;
    const { connector, requests } = await connect({ create }, () => ({ status: 200 }), auth);
    await connector.createUser(ada, context);
    expect(requests[0]?.headers).toMatchObject({ "x-own": "k3y-k3y", accept: "application/json" });
  });

  it("F41: an answer nested without end is no answer, and nothing is thrown", async () => {
    const body = `${"[".repeat(400_000)}${"]".repeat(400_000)}`;
    const create = { method: "POST", path: '["users"]', success: "has(body.id)" };
    const { connector } = await connect({ create, find: { userName: get } }, () => ({ status: 200, body }));
    expect(await connector.createUser(ada, context)).toMatchObject({ kind: "unknown" });
    expect(await connector.findUsers({ attribute: "userName", value: "ada" }, context)).toMatchObject({
      kind: "transient",
    });
  });

  it("F42: a success test decides, and what it cannot read is no answer", async () => {
    const create = { method: "POST", path: '["users"]', body: '{"a": 1}', success: "body.ok" };
    let body: string | object = { ok: false };
    const { connector } = await connect({ create }, () => ({ status: 200, body }));
    expect(await connector.createUser(ada, context)).toMatchObject({
      kind: "permanent",
      detail: expect.stringContaining("says no"),
    });
    body = "<html>Sign in</html>";
    expect(await connector.createUser(ada, context)).toMatchObject({ kind: "unknown" });
    body = { ok: true };
    expect(await connector.createUser(ada, context)).toMatchObject({ kind: "unknown" });
  });

  it.each<[string, Json]>([
    ["index", { query: '{"page": page.number, "size": page.count}', paging: { style: "index", size: 2 } }],
    ["cursor", { query: '{"after": page.cursor}', paging: { style: "cursor", size: 2, next: "body.next" } }],
    ["link", { paging: { style: "link", size: 2 } }],
  ])("finds on a later page, by %s", async (style, how) => {
    const { connector, requests } = await connect({ find: { userName: { ...get, ...(how as object) } } }, ({ url }) => {
      const begin =
        style === "index" ? (Number(url.searchParams.get("page")) - 1) * 2 : Number(url.searchParams.get("after") ?? 0);
      const next = begin + 2 < 5 ? String(begin + 2) : null;
      const link = next === null ? "" : `</scim/v2/users?after=${next}>; rel="next"`;
      const users = [1, 2, 3, 4, 5].slice(begin, begin + 2).map(one);
      return { status: 200, headers: { "content-type": "application/json", link }, body: { users, next } };
    });
    const found = await connector.findUsers({ attribute: "userName", value: "U5" }, context);
    expect(found).toMatchObject({ kind: "ok", value: [{ remoteId: "5" }] });
    expect(requests).toHaveLength(3);
  });

  it("V63: follows no Link header out of the base URL, and no list without end", async () => {
    let link = '<http://127.0.0.1:1/users>; rel="next"';
    const find = { userName: { ...get, paging: { style: "link" } } };
    const { connector, requests } = await connect({ find }, () => ({
      status: 200,
      headers: { "content-type": "application/json", link },
      body: { users: [one(1)] },
    }));
    const look = () => connector.findUsers({ attribute: "userName", value: "u9" }, context);
    expect(await look()).toMatchObject({ kind: "permanent", detail: expect.stringContaining("out of the base URL") });
    link = '</elsewhere>; rel="next"';
    expect(await look()).toMatchObject({ kind: "permanent", detail: expect.stringContaining("out of the base URL") });
    requests.length = 0;
    link = '</scim/v2/users?again=1>; rel="next"';
    expect(await look()).toMatchObject({ kind: "permanent", detail: expect.stringContaining("more than 20 pages") });
    expect(requests).toHaveLength(20);
  });

  it("believes a 404 only where a look confirms it", async () => {
    const update = { method: "PUT", path: '["wrong", id]', body: '{"a": 1}' };
    const read = { method: "GET", path: '["users", id]' };
    const change = { from: null, to: ada };
    const there = await connect({ update, read, list: get }, ({ method }) =>
      method === "GET" ? { status: 200, body: one(1) } : { status: 404 },
    );
    expect(await there.connector.updateUser("1", change, context)).toMatchObject({ kind: "permanent" });
    const gone = await connect({ update, read, list: get }, ({ url }) =>
      url.pathname.endsWith("/users") ? { status: 200, body: { users: [] } } : { status: 404 },
    );
    expect(await gone.connector.updateUser("1", change, context)).toMatchObject({ kind: "gone" });
    const blind = await connect({ update, check: { method: "GET", path: "[]" } }, () => ({ status: 404 }));
    expect(await blind.connector.updateUser("1", change, context)).toMatchObject({ kind: "permanent" });
    const down = await connect({ update, read, list: get }, () => ({ status: 404 }));
    expect(await down.connector.updateUser("1", change, context)).toMatchObject({ kind: "connection" });
  });

  it("a 404 at a path that is made of somebody's values sets nobody else aside, where the app works otherwise", async () => {
    const create = { method: "POST", path: '["orgs", user.title, "users"]', body: "{}" };
    const find = { userName: { method: "GET", path: '["users", value]', items: "[body]" } };
    const check = { method: "GET", path: '["me"]' };
    let isUp = true;
    const { connector } = await connect({ create, find, check }, ({ url }) => ({
      status: isUp && url.pathname.endsWith("/me") ? 200 : 404,
    }));
    const told = async () => [
      (await connector.createUser({ ...ada, title: "Nowhere" }, context)).kind,
      (await connector.findUsers({ attribute: "userName", value: "ada" }, context)).kind,
    ];

    expect(await told()).toEqual(["permanent", "ok"]);
    isUp = false;
    expect(await told()).toEqual(["connection", "connection"]);
    const fixed = await connect({ create: { ...create, path: '["usres"]' }, check }, ({ url }) => ({
      status: url.pathname.endsWith("/me") ? 200 : 404,
    }));
    expect(await fixed.connector.createUser(ada, context)).toMatchObject({ kind: "connection" });
  });
});
