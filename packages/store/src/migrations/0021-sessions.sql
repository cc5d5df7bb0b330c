-- ── Sessions of the portal ──────────────────────────────────────────────────────────────────────────────────────
-- Looked up before anything else is known, like API keys: ids, digests and times only, outside row-level security.
create table sessions (
  public_id text primary key,
  workspace_id uuid not null references workspaces (id),
  -- Whose sign-in it is; where the key is revoked, its sessions are over.
  api_key_id text not null references api_keys (public_id),
  digest bytea not null,
  pepper_id text not null,
  created_at timestamptz not null default now(),
  -- Kept to the minute: a session that was idle for too long is over.
  seen_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index sessions_api_key on sessions (api_key_id);
create index sessions_expires_at on sessions (expires_at);
grant select, insert, update, delete on sessions to muster_app;
