import { applyBatch } from "@muster/directory";
import { waitFor } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Body } from "./clients.ts";
import { seedPeople } from "./groups-stage.ts";
import { openStage, type Stage, type Tenant } from "./stage.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

let stage: Stage;
let shop: Workshop;

beforeAll(async () => {
  stage = await openStage();
  shop = await openWorkshop(stage);
});
afterAll(() => stage.close());

/** A tenant whose group of so many has accounts in the app. */
type Scene = { tenant: Tenant; connectionId: string; ids: string[]; group: string; prefix: string };

let scenes = 0;

async function openScene(members: number, others = 0): Promise<Scene> {
  scenes += 1;
  const prefix = `guard-${scenes}`;
  const tenant = await stage.newTenant();
  const { connectionId } = await shop.connect(tenant);
  const ids = await seedPeople(stage, tenant, members + others, prefix);
  const group = await newGroup(tenant, "Contractors", ids.slice(0, members));
  const rest = await newGroup(tenant, "Rest", ids.slice(members));
  await stage.admin.put(`/connections/${connectionId}/assignments`, {
    everyone: false,
    groups: [{ id: group }, { id: rest }],
  });
  await shop.settled(connectionId);
  return { tenant, connectionId, ids, group, prefix };
}

const values = (ids: readonly string[]): { value: string }[] => ids.map((value) => ({ value }));
const newGroup = async ({ scim }: Tenant, displayName: string, ids: readonly string[]): Promise<string> =>
  (await scim.createGroup({ displayName, members: values(ids) })).id;
const activeIn = ({ prefix }: Scene): number =>
  shop.app.users().filter((user) => user.active && user.userName.startsWith(`${prefix}-`)).length;
const holdsOf = async ({ connectionId }: Scene, state = "held"): Promise<Hold[]> =>
  (await stage.admin.get(`/connections/${connectionId}/holds?state=${state}`)).body.items as unknown as Hold[];
const heldIn = async ({ connectionId }: Scene): Promise<unknown> =>
  ((await stage.admin.get(`/connections/${connectionId}/status`)).body["held"] as { removal: number }).removal;
const decide = (scene: Scene, hold: Hold | undefined, how: "approve" | "reject") =>
  stage.admin.send("POST", `/connections/${scene.connectionId}/holds/${hold?.id}/${how}`);

type Hold = Body & {
  people: number;
  inScope: number;
  threshold: number;
  sourceIncomplete: boolean;
  state: string;
  cause: { action: string; target: string; name: string; actor: string };
};

describe("J1, X1, I09, R7: one cause that takes access from too many is held", () => {
  const bulk = (scene: Scene, method: string, operation: (id: string) => object) =>
    scene.tenant.scim.send("POST", "/Bulk", {
      schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
      Operations: scene.ids.slice(0, 21).map((id) => ({ method, path: `/Users/${id}`, ...operation(id) })),
    });
  const PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

  it.each<[string, string, (scene: Scene) => Promise<{ status: number }>]>([
    ["a group is deleted", "group.delete", ({ tenant, group }) => tenant.scim.delete(`/Groups/${group}`)],
    [
      "a PATCH takes its members out",
      "group.members",
      ({ tenant, group, ids }) =>
        tenant.scim.patch(`/Groups/${group}`, { op: "remove", path: "members", value: values(ids.slice(0, 21)) }),
    ],
    [
      "a PUT leaves its members out",
      "group.members",
      ({ tenant, group }) =>
        tenant.scim.put(`/Groups/${group}`, {
          schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"],
          displayName: "Contractors",
          members: [],
        }),
    ],
    [
      "the assignments are replaced",
      "assignments.put",
      ({ connectionId }) =>
        stage.admin.put(`/connections/${connectionId}/assignments`, { everyone: false, groups: [] }),
    ],
    [
      "a Bulk deactivates people",
      "scim.bulk",
      (scene) =>
        bulk(scene, "PATCH", () => ({
          data: { schemas: [PATCH], Operations: [{ op: "replace", path: "active", value: false }] },
        })),
    ],
    ["a Bulk deletes people", "scim.bulk", (scene) => bulk(scene, "DELETE", () => ({}))],
  ])(
    "%s: nobody is removed, and who would be is listed with names",
    async (_what, action, act) => {
      const scene = await openScene(21, 4);

      const { status } = await act(scene);
      await shop.settled(scene.connectionId);
      const [hold, ...more] = await holdsOf(scene);
      const people = await stage.admin.get(`/connections/${scene.connectionId}/holds/${hold?.id}/people?pageSize=100`);
      const notices = await stage.admin.get(`/tenants/${scene.tenant.id}/notices`);

      const everybody = action === "assignments.put" ? 25 : 21;
      expect(status).toBeLessThan(300);
      expect(more).toEqual([]);
      expect(hold).toMatchObject({ people: everybody, inScope: 25, threshold: 20, state: "held", cause: { action } });
      expect(hold?.cause.actor).toMatch(/^(token|key):/);
      expect(people.body.items.map(({ userName }) => userName).sort()).toContain(`${scene.prefix}-1`);
      expect(people.body.items).toHaveLength(everybody);
      expect([activeIn(scene), await heldIn(scene)]).toEqual([25, everybody]);
      expect(notices.body.items).toMatchObject([{ kind: "guard.held", subject: hold?.id }]);
    },
    60_000,
  );

  it("exactly 20 pass; of 400 people 40 pass and 41 do not, with 5 percent 21 do not", async () => {
    const small = await openScene(20, 0);
    await small.tenant.scim.delete(`/Groups/${small.group}`);
    const large = await openScene(40, 360);
    await large.tenant.scim.delete(`/Groups/${large.group}`);
    const larger = await openScene(41, 359);
    await larger.tenant.scim.delete(`/Groups/${larger.group}`);
    const strict = await openScene(21, 379);
    await stage.admin.send("PATCH", `/connections/${strict.connectionId}`, { settings: { guardPercent: 5 } });
    await strict.tenant.scim.delete(`/Groups/${strict.group}`);
    for (const scene of [small, large, larger, strict]) await shop.settled(scene.connectionId);

    expect([small, large, larger, strict].map(activeIn)).toEqual([0, 360, 400, 400]);
    expect(await holdsOf(larger)).toMatchObject([{ people: 41, inScope: 400, threshold: 40 }]);
    expect(await holdsOf(strict)).toMatchObject([{ people: 21, inScope: 400, threshold: 20 }]);
  }, 120_000);

  it("an edit of rules that takes roles and no access is not held", async () => {
    const scene = await openScene(25, 0);
    const rules = [{ group: { id: scene.group }, role: "admin" }];
    const put = (input: object) => stage.admin.put(`/connections/${scene.connectionId}/rules`, input);
    await put({ precedence: "first", defaultRole: null, rules });
    await shop.settled(scene.connectionId);
    await put({ precedence: "first", defaultRole: null, rules: [] });
    await shop.settled(scene.connectionId);

    const roles = shop.app
      .users()
      .filter((user) => user.userName.startsWith(scene.prefix))
      .flatMap((user) => user.roles);
    expect([activeIn(scene), roles, await holdsOf(scene)]).toEqual([25, [], []]);
  }, 60_000);

  it("a nested group that leaves is one cause too", async () => {
    const scene = await openScene(0, 3);
    const ids = await seedPeople(stage, scene.tenant, 21, `${scene.prefix}-nested`);
    const below = await newGroup(scene.tenant, "Below", ids);
    await scene.tenant.scim.patch(`/Groups/${scene.group}`, { op: "add", path: "members", value: values([below]) });
    await shop.settled(scene.connectionId);
    await scene.tenant.scim.patch(`/Groups/${scene.group}`, { op: "remove", path: "members", value: values([below]) });
    await shop.settled(scene.connectionId);

    expect(activeIn(scene)).toBe(24);
    expect(await holdsOf(scene)).toMatchObject([{ people: 21, cause: { action: "group.nesting" } }]);
  }, 60_000);
});

describe("house trap 6.4: while a cause is held", () => {
  it("single removals go out at once, updates and joiners too, and who comes back leaves the hold", async () => {
    const scene = await openScene(24, 2);
    const { scim } = scene.tenant;
    const [first = "", second = "", third = "", fourth = ""] = scene.ids;
    const app = (userName: string) => shop.app.user(userName);
    await scim.delete(`/Groups/${scene.group}`);
    await shop.settled(scene.connectionId);

    await scim.patch(`/Users/${first}`, { op: "replace", path: "active", value: false });
    await scim.delete(`/Users/${second}`);
    await scim.patch(`/Users/${third}`, { op: "replace", path: "displayName", value: "New name" });
    const rest = (await scim.get(`/Groups?filter=displayName eq "Rest"`)).body.Resources[0]?.id;
    await scim.patch(`/Groups/${rest}`, { op: "add", path: "members", value: values([fourth]) });
    await shop.settled(scene.connectionId);
    const [hold] = await holdsOf(scene);
    const people = await stage.admin.get(`/connections/${scene.connectionId}/holds/${hold?.id}/people?pageSize=100`);

    expect([1, 2, 3, 4].map((n) => app(`${scene.prefix}-${n}`)?.active)).toEqual([false, false, true, true]);
    expect(app(`${scene.prefix}-3`)?.raw["displayName"]).toBe("New name");
    expect(people.body.items.map((item) => item["userId"])).toEqual(
      scene.ids
        .slice(2, 24)
        .filter((id) => id !== fourth)
        .sort(),
    );
  }, 60_000);

  it("F53: approved, all of it goes out; it can be decided once, and the audit says by whom", async () => {
    const scene = await openScene(30, 20);
    await scene.tenant.scim.delete(`/Groups/${scene.group}`);
    await shop.settled(scene.connectionId);
    const [hold] = await holdsOf(scene);

    const approved = await decide(scene, hold, "approve");
    await shop.settled(scene.connectionId);
    const again = await decide(scene, hold, "reject");
    const audit = await stage.admin.get(`/tenants/${scene.tenant.id}/audit?pageSize=100`);

    expect([approved.status, approved.body["state"], again.status]).toEqual([200, "approved", 409]);
    expect([activeIn(scene), await heldIn(scene)]).toEqual([20, 0]);
    expect(audit.body.items.map((item) => item["action"])).toEqual(
      expect.arrayContaining(["guard.hold", "hold.approve"]),
    );
  }, 60_000);

  it("F53: rejected, access stays until what decides about it changes", async () => {
    const scene = await openScene(30, 20);
    const { scim } = scene.tenant;
    const [first = "", second = ""] = scene.ids;
    await scim.delete(`/Groups/${scene.group}`);
    await shop.settled(scene.connectionId);
    await decide(scene, (await holdsOf(scene))[0], "reject");
    await shop.settled(scene.connectionId);
    const stayed = [activeIn(scene), await heldIn(scene)];

    await stage.admin.send("PATCH", `/connections/${scene.connectionId}`, { settings: { maxInFlight: 8 } });
    await scim.patch(`/Users/${first}`, { op: "replace", path: "displayName", value: "Still there" });
    await shop.settled(scene.connectionId);
    const untouched = activeIn(scene);
    await scim.patch(`/Users/${second}`, { op: "replace", path: "active", value: false });
    await shop.settled(scene.connectionId);
    const one = activeIn(scene);
    await stage.admin.put(`/connections/${scene.connectionId}/assignments`, {
      everyone: false,
      groups: [{ displayName: "Rest" }],
    });
    await shop.settled(scene.connectionId);

    expect([stayed, untouched, one]).toEqual([[50, 0], 50, 49]);
    expect(await holdsOf(scene)).toMatchObject([{ people: 29, cause: { action: "assignments.put" } }]);
    expect(activeIn(scene)).toBe(49);
  }, 60_000);

  it("a hold that nobody decides in seven days is rejected", async () => {
    const scene = await openScene(25, 1);
    await scene.tenant.scim.delete(`/Groups/${scene.group}`);
    await shop.settled(scene.connectionId);
    const [days] = await stage.ledger.query<{ days: number }>(
      "select round(extract(epoch from expires_at - created_at) / 86400)::int as days from holds where connection_id = $1",
      [scene.connectionId],
    );
    await stage.ledger.query("update holds set expires_at = now() where connection_id = $1", [scene.connectionId]);
    await stage.ledger.query("update lanes set hold_expires_at = now() where connection_id = $1", [scene.connectionId]);

    await waitFor(async () => (await holdsOf(scene, "expired")).length === 1, { timeoutMs: 30_000, what: "the end" });
    await shop.settled(scene.connectionId);

    expect([days?.days, activeIn(scene), await heldIn(scene)]).toEqual([7, 26, 0]);
  }, 60_000);

  it("holds of another workspace answer like unknown ones", async () => {
    const scene = await openScene(21);
    await scene.tenant.scim.delete(`/Groups/${scene.group}`);
    await shop.settled(scene.connectionId);
    const [hold] = await holdsOf(scene);
    const { admin } = await stage.newWorkspace();
    const base = `/connections/${scene.connectionId}/holds`;

    const statuses = await Promise.all([
      admin.get(base).then((answer) => answer.status),
      admin.get(`${base}/${hold?.id}/people`).then((answer) => answer.status),
      admin.send("POST", `${base}/${hold?.id}/approve`).then((answer) => answer.status),
      stage.admin.send("POST", `${base}/${scene.group}/approve`).then((answer) => answer.status),
    ]);

    expect(statuses).toEqual([404, 404, 404, 404]);
    expect(await holdsOf(scene)).toHaveLength(1);
  }, 60_000);
});

describe("F51, F52: a source that was read in part", () => {
  it.each([
    ["stopped early", false, 3],
    ["brought nobody", true, 0],
  ])(
    "%s: every removal is held, even of one",
    async (_what, complete, present) => {
      const scene = await openScene(5, 0);
      const { tenant, ids } = scene;
      const scope = { tenantId: tenant.id, directoryId: tenant.directoryId, actor: "import" };
      const people = Array.from({ length: present }, (_, n) => ({
        userName: `${scene.prefix}-new-${n}`,
        externalId: `x${n}`,
        active: true,
        attributes: {},
      }));

      const { value } = await applyBatch({ db: stage.db }, scope, { people, removals: ids.slice(0, 1), complete });
      await shop.settled(scene.connectionId);

      expect(value).toEqual({ created: present, updated: 0, deactivated: 1 });
      expect(await holdsOf(scene)).toMatchObject([
        { people: 1, sourceIncomplete: true, cause: { action: "directory.batch" } },
      ]);
      expect(activeIn(scene)).toBe(5);
    },
    60_000,
  );

  it("complete, a batch of few removals goes out", async () => {
    const scene = await openScene(5, 0);
    const { tenant, ids } = scene;
    const scope = { tenantId: tenant.id, directoryId: tenant.directoryId, actor: "import" };
    const person = { userName: `${scene.prefix}-new`, externalId: "x", active: true, attributes: {} };

    await applyBatch({ db: stage.db }, scope, { people: [person], removals: ids.slice(0, 2), complete: true });
    await shop.settled(scene.connectionId);

    expect([activeIn(scene), await holdsOf(scene)]).toEqual([3, []]);
  }, 60_000);
});
