import { openDatabase } from "@muster/store";
import { userBody, userNameOf } from "../load/scim-request.ts";
import type { Stage } from "../stage/open-stage.ts";
import { INSERT_CHANGE, INSERT_PERSON, LIMIT_TABLES, runPgbench } from "./pgbench.ts";

export type CreateLimit = {
  name: string;
  /** Creates a second, one transaction each. */
  measure(input: { clients: number; seconds: number }): Promise<number>;
  close(): Promise<void>;
};

/** More clients than connections only wait for one another, here as in pgbench. */
const LOOP_CONNECTIONS = 16;

/** Opens what durable creates are measured against: pgbench, or where there is none a loop over the same statements. */
export async function openCreateLimit(stage: Pick<Stage, "cluster" | "limitUrl" | "folder">): Promise<CreateLimit> {
  const { pgbench } = stage.cluster;
  const url = stage.limitUrl;
  const db = openDatabase({ url, maxConnections: LOOP_CONNECTIONS, applicationName: "bench-limit" });
  await db.pool.query(LIMIT_TABLES);
  const empty = (): Promise<unknown> => db.pool.query("truncate limit_people, limit_changes");
  if (pgbench !== null)
    return {
      name: "pgbench, two inserts",
      async measure(input) {
        await empty();
        return await runPgbench({ pgbench, url, folder: stage.folder, ...input });
      },
      close: () => db.close(),
    };

  let made = 0;
  async function createOne(): Promise<void> {
    const client = await db.pool.connect();
    const key = `${Date.now()}-${made++}`;
    await client.query("begin");
    const person = [(made % 100) + 1, userNameOf(key), `idp-${key}`, userBody(key)];
    await client.query({ name: "person", text: INSERT_PERSON, values: person });
    await client.query({ name: "change", text: INSERT_CHANGE, values: [(made % 100) + 1] });
    await client.query("commit");
    client.release();
  }
  return {
    name: "Node loop, two inserts (no pgbench here)",
    async measure({ clients, seconds }) {
      await empty();
      const startedAtMs = performance.now();
      const before = made;
      const loop = async (): Promise<void> => {
        while (performance.now() < startedAtMs + seconds * 1_000) await createOne();
      };
      await Promise.all(Array.from({ length: clients }, loop));
      return ((made - before) * 1_000) / (performance.now() - startedAtMs);
    },
    close: () => db.close(),
  };
}
