import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { createTestDatabase } from "@muster/testkit";
import { expect, it } from "vitest";
import { dumpSchema } from "./schema-dump.ts";

const COMMITTED = path.join(import.meta.dirname, "..", "schema.txt");

it("has the committed schema after all migrations; MUSTER_UPDATE_SCHEMA=1 writes it anew", async () => {
  const database = await createTestDatabase();
  try {
    const dump = await dumpSchema({ url: database.url });
    if (process.env.MUSTER_UPDATE_SCHEMA === "1") await writeFile(COMMITTED, dump);

    expect(dump).toBe(await readFile(COMMITTED, "utf8"));
  } finally {
    await database.close();
  }
});
