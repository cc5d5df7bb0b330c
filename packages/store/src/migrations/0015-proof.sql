-- Second accounts that a create may have made whose end nobody knows.

-- When such a create was last left behind. It stays: only where there was one may an account that bears our externalId,
-- and that nobody is linked to, be ours to take away.
alter table accounts add column twin_since timestamptz;
