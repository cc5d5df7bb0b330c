import type { NamedStatement, Statements } from "./database.ts";
import type { TenantId } from "./tables.ts";

/** The access that an administrator of an app has given a connection, as it is kept. */
export type AppGrant = {
  keyId: string;
  /** Until when somebody who was sent to the app may come back; null when nobody was. */
  askedUntil: Date | null;
  /** The app's answer, not yet turned into tokens. */
  sealedCode: Buffer | null;
  sealedTokens: Buffer | null;
  givenAt: Date | null;
  givenBy: string | null;
  overBecause: string | null;
};

const GRANT_COLUMNS = `key_id as "keyId", asked_until as "askedUntil", sealed_code as "sealedCode",
  sealed_tokens as "sealedTokens", given_at as "givenAt", given_by as "givenBy", over_because as "overBecause"`;

const GET: NamedStatement<AppGrant> = {
  name: "get-app-grant",
  text: `select ${GRANT_COLUMNS} from app_grants where tenant_id = $1 and connection_id = $2`,
};

/** Reads a connection's grant; undefined when nobody was ever asked for one. */
export async function getGrant(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
): Promise<AppGrant | undefined> {
  const [row] = await tx.named(GET, [tenantId, connectionId]);
  return row;
}

// Turns begin at a number of their own: one that was taken of a grant that is forgotten is none of the next grant's.
const ASK: NamedStatement<{ askedUntil: Date }> = {
  name: "ask-app-grant",
  text: `
insert into app_grants (tenant_id, connection_id, key_id, state_digest, asked_by, asked_until, sealed_verifier, turn)
values ($1, $2, $3, $4, $5, now() + $6 * interval '1 minute', $7, (random() * 1000000000)::integer)
on conflict (tenant_id, connection_id) do update set state_digest = excluded.state_digest, asked_by = excluded.asked_by,
  asked_until = excluded.asked_until, sealed_verifier = excluded.sealed_verifier
returning asked_until as "askedUntil"`,
};

/** Keeps what the answer of somebody who is sent to the app must come with; what was asked before is forgotten. */
export async function askGrant(
  tx: Statements,
  tenantId: TenantId,
  asked: {
    connectionId: string;
    keyId: string;
    stateDigest: Buffer;
    askedBy: string;
    minutes: number;
    sealedVerifier: Buffer;
  },
): Promise<Date> {
  const { connectionId, keyId, stateDigest, askedBy, minutes, sealedVerifier } = asked;
  const [row] = await tx.named(ASK, [tenantId, connectionId, keyId, stateDigest, askedBy, minutes, sealedVerifier]);
  if (row === undefined) throw new Error("An insert must return its row");
  return row.askedUntil;
}

const TAKE: NamedStatement<{ connectionId: string; keyId: string; sealedVerifier: Buffer }> = {
  name: "take-asked-grant",
  text: `
with asked as (
  select connection_id, key_id, sealed_verifier from app_grants
  where tenant_id = $1 and state_digest = $2 and asked_by = $3 and asked_until > now() for update
)
update app_grants g set state_digest = null, asked_by = null, asked_until = null, sealed_verifier = null from asked
where g.tenant_id = $1 and g.connection_id = asked.connection_id
returning g.connection_id as "connectionId", asked.key_id as "keyId", asked.sealed_verifier as "sealedVerifier"`,
};

/** Takes what was kept by `askGrant`: once, for whoever asked, and before it is too late; undefined in every other case. */
export async function takeGrant(
  tx: Statements,
  tenantId: TenantId,
  answer: { stateDigest: Buffer; askedBy: string },
): Promise<{ connectionId: string; keyId: string; sealedVerifier: Buffer } | undefined> {
  const [row] = await tx.named(TAKE, [tenantId, answer.stateDigest, answer.askedBy]);
  return row;
}

const GIVE: NamedStatement<object> = {
  name: "give-app-grant",
  text: `
update app_grants set sealed_code = $3, given_by = $4, given_at = now(), over_because = null
where tenant_id = $1 and connection_id = $2`,
};

/** Keeps the app's answer until a worker turns it into tokens. */
export async function giveGrant(
  tx: Statements,
  tenantId: TenantId,
  given: { connectionId: string; sealedCode: Buffer; givenBy: string },
): Promise<void> {
  await tx.named(GIVE, [tenantId, given.connectionId, given.sealedCode, given.givenBy]);
}

const CLAIM: NamedStatement<AppGrant & { turn: number }> = {
  name: "claim-app-grant",
  text: `
update app_grants set turn = turn + 1, asking_until = now() + $3 * interval '1 millisecond'
where tenant_id = $1 and connection_id = $2 and over_because is null and (asking_until is null or asking_until <= now())
returning turn, ${GRANT_COLUMNS}`,
};

/** Lets this process, and no other, ask for tokens for some time; undefined while another may. */
export async function claimGrant(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
  forMs: number,
): Promise<(AppGrant & { turn: number }) | undefined> {
  const [row] = await tx.named(CLAIM, [tenantId, connectionId, forMs]);
  return row;
}

const END_TURN: NamedStatement<{ turn: number }> = {
  name: "end-turn-of-app-grant",
  text: `
update app_grants set asking_until = null, sealed_tokens = case when $4 then $5 else sealed_tokens end,
  sealed_code = case when sealed_code is not distinct from $6 then null else sealed_code end,
  over_because = case when sealed_code is not distinct from $6 then $7 end
where tenant_id = $1 and connection_id = $2 and turn = $3 returning turn`,
};

/** What a turn came to. */
export type TurnEnd = {
  /** What is kept from now on; undefined for what was kept before. */
  sealedTokens?: Buffer | null;
  /** The code that was turned in; one that came meanwhile is kept. */
  usedCode: Buffer | null;
  /** Why the grant is over; it is not where a code came meanwhile. */
  overBecause: string | null;
};

/** Records what a turn came to and ends it; false when another process has had a turn since. */
export async function endGrantTurn(
  tx: Statements,
  tenantId: TenantId,
  at: { connectionId: string; turn: number },
  end: TurnEnd,
): Promise<boolean> {
  const { sealedTokens, usedCode, overBecause } = end;
  const values = [sealedTokens !== undefined, sealedTokens ?? null, usedCode, overBecause];
  return (await tx.named(END_TURN, [tenantId, at.connectionId, at.turn, ...values])).length === 1;
}

const DELETE: NamedStatement<object> = {
  name: "delete-app-grant",
  text: "delete from app_grants where tenant_id = $1 and connection_id = $2",
};

/** Forgets a grant: it was given to another client than the connection signs in with now. */
export async function deleteGrant(tx: Statements, tenantId: TenantId, connectionId: string): Promise<void> {
  await tx.named(DELETE, [tenantId, connectionId]);
}
