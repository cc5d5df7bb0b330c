import { Client } from "pg";
import { measureFlagPatches } from "./figures/flag-patches.ts";
import { withStage } from "./stage/open-stage.ts";

await withStage({ profileDir: undefined }, async (stage) => {
  const c = new Client({ connectionString: stage.cluster.urlOf("muster_bench") });
  await c.connect();
  await c.query("create extension if not exists pg_stat_statements");
  const r = await measureFlagPatches(stage, { rounds: 2, seconds: 3, users: 1000 });
  console.log(JSON.stringify(r, null, 1));
  const { rows } = await c.query(
    "select calls, round(total_exec_time::numeric) ms, round(mean_exec_time::numeric,3) mean, shared_blks_hit/calls as hit, wal_bytes/calls wal, left(regexp_replace(query,'\\s+',' ','g'),110) q from pg_stat_statements s join pg_database d on d.oid=s.dbid where datname='muster_bench' order by total_exec_time desc limit 12",
  );
  console.table(rows);
  const w = await c.query(
    "select relname, n_live_tup, n_dead_tup, n_tup_upd, n_tup_hot_upd, seq_scan, idx_scan from pg_stat_user_tables where n_tup_upd+n_tup_ins>0 order by n_tup_upd desc limit 8",
  );
  console.table(w.rows);
  await c.end();
});
