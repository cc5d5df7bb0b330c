import { Socket } from "node:net";
import { uuidV7 } from "@muster/runtime";
import { createTestDatabase } from "@muster/testkit";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type Database, inEachTenant, inTenant, openDatabase } from "./database.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url, maxConnections: 1, applicationName: "test" });
});
afterAll(async () => {
  await db.close();
  await database.close();
});

const ONE = { name: "one", text: "select 1 as n" };

/** How often the sockets of this process handed something to the system while `work` ran. */
async function packetsOf(work: () => Promise<unknown>): Promise<number> {
  const single = vi.spyOn(Socket.prototype, "_write");
  const several = vi.spyOn(Socket.prototype, "_writev" as "_write");
  await work();
  const packets = single.mock.calls.length + several.mock.calls.length;
  single.mockRestore();
  several.mockRestore();
  return packets;
}

it("sends a transaction of one statement as one packet, prepared or not", async () => {
  const send = () => inTenant(db, uuidV7(), (tx) => tx.last.named(ONE, []));
  await send();

  expect(await packetsOf(send)).toBe(1);
  expect(
    await packetsOf(() => inTenant(db, uuidV7(), (tx) => tx.last.named({ name: "new", text: "select 2" }, []))),
  ).toBe(1);
});

it("sends the statements of several tenants as one packet", async () => {
  const calls = Array.from({ length: 3 }, () => ({ tenantId: uuidV7(), values: [] }));

  expect(await packetsOf(() => inEachTenant(db, ONE, calls))).toBe(1);
});
