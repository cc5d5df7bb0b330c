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

it("J5, X2: a group deleted by mistake is put back over the API: a preview, each thing by name, and the same accounts", async () => {
  const tenant = await stage.newTenant();
  const { connectionId } = await shop.connect(tenant);
  const at = `/tenants/${tenant.id}/directories/${tenant.directoryId}/undos`;
  const ana = await tenant.scim.createUser({ userName: "undo-ana" });
  const ben = await tenant.scim.createUser({ userName: "undo-ben" });
  const staff = await tenant.scim.createGroup({
    displayName: "Staff",
    members: [{ value: ana.id }, { value: ben.id }],
  });
  await stage.admin.put(`/connections/${connectionId}/assignments`, { groups: [{ id: staff.id }] });
  await shop.settled(connectionId);
  const accounts = () =>
    shop.app
      .users()
      .flatMap(({ id, userName, active }) => (userName.startsWith("undo-") ? [{ id, userName, active }] : []));
  const before = accounts();
  // The clock of the database that tells when a group was deleted is this machine's.
  const to = new Date(Date.now() + 5).toISOString();
  await waitFor(() => new Date().toISOString() > to, {
    timeoutMs: 5_000,
    what: "a moment after which the mistake is made",
  });
  await tenant.scim.delete(`/Groups/${staff.id}`);
  await shop.settled(connectionId);
  const mistaken = accounts();
  const inState = (id: string, state: string) =>
    waitFor(
      async () => {
        const { body } = await stage.admin.get(`${at}/${id}`);
        return body.state === state ? body : undefined;
      },
      { timeoutMs: 30_000, what: `an undo that is ${state}` },
    );

  const asked = await stage.admin.post(at, { to });
  const { id } = asked.body;
  const preview = await inState(id, "ready");
  const unchanged = accounts();
  const items = await stage.admin.get(`${at}/${id}/items?pageSize=2&state=waiting`);
  const rest = await stage.admin.get(`${at}/${id}/items?pageSize=2&pageToken=${items.body.nextPageToken}`);
  const applied = await stage.admin.send("POST", `${at}/${id}/apply`, undefined);
  const done = await inState(id, "done");
  await shop.settled(connectionId);

  expect(asked).toMatchObject({ status: 202, body: { state: "waiting", mode: "giveBack" } });
  expect(preview.changes).toMatchObject([
    { change: "returnGroup", waiting: 1, first: [{ group: { id: staff.id, displayName: "Staff" } }] },
    {
      change: "addMember",
      waiting: 2,
      first: expect.arrayContaining([expect.objectContaining({ person: { id: ana.id, userName: "undo-ana" } })]),
    },
  ]);
  expect(items.body.items).toHaveLength(2);
  expect(rest.body.items).toHaveLength(1);
  expect(applied).toMatchObject({ status: 202, body: { state: "applying" } });
  expect(done.changes).toMatchObject([{ done: 1 }, { done: 2 }]);
  expect(mistaken.map(({ active }) => active)).toEqual([false, false]);
  expect(unchanged).toEqual(mistaken);
  expect(accounts()).toEqual(before);
  expect((await tenant.scim.get(`/Groups/${staff.id}`)).body).toMatchObject({ id: staff.id, displayName: "Staff" });
});

it("J5: a time that is not kept is 400 with the earliest one that is", async () => {
  const tenant = await stage.newTenant();
  const at = `/tenants/${tenant.id}/directories/${tenant.directoryId}/undos`;

  const early = await stage.admin.send("POST", at, { to: "2020-02-02T10:40:00Z" });
  const unknown = await stage.admin.send("POST", at, { to: "yesterday" });

  expect(early).toMatchObject({ status: 400, body: { detail: expect.stringMatching(/the earliest time is 20\d\d-/) } });
  expect(unknown).toMatchObject({ status: 400 });
  expect((await stage.admin.get(at)).body.items).toEqual([]);
});
