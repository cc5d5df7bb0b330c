import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStage, type Stage } from "./stage.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

let stage: Stage;
let shop: Workshop;

beforeAll(async () => {
  stage = await openStage();
  shop = await openWorkshop(stage);
});
afterAll(() => stage.close());

type Version = { id: string; number: number; cause: string; traceId: string | null };

async function openScene(name: string) {
  const tenant = await stage.newTenant();
  const { connectionId } = await shop.connect(tenant);
  const at = `/connections/${connectionId}`;
  const ana = await tenant.scim.createUser({ userName: name });
  const staff = await tenant.scim.createGroup({ displayName: "Staff", members: [{ value: ana.id }] });
  const versions = async () => (await stage.admin.get(`${at}/versions`)).body.items as unknown as Version[];
  const put = (what: string, body: object) => stage.admin.put(`${at}/${what}`, body);
  const restore = (version: Version | undefined) =>
    stage.admin.send("POST", `${at}/versions/${version?.id ?? ""}/restore`);
  const isActive = () => shop.app.users().find(({ userName }) => userName === name)?.active;
  return { tenant, connectionId, at, staff, versions, put, restore, isActive };
}

describe("E8, X19: mappings, rules and scopes are versions", () => {
  it("each edit is one, what did not change is none, and each tells what it changed", async () => {
    const { at, staff, versions, put } = await openScene("version-ana");
    const rules = { precedence: "first", defaultRole: "viewer", rules: [{ group: { id: staff.id }, role: "admin" }] };
    const before = await versions();

    await put("rules", rules);
    await put("rules", rules);
    await put("mapping", { rows: [{ target: "userName", expression: "user.userName" }] });

    const after = await versions();
    const [mapped, ruled] = after;
    expect(before.map(({ cause }) => cause)).toEqual(["assignments.put", "start"]);
    expect(after.map(({ number, cause }) => [number, cause])).toEqual([
      [4, "mapping.put"],
      [3, "rules.put"],
      [2, "assignments.put"],
      [1, "start"],
    ]);
    expect(ruled?.traceId).toEqual(expect.any(String));
    const changes = async (query = "") => (await stage.admin.get(`${at}/versions/${mapped?.id}/changes${query}`)).body;
    expect(await changes()).toMatchObject({ since: 3, number: 4, changes: [{ path: "mapping.rows", before: null }] });
    const all = await changes(`?since=${before[0]?.id}`);
    expect((all.changes as { path: string }[]).map(({ path }) => path).sort()).toEqual([
      "mapping.rows",
      "rules.defaultRole",
      "rules.rules[0]",
    ]);
    expect((await stage.admin.get(`${at}/versions/${ruled?.id}`)).body.policy).toMatchObject({
      rules: { rules: [{ group: { id: staff.id, displayName: "Staff" }, role: "admin" }] },
      mapping: { rows: null },
    });
  });

  it("one that is restored is saved again, as a new one, and applied to everybody", async () => {
    const { connectionId, staff, versions, put, restore, isActive } = await openScene("version-ben");
    await put("assignments", { groups: [{ id: staff.id }] });
    await shop.settled(connectionId);
    const [good] = await versions();
    await put("assignments", { groups: [] });
    await shop.settled(connectionId);
    const between = isActive();

    const answer = await restore(good);
    await shop.settled(connectionId);

    expect([between, isActive()]).toEqual([false, true]);
    expect(answer).toMatchObject({ status: 200, body: { cause: `version.restore: ${good?.number}` } });
    expect((await versions())[0]).toMatchObject({ number: (good?.number ?? 0) + 2 });
  });

  it("a group that is gone since waits under its name", async () => {
    const { tenant, at, staff, versions, put, restore } = await openScene("version-cyd");
    await put("assignments", { groups: [{ id: staff.id }] });
    const [good] = await versions();
    await put("assignments", { groups: [] });
    await tenant.scim.delete(`/Groups/${staff.id}`);

    expect((await restore(good)).status).toBe(200);

    expect((await stage.admin.get(`${at}/assignments`)).body).toMatchObject({
      groups: [{ id: null, displayName: "Staff", bound: false }],
    });
  });

  it("a plan that is only asked for leaves none", async () => {
    const { at, versions } = await openScene("version-dan");
    const before = await versions();

    await stage.admin.post(`${at}/plans`, { proposed: { assignments: { groups: [] } } });

    expect(await versions()).toEqual(before);
  });
});

describe("X19: an edit is tried out on chosen people first", () => {
  const admin = { rules: { precedence: "first", defaultRole: "admin", rules: [] } };

  it("is started, read, planned and promoted, refuses other edits meanwhile, and each step is told as a version", async () => {
    const { tenant, connectionId, at, versions } = await openScene("rollout-ana");
    const ben = await tenant.scim.createUser({ userName: "rollout-ben" });
    await shop.settled(connectionId);
    const none = await stage.admin.get(`${at}/rollout`);

    const started = await stage.admin.send("POST", `${at}/rollout`, { proposed: admin, people: [{ id: ben.id }] });
    await shop.settled(connectionId);
    const rolesOf = (name: string) => shop.app.users().find(({ userName }) => userName === name)?.roles;
    const tried = [rolesOf("rollout-ana"), rolesOf("rollout-ben")];
    const refused = await stage.admin.send("PUT", `${at}/rules`, { precedence: "first", rules: [] });
    const read = await stage.admin.get(`${at}/rollout`);
    const why = await stage.admin.get(`${at}/people/${ben.id}/why`);
    const planned = await stage.admin.send("POST", `${at}/rollout/plan`);
    const promoted = await stage.admin.send("POST", `${at}/rollout/promote`);
    await shop.settled(connectionId);
    const [last, candidate] = await versions();
    const changes = await stage.admin.get(`${at}/versions/${last?.id}/changes`);

    expect(none).toMatchObject({ status: 200, body: {} });
    expect(started).toMatchObject({ status: 201, body: { version: { number: 3 }, count: 1, groups: [] } });
    expect(tried).toEqual([[], ["admin"]]);
    expect(refused).toMatchObject({ status: 409, body: { detail: expect.stringContaining("promote it or drop it") } });
    expect(read.body).toMatchObject({ rollout: { people: [{ userName: "rollout-ben" }], proposed: admin } });
    expect(why.body).toMatchObject({ rollout: { id: candidate?.id, number: 3 } });
    expect(planned).toMatchObject({ status: 202, body: { state: "waiting", proposed: admin } });
    expect(promoted).toMatchObject({ status: 200, body: { number: 4, cause: "rollout.promote: 3", staged: false } });
    expect(candidate).toMatchObject({ number: 3, cause: "rollout.start", staged: true });
    expect(changes.body).toMatchObject({
      since: 2,
      number: 4,
      changes: [{ path: "rules.defaultRole", after: "admin" }],
    });
    expect([rolesOf("rollout-ana"), rolesOf("rollout-ben")]).toEqual([["admin"], ["admin"]]);
  });

  it("on others, then dropped, leaves everybody as they were", async () => {
    const { tenant, connectionId, at, put } = await openScene("rollout-cyd");
    const dan = await tenant.scim.createUser({ userName: "rollout-dan" });
    const pilot = await tenant.scim.createGroup({ displayName: "Pilot", members: [{ value: dan.id }] });
    await stage.admin.send("POST", `${at}/rollout`, { proposed: admin, people: [{ userName: "rollout-cyd" }] });
    const moved = await put("rollout/people", { groups: [{ id: pilot.id }] });
    await shop.settled(connectionId);
    const rolesOf = (name: string) => shop.app.users().find(({ userName }) => userName === name)?.roles;
    const tried = [rolesOf("rollout-cyd"), rolesOf("rollout-dan")];
    const dropped = await stage.admin.send("POST", `${at}/rollout/drop`);
    await shop.settled(connectionId);

    expect(moved).toMatchObject({ status: 200, body: { people: [], groups: [{ displayName: "Pilot" }], count: 1 } });
    expect(tried).toEqual([[], ["admin"]]);
    expect(dropped).toMatchObject({ status: 200, body: { cause: "rollout.drop: 3" } });
    expect([rolesOf("rollout-cyd"), rolesOf("rollout-dan")]).toEqual([[], []]);
  });
});

describe("E8, X19: an app's mapping has versions too", () => {
  it("each edit is one with who made it, tells what it changed, and is restored for every connection that has it", async () => {
    const { connectionId, tenant } = await openScene("app-version-ana");
    const { appId } = (await stage.admin.get(`/connections/${connectionId}`)).body;
    const at = `/apps/${String(appId)}/mapping`;
    const versions = async () => (await stage.admin.get(`${at}/versions`)).body.items as unknown as Version[];
    const put = (title: string | null) =>
      stage.admin.put(at, {
        rows: title === null ? null : [named("userName", "user.userName"), named("title", title)],
      });
    const titleOf = () => shop.app.users().find(({ userName }) => userName === "app-version-ana")?.raw["title"];
    await stage.admin.put(`/connections/${connectionId}/assignments`, { everyone: true });
    await put('"Lead"');
    await put('"Lead"');
    await put('"Boss"');
    await shop.settled(connectionId);
    const [boss, lead, start] = await versions();
    const before = titleOf();
    const changes = (await stage.admin.get(`${at}/versions/${boss?.id}/changes`)).body;
    const all = (await stage.admin.get(`${at}/versions/${boss?.id}/changes?since=${start?.id}`)).body;
    const restored = await stage.admin.send("POST", `${at}/versions/${lead?.id}/restore`);
    await shop.settled(connectionId);
    const between = titleOf();
    await stage.admin.send("POST", `${at}/versions/${start?.id}/restore`);
    const end = (await stage.admin.get(at)).body;

    expect((await versions()).map(({ number, cause }) => [number, cause])).toEqual([
      [5, "version.restore: 1"],
      [4, "version.restore: 2"],
      [3, "mapping.put"],
      [2, "mapping.put"],
      [1, "start"],
    ]);
    expect(changes).toMatchObject({
      since: 2,
      number: 3,
      changes: [{ path: "rows[1].expression", before: '"Lead"', after: '"Boss"' }],
    });
    expect(all).toMatchObject({ since: 1, changes: [{ path: "rows", before: null }] });
    expect([before, between]).toEqual(["Boss", "Lead"]);
    expect(restored.body).toMatchObject({ number: 4, actor: expect.stringContaining("key:") });
    expect(end).toMatchObject({ source: "product" });
    expect((await stage.admin.get(`${at}/versions/${lead?.id}`)).body.rows).toMatchObject([{ target: "userName" }, {}]);
    expect((await stage.admin.get(`${at}/versions/${tenant.id}`)).status).toBe(404);
  });
});

const named = (target: string, expression: string) => ({ target, expression });
