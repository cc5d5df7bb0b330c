import { createDialer, parseEgressAllow } from "@muster/runtime";
import type { Attributes } from "@muster/scim";
import { afterEach, describe, expect, it } from "vitest";
import type { CallContext, Connector, UserChange } from "../../connector.ts";
import { type StartedTarget, startTarget } from "../../fixtures/start-target.ts";
import { profileOf } from "../../profiles/profile-of.ts";
import { shapeUser } from "../../profiles/shape-user.ts";
import { createScimConnector } from "./create-scim-connector.ts";
import { userRequests } from "./user-requests.ts";

const dialer = createDialer(parseEgressAllow(["127.0.0.0/8"]));
const context: CallContext = { signal: new AbortController().signal, timeoutMs: 10_000 };
const started: StartedTarget[] = [];

afterEach(async () => {
  for (const target of started.splice(0)) await target.close();
});

const user = {
  id: "1",
  userName: "ada",
  displayName: "Ada",
  externalId: "person-1",
  active: true,
  members: [{ value: "m" }],
};

/** Speaks by a profile to an app that has one user, a group at once, and tells what it was asked. */
async function connect(key: string): Promise<{ connector: Connector; asked: () => string[]; bodies: () => unknown[] }> {
  const target = await startTarget(() => ({ status: 200, body: { ...user, totalResults: 1, Resources: [user] } }));
  started.push(target);
  const connector = createScimConnector(
    { dialer },
    {
      kind: "scim",
      baseUrl: target.baseUrl,
      auth: { scheme: "bearer", token: "t" },
      updateMethod: "patch",
      profile: profileOf(key),
    },
  );
  const path = ({ method, url }: StartedTarget["requests"][number]) =>
    `${method} ${decodeURIComponent(`${url.pathname}${url.search}`).replace("/scim/v2", "")}`;
  const bodies = () => target.requests.flatMap(({ body }) => (body === "" ? [] : [JSON.parse(body)]));
  return { connector, asked: () => target.requests.map(path), bodies };
}

describe("X11: what a profile changes in requests", () => {
  it("an app is only searched by what it can be searched by, in its own words", async () => {
    const { connector, asked } = await connect("github-organization");
    const gitlab = await connect("gitlab");
    const jumpcloud = await connect("jumpcloud");

    await connector.findUsers({ attribute: "externalId", value: "person-1" }, context);
    await gitlab.connector.findUsers({ attribute: "externalId", value: "1" }, context);
    await gitlab.connector.probe(context);
    const none = await jumpcloud.connector.findUsers({ attribute: "externalId", value: "person-1" }, context);

    expect(asked()).toEqual(['GET /Users?filter=external_id eq "person-1"']);
    expect(gitlab.asked()).toEqual([
      'GET /Users?filter=id eq "1"',
      'GET /Users?filter=id eq "muster-connection-check"&count=1',
    ]);
    expect(none).toMatchObject({ kind: "ok", value: [], status: null });
    expect(jumpcloud.asked()).toEqual([]);
  });

  it.each([
    ["generic", "GET /Users?startIndex=3&count=100"],
    ["aws-iam-identity-center", "GET /Users?cursor=abc&count=100"],
    ["posthog", "GET /Users"],
  ])("%s is listed in its own way", async (key, request) => {
    const { connector, asked } = await connect(key);

    await connector.listUsers({ startIndex: 3, count: 1_000, cursor: "abc" }, context);

    expect(asked()).toEqual([request]);
  });

  it("a body larger than the app takes is not sent, and is too many where it is about members", async () => {
    const { connector, asked } = await connect("miro");
    const add = Array.from({ length: 40_000 }, (_, index) => `member-${index}`);

    const outcome = await connector.groups?.changeMembers("g", { add, remove: [] }, context);

    expect(outcome).toMatchObject({
      kind: "tooMany",
      status: null,
      detail: expect.stringContaining("larger than the 800000 bytes"),
    });
    expect(asked()).toEqual([]);
  });

  it("members leave by a list of values, and a name is changed by PUT with everybody in it, where the app has it so", async () => {
    const { connector, asked, bodies } = await connect("django-scim2");

    await connector.groups?.changeMembers("1", { add: [], remove: ["a", "b"] }, context);
    await connector.groups?.renameGroup("1", "Crew", context);

    expect(asked()).toEqual(["PATCH /Groups/1", "GET /Groups/1", "PUT /Groups/1"]);
    expect(bodies()).toMatchObject([
      { Operations: [{ op: "remove", path: "members", value: [{ value: "a" }, { value: "b" }] }] },
      { displayName: "Crew", externalId: "person-1", members: [{ value: "m" }] },
    ]);
  });

  it("an app without groups has none to talk about", async () => {
    expect((await connect("jumpcloud")).connector.groups).toBeUndefined();
  });
});

describe("X11: how an account is changed", () => {
  const from: Attributes = { userName: "ada", active: true, displayName: "Ada", roles: [{ value: "viewer" }] };
  const methods = (key: string, change: UserChange) =>
    userRequests("1", change, { updateMethod: "patch", users: profileOf(key).users }).map(({ method, body }) =>
      method === "PUT" ? [method, "active" in body] : [method, body["Operations"]],
    );

  it("by PATCH for active and PUT for the rest where the app has it so", () => {
    const both = { from, to: { ...from, active: false, displayName: "Ada L" } };
    const inactive = ["PATCH", [{ op: "replace", path: "active", value: false }]];

    expect(methods("zoom", both)).toEqual([inactive, ["PUT", false]]);
    expect(methods("sentry", { from, to: { ...from, roles: [{ value: "admin" }] } })).toEqual([["PUT", false]]);
  });

  it("by nothing else where an account that is made inactive is removed", () => {
    const to = { ...from, active: false, roles: [{ value: "admin" }] };

    expect(methods("sentry", { from, to })).toEqual([["PATCH", [{ op: "replace", path: "active", value: false }]]]);
    expect(methods("sentry", { from: { ...from, active: false }, to: from })).toEqual([]);
  });

  it("not at all where only what cannot be changed is different", () => {
    expect(methods("gitlab", { from, to: { ...from, displayName: "Ada L" } })).toEqual([]);
  });
});

describe("SB35: what an app does not take", () => {
  it("is left out, with its extension's name, and of many values the primary one stays", () => {
    const urn = "urn:ietf:params:scim:schemas:extension:acme:2.0:User";
    const payload = {
      schemas: ["core", urn],
      userName: "ada",
      active: true,
      emails: [{ value: "a@home" }, { value: "a@work", primary: true }],
      roles: [{ value: "admin" }],
      [urn]: { badge: "7" },
    };

    const shaped = shapeUser(payload, profileOf("aws-iam-identity-center").users);

    expect(shaped).toEqual({
      payload: { schemas: ["core"], userName: "ada", active: true, emails: [{ value: "a@work", primary: true }] },
      leftOut: ["roles", urn],
    });
    expect(shapeUser(payload, profileOf(null).users)).toEqual({ payload, leftOut: [] });
  });

  it("is the type of a value where the app forgets it", () => {
    const payload = { userName: "ada", active: true, emails: [{ value: "a@work", type: "work", primary: true }] };

    expect(shapeUser(payload, profileOf("django-scim2").users).payload["emails"]).toEqual([
      { value: "a@work", primary: true },
    ]);
  });
});
