import pg from "pg";

/** Rows fetched at a time, as many as a plan reads. */
const FETCH = 500;

// What decides about people of a connection, each once, in the order in which it lies.
const DECLARE = `
declare people no scroll cursor for
select u.id, u.user_name, u.external_id, u.active, u.attributes, u.deleted_at, a.state, a.remote_id, a.applied, a.removal,
  array(select m.group_id from memberships m where m.tenant_id = u.tenant_id and m.user_id = u.id) as groups
from users u left join accounts a on a.tenant_id = u.tenant_id and a.user_id = u.id and a.connection_id = $2
where u.tenant_id = $1 order by u.tenant_id, u.id`;

/** Reads the rows that a plan reads by a cursor and does nothing with them; gives how long that takes, and how many people there were. */
export async function readByCursor(
  url: string,
  lane: { tenantId: string; connectionId: string },
): Promise<{ seconds: number; people: number }> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const startedAtMs = performance.now();
    await client.query("begin");
    await client.query({ text: DECLARE.replace("$1", `'${lane.tenantId}'`).replace("$2", `'${lane.connectionId}'`) });
    let people = 0;
    for (let fetched = FETCH; fetched === FETCH; people += fetched)
      fetched = (await client.query(`fetch ${FETCH} from people`)).rows.length;
    await client.query("commit");
    return { seconds: (performance.now() - startedAtMs) / 1_000, people };
  } finally {
    await client.end();
  }
}
