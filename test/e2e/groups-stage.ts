import type { Stage, Tenant } from "./stage.ts";

export type { Body, ScimClient } from "./clients.ts";

/** Puts people into a directory past the api, where many are needed; returns their ids in their order. */
export async function seedPeople(stage: Stage, tenant: Tenant, count: number, prefix: string): Promise<string[]> {
  const rows = await stage.ledger.query<{ id: string }>(
    `insert into users (tenant_id, id, directory_id, user_name, user_name_key, active, attributes)
     select $1, gen_random_uuid(), $2, $3 || '-' || i, $3 || '-' || i, true, '{}' from generate_series(1, $4::int) i returning id`,
    [tenant.id, tenant.directoryId, prefix, count],
  );
  return rows.map(({ id }) => id);
}
