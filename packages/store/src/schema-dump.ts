import pg from "pg";

const OBJECTS = `
select 'table ' || c.relname || ' ' || a.attname as key, format_type(a.atttypid, a.atttypmod)
    || case when a.attnotnull then ' not null' else '' end
    || case when a.attidentity <> '' then ' identity' else coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') end as definition
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
union all
select 'constraint ' || c.relname || ' ' || o.conname, pg_get_constraintdef(o.oid)
from pg_constraint o join pg_class c on c.oid = o.conrelid where c.relnamespace = 'public'::regnamespace and o.contype <> 'n'
union all
select 'index ' || c.relname || ' ' || i.relname, pg_get_indexdef(x.indexrelid)
from pg_index x join pg_class c on c.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
where c.relnamespace = 'public'::regnamespace
union all
select 'row security ' || c.relname, case when c.relrowsecurity then 'enabled' else 'off' end || case when c.relforcerowsecurity then ', forced' else '' end
from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
union all
select 'policy ' || tablename || ' ' || policyname, cmd || ' using ' || coalesce(qual, '-') || ' check ' || coalesce(with_check, '-')
from pg_policies where schemaname = 'public'
union all
select 'options ' || relname, array_to_string(reloptions, ', ') from pg_class
where relnamespace = 'public'::regnamespace and reloptions is not null and relkind in ('r', 'p')
union all
select 'grants ' || table_name, string_agg(lower(privilege_type), ', ' order by privilege_type)
from information_schema.role_table_grants where table_schema = 'public' and grantee = 'muster_app' group by table_name
order by key`;

/**
 * Describes the schema from the catalogue, one object a line, the same on every supported Postgres: the committed copy
 * (schema.txt) shows a reviewer what a migration really does, and a test compares the two.
 */
export async function dumpSchema(input: { url: string }): Promise<string> {
  const client = new pg.Client({ connectionString: input.url });
  await client.connect();
  try {
    const { rows } = await client.query<{ key: string; definition: string }>(OBJECTS);
    return `${rows.map((row) => `${row.key}: ${row.definition}`).join("\n")}\n`;
  } finally {
    await client.end();
  }
}
