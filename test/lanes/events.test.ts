import { setImmediate as nextTurn } from "node:timers/promises";
import { changeUser, createGroup, deleteGroup, deleteUser, makeChangeUser, makeCreateUser } from "@muster/directory";
import {
  changeEventStream,
  createWebhook,
  drainWebhook,
  pauseConnection,
  putAssignments,
  putRules,
  readEventPage,
} from "@muster/provisioning";
import { createDialer, parseEgressAllow } from "@muster/runtime";
import { type EventPosition, type EventRecord, inTenant, sweepWebhookLanes } from "@muster/store";
import { waitFor } from "@muster/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startReceiver } from "../e2e/receiver.ts";
import { type LaneLab, openLaneLab } from "./lane-lab.ts";
import { webhookDeps } from "./webhook-deps.ts";

const ALL = { types: null, appId: null, limit: 1_000 };

let lab: LaneLab;
beforeEach(async () => {
  lab = await openLaneLab();
});
afterEach(() => lab.close());

const switchOn = () => changeEventStream(lab, lab.owner, { enabled: true, days: null });

/** Follows the cursor until nothing is left, nor waits for an older transaction. */
async function follow(from: EventPosition | null = null): Promise<{ events: EventRecord[]; next: EventPosition }> {
  const events: EventRecord[] = [];
  let after = from;
  for (;;) {
    const page = await readEventPage(lab, lab.owner, after, ALL);
    events.push(...page.events);
    after = page.next;
    if (!page.hasMore && !page.waiting) return { events, next: page.next };
    await nextTurn();
  }
}

const told = async () => (await follow()).events.map((event) => ({ type: event.type, changes: event.changes }));
const change = (id: string, user: object) =>
  changeUser(lab, lab.scope, { id, expected: null }, (was) => ({ user: { ...was, ...user }, changed: true }));

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const OTHER = "00f067aa0ba902b7b7b3a6a3ce929d0e";

it("K3, X12: an event has the trace of its request, also of one that shared a transaction, and the app's events have it too", async () => {
  await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
  await switchOn();
  const create = makeCreateUser(lab);
  const [ana, ben] = await Promise.all(
    [TRACE, OTHER].map(async (traceId, index) => {
      const state = { userName: `user-${index}`, externalId: null, active: true, attributes: {} };
      return (await create({ ...lab.scope, traceId }, state)).value.record.id;
    }),
  );
  await lab.drain();
  const rename = makeChangeUser(lab);
  await Promise.all(
    [ana, ben].map((id = "", index) =>
      rename({ ...lab.scope, traceId: index === 0 ? OTHER : TRACE }, { id, expected: null }, (user) => ({
        user: { ...user, attributes: { title: "Lead" } },
        changed: true,
      })),
    ),
  );
  const group = { displayName: "Staff", externalId: null, attributes: {} };
  await createGroup(lab, { ...lab.scope, traceId: TRACE }, { group, members: [ana ?? ""] });
  await changeUser(lab, lab.scope, { id: ben ?? "", expected: null }, (user) => ({
    user: { ...user, attributes: {} },
    changed: true,
  }));
  const traces = (await follow()).events.map(({ type, userId, traceId }) => [type, userId, traceId]);

  expect(traces).toEqual(
    expect.arrayContaining([
      ["user.created", ana, TRACE],
      ["user.created", ben, OTHER],
      ["account.created", ana, TRACE],
      ["account.created", ben, OTHER],
      ["user.updated", ana, OTHER],
      ["user.updated", ben, TRACE],
      ["group.created", null, TRACE],
      ["membership.added", ana, TRACE],
      ["user.updated", ben, null],
    ]),
  );
});

describe("L1, L3: what changes is told with its old and new values", () => {
  it("of people, from their coming to their return", async () => {
    await switchOn();
    const attributes = { title: "Engineer", password: "never-told" };
    const { id } = await lab.createUser({ userName: "ana", externalId: "7", attributes });
    await change(id, { attributes: { title: "Lead" } });
    await change(id, { active: false });
    await change(id, { active: true, userName: "ana.b" });
    await change(id, {});
    await deleteUser(lab, lab.scope, { id, expected: null });
    await makeCreateUser(lab)(lab.scope, { userName: "ana", externalId: "7", active: true, attributes: {} });
    const { events } = await follow();

    expect(events.every((event) => event.userId === id && event.directoryId === lab.scope.directoryId)).toBe(true);
    expect(events.map(({ type, changes }) => ({ type, changes }))).toEqual([
      {
        type: "user.created",
        changes: {
          userName: { old: null, new: "ana" },
          externalId: { old: null, new: "7" },
          active: { old: null, new: true },
          title: { old: null, new: "Engineer" },
        },
      },
      { type: "user.updated", changes: { title: { old: "Engineer", new: "Lead" } } },
      { type: "user.deactivated", changes: { active: { old: true, new: false } } },
      {
        type: "user.activated",
        changes: { active: { old: false, new: true }, userName: { old: "ana", new: "ana.b" } },
      },
      {
        type: "user.deleted",
        changes: {
          userName: { old: "ana.b", new: null },
          externalId: { old: "7", new: null },
          active: { old: true, new: null },
          title: { old: "Lead", new: null },
        },
      },
      {
        type: "user.returned",
        changes: {
          userName: { old: null, new: "ana" },
          externalId: { old: null, new: "7" },
          active: { old: null, new: true },
        },
      },
    ]);
  });

  it("of groups and who is in them; what ends with a deleted group follows it", async () => {
    await switchOn();
    const ana = await lab.createUser({ userName: "ana" });
    const group = { displayName: "Staff", externalId: null, attributes: {} };
    const { value } = await createGroup(lab, lab.scope, { group, members: [ana.id] });
    await deleteGroup(lab, lab.scope, { id: value.record.id, expected: null });
    const { events } = await follow();

    expect(events.map(({ type, userId, groupId }) => [type, userId, groupId])).toEqual([
      ["user.created", ana.id, null],
      ["group.created", null, value.record.id],
      ["membership.added", ana.id, value.record.id],
      ["group.deleted", null, value.record.id],
      ["membership.removed", ana.id, value.record.id],
    ]);
    expect(events[3]?.changes).toEqual({ displayName: { old: "Staff", new: null } });
  });

  it("of accounts, roles and connections, and no secret of theirs", async () => {
    await switchOn();
    const ana = await lab.createUser({ userName: "ana" });
    const group = { displayName: "Editors", externalId: null, attributes: {} };
    const { value } = await createGroup(lab, lab.scope, { group, members: [ana.id] });
    await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
    await putRules(lab, lab.owner, lab.connectionId, {
      precedence: "first",
      defaultRole: null,
      rules: [{ group: { id: value.record.id }, role: "editor" }],
    });
    await lab.drain();
    await change(ana.id, { active: false });
    await lab.drain();
    await pauseConnection(lab, lab.owner, lab.connectionId, true);
    const { events } = await follow();
    const ofApp = events.filter((event) => event.connectionId === lab.connectionId);

    expect(ofApp.map((event) => event.type)).toEqual([
      "connection.updated",
      "account.created",
      "role.granted",
      "account.deactivated",
      "connection.paused",
    ]);
    expect(ofApp[0]?.changes).toEqual({ everyone: { old: false, new: true } });
    expect(ofApp[2]).toMatchObject({ userId: ana.id, changes: { role: { old: null, new: "editor" } } });
    expect(ofApp[3]?.changes).toMatchObject({ active: { old: true, new: false } });
    expect(JSON.stringify(events)).not.toMatch(/sealed|token/i);
  });

  it("10,000 people who come into a group in one statement are as many events, in order", async () => {
    await switchOn();
    const { rows } = await lab.db.pool.query<{ id: string }>(
      `insert into users (tenant_id, id, directory_id, user_name, user_name_key, active, attributes)
       select $1, gen_random_uuid(), $2, 'p' || i, 'p' || i, true, '{}' from generate_series(1, 10000) i returning id`,
      [lab.owner.tenantId, lab.scope.directoryId],
    );
    const group = { displayName: "Everybody", externalId: null, attributes: {} };
    await createGroup(lab, lab.scope, { group, members: rows.map((row) => row.id) });
    const { events } = await follow();
    const added = events.filter((event) => event.type === "membership.added");

    expect(new Set(added.map((event) => event.userId)).size).toBe(10_000);
    expect(events).toHaveLength(10_001);
  });

  it("a tenant without events writes none, whoever else has them", async () => {
    const neighbour =
      "insert into event_streams (tenant_id, workspace_id, enabled) values (gen_random_uuid(), $1, true)";
    await lab.db.pool.query(neighbour, [lab.owner.workspaceId]);
    const { id } = await lab.createUser({ userName: "ana" });
    await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
    await lab.drain();
    await change(id, { active: false });
    await lab.drain();
    const silent = await lab.db.pool.query("select count(*)::int as n from events");
    await switchOn();
    await change(id, { active: true });

    expect(silent.rows[0]).toEqual({ n: 0 });
    expect((await told()).map((event) => event.type)).toEqual(["user.activated"]);
  });
});

it("L1: an event that comes while the last one known is told is told too, though a sweep has taken its mark", async () => {
  const receiver = await startReceiver();
  const dialer = createDialer(parseEgressAllow([new URL(receiver.url).host]));
  const deps = webhookDeps(lab, dialer);
  await createWebhook(lab, lab.owner, { name: null, url: receiver.url, types: null, appId: null, starts: [] });
  await lab.createUser({ userName: "ana" });
  receiver.answer = async () => {
    if (receiver.received.length > 0) return 204;
    await lab.createUser({ userName: "ben" });
    // Takes the mark, and finds the lane held: only its holder can see that there is more.
    await sweepWebhookLanes(lab.db, 10);
    return 204;
  };
  const tellWhatIsDue = async (): Promise<number> => {
    const due = await sweepWebhookLanes(lab.db, 10);
    for (const lane of due) await drainWebhook(deps, lane, new AbortController().signal);
    return due.length;
  };
  await tellWhatIsDue();
  const [lane] = await inTenant(lab.db, lab.owner.tenantId, (tx) =>
    tx.run(tx.sql.selectFrom("lanes").select("due_at").where("webhook_id", "is not", null)),
  );
  if (lane?.due_at !== null) await waitFor(tellWhatIsDue, { timeoutMs: 10_000, what: "the lane to be due again" });
  await dialer.close();
  await receiver.close();

  expect(receiver.received.map(({ data }) => data.changes["userName"]?.new)).toEqual(["ana", "ben"]);
});
