import { type Database, openDatabase } from "@muster/store";

export type StatementCounter = {
  /** Forgets what was counted so far. */
  reset(): Promise<void>;
  /** Data statements that ran in the product's database since; BEGIN, SET and COMMIT are not counted. */
  count(): Promise<number>;
  /** The same without those of the process itself: looking credentials and what a directory is set to up, and its log. */
  countRequests(): Promise<number>;
  close(): Promise<void>;
};

const COUNT = `
select coalesce(sum(s.calls), 0)::float8 as calls
from pg_stat_statements s join pg_database d on d.oid = s.dbid
where d.datname = $1 and s.toplevel and s.query ~* '^\\s*(select|insert|update|delete|merge|with)\\y'`;

const OF_THE_PROCESS =
  "and s.query !~ '(credential_epoch|directory_tokens|api_keys|request_log_bodies|insert into requests)'";

/** Counts through pg_stat_statements, from another database so that the counting itself is not counted. */
export async function openStatementCounter(input: { url: string; countedDatabase: string }): Promise<StatementCounter> {
  const db: Database = openDatabase({ url: input.url, maxConnections: 1, applicationName: "bench-counter" });
  await db.pool.query("create extension if not exists pg_stat_statements");
  const count = async (query: string): Promise<number> => {
    const { rows } = await db.pool.query<{ calls: number }>(query, [input.countedDatabase]);
    return rows[0]?.calls ?? 0;
  };
  return {
    async reset() {
      await db.pool.query("select pg_stat_statements_reset()");
    },
    count: () => count(COUNT),
    countRequests: () => count(`${COUNT} ${OF_THE_PROCESS}`),
    close: () => db.close(),
  };
}
