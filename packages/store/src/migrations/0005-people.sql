-- Places kept under a userName are found without case; the key is the beginning of the name and narrows the search.
create index parked_members_fold on parked_members (tenant_id, left(muster_fold(value), 512));
