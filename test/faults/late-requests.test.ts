import { waitFor } from "@muster/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { expectRepeatsChangeNothing } from "./expect-repeats.ts";
import { callAdmin, openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

const USER = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const PEOPLE = 16;
const LEAVERS = 8;
/** Longer than any sweep, and far longer than it takes when the machine has nothing else to do. */
const MOST_SECONDS = 10;

describe("requests that come late, twice or all at once", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ backend: "postgres", apis: 2 });
    stage.startWorker();
  });
  afterAll(() => stage.close());

  it("G1: each of 10 changes is in the app within seconds of the request", async () => {
    const customer = await stage.onboard();
    const { app, driver } = customer;
    await driver.create("first");
    await customer.expectHealed();
    const tookMs: number[] = [];
    for (let made = 0; made < 10; made += 1) {
      const { userName, atMs } = await driver.create(`user-${made}`);
      await waitFor(() => app.user(userName) !== undefined, {
        timeoutMs: timing.healWithinMs,
        everyMs: 5,
        what: userName,
      });
      tookMs.push(Date.now() - atMs);
    }
    await customer.expectHealed();

    expect(tookMs.filter((ms) => ms > MOST_SECONDS * 1_000)).toEqual([]);
  });

  it("F31: profile updates that come after the leaver was switched off bring nobody back, and a day sent again changes nothing", async () => {
    const customer = await stage.onboard();
    const { app, driver } = customer;
    await driver.createMany("user", PEOPLE);
    // Nobody gets an account who is inactive before they had one.
    await customer.expectHealed();
    const people = [...driver.accepted.keys()];
    for (const leaver of people.slice(0, LEAVERS)) await driver.setActive(leaver, false);
    // Sent before, by the look of it, and heard now: as a change and as a whole that says nothing of `active`, each twice, in any order.
    const late = people.flatMap((userName) => {
      const title = `Title of ${userName}`;
      const asWhole = { schemas: [USER], userName, title };
      const change = () => driver.setTitle(userName, title);
      const replace = async () => {
        const { status } = await driver.insist("PUT", `/Users/${driver.accepted.get(userName)?.id}`, asWhole);
        expect(status).toBe(200);
      };
      return [change, replace, change, replace];
    });
    const [shuffled = []] = fc.sample(fc.shuffledSubarray(late, { minLength: late.length }), 1);
    await Promise.all(shuffled.map((write) => write()));
    await customer.expectHealed();
    await expectRepeatsChangeNothing(customer);

    expect(people.filter((userName) => app.user(userName)?.active === false)).toHaveLength(LEAVERS);
    expect(driver.troubles).toEqual([]);
  });

  it("F32: of 50 changes of one group at once, over two apis, none is lost, here or in the app", async () => {
    const customer = await stage.onboard({ settings: { groups: { mode: "assigned" } } });
    const { app, driver } = customer;
    await driver.createMany("user", 50);
    const ids = [...driver.accepted.values()].map(({ id }) => id);
    // No more than one cause may take out of a group.
    const [leaving, coming] = [ids.slice(0, 20), ids.slice(20)];
    const members = leaving.map((value) => ({ value }));
    const made = await driver.send("POST", "/Groups", { schemas: [GROUP], displayName: "Crowd", members });
    const groupId = String(made.body["id"]);
    const gateway = { origin: stage.origins[0] ?? "", apiKey: stage.apiKey };
    await callAdmin(gateway, "PUT", `/api/v1/connections/${customer.connectionId}/assignments`, {
      everyone: true,
      groups: [{ id: groupId }],
    });
    const inApp = () => app.groups()[0]?.members.map((id) => app.users().find((user) => user.id === id)?.externalId);
    await waitFor(() => inApp()?.length === leaving.length, {
      timeoutMs: timing.healWithinMs,
      what: "the app to have the group",
    });
    const change = (op: object) =>
      driver.send("PATCH", `/Groups/${groupId}`, { schemas: [PATCH_OP], Operations: [op] });

    const answers = await Promise.all([
      ...leaving.map((id) => change({ op: "remove", path: `members[value eq "${id}"]` })),
      ...coming.map((id) => change({ op: "add", path: "members", value: [{ value: id }] })),
    ]);
    await waitFor(() => inApp()?.length === coming.length && coming.every((id) => inApp()?.includes(id)), {
      timeoutMs: timing.healWithinMs,
      what: "the app to have what is left",
    });
    await customer.expectHealed();
    const read = await driver.send("GET", `/Groups/${groupId}`);

    expect(answers.filter(({ status }) => status !== 204)).toEqual([]);
    expect(read.body["members"]).toHaveLength(coming.length);
    expect(read.body["members"]).toEqual(
      expect.arrayContaining(coming.map((value) => expect.objectContaining({ value }))),
    );
  });
});
