-- Calls about groups are attempts like those about people, and carry the trace of the request that led to them.

alter table attempts
  -- The group that the call was about; user_id is null then.
  add column group_id uuid;
create index attempts_group on attempts (tenant_id, connection_id, group_id, id) where group_id is not null;

-- A mark of one request has its trace by itself, as accounts do.
alter table remote_group_marks add column trace_id uuid default nullif(current_setting('muster.trace_id', true), '')::uuid;
-- Of the newest mark; made by the claim where nobody asked for the work.
alter table remote_groups add column trace_id uuid;
