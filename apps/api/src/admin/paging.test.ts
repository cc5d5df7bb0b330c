import { ContractError, defaultPageSize, type OperationId, operations, type Page } from "@muster/contract";
import { uuidV7 } from "@muster/runtime";
import { insertNotice, inTenant } from "@muster/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addConflict,
  addGroup,
  addHold,
  addRemoteGroup,
  addRemoval,
  addRequest,
  addUser,
  type Ids,
  onboard,
  target,
} from "./fixtures/onboard.ts";
import { type AdminWorld, openAdminWorld } from "./fixtures/open-admin-world.ts";
import { byId, readPage, toPage } from "./page.ts";

let world: AdminWorld;
let ids: Ids;

const lists = Object.values(operations).filter((operation) => operation.id.startsWith("list"));

beforeAll(async () => {
  world = await openAdminWorld();
  ids = await onboard(world, world.ours);
  await fill();
});

afterAll(async () => {
  await world.close();
});

/** At least five of everything that can be listed. */
async function fill(): Promise<void> {
  const { call, ours, deps } = world;
  const { appId, tenantId, directoryId, connectionId, tokenId } = ids;
  await call(ours, "putAssignments", { params: { connectionId }, body: { everyone: true } });
  const members: string[] = [];
  for (let count = 0; count < 5; count += 1) {
    await call(ours, "createApp", { body: { name: `App ${count}` } });
    await call(ours, "createTenant", { body: { name: `Tenant ${count}` } });
    await call(ours, "createDirectory", { params: { tenantId }, body: { provider: "generic" } });
    await call(ours, "createConnection", { params: { tenantId }, body: { appId, directoryId, target } });
    members.push((await addUser(world, { tenantId, directoryId }, `user${count}`)).id);
  }
  // The longest and the strangest values that a group keeps.
  const strangers = ["a", "0", "b", "c", "\u{10FFFF}".repeat(256)];
  ids = { ...ids, groupId: await addGroup(world, { tenantId, directoryId }, "Everyone", [...members, ...strangers]) };
  await addRemoteGroup(world, ids, members);
  for (let count = 0; count < 4; count += 1) {
    const groupId = await addGroup(world, { tenantId, directoryId }, `Group ${count}`);
    await addRemoteGroup(world, { tenantId, connectionId, groupId });
  }
  for (let count = 0; count < 5; count += 1) {
    await deps.db.pool.query(
      `insert into attempts (tenant_id, connection_id, id, user_id, operation, outcome, duration_ms, decision, generation, number)
       values ($1, $2, $3, $4, 'create', 'applied', 1, 'synced', 1, 1)`,
      [tenantId, connectionId, uuidV7(1_000 + count), members[0]],
    );
  }
  await inTenant(deps.db, tenantId, async (tx) => {
    for (let count = 0; count < 5; count += 1)
      await insertNotice(tx, tenantId, { kind: "test", subject: String(count), message: "Look" });
  });
  await deps.db.pool.query(
    "update accounts set waits_since = now() + desired_generation * interval '1 microsecond' where connection_id = $1 and user_id = any($2::uuid[])",
    [connectionId, members],
  );
  await deps.db.pool.query(
    `insert into approvals (tenant_id, connection_id, user_id, id, action, content)
     select tenant_id, connection_id, user_id, gen_random_uuid(), 'create', '{}' from accounts where connection_id = $1 and user_id = any($2::uuid[])`,
    [connectionId, members],
  );
  for (let count = 0; count < 5; count += 1) await addRequest(world, { tenantId, directoryId });
  for (let count = 0; count < 4; count += 1) await addHold(world, { tenantId, connectionId }, []);
  ids.holdId = await addHold(world, { tenantId, connectionId }, members);
  for (let count = 0; count < 5; count += 1) {
    ids.userId = await addConflict(world, { tenantId, directoryId, connectionId }, `conflict${count}`);
    await addFinished(count);
    await addProbe(count);
    await addUndo(count);
  }
  for (let count = 0; count < 5; count += 1)
    ids.webhookId = (await call(ours, "createWebhook", { body: { url: "https://ledger.example/hooks" } })).id;
  for (let count = 0; count < 5; count += 1) await addDelivery(count);
  for (let count = 0; count < 5; count += 1) await addRemoval(world, ids);
  for (let count = 0; count < 5; count += 1) await call(ours, "createPortalLink", { params: { tenantId }, body: {} });
  for (let count = 0; count < 5; count += 1)
    await call(ours, "createMember", { body: { email: `person${count}@acme.example`, role: "auditor" } });
  let live = tokenId;
  for (let count = 0; count < 5; count += 1) {
    const { id } = await call(ours, "createDirectoryToken", { params: { tenantId, directoryId } });
    await call(ours, "revokeDirectoryToken", { params: { tenantId, directoryId, tokenId: live } });
    live = id;
  }
}

/** A comparison and a plan that are over, and a finding of the first of them. */
async function addFinished(count: number): Promise<void> {
  const { tenantId, connectionId } = ids;
  const id = uuidV7(1_000 + count);
  if (count === 0) ids.comparisonId = id;
  await world.deps.db.pool.query(
    "insert into comparisons (tenant_id, connection_id, id, cause, policy, state) values ($1, $2, $3, 'demand', 'report', 'done')",
    [tenantId, connectionId, id],
  );
  await world.deps.db.pool.query(
    `insert into comparison_findings (tenant_id, connection_id, comparison_id, id, kind) values ($1, $2, $3, $4, 'orphan')`,
    [tenantId, connectionId, ids.comparisonId, uuidV7(1_000 + count)],
  );
  await world.deps.db.pool.query(
    `insert into policy_versions (tenant_id, connection_id, id, number, actor, cause, policy) values ($1, $2, $3, $4, 'key:ops', 'rules.put', '{"assignments": {}}')`,
    [tenantId, connectionId, id, 1_000 + count],
  );
  await world.deps.db.pool.query(
    `insert into app_mapping_versions (workspace_id, app_id, id, number, actor, cause) select workspace_id, id, $2, $3, 'key:ops', 'mapping.put' from apps where id = $1`,
    [ids.appId, id, 1_000 + count],
  );
  await world.deps.db.pool.query(
    `insert into plans (tenant_id, connection_id, id, actor, proposed, names, state) values ($1, $2, $3, 'key:ops', '{"assignments": {}}', 0, 'failed')`,
    [tenantId, connectionId, id],
  );
}

/** A probe that is over. */
async function addProbe(count: number): Promise<void> {
  await world.deps.db.pool.query(
    "insert into probes (tenant_id, connection_id, id, actor, read_only, members, state) values ($1, $2, $3, 'key:ops', false, 1, 'done')",
    [ids.tenantId, ids.connectionId, uuidV7(1_000 + count)],
  );
}

/** An undo, and one thing more that the first of them does. */
async function addUndo(count: number): Promise<void> {
  const { tenantId, directoryId } = ids;
  const id = uuidV7(1_000 + count);
  if (count === 0) ids.undoId = id;
  await world.deps.db.pool.query(
    `insert into undos (tenant_id, directory_id, id, actor, "to", mode) values ($1, $2, $3, 'key:ops', now(), 'exact')`,
    [tenantId, directoryId, id],
  );
  await world.deps.db.pool.query(
    "insert into undo_items (tenant_id, undo_id, step, group_id, subject_id) values ($1, $2, $3, $4, $5)",
    [tenantId, ids.undoId, 4 + (count % 2), ids.groupId, uuidV7(1_000 + count)],
  );
}

/** A try to tell each webhook of something. */
async function addDelivery(count: number): Promise<void> {
  await world.deps.db.pool.query(
    `insert into webhook_deliveries (tenant_id, webhook_id, id, type, outcome, duration_ms, number)
     select $1, id, $2, 'user.created', 'delivered', 1, 1 from webhooks`,
    [ids.tenantId, uuidV7(1_000 + count)],
  );
}

async function read(id: OperationId, query: Record<string, string>): Promise<Page<unknown>> {
  const names = Object.keys(operations[id].params.properties) as (keyof Ids)[];
  const params = Object.fromEntries(names.map((name) => [name, ids[name]]));
  const answer: unknown = await world.call(world.ours, id, { params, query });
  return answer as Page<unknown>;
}

describe.each(lists)("$id", ({ id }) => {
  it("gives the same items in pages of two as in one, each once", async () => {
    const whole = await read(id, {});
    const items: unknown[] = [];
    let pages = 0;
    let pageToken: string | undefined;
    do {
      const page = await read(id, { pageSize: "2", ...(pageToken === undefined ? {} : { pageToken }) });
      expect(page.items.length).toBeGreaterThan(0);
      expect(page.items.length).toBeLessThanOrEqual(2);
      items.push(...page.items);
      pages += 1;
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined && pages < 100);

    expect(whole.items.length).toBeGreaterThanOrEqual(5);
    expect(whole).not.toHaveProperty("nextPageToken");
    expect(items).toEqual(whole.items);
    expect(pages).toBe(Math.ceil(whole.items.length / 2));
  });

  it.each(["x", "bm90IGFuIGlk", Buffer.from("'; drop table users").toString("base64url"), "~~~~"])(
    "refuses the page token %j by name",
    async (pageToken) => {
      const error: unknown = await read(id, { pageToken }).catch((thrown: unknown) => thrown);

      expect(error).toBeInstanceOf(ContractError);
      expect(error).toMatchObject({ issues: [{ path: "/pageToken", message: expect.stringContaining("pageToken") }] });
    },
  );
});

describe("a page", () => {
  const rows = (count: number) => Array.from({ length: count }, () => ({ id: uuidV7() }));

  it("has the contract's size unless the caller says another", () => {
    expect(readPage({}).limit).toBe(defaultPageSize + 1);
    expect(readPage({ pageSize: 7 })).toEqual({ after: undefined, limit: 8 });
  });

  it("names a next page exactly when a row is left over", () => {
    const wanted = { after: undefined, limit: 3 };
    const shape = { idOf: byId, show: byId };

    expect(toPage(rows(0), wanted, shape)).toEqual({ items: [] });
    expect(toPage(rows(2), wanted, shape)).not.toHaveProperty("nextPageToken");
    const full = toPage(rows(3), wanted, shape);
    expect(full.items).toHaveLength(2);
    expect(readPage({ pageToken: full.nextPageToken ?? "" }).after).toBe(full.items[1]);
  });
});
