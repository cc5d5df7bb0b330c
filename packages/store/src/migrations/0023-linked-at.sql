-- Since when an account is linked to the app's: one that was made a moment ago may not be shown everywhere in the app yet, so that
-- "not found" says less of it. Null for links that are older than this.
alter table accounts add column linked_at timestamptz;
