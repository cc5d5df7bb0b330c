import { waitFor } from "@muster/testkit";
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

describe("X5, F9: why somebody has a role, or has not", () => {
  async function openScene() {
    const tenant = await stage.newTenant();
    const { connectionId } = await shop.connect(tenant);
    const [ana, ben] = [
      await tenant.scim.createUser({ userName: "ana", title: "Lead" }),
      await tenant.scim.createUser({ userName: "ben" }),
    ];
    const inner = await tenant.scim.createGroup({ displayName: "Platform", members: [{ value: ana.id }] });
    const staff = await tenant.scim.createGroup({
      displayName: "Staff",
      members: [{ value: inner.id, type: "Group" }],
    });
    await stage.admin.put(`/connections/${connectionId}/assignments`, { groups: [{ id: staff.id }] });
    await stage.admin.put(`/connections/${connectionId}/rules`, {
      precedence: "first",
      defaultRole: "viewer",
      rules: [
        { group: { id: staff.id }, condition: 'user.title == "Lead"', role: "admin" },
        { group: { id: staff.id }, role: "viewer" },
        { group: { displayName: "Nobody yet" }, role: "admin" },
      ],
    });
    await shop.settled(connectionId);
    const why = async (userId: string) =>
      (await stage.admin.get(`/connections/${connectionId}/people/${userId}/why`)).body;
    return { tenant, connectionId, ana, ben, staff, why };
  }

  it("names group, rule and precedence, since when, and the request that brought it", async () => {
    const { tenant, ana, staff, why } = await openScene();

    const said = await why(ana.id);

    const group = { id: staff.id, displayName: "Staff", memberSince: expect.any(String), traceId: expect.any(String) };
    expect(said).toMatchObject({
      isWanted: true,
      isActive: true,
      scope: { why: "group", group },
      roles: [{ role: "admin", because: "rule", rule: 0 }],
      rules: [
        { position: 0, outcome: "gives", condition: 'user.title == "Lead"', group },
        { position: 1, outcome: "outranked", group },
        { position: 2, outcome: "noSuchGroup" },
      ],
      plan: { step: "none" },
    });
    const { traceId } = (said.scope as { group: { traceId: string } }).group;
    const requests = `/tenants/${tenant.id}/directories/${tenant.directoryId}/requests?traceId=${traceId}`;
    const [request] = await waitFor(
      async () => {
        const { items } = (await stage.admin.get(requests)).body;
        return items.length > 0 ? items : undefined;
      },
      { timeoutMs: 10_000, what: "the request in the log" },
    );
    expect(request).toMatchObject({ method: "POST", path: "/Groups" });
  });

  it("why not: says that no assigned group holds them, and which would", async () => {
    const { ben, staff, why } = await openScene();

    expect(await why(ben.id)).toMatchObject({
      isWanted: false,
      isActive: false,
      scope: { why: "notAssigned", at: null, message: null },
      assignedGroups: [{ id: staff.id, displayName: "Staff", memberSince: null, traceId: null }],
      roles: [],
      rules: [],
    });
  });

  it("says where each value comes from", async () => {
    const { connectionId, ana, why } = await openScene();
    await stage.admin.put(`/connections/${connectionId}/mapping`, {
      rows: [
        { target: "userName", expression: "user.userName" },
        { target: "title", expression: "user.title" },
        { target: "nickName", expression: "user.nickName", default: "none" },
      ],
    });

    expect((await why(ana.id)).values).toEqual([
      { target: "userName", from: "expression", value: "ana" },
      { target: "title", from: "expression", value: "Lead" },
      { target: "nickName", from: "default", value: "none" },
    ]);
  });

  it("of a person who is not there there is nothing to say", async () => {
    const { connectionId } = await openScene();

    const path = `/connections/${connectionId}/people/018f7f6a-1c00-7000-8000-00000000000f/why`;
    expect((await stage.admin.send("GET", path)).status).toBe(404);
  });
});
