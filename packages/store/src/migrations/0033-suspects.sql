-- Accounts with which two workers ended are looked for before every batch, and there are hardly ever any: their own index, so that the
-- look does not read all that is due.
create index accounts_suspect on accounts (tenant_id, connection_id, removal desc, due_at) where crashes >= 2;
