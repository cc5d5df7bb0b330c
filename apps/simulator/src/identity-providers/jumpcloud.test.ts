import { afterEach, describe, expect, it } from "vitest";
import type { SampleApp, SampleAppOptions } from "../sample-app/sample-app.ts";
import { startSampleApp } from "../sample-app/start-sample-app.ts";
import { ActivationError, type IdentityProvider, type Person, type SentRequest } from "./identity-provider.ts";
import { createJumpCloud, type JumpCloudOptions } from "./jumpcloud.ts";
import { UnexpectedAnswer } from "./scim-client.ts";

const started: SampleApp[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((app) => app.close()));
});

/** One strict server and one client: the app stands where the gateway will stand. */
async function start(appOptions: SampleAppOptions = {}, options: Partial<JumpCloudOptions> = {}) {
  const auth = { scheme: "bearer", token: "secret" } as const;
  const app = await startSampleApp({ auth, ids: "odd", removeByValue: "listed", ...appOptions });
  started.push(app);
  const sent: SentRequest[] = [];
  const jumpCloud = createJumpCloud({
    endpointUrl: `${app.baseUrl}/`,
    bearerToken: "secret",
    log: (request) => sent.push(request),
    ...options,
  });
  return { app, jumpCloud, sent };
}

const person = (givenName: string, more: Partial<Person> = {}): Person => ({
  givenName,
  familyName: "Doe",
  email: `${givenName.toLowerCase()}@acme.test`,
  ...more,
});

async function hire(jumpCloud: IdentityProvider, ...names: string[]): Promise<string[]> {
  return Promise.all(names.map((name) => jumpCloud.createUser(person(name))));
}

const activeNames = (app: SampleApp) =>
  app
    .users()
    .filter((user) => user.active)
    .map((user) => user.userName.replace("@acme.test", ""))
    .sort();

const membersOf = (app: SampleApp, displayName: string) => {
  const names = new Map(app.users().map((user) => [user.id, user.userName.replace("@acme.test", "")]));
  const group = app.groups().find((candidate) => candidate.displayName === displayName);
  return group?.members.map((id) => names.get(id)).sort();
};

const writes = (sent: SentRequest[]) => sent.filter((request) => request.method !== "GET").map(({ method }) => method);

describe("activation", () => {
  it("SD8: creates, reads, updates and removes a test user and a test group and leaves no trace", async () => {
    const { app, jumpCloud, sent } = await start();

    const report = await jumpCloud.activate();

    expect(writes(sent)).toEqual(["POST", "PUT", "POST", "PATCH", "DELETE", "PUT", "DELETE"]);
    expect(report.userRemovedBy).toBe("delete");
    expect(report.steps.map((step) => step.name)).toContain("read the test group");
    expect([app.users(), app.groups()]).toEqual([[], []]);
  });

  it("uses another test person each time", async () => {
    const { jumpCloud } = await start();

    const [first, second] = [await jumpCloud.activate(), await jumpCloud.activate()];

    expect(first.userName).not.toBe(second.userName);
  });

  it("deactivates the test user where DELETE is not there", async () => {
    const noDelete = { kind: "status", status: 405, method: "DELETE", path: "/Users" } as const;
    const { app, jumpCloud } = await start({ faults: [noDelete] });

    const report = await jumpCloud.activate();

    expect(report.userRemovedBy).toBe("deactivate");
    expect(app.users().map((user) => user.active)).toEqual([false]);
  });

  it.each([
    ["create the test user", { kind: "alter", set: { id: 42 }, method: "POST", path: "/Users" }, "id is a string"],
    ["create the test user", { kind: "status", status: 401, method: "POST" }, "answered 401"],
    ["look up a user that does not exist", { kind: "html200" }, "Please sign in"],
    ["read the test user", { kind: "hide-new", hiddenMs: 60_000 }, "answered 404"],
    [
      "update the test user",
      { kind: "alter", set: { name: {} }, method: "GET", path: "/Users/", skip: 1 },
      "familyName",
    ],
    ["create the test group", { kind: "status", status: 501, path: "/Groups", method: "POST" }, "answered 501"],
    [
      "remove the test group",
      { kind: "status", status: 405, path: "/Groups", method: "DELETE", times: 1 },
      "answered 405",
    ],
    [
      "deactivate the test user",
      { kind: "alter", set: { active: true }, method: "GET", path: "/Users/", skip: 2 },
      "active is true",
    ],
  ] as const)("names the failing step (%s) and cleans up", async (step, fault, detail) => {
    const { app, jumpCloud } = await start({ faults: [fault] });

    const failure = await jumpCloud.activate().catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(ActivationError);
    expect(failure).toMatchObject({ step, message: expect.stringContaining(detail) });
    if (!detail.includes("string")) expect([app.users(), app.groups()]).toEqual([[], []]);
  });
});

describe("people and groups", () => {
  it("SD11, SD18: sends people only once they are in a bound group, and no empty group", async () => {
    const { app, jumpCloud, sent } = await start();
    const [ada = ""] = await hire(jumpCloud, "Ada");
    await jumpCloud.bindGroup({ name: "Staff", members: [] });
    const before = sent.length;

    await jumpCloud.addToGroup("Staff", ada);

    expect(before).toBe(0);
    expect(writes(sent)).toEqual(["POST", "POST"]);
    expect(membersOf(app, "Staff")).toEqual(["ada"]);
  });

  it("looks up before it creates, and sends what was captured from JumpCloud", async () => {
    const { app, jumpCloud, sent } = await start({}, { newId: () => "66e2d689590450d073d2df3b" });
    const ada = await jumpCloud.createUser(person("Ada", { phone: "+1-555-0100", title: "Countess" }));

    await jumpCloud.bindGroup({ name: "Staff", members: [ada] });

    const filter = `/Users?filter=${encodeURIComponent('userName eq "ada@acme.test"')}&count=1&startIndex=1`;
    expect(sent.map(({ method, path }) => `${method} ${path}`).slice(0, 2)).toEqual([`GET ${filter}`, "POST /Users"]);
    const created = JSON.parse(app.ledger()[1]?.requestBody ?? "{}");
    expect(created).toMatchObject({
      externalId: "66e2d689590450d073d2df3b",
      phoneNumbers: [{ value: "tel:+1-555-0100" }],
      userName: "ada@acme.test",
    });
    expect(created.schemas).toHaveLength(2);
    expect(created).not.toHaveProperty(created.schemas[1]);
  });

  it("adopts a user and takes over a group that the endpoint has already (SD19)", async () => {
    const { app, jumpCloud, sent } = await start();
    app.putUserByHand({ userName: "ADA@acme.test", active: false });
    const other = await start();
    const [ada = ""] = await hire(jumpCloud, "Ada");
    const [bob = ""] = await hire(jumpCloud, "Bob");
    await jumpCloud.bindGroup({ name: "Staff", members: [ada] });
    const second = createJumpCloud({ endpointUrl: app.baseUrl, bearerToken: "secret" });
    const [cleo = ""] = await hire(second, "Cleo");

    await second.bindGroup({ name: "Staff", members: [cleo] });
    await jumpCloud.addToGroup("Staff", bob);

    expect(writes(sent)).toEqual(["PUT", "POST", "POST", "PATCH"]);
    expect(app.duplicates()).toEqual([]);
    expect(app.groups()).toHaveLength(1);
    expect(membersOf(app, "Staff")).toEqual(["ada", "bob", "cleo"]);
    expect(other.app.users()).toEqual([]);
  });

  it("adds and removes members as value lists without display or type", async () => {
    const { app, jumpCloud } = await start();
    const [ada = "", bob = ""] = await hire(jumpCloud, "Ada", "Bob");
    await jumpCloud.bindGroup({ name: "Staff", members: [ada, bob] });

    await jumpCloud.removeFromGroup("Staff", bob);

    const removal = app.ledger().findLast((entry) => entry.method === "PATCH");
    const bobsRemoteId = app.user("bob@acme.test")?.id;
    expect(JSON.parse(removal?.requestBody ?? "{}").Operations).toEqual([
      { op: "remove", path: "members", value: [{ value: bobsRemoteId }] },
    ]);
    expect(membersOf(app, "Staff")).toEqual(["ada"]);
    expect(activeNames(app)).toEqual(["ada"]);
  });

  it("renames a person by a PUT of the full user, and a group by name", async () => {
    const { app, jumpCloud } = await start();
    const [ada = ""] = await hire(jumpCloud, "Ada");
    await jumpCloud.bindGroup({ name: "Staff", members: [ada] });

    await jumpCloud.renameUser(ada, { familyName: "King", email: "ada.king@acme.test" });
    await jumpCloud.renameGroup("Staff", "Everyone");

    const put = JSON.parse(app.ledger().find((entry) => entry.method === "PUT")?.requestBody ?? "{}");
    expect(put).toMatchObject({ id: app.users()[0]?.id, addresses: [], phoneNumbers: [], active: true });
    expect(put.photos).toHaveLength(1);
    expect(app.users().map((user) => user.userName)).toEqual(["ada.king@acme.test"]);
    expect(app.groups().map((group) => group.displayName)).toEqual(["Everyone"]);
  });

  it.each(["put", "patch"] as const)("suspends and resumes with %s, membership untouched", async (suspendWith) => {
    const { app, jumpCloud, sent } = await start({}, { suspendWith });
    const [ada = ""] = await hire(jumpCloud, "Ada");
    await jumpCloud.bindGroup({ name: "Staff", members: [ada] });

    await jumpCloud.suspend(ada);
    const suspended = activeNames(app);
    await jumpCloud.resume(ada);

    expect(suspended).toEqual([]);
    expect(activeNames(app)).toEqual(["ada"]);
    expect(membersOf(app, "Staff")).toEqual(["ada"]);
    expect(writes(sent).slice(2)).toEqual([suspendWith.toUpperCase(), suspendWith.toUpperCase()]);
  });

  it("sends somebody who was suspended from the start only when they are resumed, groups included", async () => {
    const { app, jumpCloud } = await start();
    const [ada = "", bob = ""] = await hire(jumpCloud, "Ada", "Bob");
    await jumpCloud.suspend(bob);
    await jumpCloud.bindGroup({ name: "Staff", members: [ada, bob] });
    const before = app.users().length;

    await jumpCloud.resume(bob);

    expect(before).toBe(1);
    expect(membersOf(app, "Staff")).toEqual(["ada", "bob"]);
  });

  it("SD17: unbinding empties the group and deactivates whom no other bound group holds; the group stays", async () => {
    const { app, jumpCloud } = await start();
    const [ada = "", bob = ""] = await hire(jumpCloud, "Ada", "Bob");
    await jumpCloud.bindGroup({ name: "Staff", members: [ada] });
    await jumpCloud.bindGroup({ name: "Contractors", members: [ada, bob] });

    await jumpCloud.unbindGroup("Contractors");
    const afterUnbinding = { active: activeNames(app), members: membersOf(app, "Contractors") };
    await jumpCloud.bindGroup({ name: "Contractors", members: [] });

    expect(afterUnbinding).toEqual({ active: ["ada"], members: [] });
    expect(activeNames(app)).toEqual(["ada", "bob"]);
    expect(membersOf(app, "Contractors")).toEqual(["ada", "bob"]);
  });

  it("deletes a group, deactivating whom no other bound group holds", async () => {
    const { app, jumpCloud } = await start();
    const [ada = "", bob = ""] = await hire(jumpCloud, "Ada", "Bob");
    await jumpCloud.bindGroup({ name: "Staff", members: [ada] });
    await jumpCloud.bindGroup({ name: "Contractors", members: [ada, bob] });

    await jumpCloud.deleteGroup("Contractors");

    expect(activeNames(app)).toEqual(["ada"]);
    expect(app.groups().map((group) => group.displayName)).toEqual(["Staff"]);
  });

  it("deletes a person, or deactivates them where DELETE is not there", async () => {
    const { app, jumpCloud } = await start();
    const [ada = "", bob = ""] = await hire(jumpCloud, "Ada", "Bob");
    await jumpCloud.bindGroup({ name: "Staff", members: [ada, bob] });

    await jumpCloud.deleteUser(ada);
    app.faults.set([{ kind: "status", status: 501, method: "DELETE" }]);
    await jumpCloud.deleteUser(bob);

    expect(app.users().map(({ userName, active }) => [userName, active])).toEqual([["bob@acme.test", false]]);
    expect(jumpCloud.users()).toEqual([]);
  });

  it("says which request got which answer, and can be asked again", async () => {
    const { app, jumpCloud } = await start({ faults: [{ kind: "status", status: 503, method: "POST", times: 1 }] });
    const [ada = ""] = await hire(jumpCloud, "Ada");

    const failure = await jumpCloud.bindGroup({ name: "Staff", members: [ada] }).catch((error: unknown) => error);
    await jumpCloud.bindGroup({ name: "Staff", members: [ada] });

    expect(failure).toBeInstanceOf(UnexpectedAnswer);
    expect(failure).toMatchObject({
      status: 503,
      message: expect.stringContaining("POST /Users answered 503, not 201"),
    });
    expect(activeNames(app)).toEqual(["ada"]);
  });
});
