-- ── Members of a workspace ──────────────────────────────────────────────────────────────────────────────────────
-- People of the app owner who sign in to the console at their identity provider. Looked up before anything else is known, like
-- sessions: ids, digests and times only, outside row-level security; who they are stands in member_profiles, behind the workspace's wall.
create table members (
  workspace_id uuid not null references workspaces (id),
  id uuid not null,
  role text not null check (role in ('owner', 'admin', 'operator', 'auditor')),
  -- Of the address that was invited: it finds an invitation once, and nobody who has come in (V81).
  email_digest bytea not null,
  -- Of issuer and subject, from the first sign-in on: this is who it is, whatever address it has.
  identity_digest bytea,
  created_at timestamptz not null default now(),
  -- When the invitation runs out that nobody took up.
  invited_until timestamptz not null,
  joined_at timestamptz,
  seen_at timestamptz,
  removed_at timestamptz,
  primary key (workspace_id, id),
  check ((identity_digest is null) = (joined_at is null))
);
create unique index members_email on members (workspace_id, email_digest) where removed_at is null;
create unique index members_identity on members (workspace_id, identity_digest) where removed_at is null;
-- Sign-in knows no workspace yet.
create index members_by_identity on members (identity_digest) where removed_at is null;
create index members_by_email on members (email_digest) where removed_at is null and joined_at is null;
grant select, insert, update on members to muster_app;

create table member_profiles (
  workspace_id uuid not null,
  member_id uuid not null,
  email text not null,
  -- What the identity provider said at the last sign-in; null until the first.
  name text,
  issuer text,
  subject text,
  invited_by text not null,
  primary key (workspace_id, member_id),
  foreign key (workspace_id, member_id) references members (workspace_id, id)
);
alter table member_profiles enable row level security;
alter table member_profiles force row level security;
create policy workspace on member_profiles using (workspace_id = nullif(current_setting('muster.workspace_id', true), '')::uuid);
grant select, insert, update on member_profiles to muster_app;

-- A session, and a link, is a key's doing or a member's.
alter table sessions alter column api_key_id drop not null;
alter table sessions add column member_id uuid;
alter table sessions add foreign key (workspace_id, member_id) references members (workspace_id, id);
alter table sessions add check (num_nonnulls(api_key_id, member_id) = 1) not valid;
create index sessions_member on sessions (workspace_id, member_id) where member_id is not null;

alter table portal_links alter column api_key_id drop not null;
alter table portal_links add column member_id uuid;
alter table portal_links add foreign key (workspace_id, member_id) references members (workspace_id, id);
alter table portal_links add check (num_nonnulls(api_key_id, member_id) = 1) not valid;
create index portal_links_member on portal_links (workspace_id, member_id) where member_id is not null;

-- A key may be made for less than everything.
alter table api_keys drop constraint api_keys_role_check;
alter table api_keys add constraint api_keys_role_check check (role in ('owner', 'admin', 'operator', 'auditor'));

-- ── Sign-ins that are under way ─────────────────────────────────────────────────────────────────────────────────
-- One for each time somebody was sent to the identity provider: good for one return, of the browser that holds its token. What is
-- sent along (state, nonce, the PKCE verifier) follows from that token and is kept nowhere.
create table sign_ins (
  public_id text primary key,
  digest bytea not null,
  pepper_id text not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index sign_ins_expires_at on sign_ins (expires_at);
grant select, insert, update, delete on sign_ins to muster_app;
