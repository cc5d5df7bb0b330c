-- How a lane does: quarantine and its probes, the way back from it, what it was last seen to achieve. Ids, times and
-- counts only, as everything that is read before a tenant is known.
alter table lanes
  add column quarantined_at timestamptz,
  -- Probes that failed since then.
  add column probes integer not null default 0,
  add column disabled_at timestamptz,
  add column paused_at timestamptz,
  -- Calls in flight while the lane finds its way back after a quarantine; null for as many as the connection allows.
  add column ramp integer,
  -- Accounts tried and failed in the last minutes: [{"minute": n, "tried": n, "failed": n}].
  add column recent jsonb not null default '[]',
  -- While the lane is held because the app asked for a pause: when removals may go all the same.
  add column removal_from timestamptz,
  -- Somebody asked for the lane to be tried at once; a holder that lets go then sets no hold.
  add column nudged boolean not null default false,
  -- The oldest removal that the app has not confirmed.
  add column removal_since timestamptz,
  -- Work has been due since then and nothing got through.
  add column stuck_since timestamptz,
  add column stall_noted_at timestamptz,
  add column removal_noted_at timestamptz;
create index lanes_removal on lanes (removal_since) where removal_since is not null;
create index lanes_stuck on lanes (stuck_since) where stuck_since is not null;
create index lanes_noted on lanes (connection_id) where stall_noted_at is not null or removal_noted_at is not null;

update lanes set paused_at = now() where paused;

alter table connections drop constraint connections_state_check;
alter table connections add constraint connections_state_check check (state in ('active', 'quarantined', 'disabled'));

-- When the change was accepted that takes this account away, until the app has confirmed it.
alter table accounts add column removal_since timestamptz;
create index accounts_removal_since on accounts (tenant_id, connection_id, removal_since) where removal_since is not null;

-- How often a directory talks. Outside the walls, as the tokens' times are: ids and times only.
create table directory_rhythms (
  tenant_id uuid not null,
  directory_id uuid not null,
  seen_at timestamptz not null,
  -- Days on which it talked.
  days integer not null default 1,
  -- The longest silence of this fortnight and of the one before it.
  longest_gap interval not null default '0',
  earlier_gap interval not null default '0',
  fortnight_at timestamptz not null default now(),
  silence_noted_at timestamptz,
  primary key (tenant_id, directory_id)
);
grant select, insert, update, delete on directory_rhythms to muster_app;
