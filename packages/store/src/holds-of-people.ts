import type { LaneRef } from "./accounts.ts";
import type { NamedStatement, Statements } from "./database.ts";

/**
 * Why a person's removal may not be planned now: `held` until somebody approves it, `rejected` until what decides about
 * them changes, `unjudged` until the guard has looked at a change that concerns them.
 */
export type RemovalHold = "held" | "rejected" | "unjudged";

/**
 * The one place that says whether a removal may be planned: null means yes. `$1` is the tenant, `connection` the parameter
 * of the connection, and `u` the row of the person in `users`.
 *
 * Read in the statement that reads the person, so that whoever sees a change sees its cause too, which was written in the
 * same transaction. A change of who is in scope that was not judged yet concerns everybody who is active; those who were
 * deactivated or deleted on their own never wait for it.
 */
export const removalHold = (connection: string): string => `coalesce(
  (select h.state from held_removals h where h.tenant_id = $1 and h.connection_id = ${connection} and h.user_id = u.id),
  case when exists (select 1 from expansions e where e.tenant_id = $1 and e.connection_id = ${connection}
    and ((e.guard = 'scope' and u.active and u.deleted_at is null) or (e.guard = 'people' and u.id = any(e.user_ids)))) then 'unjudged' end)`;

const LEAVE_HOLD: NamedStatement<{ user_id: string }> = {
  name: "leave-hold",
  text: `
delete from held_removals where tenant_id = $1 and connection_id = $2 and user_id = any($3::uuid[]) returning user_id`,
};

/** Lets people out of the holds that they are in, because they have access again on their own. */
export async function leaveHold(tx: Statements, lane: LaneRef, userIds: readonly string[]): Promise<void> {
  await tx.named(LEAVE_HOLD, [lane.tenantId, lane.connectionId, userIds]);
}

/**
 * A person whom an identity provider deactivates or deletes alone is removed at once, whatever hold they were in, as common
 * table expression `let_go` over `changed` (id, removal). In a request for many their cause is judged anew.
 */
export const LET_GO = `
let_go as (
  delete from held_removals h where h.tenant_id = $1 and h.user_id = any(array(select id from changed where removal))
)`;
