import type { Attributes } from "@muster/scim";
import { foldCase } from "@muster/scim";
import { sql } from "kysely";
import type { NamedStatement, Statements } from "./database.ts";
import { WAITS_FOR, type WaitsFor } from "./held-accounts.ts";
import type { AccountState, TenantId } from "./tables.ts";

/** An account as the console shows it. */
export type AccountView = {
  userId: string;
  userName: string | null;
  state: AccountState;
  reason: string | null;
  /** Null unless it is held. */
  waitsFor: WaitsFor | null;
  remoteId: string | null;
  applied: Attributes | null;
  desiredGeneration: number;
  appliedGeneration: number;
  attempts: number;
  nextAttemptAt: Date | null;
  updatedAt: Date;
};

/** Lists a connection's accounts in the order of their people's ids. */
export async function listAccounts(
  tx: Statements,
  tenantId: TenantId,
  page: {
    connectionId: string;
    userId?: string | undefined;
    userName?: string | undefined;
    state?: AccountState | undefined;
    after?: string | undefined;
    limit: number;
  },
): Promise<AccountView[]> {
  let query = tx.sql
    .selectFrom("accounts as a")
    .innerJoin("users as u", (join) => join.onRef("u.tenant_id", "=", "a.tenant_id").onRef("u.id", "=", "a.user_id"))
    .select([
      "a.user_id as userId",
      "u.user_name as userName",
      "a.state",
      "a.reason",
      WAITS_FOR.as("waitsFor"),
      "a.remote_id as remoteId",
      "a.applied",
      "a.desired_generation as desiredGeneration",
      "a.applied_generation as appliedGeneration",
      "a.attempts",
      "a.due_at as nextAttemptAt",
      "a.updated_at as updatedAt",
    ])
    .where("a.tenant_id", "=", tenantId)
    .where("a.connection_id", "=", page.connectionId)
    .orderBy("a.user_id")
    .limit(page.limit);
  if (page.userId !== undefined) query = query.where("a.user_id", "=", page.userId);
  if (page.userName !== undefined) query = query.where("u.user_name_key", "=", foldCase(page.userName));
  if (page.state !== undefined) query = query.where("a.state", "=", page.state);
  if (page.after !== undefined) query = query.where("a.user_id", ">", page.after);
  return await tx.run(query);
}

export type AccountCounts = Record<AccountState, number> & { due: number; inFlight: number };

const COUNT_ACCOUNTS: NamedStatement<{ state: AccountState; accounts: number; due: number; in_flight: number }> = {
  name: "count-accounts",
  text: `
select state, count(*) as accounts, count(*) filter (where due_at <= now()) as due, count(*) filter (where in_flight_epoch is not null) as in_flight
from accounts where tenant_id = $1 and connection_id = $2 group by state`,
};

/** Counts a connection's accounts by state, and how many are due or in flight. */
export async function countAccounts(tx: Statements, tenantId: TenantId, connectionId: string): Promise<AccountCounts> {
  const counts: AccountCounts = { pending: 0, synced: 0, failing: 0, stopped: 0, held: 0, due: 0, inFlight: 0 };
  for (const row of await tx.named(COUNT_ACCOUNTS, [tenantId, connectionId])) {
    counts[row.state] += row.accounts;
    counts.due += row.due;
    counts.inFlight += row.in_flight;
  }
  return counts;
}

/** Tells whether any account of a connection is linked to a user of the app. */
export async function hasLinkedAccounts(tx: Statements, tenantId: TenantId, connectionId: string): Promise<boolean> {
  const rows = await tx.run(
    tx.sql
      .selectFrom("accounts")
      .select("user_id")
      .where("tenant_id", "=", tenantId)
      .where("connection_id", "=", connectionId)
      .where("remote_id", "is not", null)
      .limit(1),
  );
  return rows.length > 0;
}

/** Makes every failing or stopped account of a connection due now; returns how many. */
export async function retryAccounts(tx: Statements, tenantId: TenantId, connectionId: string): Promise<number> {
  const rows = await tx.run(
    tx.sql
      .updateTable("accounts")
      .set({ due_at: sql<Date>`now()`, state: "pending" })
      .where("tenant_id", "=", tenantId)
      .where("connection_id", "=", connectionId)
      .where("state", "in", ["failing", "stopped"])
      .returning("user_id"),
  );
  return rows.length;
}
