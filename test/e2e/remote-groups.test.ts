import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStage, type Stage } from "./stage.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

let stage: Stage;
let workshop: Workshop;
beforeAll(async () => {
  stage = await openStage();
  workshop = await openWorkshop(stage);
});
afterAll(() => stage.close());

describe("G4, G10, X10: groups of a tenant in its app, through the api", () => {
  it("pushes an assigned group, says who is missing and why, and tries again when asked", async () => {
    const tenant = await stage.newTenant();
    const app = await workshop.startApp();
    const { connectionId } = await workshop.connect(tenant, { app, settings: { groups: { mode: "assigned" } } });
    const path = `/connections/${connectionId}`;
    app.faults.set([{ kind: "status", status: 400, mentions: "bad", path: "/Users", detail: "no" }]);
    const ana = await tenant.scim.createUser({ userName: "ana" });
    const bad = await tenant.scim.createUser({ userName: "bad" });
    const staff = await tenant.scim.createGroup({
      displayName: "Staff",
      members: [{ value: ana.id }, { value: bad.id }],
    });
    await stage.admin.put(`${path}/assignments`, { everyone: true, groups: [{ id: staff.id }] });
    await workshop.settled(connectionId);
    const groups = (await stage.admin.get(`${path}/groups`)).body.items;
    const applied = (await stage.admin.get(`${path}/groups/${staff.id}/members?state=applied`)).body.items;
    const missing = (await stage.admin.get(`${path}/groups/${staff.id}/members?state=missing`)).body.items;
    const status = (await stage.admin.get(`${path}/status`)).body;
    app.faults.clear();
    await stage.admin.post(`${path}/retry`, {});
    const retried = await stage.admin.post(`${path}/groups/${staff.id}/retry`, {});
    await workshop.settled(connectionId);
    const settings = (await stage.admin.get(path)).body["settings"];

    expect(groups).toEqual([
      expect.objectContaining({
        groupId: staff.id,
        displayName: "Staff",
        state: "synced",
        made: true,
        members: { applied: 1, adding: 0, removing: 0, parked: 0 },
      }),
    ]);
    expect(applied).toEqual([expect.objectContaining({ userId: ana.id, state: "applied" })]);
    expect(missing).toEqual([
      { userId: bad.id, userName: "bad", remoteId: null, state: "missing", reason: "Has no account in the app yet" },
    ]);
    expect(status).toMatchObject({ groups: { synced: 1, pending: 0 } });
    expect(retried.status).toBe(200);
    expect(app.groups().map((group) => group.members.length)).toEqual([2]);
    expect(settings).toMatchObject({ groups: { mode: "assigned", onLeave: "delete", memberChunk: 100 } });
  });

  it("links a group of the app when somebody decides so, and refuses what it does not push", async () => {
    const tenant = await stage.newTenant();
    const app = await workshop.startApp();
    const { connectionId } = await workshop.connect(tenant, {
      app,
      settings: { groups: { mode: "assigned" }, adoption: { foreign: "ask" } },
    });
    const path = `/connections/${connectionId}`;
    const auth = app.auth();
    await fetch(`${app.baseUrl}/Groups`, {
      method: "POST",
      headers: {
        authorization: auth.scheme === "bearer" ? `Bearer ${auth.token}` : "",
        "content-type": "application/scim+json",
      },
      body: JSON.stringify({ schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"], displayName: "Staff" }),
    });
    const ana = await tenant.scim.createUser({ userName: "ana" });
    const staff = await tenant.scim.createGroup({ displayName: "Staff", members: [{ value: ana.id }] });
    await stage.admin.put(`${path}/assignments`, { everyone: true, groups: [{ id: staff.id }] });
    await workshop.settled(connectionId);
    const [asked] = (await stage.admin.get(`${path}/groups?state=held`)).body.items;
    const unknown = await stage.admin.send("POST", `${path}/groups/${ana.id}/retry`, {});
    await stage.admin.post(`${path}/groups/${staff.id}/retry`, { link: app.groups()[0]?.id });
    await workshop.settled(connectionId);

    expect(asked).toMatchObject({
      reason: expect.stringContaining("somebody has to decide"),
      candidates: [{ remoteId: app.groups()[0]?.id, displayName: "Staff", externalId: null }],
    });
    expect(unknown.status).toBe(404);
    expect(app.groups().map((group) => group.members.length)).toEqual([1]);
  });
});
