import { randomUUID } from "node:crypto";
import { openDatabase } from "@muster/store";
import type { Stage } from "../stage/open-stage.ts";

export type MemberLimit = {
  name: string;
  /** Milliseconds for one durable statement that puts all these people into a new group. */
  measure(): Promise<number>;
  close(): Promise<void>;
};

/** Memberships as rows, with the two indexes that any gateway needs, and people to tell known ids from unknown ones. */
const TABLES = `
drop table if exists limit_known, limit_members;
create table limit_known (tenant_id uuid not null, id uuid not null, primary key (tenant_id, id));
create table limit_members (
  tenant_id uuid not null, group_id uuid not null, user_id uuid not null, primary key (tenant_id, group_id, user_id));
create index on limit_members (tenant_id, user_id, group_id)`;

const INSERT_MEMBERS = `
insert into limit_members (tenant_id, group_id, user_id)
select $1, $2, k.id from unnest($3::uuid[]) as w(id) join limit_known k on k.tenant_id = $1 and k.id = w.id
on conflict do nothing`;

/** Opens what a large PATCH of members is measured against: its rows alone, by the driver that the product uses. */
export async function openMemberLimit(stage: Pick<Stage, "limitUrl">, ids: readonly string[]): Promise<MemberLimit> {
  const db = openDatabase({ url: stage.limitUrl, maxConnections: 1, applicationName: "bench-limit" });
  const tenantId = randomUUID();
  await db.pool.query(TABLES);
  await db.pool.query("insert into limit_known select $1, unnest($2::uuid[])", [tenantId, ids]);
  await db.pool.query("analyze limit_known");
  return {
    name: "one INSERT",
    async measure() {
      const startedAtMs = performance.now();
      await db.pool.query({ name: "members", text: INSERT_MEMBERS, values: [tenantId, randomUUID(), ids] });
      return performance.now() - startedAtMs;
    },
    close: () => db.close(),
  };
}
