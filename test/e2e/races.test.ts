import { makeCreateUser } from "@muster/directory";
import { createJumpCloud } from "@muster/simulator";
import { waitFor } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findLeaks } from "./ear.ts";
import { openStage, type Stage, type Tenant } from "./stage.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

let stage: Stage;
let workshop: Workshop;
let tenant: Tenant;
let connectionId: string;

beforeAll(async () => {
  stage = await openStage();
  workshop = await openWorkshop(stage);
  tenant = await stage.newTenant({ provider: "jumpcloud" });
  ({ connectionId } = await workshop.connect(tenant));
});
afterAll(async () => {
  await stage.close();
});

const times = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));
const statusesOf = (answers: readonly { status: number }[]): Record<string, number> =>
  Object.fromEntries(
    [...new Set(answers.map(({ status }) => status))]
      .sort()
      .map((status) => [status, answers.filter((one) => one.status === status).length]),
  );

describe("V60: parallel creates of one person", () => {
  it("50 at once are one 201 and 49 x 409 uniqueness, one row and one account in the app", async () => {
    const answers = await times(50, (index) =>
      tenant.scim.post("/Users", {
        userName: index % 2 === 0 ? "One@example.com" : "oNE@EXAMPLE.com",
        externalId: "one",
      }),
    );

    expect(statusesOf(answers)).toEqual({ 201: 1, 409: 49 });
    for (const { status, body } of answers)
      if (status === 409) expect(body).toMatchObject({ status: "409", scimType: "uniqueness" });
    // V61: what a create calls taken, a look-up finds.
    const found = await tenant.scim.get(`/Users?filter=${encodeURIComponent('userName eq "one@example.com"')}`);
    const created = answers.find(({ status }) => status === 201);
    expect(found.body.Resources.map(({ id }) => id)).toEqual([created?.body.id]);
    expect(
      await stage.ledger.query("select 1 from users where tenant_id = $1 and user_name_key = 'one@example.com'", [
        tenant.id,
      ]),
    ).toHaveLength(1);
    await workshop.settled(connectionId);
    expect(workshop.app.users().filter((user) => user.userName.toLowerCase() === "one@example.com")).toHaveLength(1);
    expect(workshop.app.duplicates()).toEqual([]);
  });

  it("50 groups of one name at once are one", async () => {
    const answers = await times(50, () => tenant.scim.post("/Groups", { displayName: "Only one" }));

    expect(statusesOf(answers)).toEqual({ 201: 1, 409: 49 });
  });

  it("50 returns of one person at once bring back one, under the old id", async () => {
    const gone = await tenant.scim.createUser({ userName: "back", externalId: "ext-back" });
    await tenant.scim.delete(`/Users/${gone.id}`);

    const answers = await times(50, () => tenant.scim.post("/Users", { userName: "back", externalId: "ext-back" }));

    expect(statusesOf(answers)).toEqual({ 201: 1, 409: 49 });
    expect(answers.find(({ status }) => status === 201)?.body.id).toBe(gone.id);
  });

  it("renames to one name at once: one wins, the others are 409 and stay what they were", async () => {
    const people = await times(20, (index) => tenant.scim.createUser({ userName: `racer-${index}` }));
    const answers = await Promise.all(
      people.map(({ id }) => tenant.scim.patch(`/Users/${id}`, { op: "replace", path: "userName", value: "winner" })),
    );

    expect(statusesOf(answers)).toEqual({ 200: 1, 409: 19 });
    const names = (await Promise.all(people.map(({ id }) => tenant.scim.get(`/Users/${id}`)))).map(
      ({ body }) => body.userName,
    );
    expect(names.filter((name) => name === "winner")).toHaveLength(1);
    expect(names.filter((name) => name.startsWith("racer-"))).toHaveLength(19);
  });
});

describe("B13, F32: parallel changes of one group", () => {
  it("50 PATCHes at once, each adding another member, lose none", async () => {
    const people = await times(50, (index) => tenant.scim.createUser({ userName: `member-${index}` }));
    const group = await tenant.scim.createGroup({ displayName: "Crowd" });

    const answers = await Promise.all(
      people.map(({ id }) =>
        tenant.scim.patch(`/Groups/${group.id}`, { op: "add", path: "members", value: [{ value: id }] }),
      ),
    );

    expect(statusesOf(answers)).toEqual({ 204: 50 });
    const read = await tenant.scim.get(`/Groups/${group.id}`);
    expect(read.body.members.map(({ value }) => value).sort()).toEqual(people.map(({ id }) => id).sort());
  });

  it("adds, removes and renames at once leave what their set logic says, and the last of the names", async () => {
    const people = await times(20, (index) => tenant.scim.createUser({ userName: `mixed-${index}` }));
    const [leaving, coming] = [people.slice(0, 10), people.slice(10)];
    const group = await tenant.scim.createGroup({
      displayName: "Mixed",
      members: leaving.map(({ id }) => ({ value: id })),
    });
    const at = `/Groups/${group.id}`;

    const answers = await Promise.all([
      ...leaving.map(({ id }) => tenant.scim.patch(at, { op: "remove", path: `members[value eq "${id}"]` })),
      ...coming.map(({ id }) => tenant.scim.patch(at, { op: "Add", path: "members", value: [{ value: id }] })),
      ...["Mixed 1", "Mixed 2"].map((displayName) => tenant.scim.patch(at, { op: "replace", value: { displayName } })),
    ]);

    expect(statusesOf(answers)).toEqual({ 204: 22 });
    const { body } = await tenant.scim.get(at);
    expect(body.members.map(({ value }) => value).sort()).toEqual(coming.map(({ id }) => id).sort());
    expect(body.displayName).toMatch(/^Mixed [12]$/);
    expect(body.meta.version).toBe('W/"23"');
  });

  it("of 20 PUTs at once one is there as a whole at the end: no members of one under the name of another", async () => {
    const people = await times(20, (index) => tenant.scim.createUser({ userName: `whole-${index}` }));
    const group = await tenant.scim.createGroup({ displayName: "Whole" });
    const wanted = people.map(({ id }, index) => ({ displayName: `Whole ${index}`, members: [{ value: id }] }));

    const answers = await Promise.all(wanted.map((body) => tenant.scim.put(`/Groups/${group.id}`, body)));

    expect(statusesOf(answers)).toEqual({ 200: 20 });
    const { body } = await tenant.scim.get(`/Groups/${group.id}`);
    const left = { displayName: body.displayName, members: body.members.map(({ value }) => ({ value })) };
    expect(wanted).toContainEqual(left);
  });

  it("of 20 writes that were made from one version one is taken, the others are 412", async () => {
    const user = await tenant.scim.createUser({ userName: "contested" });
    const answers = await times(20, (index) =>
      tenant.scim.send(
        "PUT",
        `/Users/${user.id}`,
        { userName: "contested", title: `title ${index}` },
        { headers: { "If-Match": user.meta.version } },
      ),
    );

    expect(statusesOf(answers)).toEqual({ 200: 1, 412: 19 });
    for (const { status, body } of answers)
      if (status === 412) expect(body).toMatchObject({ status: "412", detail: expect.stringContaining('W/"2"') });
  });
});

describe("house trap 10: creates share a commit, not a fate", () => {
  it("a row that the database refuses fails its own caller and nobody else in the batch, of whichever tenant", async () => {
    const createUser = makeCreateUser({ db: stage.db });
    const other = await stage.newTenant();
    const scopes = [tenant, other].map(({ id, directoryId }) => ({ tenantId: id, directoryId, actor: "test" }));
    // Past the parser, which would have refused it: Postgres stores no U+0000.
    const bad = (index: number): boolean => index % 40 === 7;
    const outcomes = await Promise.allSettled(
      Array.from({ length: 320 }, async (_, index) => {
        const scope = scopes[index % 2];
        if (scope === undefined) throw new Error("there are two");
        const attributes = { title: bad(index) ? "a\u0000b" : "fine" };
        return await createUser(scope, { userName: `batch-${index}`, externalId: null, active: true, attributes });
      }),
    );

    const expected = outcomes.map((_, index) => [index, bad(index) ? "rejected" : "fulfilled"]);
    expect(outcomes.map(({ status }, index) => [index, status])).toEqual(expected);
    const stored = await stage.ledger.query<{ tenant_id: string; user_name: string }>(
      "select tenant_id, user_name from users where user_name like 'batch-%'",
    );
    expect(stored).toHaveLength(312);
    // Even numbers are the first tenant's.
    expect(
      stored.filter((row) => (Number(row.user_name.slice(6)) % 2 === 0) !== (row.tenant_id === tenant.id)),
    ).toEqual([]);
  });

  it("one tenant's bad rows and taken names do not hold up another's", async () => {
    const other = await stage.newTenant();
    await tenant.scim.createUser({ userName: "taken" });
    const [mine, theirs] = await Promise.all([
      times(30, () => tenant.scim.post("/Users", { userName: "TAKEN" })),
      times(30, (index) => other.scim.post("/Users", { userName: `free-${index}` })),
    ]);

    expect([statusesOf(mine), statusesOf(theirs)]).toEqual([{ 409: 30 }, { 201: 30 }]);
  });
});

describe("SD8, SD9: JumpCloud", () => {
  it.each([
    ["as given", (url: string) => url],
    ["with a slash at the end", (url: string) => `${url}/`],
  ])("activates the endpoint %s and leaves nobody behind", async (_name, form) => {
    const acme = await stage.newTenant({ provider: "jumpcloud" });
    const jumpCloud = createJumpCloud({ endpointUrl: form(acme.endpointUrl), bearerToken: acme.bearerToken });

    const report = await jumpCloud.activate();

    expect(report.userRemovedBy).toBe("delete");
    expect((await acme.scim.get("/Users")).body).toMatchObject({ totalResults: 0 });
    expect((await acme.scim.get("/Groups")).body).toMatchObject({ totalResults: 0 });
    expect((await stage.admin.get(`/tenants/${acme.id}/users`)).body.items).toEqual([]);
  });

  it("activation beside a connected app leaves no active account there", async () => {
    const before = workshop.app.counts().activeUsers;
    const report = await createJumpCloud({
      endpointUrl: tenant.endpointUrl,
      bearerToken: tenant.bearerToken,
    }).activate();
    await workshop.settled(connectionId);

    expect(workshop.app.user(report.userName)?.active ?? false).toBe(false);
    expect(workshop.app.counts().activeUsers).toBeGreaterThanOrEqual(before);
  });
});

describe("V54, V58: leaving and coming back, seen from the app", () => {
  it("deactivated, deleted and hired again is one account all along", async () => {
    const state = () => workshop.app.user("leaver@example.com")?.active;
    const until = (active: boolean) =>
      waitFor(() => state() === active, {
        timeoutMs: 30_000,
        what: `the account to be ${active ? "active" : "inactive"}`,
      });
    const made = await tenant.scim.createUser({ userName: "leaver@example.com", externalId: "leaver-1" });
    await until(true);
    const { id } = workshop.app.user("leaver@example.com") ?? {};

    await tenant.scim.patch(`/Users/${made.id}`, { op: "Replace", path: "active", value: "False" });
    await until(false);
    await tenant.scim.patch(`/Users/${made.id}`, { op: "replace", value: { active: true } });
    await until(true);
    await tenant.scim.delete(`/Users/${made.id}`);
    await until(false);
    const again = await tenant.scim.createUser({ userName: "leaver@example.com", externalId: "leaver-1" });
    await until(true);

    expect(again.id).toBe(made.id);
    expect(workshop.app.user("leaver@example.com")?.id).toBe(id);
    expect(workshop.app.duplicates()).toEqual([]);
  });
});

it("V23: neither the token of the app nor any other secret was in an answer, a log line or a row", async () => {
  await workshop.settled(connectionId);

  expect(findLeaks([...stage.ear.heard(), ...(await stage.ledger.rows())], stage.ear.secrets())).toEqual([]);
});
