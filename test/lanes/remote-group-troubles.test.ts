import { waitFor } from "@muster/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { type GroupLab, openGroupLab } from "./group-lab.ts";

let lab: GroupLab;
afterEach(() => lab.close());

const people = (count: number): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => lab.person(`user-${index}`)));
const idOf = (userName: string): string => lab.app.user(userName)?.id ?? "";
const GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group";

/** Makes a group in the app as an admin of the app would, past faults and ours. */
async function madeByHand(displayName: string, members: readonly string[] = [], externalId?: string): Promise<string> {
  const auth = lab.app.auth();
  const response = await fetch(`${lab.app.baseUrl}/Groups`, {
    method: "POST",
    headers: {
      authorization: auth.scheme === "bearer" ? `Bearer ${auth.token}` : "",
      "content-type": "application/scim+json",
    },
    body: JSON.stringify({ schemas: [GROUP], displayName, externalId, members: members.map((value) => ({ value })) }),
  });
  const { id } = (await response.json()) as { id: string };
  lab.app.clearLedger();
  return id;
}

describe("G10: membership goes out in chunks that the app takes", () => {
  it("halves what was too many, remembers it, and never sends as many again", async () => {
    lab = await openGroupLab({ app: { maxMembersPerRequest: 30 } });
    const ids = await people(70);
    const staff = await lab.group("Staff", ids);
    await lab.assign([staff]);
    await lab.drain();
    const statuses = lab.sent("PATCH").map((entry) => entry.status);
    lab.app.clearLedger();
    await lab.change(staff, { replaceAll: true });
    await lab.assign([staff], true);
    await lab.change(staff, { add: ids });
    await lab.drain();

    expect(statuses).toEqual([400, 400, 204, 204, 204, 204, 204]);
    expect(lab.groupsIn()["Staff"]).toHaveLength(70);
    expect(lab.sent("PATCH").every((entry) => entry.status === 204)).toBe(true);
  });

  it("takes a 413 as too many as well, however the app words it", async () => {
    lab = await openGroupLab({ groups: { mode: "assigned", memberChunk: 40 } });
    lab.app.faults.set([
      {
        kind: "reply",
        status: 413,
        contentType: "text/html",
        body: "<h1>Too large</h1>",
        method: "PATCH",
        path: "/Groups",
        matches: ({ body }) => (body.match(/"value":"/g) ?? []).length > 10,
      },
    ]);
    const staff = await lab.group("Staff", await people(40));
    await lab.assign([staff]);
    await lab.drain();

    expect(lab.groupsIn()["Staff"]).toHaveLength(40);
    expect(lab.sent("PATCH").map((entry) => entry.status)).toEqual([413, 413, 204, 204, 204, 204]);
  });

  it("house trap 7: sets aside whom the app refuses as a member, adds the others, and says who and why", async () => {
    lab = await openGroupLab();
    const ids = await people(20);
    await lab.assign([], true);
    await lab.drain();
    lab.app.faults.set([
      {
        kind: "status",
        status: 400,
        method: "PATCH",
        path: "/Groups",
        mentions: `"${idOf("user-3")}"`,
        detail: "no guests",
      },
    ]);
    const staff = await lab.group("Staff", ids);
    await lab.assign([staff], true);
    await lab.drain();
    const parked = await lab.db.pool.query(
      "select u.user_name, m.reason from remote_group_members m join users u on u.id = m.user_id where m.state = 'parked'",
    );
    const first = lab.groupsIn()["Staff"];
    const state = await lab.states();
    lab.app.faults.clear();
    await lab.passTime();
    await lab.drain();

    expect(first).toHaveLength(19);
    expect(state).toEqual([{ state: "synced", reason: null }]);
    expect(parked.rows).toEqual([{ user_name: "user-3", reason: expect.stringContaining("no guests") }]);
    expect(lab.groupsIn()["Staff"]).toHaveLength(20);
  });

  it("3,000 members go in as set differences of 100 each, and one more is one request of one", async () => {
    lab = await openGroupLab({ app: { ledger: { keep: "entries", maxEntries: 10_000 } } });
    await lab.assign([], true);
    await lab.drain();
    await lab.person("first");
    await lab.drain();
    await seedPeople(3_000);
    const staff = await lab.group("Staff");
    await lab.db.pool.query("insert into memberships select tenant_id, $1, id from users", [staff]);
    await lab.assign([staff], true);
    // Thousands of people are looked at before; on a slow machine a call among them may fail and wait.
    for (let round = 0; round < 5 && lab.app.groups()[0]?.members.length !== 3_001; round += 1) {
      await lab.drain();
      await lab.passTime();
    }
    const patches = lab.sent("PATCH").length;
    const members = lab.app.groups()[0]?.members.length;
    lab.app.clearLedger();
    const last = await lab.person("last");
    await lab.change(staff, { add: [last] });
    await lab.drain();

    expect(members).toBe(3_001);
    expect(patches).toBe(31);
    expect(lab.sent("PATCH").map((entry) => JSON.parse(entry.requestBody ?? "{}").Operations)).toEqual([
      [{ op: "add", path: "members", value: [{ value: idOf("last") }] }],
    ]);
  }, 120_000);

  /** People whom the app has, as if they had been pushed one by one. */
  async function seedPeople(count: number): Promise<void> {
    const schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"];
    const remoteIds = Array.from(
      { length: count },
      (_, index) => lab.app.putUserByHand({ schemas, userName: `seed-${index}` }).id,
    );
    const { tenantId, directoryId } = lab.scope;
    await lab.db.pool.query(
      `with fresh as (
        insert into users (tenant_id, id, directory_id, user_name, user_name_key, active, attributes)
        select $1, gen_random_uuid(), $2, 'seed-' || n, 'seed-' || n, true, '{}' from generate_series(0, $3::integer - 1) n returning id, user_name
      )
      insert into accounts (tenant_id, connection_id, user_id, state, due_at, remote_id, applied_generation)
      select $1, $4, f.id, 'synced', null, r.remote_id, 1
      from fresh f join unnest($5::text[]) with ordinality r(remote_id, n) on f.user_name = 'seed-' || (r.n - 1)`,
      [tenantId, directoryId, count, lab.connectionId, remoteIds],
    );
    await lab.db.pool.query("analyze");
  }

  it("replaces the whole where the app knows no PATCH, and leaves in it who is not ours", async () => {
    lab = await openGroupLab({ settings: { updateMethod: "put" } });
    const [ana, ben] = [await lab.person("ana"), await lab.person("ben")];
    const staff = await lab.group("Staff", [ana]);
    await lab.assign([staff], true);
    await lab.drain();
    const guest = lab.app.putUserByHand({ schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], userName: "guest" });
    await fetch(`${lab.app.baseUrl}/Groups/${encodeURIComponent(lab.app.groups()[0]?.id ?? "")}`, {
      method: "PATCH",
      headers: { authorization: bearer(), "content-type": "application/scim+json" },
      body: JSON.stringify({
        schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        Operations: [{ op: "add", path: "members", value: [{ value: guest.id }] }],
      }),
    });
    lab.app.clearLedger();
    await lab.change(staff, { add: [ben], remove: [ana] });
    await lab.rename(staff, "People");
    await lab.drain();

    expect(lab.groupsIn()).toEqual({ People: ["ben", "guest"] });
    expect([lab.sent("PATCH").length, lab.sent("PUT").length]).toEqual([0, 1]);
  });
  const bearer = (): string => {
    const auth = lab.app.auth();
    return auth.scheme === "bearer" ? `Bearer ${auth.token}` : "";
  };
});

describe("I06: one group of the app for each of ours", () => {
  it.each(["swallow", "reset"] as const)(
    "F27: a create that was applied and not answered (%s) is looked up before it is repeated",
    async (kind) => {
      lab = await openGroupLab();
      lab.app.faults.set([
        kind === "swallow"
          ? { kind, how: "destroy", method: "POST", path: "/Groups", times: 1 }
          : { kind, afterBytes: 20, method: "POST", path: "/Groups", times: 1 },
      ]);
      await lab.assign([await lab.group("Staff", await people(2))]);
      for (let round = 0; round < 4; round += 1) {
        await lab.drain();
        await lab.passTime();
      }
      await lab.drain();

      expect(lab.groupsIn()).toEqual({ Staff: ["user-0", "user-1"] });
      expect(lab.sent("POST")).toHaveLength(1);
    },
  );

  it("F30: an app of which names are not unique gets no second group while the first may still show up", async () => {
    lab = await openGroupLab({ app: { uniqueNames: false } });
    lab.app.faults.set([
      { kind: "hide-new", hiddenMs: 300_000, method: "POST", path: "/Groups", times: 1 },
      { kind: "swallow", how: "destroy", method: "POST", path: "/Groups", times: 1 },
    ]);
    await lab.assign([await lab.group("Staff", await people(1))]);
    await lab.drain();
    await lab.passTime();
    await lab.drain();
    const looks = lab.sent("GET").length;

    expect(looks).toBeGreaterThan(0);
    expect(lab.sent("POST")).toHaveLength(1);
  });

  it("adopts a group of the same name that nobody owns, and takes only our people out of it when it goes", async () => {
    lab = await openGroupLab();
    const guest = lab.app.putUserByHand({ schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], userName: "guest" });
    await madeByHand("staff", [guest.id]);
    const staff = await lab.group("Staff", await people(2));
    await lab.assign([staff], true);
    await lab.drain();
    const adopted = lab.groupsIn();
    await lab.assign([], true);
    await lab.drain();

    expect(adopted).toEqual({ Staff: ["guest", "user-0", "user-1"] });
    expect(lab.groupsIn()).toEqual({ Staff: ["guest"] });
  });

  it.each([
    ["ask", "held"],
    ["conflict", "stopped"],
  ] as const)("with %s a group of that name is listed as a conflict and not touched", async (foreign, state) => {
    lab = await openGroupLab({ settings: { adoption: { foreign } } });
    const remoteId = await madeByHand("Staff");
    const staff = await lab.group("Staff", await people(1));
    await lab.assign([staff]);
    await lab.drain();
    const [before] = await lab.states();
    const { rows } = await lab.db.pool.query("select candidates from remote_groups");
    const untouched = lab.groupsIn();
    await lab.db.pool.query("update remote_groups set decided_remote_id = $1, due_at = now()", [remoteId]);
    await lab.db.pool.query("update lanes set due_at = now()");
    await lab.drain();

    expect(before?.state).toBe(state);
    expect(rows).toEqual([{ candidates: [{ remoteId, displayName: "Staff", externalId: null }] }]);
    expect(untouched).toEqual({ Staff: [] });
    expect(lab.groupsIn()).toEqual({ Staff: ["user-0"] });
  });

  it("never takes a group that bears somebody else's externalId", async () => {
    lab = await openGroupLab();
    await madeByHand("Staff", [], "not ours");
    await lab.assign([await lab.group("Staff", await people(1))]);
    await lab.drain();

    expect(lab.groupsIn()).toEqual({ Staff: [] });
    expect(await lab.states()).toEqual([
      { state: "stopped", reason: expect.stringContaining("somebody else manages it") },
    ]);
  });
});

describe("what an app does wrong", () => {
  it("I07, F04: a frozen holder's late write is read back and has not the last word", async () => {
    lab = await openGroupLab();
    const [ana, ben] = [await lab.person("ana"), await lab.person("ben")];
    const staff = await lab.group("Staff", [ana]);
    await lab.assign([staff], true);
    await lab.drain();
    lab.app.faults.set([
      { kind: "latency", latencyMs: 1_500, when: "before-applying", method: "PATCH", path: "/Groups", times: 1 },
    ]);
    await lab.change(staff, { add: [ben] });
    const frozen = lab.drainOnce({ owner: "frozen" });
    await waitFor(async () => lab.sent("PATCH").length === 1, { timeoutMs: 5_000, what: "the late write to be sent" });
    await lab.db.pool.query("update lanes set lease_until = now() - interval '1 second'");
    await lab.change(staff, { remove: [ben] });
    await lab.drain({ owner: "second" });
    await frozen;
    await lab.drain({ owner: "second" });

    expect(lab.groupsIn()).toEqual({ Staff: ["ana"] });
  });

  it("an app without groups takes its people all the same, and the group says what it said", async () => {
    lab = await openGroupLab({ app: { groups: false } });
    await lab.assign([await lab.group("Staff", await people(2))]);
    await lab.drain();

    expect(lab.app.users()).toHaveLength(2);
    expect(await lab.states()).toEqual([{ state: "stopped", reason: expect.stringContaining("404") }]);
  });

  it("a group that was deleted by hand is made again with everybody in it", async () => {
    lab = await openGroupLab();
    const staff = await lab.group("Staff", await people(2));
    await lab.assign([staff], true);
    await lab.drain();
    await fetch(`${lab.app.baseUrl}/Groups/${encodeURIComponent(lab.app.groups()[0]?.id ?? "")}`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${(lab.app.auth() as { token: string }).token}` },
    });
    await lab.change(staff, { add: [await lab.person("ana")] });
    await lab.drain();

    expect(lab.groupsIn()).toEqual({ Staff: ["ana", "user-0", "user-1"] });
  });

  it("F25: a 429 pauses the lane and charges nobody", async () => {
    lab = await openGroupLab();
    lab.app.faults.set([{ kind: "status", status: 429, retryAfter: "3600", path: "/Groups", times: 1 }]);
    await lab.assign([await lab.group("Staff", await people(2))]);
    await lab.drain();
    const inPause = lab.groupsIn();
    await lab.passTime();
    await lab.drain();
    const { rows } = await lab.db.pool.query("select attempts from remote_groups");

    expect(inPause).toEqual({});
    expect(lab.groupsIn()).toEqual({ Staff: ["user-0", "user-1"] });
    expect(rows).toEqual([{ attempts: 0 }]);
  });
});
