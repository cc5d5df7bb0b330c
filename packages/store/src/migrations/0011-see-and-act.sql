-- What was sent to an app and why, one trace from the inbound request to it, and a gate for new connections.

-- ── One trace ───────────────────────────────────────────────────────────────────────────────────────────────────
-- A trace id of W3C Trace Context, 16 bytes like a uuid. What a transaction of one request writes gets it by itself; what
-- shares a transaction with others names its own.
alter table accounts add column trace_id uuid default nullif(current_setting('muster.trace_id', true), '')::uuid;
alter table expansions add column trace_id uuid default nullif(current_setting('muster.trace_id', true), '')::uuid;
alter table audit add column trace_id uuid default nullif(current_setting('muster.trace_id', true), '')::uuid;
create index audit_target on audit (tenant_id, target, id);
create index requests_trace on requests (tenant_id, directory_id, trace_id, id) where trace_id is not null;

-- ── Attempts ────────────────────────────────────────────────────────────────────────────────────────────────────
alter table attempts
  -- Null for a probe, which is about the app as a whole.
  alter column user_id drop not null,
  add column trace_id uuid,
  add column started_at timestamptz,
  -- When the account is looked at again; null for "when something changes".
  add column retry_at timestamptz,
  -- What went over the wire, masked: [{"method", "path", "body", "status", "retryAfter", "answer"}]. Null where none was kept.
  add column exchanges jsonb;
-- What went wrong is looked for among much that went well.
create index attempts_failures on attempts (tenant_id, connection_id, decision, id) where decision <> 'applied';
create index attempts_trace on attempts (tenant_id, trace_id, id) where trace_id is not null;

alter table connections
  add column attempt_log_days integer not null default 14 check (attempt_log_days between 1 and 365),
  add column attempt_log_bodies boolean not null default true,
  -- closed: accounts are computed, and nothing is sent; groups: only for the people of gate_groups.
  add column gate text not null default 'open' check (gate in ('open', 'closed', 'groups'));

-- ── The gate ────────────────────────────────────────────────────────────────────────────────────────────────────
create table gate_groups (
  tenant_id uuid not null,
  connection_id uuid not null,
  group_id uuid not null,
  primary key (tenant_id, connection_id, group_id),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id),
  foreign key (tenant_id, group_id) references groups (tenant_id, id) on delete cascade
);
create index gate_groups_group on gate_groups (tenant_id, group_id);
alter table gate_groups enable row level security;
alter table gate_groups force row level security;
create policy tenant on gate_groups using (tenant_id = nullif(current_setting('muster.tenant_id', true), '')::uuid);
grant select, insert, update, delete on gate_groups to muster_app;
