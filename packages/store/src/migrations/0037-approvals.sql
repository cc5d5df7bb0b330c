-- ── Approvals ───────────────────────────────────────────────────────────────────────────────────────────────────
-- Which steps of a connection wait for somebody's approval; none unless said.
alter table connections
  add column approvals text[] not null default '{}' check (approvals <@ array['create', 'update', 'deactivate', 'delete']);

-- What is asked about an account, and what was decided. At most one step of an account waits at a time; the row goes once it is done.
create table approvals (
  tenant_id uuid not null,
  connection_id uuid not null,
  user_id uuid not null,
  -- Of what is asked: what should be otherwise has another.
  id uuid not null,
  action text not null check (action in ('create', 'update', 'deactivate', 'delete')),
  -- What a decision is about; something else is asked anew.
  content jsonb not null,
  -- [{"path", "before", "after"}], as it is shown.
  changes jsonb not null default '[]',
  asked_at timestamptz not null default now(),
  state text not null default 'waiting' check (state in ('waiting', 'approved', 'rejected')),
  decided_by text,
  decided_at timestamptz,
  primary key (tenant_id, connection_id, user_id),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);
create index approvals_user on approvals (tenant_id, user_id);
create index approvals_id on approvals (tenant_id, connection_id, id);
alter table approvals enable row level security;
alter table approvals force row level security;
create policy tenant on approvals using (tenant_id = nullif(current_setting('muster.tenant_id', true), '')::uuid);
grant select, insert, update, delete on approvals to muster_app;

-- Times only, read before a tenant is known: since when the oldest of a lane has waited, and when that was last told.
alter table lanes add column approval_since timestamptz, add column approval_told_at timestamptz;
create index lanes_approval on lanes (approval_since) where approval_since is not null;

-- ── Events ──────────────────────────────────────────────────────────────────────────────────────────────────────
create function muster_tell_approval() returns trigger language plpgsql as
$$
begin
  if new.state = 'approved' and tg_op = 'INSERT' then return null; end if;
  if tg_op = 'UPDATE' and new.id = old.id and new.state = old.state then return null; end if;
  if not exists (select 1 from event_streams where tenant_id = muster_scope() and enabled) then return null; end if;
  insert into events (tenant_id, place, type, directory_id, user_id, connection_id, changes)
  select c.tenant_id, muster_event_place(c.tenant_id), case when new.state = 'waiting' then 'approval.asked' else 'approval.decided' end,
    c.directory_id, new.user_id, c.id, muster_changes(null, jsonb_build_object('approvalId', new.id, 'action', new.action, 'state', new.state))
  from connections c where c.tenant_id = new.tenant_id and c.id = new.connection_id;
  perform muster_ring_webhooks(new.tenant_id);
  return null;
end
$$;
create trigger tell_changed after insert or update on approvals for each row execute function muster_tell_approval();
