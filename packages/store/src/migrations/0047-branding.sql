-- ── How the portal looks to an app owner's customers, and where it may be framed ───────────────────────────────────
create table branding (
  workspace_id uuid primary key references workspaces (id),
  name text,
  -- #rrggbb; the portal makes shades of it that can be read.
  colour text,
  logo bytea check (octet_length(logo) <= 65536),
  logo_type text check (logo_type in ('image/png', 'image/jpeg')),
  -- Origins whose pages may hold the portal in a frame.
  embed_origins text[] not null default '{}',
  updated_at timestamptz not null default now(),
  check ((logo is null) = (logo_type is null))
);
alter table branding enable row level security;
alter table branding force row level security;
create policy workspace on branding using (workspace_id = nullif(current_setting('muster.workspace_id', true), '')::uuid);
grant select, insert, update on branding to muster_app;

-- The one origin whose page may hold this link's portal in a frame; null where it opens in a page of its own.
alter table portal_links add column embed_origin text;
