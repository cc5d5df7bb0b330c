import { setImmediate as nextTurn } from "node:timers/promises";
import { changeEventStream, readEventPage, takeSnapshot } from "@muster/provisioning";
import type { Attributes } from "@muster/scim";
import { type Database, type EventPosition, type EventRecord, openDatabase } from "@muster/store";
import type pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LaneLab, openLaneLab } from "./lane-lab.ts";

const ALL = { types: null, appId: null, limit: 7 };
const WRITERS = 10;
const TRANSACTIONS = 20;
const PEOPLE = 6;

let lab: LaneLab;
let writers: Database;
let people: string[];
let groupId: string;
beforeEach(async () => {
  lab = await openLaneLab();
  writers = openDatabase({ url: lab.databaseUrl, maxConnections: WRITERS, applicationName: "writers" });
  people = [];
  for (let at = 0; at < PEOPLE; at += 1) people.push((await lab.createUser({ userName: `person-${at}` })).id);
  people.sort();
  const { rows } = await lab.db.pool.query<{ id: string }>(
    `insert into groups (tenant_id, id, directory_id, display_name, display_name_key, attributes)
     values ($1, gen_random_uuid(), $2, 'G', 'g', '{}') returning id`,
    [lab.owner.tenantId, lab.scope.directoryId],
  );
  groupId = rows[0]?.id ?? "";
  await changeEventStream(lab, lab.owner, { enabled: true, days: null });
});
afterEach(async () => {
  await writers.close();
  await lab.close();
});

/** Begins a transaction as the gateway does; whoever asks ends it. */
async function begin(): Promise<pg.PoolClient> {
  const client = await writers.pool.connect();
  await client.query(`begin; set local role muster_app; set local muster.tenant_id = '${lab.owner.tenantId}'`);
  return client;
}

async function end(client: pg.PoolClient, how: "commit" | "rollback" = "commit"): Promise<void> {
  await client.query(how);
  client.release();
}

/** Counts one person's changes in the person: the event of the nth says so. */
const COUNT = `update users set attributes = jsonb_set(attributes, '{n}', to_jsonb(coalesce((attributes ->> 'n')::int, 0) + 1))
  where tenant_id = $1 and id = $2`;
const count = (client: pg.PoolClient, userId: string | undefined) => client.query(COUNT, [lab.owner.tenantId, userId]);
const title = (client: pg.PoolClient, userId: string | undefined, text: string) =>
  client.query("update users set attributes = jsonb_build_object('title', $3::text) where tenant_id = $1 and id = $2", [
    lab.owner.tenantId,
    userId,
    text,
  ]);

const pick = (most: number): number => Math.floor(Math.random() * most);

/** Transactions that begin, write and end in no order, some of them in vain: people counted, memberships that come and go. */
async function write(): Promise<void> {
  for (let done = 0; done < TRANSACTIONS; done += 1) {
    const client = await begin();
    // An early id: who began first may well write last.
    if (pick(2) === 0) await client.query("select pg_current_xact_id()");
    for (let waits = pick(6); waits > 0; waits -= 1) await client.query("select 1");
    const touched = people.filter(() => pick(3) === 0);
    for (const userId of touched) await count(client, userId);
    const [member] = touched;
    if (member !== undefined) {
      const { tenantId } = lab.owner;
      const left = await client.query(
        "delete from memberships where tenant_id = $1 and group_id = $2 and user_id = $3",
        [tenantId, groupId, member],
      );
      if (left.rowCount === 0)
        await client.query("insert into memberships values ($1, $2, $3)", [tenantId, groupId, member]);
    }
    for (let waits = pick(6); waits > 0; waits -= 1) await client.query("select 1");
    await end(client, pick(5) === 0 ? "rollback" : "commit");
  }
}

/** Starts all writers; answers whether they still write. */
function startWriting(): { writing(): boolean; ended: Promise<unknown> } {
  let open = WRITERS;
  const ended = Promise.all(Array.from({ length: WRITERS }, () => write().finally(() => (open -= 1))));
  return { writing: () => open > 0, ended };
}

/** Follows the cursor while somebody writes, and on until nothing is left. */
async function follow(from: EventPosition | null, writing: () => boolean): Promise<EventRecord[]> {
  const events: EventRecord[] = [];
  let after = from;
  for (;;) {
    const wrote = writing();
    const page = await readEventPage(lab, lab.owner, after, ALL);
    events.push(...page.events);
    after = page.next;
    if (!wrote && !page.hasMore && !page.waiting) return events;
    await nextTurn();
  }
}

type World = { users: Record<string, Attributes>; members: string[] };

async function world(): Promise<World> {
  const users = await lab.db.pool.query<{ id: string; resource: Attributes }>(
    "select id, muster_told_user(user_name, external_id, active, attributes) as resource from users",
  );
  const members = await lab.db.pool.query<{ user_id: string }>("select user_id from memberships order by user_id");
  return {
    users: Object.fromEntries(users.rows.map(({ id, resource }) => [id, resource])),
    members: members.rows.map((row) => row.user_id),
  };
}

/** Applies one event; what it says was there must be there, so that a gap or an overlap shows at once. */
function apply(world: World, event: EventRecord): void {
  const userId = event.userId ?? "";
  if (event.type === "membership.added") {
    expect(world.members).not.toContain(userId);
    world.members = [...world.members, userId].sort();
  } else if (event.type === "membership.removed") {
    expect(world.members).toContain(userId);
    world.members = world.members.filter((member) => member !== userId);
  } else {
    const user = world.users[userId] ?? {};
    for (const [name, change] of Object.entries(event.changes)) {
      expect(user[name] ?? null).toEqual(change.old);
      if (change.new === null) delete user[name];
      else user[name] = change.new;
    }
    world.users[userId] = user;
  }
}

describe("L2: a cursor loses nothing", () => {
  it("many transactions at once that end in any order: no event missed, none twice, each person's in order", async () => {
    const before = await world();
    const { writing, ended } = startWriting();
    const events = await follow(null, writing);
    await ended;

    for (const event of events) apply(before, event);
    expect(before).toEqual(await world());
    expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
    expect(events.length).toBeGreaterThan(WRITERS);
  });

  it("what commits late is not passed over: nothing is shown until it has", async () => {
    const late = await begin();
    await count(late, people[0]);
    const early = await begin();
    await count(early, people[1]);
    await end(early);
    const first = await readEventPage(lab, lab.owner, null, ALL);
    await end(late);
    const events = await follow(first.next, () => false);

    expect(first).toMatchObject({ events: [], waiting: true });
    expect(events.map((event) => event.userId)).toEqual([people[0], people[1]]);
  });

  it("who began first and wrote last comes last", async () => {
    const older = await begin();
    await older.query("select pg_current_xact_id()");
    const younger = await begin();
    await title(younger, people[0], "first");
    await end(younger);
    await title(older, people[0], "second");
    await end(older);
    const events = await follow(null, () => false);

    expect(events.map((event) => event.changes["title"])).toEqual([
      { old: null, new: "first" },
      { old: "first", new: "second" },
    ]);
  });

  it("what was rolled back is not told", async () => {
    const client = await begin();
    await count(client, people[0]);
    await end(client, "rollback");

    expect(await follow(null, () => false)).toEqual([]);
  });
});

describe("L4: a snapshot and the events after its cursor", () => {
  it("taken while everybody writes: together they are exactly what is there in the end, nothing twice", async () => {
    const { writing, ended } = startWriting();
    const seen: World = { users: {}, members: [] };
    let position: EventPosition | null = null;
    await takeSnapshot(lab, lab.owner, async (part) => {
      await nextTurn();
      if (part.kind === "position") position = part.position;
      else if (part.kind === "users") for (const { id, resource } of part.users) seen.users[id] = resource;
      else if (part.kind === "memberships") seen.members = part.memberships.map(({ userId }) => userId).sort();
    });
    const events = await follow(position, writing);
    await ended;

    for (const event of events) apply(seen, event);
    expect(seen).toEqual(await world());
    expect(position).not.toBeNull();
  });

  it("what was under way when it was taken is told, what was committed is not", async () => {
    const open = await begin();
    await title(open, people[0], "under way");
    const done = await begin();
    await title(done, people[1], "committed");
    await end(done);
    let position: EventPosition | null = null;
    const titles: unknown[] = [];
    await takeSnapshot(lab, lab.owner, async (part) => {
      if (part.kind === "position") position = part.position;
      if (part.kind === "users") titles.push(...part.users.flatMap(({ resource }) => resource["title"] ?? []));
    });
    await end(open);
    const events = await follow(position, () => false);

    expect(titles).toEqual(["committed"]);
    expect(events.map((event) => event.userId)).toEqual([people[0]]);
  });
});
