-- Since when, and by which request, somebody is in a group: what "why does this person have this role" ends in. Null for those who
-- were members before this was kept.
alter table memberships add column at timestamptz, add column trace_id uuid;
alter table memberships
  alter column at set default now(),
  alter column trace_id set default nullif(current_setting('muster.trace_id', true), '')::uuid;
