import { createLogger, readAddress } from "@muster/runtime";
import { openDatabase } from "@muster/store";
import { createTestDatabase } from "@muster/testkit";
import { expect, it } from "vitest";
import { recordLastUsed } from "./last-used.ts";

it("D03: when and from where a token was last used is written down, at the latest when the process ends", async () => {
  const database = await createTestDatabase();
  const db = openDatabase({ url: database.url, maxConnections: 2, applicationName: "last-used-test" });
  const insert = `insert into directory_tokens (public_id, tenant_id, directory_id, digest, pepper_id, expires_at)
    select id, gen_random_uuid(), gen_random_uuid(), '', '', now() + interval '1 day' from unnest($1::text[]) id`;
  await db.pool.query(insert, [["seenFromOne0", "seenFromNone", "neverSeen000"]]);
  const used = recordLastUsed({ db, logger: createLogger({ name: "test", level: "silent" }) });
  const from = (text: string) => ({ authorization: undefined, address: () => readAddress(text), prefix: () => "" });

  used.token("seenFromOne0", from("192.0.2.7"));
  used.token("seenFromOne0", from("192.0.2.8"));
  used.token("seenFromNone", from("junk"));
  await used.close();
  const { rows } = await db.pool.query(
    `select public_id as id, last_used_from as "from", last_used_at > now() - interval '1 minute' as recent from directory_tokens order by 1`,
  );
  await db.close();
  await database.close();

  expect(rows).toEqual([
    { id: "neverSeen000", from: null, recent: null },
    { id: "seenFromNone", from: null, recent: true },
    { id: "seenFromOne0", from: "192.0.2.7", recent: true },
  ]);
});
