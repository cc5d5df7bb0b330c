import { Client } from "pg";
import { withStage } from "./stage/open-stage.ts";

await withStage({ profileDir: undefined }, async (stage) => {
  const c = new Client({ connectionString: stage.cluster.urlOf("muster_bench") });
  await c.connect();
  await c.query("set plan_cache_mode=force_generic_plan");
  await c.query("set role muster_app");
  const show = async (name: string, types: string, text: string, args: string) => {
    await c.query(`prepare ${name}(${types}) as ${text}`);
    const { rows } = await c.query(`explain execute ${name}(${args})`);
    console.log(name, "\n" + rows.map((r) => r["QUERY PLAN"]).join("\n"));
  };
  const u = "'00000000-0000-0000-0000-000000000001'";
  await show("a2", "uuid,uuid", "select id from users where tenant_id=$1 and id=$2 for update of users", `${u},${u}`);
  await show(
    "b2",
    "uuid,uuid[]",
    "select u.* from unnest($2) w(id) cross join lateral (select id from users where tenant_id=$1 and id=w.id offset 0 for update skip locked) u",
    `${u},'{}'`,
  );
  await show(
    "b3",
    "uuid,uuid[]",
    "select a.connection_id from unnest($2) w(id) cross join lateral (select connection_id from accounts where tenant_id=$1 and user_id=w.id offset 0) a",
    `${u},'{}'`,
  );
  await show(
    "b4",
    "uuid,uuid",
    "select m.group_id from memberships m cross join lateral (select id from groups g where g.tenant_id = $1 and g.id = m.group_id offset 0) g where m.tenant_id = $1 and m.user_id = $2",
    `${u},${u}`,
  );
  await show(
    "b5",
    "uuid,uuid",
    "select 1 from users where tenant_id=$1 and directory_id=$2 and external_id=$2::text and deleted_at is null and not active",
    `${u},${u}`,
  );
  await show(
    "b6",
    "uuid,uuid,text[]",
    "delete from user_emails where tenant_id=$1 and directory_id=$2 and email_key=any($3)",
    `${u},${u},'{}'`,
  );
  await c.end();
});
