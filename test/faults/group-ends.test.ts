import { waitFor } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Customer, callAdmin, openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

const KILLED = { code: null, signal: "SIGKILL" };
const GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const MEMBERS = 12;

describe("G10, I06: workers that end in the middle of a group", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ backend: "postgres" });
  });
  afterAll(() => stage.close());

  const admin = (method: string, path: string, body?: unknown) =>
    callAdmin({ origin: stage.origins[0] ?? "", apiKey: stage.apiKey }, method, path, body);

  /** A customer whose app has everybody, and a group with all of them that is yet to be pushed. */
  async function withGroup(groups: { rename: boolean }): Promise<{ customer: Customer; groupId: string }> {
    const settings = { groups: { mode: "assigned", memberChunk: 4, ...groups } };
    const customer = await stage.onboard({ settings });
    await customer.driver.createMany("user", MEMBERS);
    const members = [...customer.driver.accepted.values()].map(({ id }) => ({ value: id }));
    const made = await customer.driver.send("POST", "/Groups", { schemas: [GROUP], displayName: "Staff", members });
    const groupId = String(made.body["id"]);
    await admin("PUT", `/api/v1/connections/${customer.connectionId}/assignments`, {
      everyone: true,
      groups: [{ id: groupId }],
    });
    return { customer, groupId };
  }

  async function expectGroup(customer: Customer, displayName: string): Promise<void> {
    await waitFor(
      () => {
        const [group, ...others] = customer.app.groups();
        return others.length === 0 && group?.displayName === displayName && group.members.length === MEMBERS;
      },
      { timeoutMs: timing.healWithinMs, everyMs: 100, what: "the app to have the one group with everybody" },
    );
    await customer.expectHealed();
  }

  it("killed before and after the create, and after a chunk of members: one group with everybody, made once", async () => {
    const { customer } = await withGroup({ rename: true });
    const dying = stage.startWorker({
      crashes: ["before-group-create:1", "after-group-create:1", "after-group-reply:2", "before-group-record:1"],
    });
    await expectGroup(customer, "Staff");
    const creates = customer.app.ledger().filter((entry) => `${entry.method} ${entry.path}` === "POST /Groups");

    expect(dying.exits()).toEqual([KILLED, KILLED, KILLED, KILLED]);
    expect(creates).toHaveLength(1);
    await stage.killWorkers();
  });

  it("killed in the middle of new, move, delete: the new group has everybody, the old one is gone", async () => {
    const { customer, groupId } = await withGroup({ rename: false });
    stage.startWorker();
    await expectGroup(customer, "Staff");
    await stage.killWorkers();
    const Operations = [{ op: "replace", path: "displayName", value: "People" }];
    await customer.driver.send("PATCH", `/Groups/${groupId}`, { schemas: [PATCH_OP], Operations });
    const dying = stage.startWorker({
      crashes: ["after-group-create:1", "after-group-reply:1", "before-group-delete:1"],
    });
    await expectGroup(customer, "People");

    expect(dying.exits()).toEqual([KILLED, KILLED, KILLED]);
  });
});
