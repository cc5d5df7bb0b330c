import { uuidV7 } from "@muster/runtime";
import { waitFor } from "@muster/testkit";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Body, type ScimClient, seedPeople } from "./groups-stage.ts";
import { openStage, type Stage, type Tenant } from "./stage.ts";

let stage: Stage;
let tenant: Tenant;
let scim: ScimClient;

beforeAll(async () => {
  stage = await openStage();
  tenant = await stage.newTenant();
  scim = tenant.scim;
});
afterAll(async () => {
  await stage.close();
});

const values = (ids: readonly string[]) => ids.map((value) => ({ value }));
const add = (group: string, ids: readonly string[]) =>
  scim.patch(`/Groups/${group}`, { op: "add", path: "members", value: values(ids) });
const remove = (group: string, ids: readonly string[]) =>
  scim.patch(`/Groups/${group}`, { op: "remove", path: "members", value: values(ids) });
const read = async (group: string): Promise<Body> => (await scim.get(`/Groups/${group}`)).body;
const memberIds = async (group: string): Promise<string[]> =>
  (await read(group)).members.map(({ value }) => value).sort();
const parkedIn = async (group: string, query = ""): Promise<Body> =>
  (await stage.admin.get(`/tenants/${tenant.id}/groups/${group}/parked-members${query}`)).body;
const person = async (userName: string): Promise<string> => (await scim.createUser({ userName })).id;
const newGroup = async (displayName: string, ids: readonly string[] = []): Promise<string> =>
  (await scim.createGroup({ displayName, members: values(ids) })).id;

describe("B16: groups at size", () => {
  it("takes 10,000 members in one PATCH; the same again moves nothing (I10), and one PATCH takes them all out", async () => {
    const ids = await seedPeople(stage, tenant, 10_000, "ten-thousand");
    const group = await newGroup("Ten thousand");

    const answers = [(await add(group, ids)).status];
    const full = await read(group);
    answers.push((await add(group, ids)).status, (await remove(group, [uuidV7()])).status);
    const same = await read(group);
    answers.push((await remove(group, ids.slice(0, 9_999))).status);

    expect(answers).toEqual([204, 204, 204, 204]);
    expect(full.members.map(({ value }) => value).sort()).toEqual([...ids].sort());
    expect(same.meta).toEqual(full.meta);
    expect(await memberIds(group)).toEqual(ids.slice(9_999));
    expect(
      await stage.ledger.query("select 1 from audit where tenant_id = $1 and target = $2 and action = 'group.update'", [
        tenant.id,
        group,
      ]),
    ).toHaveLength(2);
  });

  it("answers a group of 100,000 members as a whole, and takes one more", async () => {
    const ids = await seedPeople(stage, tenant, 100_000, "hundred-thousand");
    const group = await newGroup("Hundred thousand");
    await stage.ledger.query(
      "insert into memberships (tenant_id, group_id, user_id) select $1, $2, unnest($3::uuid[])",
      [tenant.id, group, ids],
    );

    const { status } = await add(group, [await person("one-more")]);

    expect(status).toBe(204);
    expect((await read(group)).members).toHaveLength(100_001);
  }, 60_000);

  it.each([
    ["one group", (id: string) => `/Groups/${id}?excludedAttributes=members`],
    ["a list", () => "/Groups?excludedAttributes=members"],
    ["one group by the attributes wanted", (id: string) => `/Groups/${id}?attributes=displayName`],
  ])("without members asked for, %s is answered while nobody can read memberships", async (_name, path) => {
    const group = await newGroup(`Unread ${uuidV7()}`);
    const owner = new pg.Client({ connectionString: stage.databaseUrl });
    await owner.connect();
    await owner.query("begin; lock table memberships, group_members in access exclusive mode");

    const [without, withMembers] = await Promise.all([scim.get(path(group)), scim.get(`/Groups/${group}`)]);
    await owner.end();

    expect([without.status, withMembers.status]).toEqual([200, 503]);
    expect(without.body).not.toHaveProperty("members");
  });
});

describe("B13, F32: parallel changes of one group", () => {
  it("50 PATCHes that add, remove and nest leave what each of them said, since none contradicts another", async () => {
    const people = await seedPeople(stage, tenant, 40, "parallel");
    const below = await Promise.all(Array.from({ length: 10 }, (_, index) => newGroup(`Below ${index}`)));
    const [leaving, coming] = [people.slice(0, 20), people.slice(20)];
    const group = await newGroup("Parallel", leaving);

    const answers = await Promise.all([
      ...leaving.map((id) => remove(group, [id])),
      ...coming.map((id) => add(group, [id])),
      ...below.map((id) => add(group, [id])),
    ]);

    expect(answers.filter(({ status }) => status !== 204)).toEqual([]);
    expect(await memberIds(group)).toEqual([...coming, ...below].sort());
    expect((await read(group)).meta.version).toBe('W/"51"');
  });

  it("F18: 30 changes of a group whose row somebody holds keep nobody else waiting, and are all made afterwards", async () => {
    const people = await seedPeople(stage, tenant, 30, "held");
    const group = await newGroup("Held");
    const stranger = new pg.Client({ connectionString: stage.databaseUrl });
    await stranger.connect();
    await stranger.query("begin");
    await stranger.query("select 1 from groups where id = $1 for update", [group]);

    let made = 0;
    const changes = people.map(async (id) => {
      const { status } = await add(group, [id]);
      made += 1;
      return status;
    });
    await waitFor(async () => (await waiting()) > 0, { timeoutMs: 5_000, what: "a change to wait for the row" });
    const beside = [];
    for (const id of people.slice(0, 10)) beside.push(await scim.get(`/Users/${id}`));
    const connections = await waiting();
    const madeMeanwhile = made;
    await stranger.query("rollback");
    await stranger.end();

    expect(beside.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect([madeMeanwhile, connections]).toEqual([0, 1]);
    expect(await Promise.all(changes)).toEqual(Array(30).fill(204));
    expect(await memberIds(group)).toEqual([...people].sort());
  });

  const waiting = async (): Promise<number> => {
    const text = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    return (await stage.ledger.query(text)).length;
  };

  it("50 PATCHes that contradict one another leave what one of them said last", async () => {
    const people = await seedPeople(stage, tenant, 50, "last");
    const group = await newGroup("Last");

    await Promise.all(
      people.map((id) => scim.patch(`/Groups/${group}`, { op: "replace", path: "members", value: values([id]) })),
    );

    const left = await memberIds(group);
    expect(left).toHaveLength(1);
    expect(people).toContain(left[0]);
  });
});

describe("B15: nested groups over SCIM", () => {
  it("shows a group as a member with its type, address and name, and the group above to whoever is below", async () => {
    const ada = await person("nested-ada");
    const team = await newGroup("Nested team", [ada]);
    const company = await newGroup("Nested company", [team, ada, team]);
    const above = await newGroup("Nested above", [company]);

    const { members } = await read(company);
    const { groups } = (await scim.get(`/Users/${ada}`)).body;
    const listed = (await scim.get(`/Users?filter=${encodeURIComponent('userName eq "nested-ada"')}`)).body;

    expect(members).toHaveLength(2);
    expect(members).toContainEqual({
      value: team,
      type: "Group",
      display: "Nested team",
      $ref: `${scim.endpointUrl}/Groups/${team}`,
    });
    expect(members).toContainEqual(expect.objectContaining({ value: ada, type: "User" }));
    expect(groups).toEqual([
      { value: above, display: "Nested above", type: "indirect", $ref: `${scim.endpointUrl}/Groups/${above}` },
      { value: company, display: "Nested company", type: "direct", $ref: `${scim.endpointUrl}/Groups/${company}` },
      { value: team, display: "Nested team", type: "direct", $ref: `${scim.endpointUrl}/Groups/${team}` },
    ]);
    expect(listed.Resources.map((found) => found.groups)).toEqual([groups]);
  });

  it("takes circles as they are said, ignores a group in itself, and does set logic with people and groups alike", async () => {
    const ada = await person("circle-ada");
    const one = await newGroup("Circle one");
    const two = await newGroup("Circle two", [one]);
    const first = await add(one, [two, one, ada]);
    const closed = await memberIds(one);
    const { version } = (await read(one)).meta;
    await add(one, [two, one]);
    const again = await read(one);
    await scim.patch(
      `/Groups/${one}`,
      { op: "remove", path: `members[value eq "${two}"]` },
      { op: "add", path: "members", value: values([ada]) },
    );
    const opened = await memberIds(one);
    await scim.put(`/Groups/${two}`, { displayName: "Circle two", members: values([ada]) });

    expect(first.status).toBe(204);
    expect(closed).toEqual([two, ada].sort());
    expect(again.meta.version).toBe(version);
    expect(opened).toEqual([ada]);
    expect(await memberIds(two)).toEqual([ada]);
    expect((await scim.get(`/Users/${ada}`)).body.groups.map(({ display }) => display)).toEqual([
      "Circle one",
      "Circle two",
    ]);
  });

  it("a deleted group is no member any more, nor above anybody, and nothing is left of it", async () => {
    const ada = await person("gone-ada");
    const team = await newGroup("Gone team", [ada]);
    const middle = await newGroup("Gone middle", [team]);
    const top = await newGroup("Gone top", [middle]);

    const { status } = await scim.delete(`/Groups/${middle}`);

    expect(status).toBe(204);
    expect(await memberIds(top)).toEqual([]);
    expect((await scim.get(`/Users/${ada}`)).body.groups.map(({ value }) => value)).toEqual([team]);
    const rows = await stage.ledger.rows(tenant.id);
    expect(rows.filter((row) => row.startsWith("group_") && row.includes(middle))).toEqual([]);
  });
});

describe("B19, V07: members who are not here", () => {
  it("an id that is unknown, deleted, of another tenant or of another directory is the same: parked, not shown, not known", async () => {
    const [here, gone] = [await person("here"), await person("gone")];
    await scim.delete(`/Users/${gone}`);
    const other = await stage.newTenant();
    const theirs = await other.scim.createUser({ userName: "theirs" });
    const theirGroup = await other.scim.createGroup({ displayName: "Theirs" });
    const { beside, besideGroup } = await besideDirectory();
    const strangers = [uuidV7(), gone, theirs.id, theirGroup.id, beside, besideGroup, "not-a-uuid", here.toUpperCase()];

    const answers = [];
    for (const stranger of strangers) {
      const group = await newGroup(`With ${stranger}`, [stranger, here]);
      const patched = await add(group, [stranger]);
      const put = await scim.put(`/Groups/${group}`, {
        displayName: `With ${stranger}`,
        members: values([stranger, here]),
      });
      const parked = (await parkedIn(group)).items;
      await remove(group, [stranger]);
      const body = put.body;
      answers.push({
        statuses: [patched.status, put.status],
        members: body.members.map(({ value }) => value),
        version: body.meta.version,
        parked: parked.map(({ value }) => value === stranger),
        unparked: (await parkedIn(group)).items,
      });
    }

    const expected = { statuses: [204, 200], members: [here], version: 'W/"1"', parked: [true], unparked: [] };
    expect(answers).toEqual(strangers.map(() => expected));
  });

  async function besideDirectory(): Promise<{ beside: string; besideGroup: string }> {
    const { id } = await stage.admin.postSecret(`/tenants/${tenant.id}/directories`, { provider: "generic" });
    const [beside = ""] = await seedPeople(stage, { ...tenant, directoryId: id }, 1, "beside");
    const besideGroup = uuidV7();
    await stage.ledger.query(
      "insert into groups (tenant_id, id, directory_id, display_name, display_name_key, attributes) values ($1, $2, $3, 'B', 'b', '{}')",
      [tenant.id, besideGroup, id],
    );
    return { beside, besideGroup };
  }

  it("keeps at most 10,000 of them a group, lets none of them fail the rest, and lists them in pages", async () => {
    const here = await person("among-strangers");
    const strangers = Array.from({ length: 10_050 }, (_, index) => `stranger-${String(index).padStart(5, "0")}`);
    const group = await newGroup("Strangers", strangers.slice(0, 9_000));

    const { status } = await add(group, [...strangers.slice(8_000), here]);
    const replaced = await scim.put(`/Groups/${group}`, {
      displayName: "Strangers",
      members: values([...strangers, here]),
    });

    expect([status, replaced.status]).toEqual([204, 200]);
    expect(replaced.body.members.map(({ value }) => value)).toEqual([here]);
    const page = await parkedIn(group, "?pageSize=200");
    const next = await parkedIn(group, `?pageSize=200&pageToken=${String(page["nextPageToken"])}`);
    expect([...page.items, ...next.items].map(({ value }) => value)).toEqual(strangers.slice(0, 400));
    const [kept] = await stage.ledger.query<{ rows: number }>(
      "select count(*)::int as rows from parked_members where group_id = $1",
      [group],
    );
    expect(kept).toEqual({ rows: 10_000 });
    await scim.put(`/Groups/${group}`, { displayName: "Strangers", members: [] });
    expect((await parkedIn(group)).items).toEqual([]);
  });

  it("V12: who is invisible in /Users is invisible in members, totals and filters, and a group's own list is no way around", async () => {
    const [ada, ben] = [await person("seen-ada"), await person("seen-ben")];
    const group = await newGroup("Seen", [ada, ben]);
    await scim.delete(`/Users/${ben}`);

    const found = await scim.get(`/Groups?filter=${encodeURIComponent(`members.value eq "${ben}"`)}`);
    const admin = (await stage.admin.get(`/tenants/${tenant.id}/groups/${group}/members`)).body;

    expect(await memberIds(group)).toEqual([ada]);
    expect(found.body.totalResults).toBe(0);
    expect(admin.items.map(({ id }) => id)).toEqual([ada]);
  });

  it("the admin API lists parked members of the owner's groups only", async () => {
    const group = await newGroup("Mine", ["somebody"]);
    const { admin } = await stage.newWorkspace();
    const path = `/tenants/${tenant.id}/groups`;

    const answers = await Promise.all([
      stage.admin.get(`${path}/${group}/parked-members`),
      stage.admin.get(`${path}/${uuidV7()}/parked-members`),
      admin.get(`${path}/${group}/parked-members`),
      stage.admin.get(`${path}/${group}/parked-members?pageToken=${Buffer.from("parked:a\0b").toString("base64url")}`),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([200, 404, 404, 400]);
    expect(answers[0]?.body.items).toEqual([{ value: "somebody", createdAt: expect.any(String) }]);
  });
});

describe("B8, SD18, SD19: groups as resources", () => {
  it("B8: members in POST and PUT are memberships of the people, and leaving them out of a PUT clears them", async () => {
    const [ada, ben] = [await person("inline-ada"), await person("inline-ben")];
    const group = await newGroup("Inline", [ada]);
    await scim.put(`/Groups/${group}`, { displayName: "Inline", members: values([ben]) });
    const groupsOf = async (id: string) =>
      (await scim.get(`/Users/${id}`)).body.groups?.map(({ value }) => value) ?? [];
    const replaced = [await groupsOf(ada), await groupsOf(ben)];
    await scim.put(`/Groups/${group}`, { displayName: "Inline" });

    expect(replaced).toEqual([[], [group]]);
    expect(await memberIds(group)).toEqual([]);
  });

  it("SD18, SD19: an empty group is a group; a name that is taken is 409 and can be found; a rename keeps the id", async () => {
    const made = await scim.createGroup({ displayName: "Empty" });
    const taken = await scim.post("/Groups", { displayName: "EMPTY" });
    const found = await scim.get(`/Groups?filter=${encodeURIComponent('displayName eq "empty"')}`);
    await scim.patch(`/Groups/${made.id}`, { op: "replace", value: { displayName: "Still empty" } });

    expect(made.members ?? []).toEqual([]);
    expect([taken.status, taken.body["scimType"]]).toEqual([409, "uniqueness"]);
    expect(found.body.Resources.map(({ id }) => id)).toEqual([made.id]);
    expect(await read(made.id)).toMatchObject({ id: made.id, displayName: "Still empty" });
  });
});
