import { type Database, inSystem, type NamedStatement, type Statements } from "./database.ts";
import type { DirectoryKey } from "./purge-tombstones.ts";
import type { TenantId } from "./tables.ts";

// A gap after which a directory was given up for silent teaches at most twice its usual one: an outage is no rhythm.
const LEARN_RHYTHMS: NamedStatement<object> = {
  name: "learn-rhythms",
  text: `
with seen as (
  select tenant_id, directory_id, max(last_used_at) as seen_at from directory_tokens where last_used_at is not null group by 1, 2
)
insert into directory_rhythms as r (tenant_id, directory_id, seen_at)
select tenant_id, directory_id, seen_at from seen s
where not exists (select 1 from directory_rhythms o where o.tenant_id = s.tenant_id and o.directory_id = s.directory_id and o.seen_at >= s.seen_at)
order by 1, 2
on conflict (tenant_id, directory_id) do update set
  seen_at = excluded.seen_at,
  days = r.days + case when date_trunc('day', excluded.seen_at, 'UTC') > date_trunc('day', r.seen_at, 'UTC') then 1 else 0 end,
  longest_gap = greatest(case when r.fortnight_at > now() - interval '14 days' then r.longest_gap end,
    least(excluded.seen_at - r.seen_at, 2 * greatest(r.longest_gap, r.earlier_gap, interval '12 hours'))),
  earlier_gap = case when r.fortnight_at > now() - interval '14 days' then r.earlier_gap else r.longest_gap end,
  fortnight_at = case when r.fortnight_at > now() - interval '14 days' then r.fortnight_at else now() end
where excluded.seen_at > r.seen_at`,
};

/** Before a tenant is known, ids and times only: learns from the times at which tokens were used how often directories talk. */
export async function learnRhythms(db: Database): Promise<void> {
  await inSystem(db, (tx) => tx.last.named(LEARN_RHYTHMS, []));
}

export type DirectorySilence = DirectoryKey & { silent: boolean; seenAt: Date; usualGapMs: number };

// Whoever talked on fewer days has no rhythm yet. Nobody can push with tokens that are all revoked or suspended.
const SILENCES: NamedStatement<{
  tenant_id: TenantId;
  directory_id: string;
  silent: boolean;
  seen_at: Date;
  gap_ms: number;
}> = {
  name: "directory-silences",
  text: `
select tenant_id, directory_id, silence_noted_at is null as silent, seen_at,
  extract(epoch from greatest(longest_gap, earlier_gap))::float8 * 1000 as gap_ms
from directory_rhythms r
where case when silence_noted_at is not null then seen_at > silence_noted_at
  else days >= 3 and seen_at < now() - greatest(interval '24 hours', 3 * greatest(longest_gap, earlier_gap))
    and exists (select 1 from directory_tokens t
      where t.tenant_id = r.tenant_id and t.directory_id = r.directory_id and t.revoked_at is null and not t.suspended) end
order by 1, 2 limit $1`,
};

/**
 * Before a tenant is known, ids and times only: directories that used to talk and have been silent for a day and three times
 * as long as ever (`silent`), and those that were and talk again.
 */
export async function listSilences(db: Database, limit: number): Promise<DirectorySilence[]> {
  const rows = await inSystem(db, (tx) => tx.last.named(SILENCES, [limit]));
  return rows.map((row) => ({
    tenantId: row.tenant_id,
    directoryId: row.directory_id,
    silent: row.silent,
    seenAt: row.seen_at,
    usualGapMs: row.gap_ms,
  }));
}

const NOTE_SILENCE: NamedStatement<object> = {
  name: "note-silence",
  text: `
update directory_rhythms set silence_noted_at = case when $3 then now() end where tenant_id = $1 and directory_id = $2`,
};

/** Remembers, in the transaction of its notice, that a directory's silence was told of, or that it is over. */
export async function noteSilence(tx: Statements, directory: DirectoryKey, silent: boolean): Promise<void> {
  await tx.named(NOTE_SILENCE, [directory.tenantId, directory.directoryId, silent]);
}
