-- group_ancestors follows from group_members and is written in the same transaction, under a lock of the directory. One edge
-- can add as many rows as there are pairs of a group above and a group below, and two foreign keys checked each of them.
alter table group_ancestors
  drop constraint group_ancestors_tenant_id_ancestor_id_fkey,
  drop constraint group_ancestors_tenant_id_group_id_fkey;
