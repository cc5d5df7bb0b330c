import { createHash } from "node:crypto";
import pg from "pg";

/** What the database holds, read past every wall. */
export type Ledger = {
  query<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Every row of every table, or of one tenant alone, as "table: row". */
  rows(tenantId?: string): Promise<string[]>;
  /** A digest of `rows` without the log of requests, which follows what happened a moment later. */
  digest(tenantId?: string): Promise<string>;
  close(): Promise<void>;
};

/** Opens a connection as the owner of the database. */
export function openLedger(databaseUrl: string): Ledger {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2, application_name: "ledger" });
  pool.on("error", () => undefined);
  const query: Ledger["query"] = async <Row extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
  ) => {
    const { rows } = await pool.query<Row>(text, [...values]);
    return rows;
  };

  async function rows(tenantId?: string): Promise<string[]> {
    const columns =
      tenantId === undefined
        ? ""
        : "and (column_name = 'tenant_id' or (table_name = 'tenants' and column_name = 'id'))";
    const tables = await query<{ name: string; key: string }>(
      `select table_name as name, max(column_name) as key from information_schema.columns
       where table_schema = 'public' and table_name <> 'migrations' ${columns} group by 1 order by 1`,
    );
    const found = await Promise.all(
      tables.map(async ({ name, key }) => {
        const wanted =
          tenantId === undefined ? "" : `where ${pg.escapeIdentifier(key)} = ${pg.escapeLiteral(tenantId)}`;
        // When a credential was last used is noted some time after the request.
        const text = `select (to_jsonb(t) - 'last_used_at')::text as text from ${pg.escapeIdentifier(name)} t ${wanted} order by 1`;
        return (await query<{ text: string }>(text)).map((row) => `${name}: ${row.text}`);
      }),
    );
    return found.flat();
  }

  return {
    query,
    rows,
    digest: async (tenantId) =>
      createHash("sha256")
        .update((await rows(tenantId)).filter((row) => !row.startsWith("requests: ")).join("\n"))
        .digest("hex"),
    close: () => pool.end(),
  };
}
