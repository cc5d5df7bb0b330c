import type { SampleApp } from "@muster/simulator";
import { waitFor } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStage, type Stage, type Tenant } from "./stage.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

let stage: Stage;
let workshop: Workshop;
beforeAll(async () => {
  stage = await openStage();
  workshop = await openWorkshop(stage);
});
afterAll(() => stage.close());

type World = { tenant: Tenant; app: SampleApp; connectionId: string };
async function connected(): Promise<World> {
  const tenant = await stage.newTenant();
  const app = await workshop.startApp();
  return { tenant, app, ...(await workshop.connect(tenant, { app })) };
}
const put = (connectionId: string, what: string, body: unknown) =>
  stage.admin.send("PUT", `/connections/${connectionId}/${what}`, body);
const rolesIn = (app: SampleApp): Record<string, string> =>
  Object.fromEntries(
    app.users().map((user) => [user.userName, `${user.active ? "in" : "out"} ${user.roles.join("+")}`.trim()]),
  );
const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

describe("SD14, SD15: scope and roles over HTTP", () => {
  it("conditions, single people, patterns and the highest role, from what an identity provider pushes to the app", async () => {
    const { tenant, app, connectionId } = await connected();
    const assigned = await put(connectionId, "assignments", {
      people: [{ userName: "guest" }],
      condition: 'enterprise.department == "R&D"',
    });
    const ruled = await put(connectionId, "rules", {
      precedence: "highest",
      rules: [
        { group: { prefix: "board " }, role: "viewer" },
        { role: "admin", condition: "user.active" },
      ],
    });
    const ana = await tenant.scim.createUser({ userName: "ana", [ENTERPRISE]: { department: "R&D" } });
    await tenant.scim.createUser({ userName: "ben", [ENTERPRISE]: { department: "Sales" } });
    await tenant.scim.createUser({ userName: "guest" });
    await tenant.scim.createGroup({ displayName: "Board Admins", members: [{ value: ana.id }] });
    await workshop.settled(connectionId);
    const first = rolesIn(app);
    await tenant.scim.patch(`/Users/${ana.id}`, { op: "replace", path: `${ENTERPRISE}:department`, value: "Sales" });
    await workshop.settled(connectionId);

    expect([assigned.status, ruled.status]).toEqual([200, 200]);
    expect(assigned.body).toMatchObject({ people: [{ id: null, userName: "guest", bound: false }], timeZone: "UTC" });
    expect(first).toEqual({ ana: "in viewer", guest: "in admin" });
    expect(rolesIn(app)).toMatchObject({ ana: expect.stringMatching(/^out/), guest: "in admin" });
  });

  it("X8, R2: a leaver's access ends by the clock, and nothing is written at that time", async () => {
    const { tenant, app, connectionId } = await connected();
    const endsAt = Date.now() + 3_000;
    await put(connectionId, "assignments", { everyone: true, ends: { expression: "user.nickName" } });
    await tenant.scim.createUser({ userName: "ana", nickName: new Date(endsAt).toISOString() });
    await tenant.scim.createUser({ userName: "ben", nickName: "whenever" });
    await waitFor(() => app.counts().activeUsers === 1, { timeoutMs: 2_500, what: "ana to be in" });
    await waitFor(() => app.counts().activeUsers === 0, { timeoutMs: 30_000, what: "ana to be out by the clock" });
    const { body } = await stage.admin.get(`/connections/${connectionId}/accounts?userName=ben`);

    expect(Date.now()).toBeGreaterThanOrEqual(endsAt);
    expect(body.items).toMatchObject([
      {
        state: "held",
        reason: expect.stringContaining(
          'The end date cannot be read for this person, and no account is made: "whenever"',
        ),
      },
    ]);
  });

  it("X9, F7: the last owner stays, roles by hand are refused while locked, and both are told in words", async () => {
    const { tenant, app, connectionId } = await connected();
    await put(connectionId, "rules", {
      precedence: "all",
      rules: [{ role: "admin", condition: 'user.userName == "ana"' }],
    });
    const protection = await put(connectionId, "lockout-guard", { roles: ["admin"] });
    const ana = await tenant.scim.createUser({ userName: "ana" });
    const ben = await tenant.scim.createUser({ userName: "ben" });
    await workshop.settled(connectionId);
    const locked = await put(connectionId, `accounts/${ben.id}/roles`, { grant: ["admin"] });
    await tenant.scim.patch(`/Users/${ana.id}`, { op: "replace", path: "active", value: false });
    await workshop.settled(connectionId);
    const kept = rolesIn(app);
    await put(connectionId, "rules", {
      precedence: "all",
      manualRoles: "editable",
      rules: [{ role: "admin", condition: 'user.userName == "ana"' }],
    });
    const given = await put(connectionId, `accounts/${ben.id}/roles`, { grant: ["admin"] });
    await waitFor(() => app.counts().activeUsers === 1, { timeoutMs: 10_000, what: "ana to go once ben has the role" });

    expect(protection.body).toEqual({ people: [], roles: ["admin"] });
    expect([locked.status, locked.text]).toEqual([409, expect.stringContaining("are locked: its rules decide alone")]);
    expect(kept).toEqual({ ana: "in admin", ben: "in" });
    expect(given.body).toMatchObject({ roles: [{ role: "admin", effect: "grant", by: expect.any(String) }] });
    expect(rolesIn(app)).toMatchObject({ ana: expect.stringMatching(/^out/), ben: "in admin" });
  });

  it("F9: a report of provisioning says why somebody is out, in their words of scope", async () => {
    const { tenant, connectionId } = await connected();
    await put(connectionId, "assignments", { everyone: true, starts: { expression: '"2999-01-01"' } });
    const ana = await tenant.scim.createUser({ userName: "ana" });
    const { body } = await stage.admin.send("POST", `/connections/${connectionId}/accounts/${ana.id}/provision`, {});

    expect(body).toMatchObject({
      scope: { inScope: false, why: "notBegun", groupId: null },
      steps: [{ step: "scope", ok: false, detail: "Not in scope yet: their start date is to come" }, {}, {}, {}],
    });
  });

  it.each<[string, string, unknown, string]>([
    [
      "a condition that does not compile",
      "assignments",
      { condition: "user.title ==" },
      "condition cannot be used. The expression cannot be read: line 1",
    ],
    [
      "a date that does not compile",
      "assignments",
      { ends: { expression: "nobody.x" } },
      "ends.expression cannot be used",
    ],
    ["a time zone that there is not", "assignments", { timeZone: "Mars/Base" }, "an IANA name such as Europe/Berlin"],
    [
      "a rule's condition",
      "rules",
      { precedence: "all", rules: [{ role: "admin", condition: "user." }] },
      "rules[0].condition cannot be used",
    ],
    [
      "a rule about nothing",
      "rules",
      { precedence: "all", rules: [{ role: "admin" }] },
      "rules[0] names no group and has no condition",
    ],
    [
      "a group in two ways",
      "rules",
      { precedence: "all", rules: [{ role: "admin", group: { prefix: "a", glob: "b" } }] },
      "rules[0].group has prefix and glob",
    ],
  ])("U5: %s is 400 and names it", async (_what, where, body, message) => {
    const { connectionId } = await connected();
    const before = (await stage.admin.get(`/connections/${connectionId}/${where}`)).body;

    const answer = await put(connectionId, where, body);

    expect([answer.status, answer.headers.get("content-type")]).toEqual([400, "application/problem+json"]);
    expect(answer.text).toContain(message.replaceAll('"', '\\"'));
    expect((await stage.admin.get(`/connections/${connectionId}/${where}`)).body).toEqual(before);
  });
});
