-- ── Links into the portal ────────────────────────────────────────────────────────────────────────────────────────
-- The administrator of a tenant comes in by a link: a code that is good for one sign-in. Looked up before anything else is known, like
-- sessions: ids, digests and times only, outside row-level security.
create table portal_links (
  public_id text primary key,
  workspace_id uuid not null references workspaces (id),
  tenant_id uuid not null,
  -- Whose doing it is: where that key is revoked, its links and what was begun with them are over.
  api_key_id text not null,
  rights text not null check (rights in ('setup', 'manage', 'view')),
  digest bytea not null,
  pepper_id text not null,
  -- Of the second code, that a link which lives long needs; null where it needs none.
  second_digest bytea,
  -- Wrong second codes.
  failures integer not null default 0,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  revoked_at timestamptz
);
create index portal_links_tenant on portal_links (tenant_id, public_id);
create index portal_links_expires_at on portal_links (expires_at);
grant select, insert, update, delete on portal_links to muster_app;

-- What a session may do where it was begun with a link: only this tenant, and only the link's rights.
alter table sessions add column portal_link_id text references portal_links (public_id) on delete cascade;
create index sessions_portal_link on sessions (portal_link_id) where portal_link_id is not null;
