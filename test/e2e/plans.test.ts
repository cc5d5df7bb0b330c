import { waitFor } from "@muster/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openStage, type Stage } from "./stage.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

let stage: Stage;
let shop: Workshop;

beforeAll(async () => {
  stage = await openStage();
  shop = await openWorkshop(stage);
});
afterAll(() => stage.close());

it("G12: what an edit would change is computed by a worker, and saving it does just that", async () => {
  const tenant = await stage.newTenant();
  const { connectionId } = await shop.connect(tenant);
  await tenant.scim.createUser({ userName: "plan-ben" });
  const ana = await tenant.scim.createUser({ userName: "plan-ana" });
  const staff = await tenant.scim.createGroup({ displayName: "Staff", members: [{ value: ana.id }] });
  await shop.settled(connectionId);
  const states = () =>
    Object.fromEntries(
      shop.app.users().flatMap(({ userName, active }) => (userName.startsWith("plan-") ? [[userName, active]] : [])),
    );
  const assignments = { everyone: false, groups: [{ id: staff.id }] };

  const asked = await stage.admin.post(`/connections/${connectionId}/plans`, { proposed: { assignments } });
  const plan = await waitFor(
    async () => {
      const { body } = await stage.admin.get(`/connections/${connectionId}/plans/${asked.body.id}`);
      return body.state === "done" ? body : undefined;
    },
    { timeoutMs: 30_000, what: "a plan that is done" },
  );

  expect(asked).toMatchObject({ status: 202, body: { state: "waiting" } });
  expect(plan).toMatchObject({
    proposed: { assignments },
    progress: { people: 2, total: 2 },
    result: { changes: [{ change: "loses", count: 1, first: [{ userName: "plan-ben" }] }] },
  });
  expect(states()).toEqual({ "plan-ana": true, "plan-ben": true });
  await stage.admin.put(`/connections/${connectionId}/assignments`, assignments);
  await shop.settled(connectionId);
  expect(states()).toEqual({ "plan-ana": true, "plan-ben": false });
});

it("G12: an edit that could not be saved is not planned either, and says why", async () => {
  const { connectionId } = await shop.connect(await stage.newTenant());
  const ask = (proposed: object) => stage.admin.send("POST", `/connections/${connectionId}/plans`, { proposed });

  expect(await ask({})).toMatchObject({ status: 400 });
  expect(await ask({ rules: { precedence: "first", rules: [], defaultRole: "king" } })).toMatchObject({
    status: 400,
    body: { detail: expect.stringContaining('no role "king"') },
  });
  expect((await stage.admin.get(`/connections/${connectionId}/plans`)).body.items).toEqual([]);
});
