-- More ways to sign in to an app: OAuth in four forms, and a client certificate.
alter table connections drop constraint connections_auth_scheme_check;
alter table connections add constraint connections_auth_scheme_check check (auth_scheme in ('bearer', 'header', 'basic', 'certificate',
  'oauthClientCredentials', 'oauthPrivateKeyJwt', 'oauthJwtBearer', 'oauthAuthorizationCode'));

-- What may be shown of a connection's own TLS: {"ca": {"expiresAt"}, "certificate": {"subject", "fingerprint", "expiresAt"}}.
-- The certificates themselves are sealed with the credential.
alter table connections add column tls jsonb;
-- When the first of them ends, so that those which end soon are found before a tenant is known.
alter table lanes add column certificate_ends_at timestamptz;
create index lanes_certificate_ends on lanes (certificate_ends_at) where certificate_ends_at is not null;

-- The access that an administrator of an app has given a connection (authorization code with PKCE).
create table app_grants (
  tenant_id uuid not null,
  connection_id uuid not null,
  -- The tenant's data key that what follows is sealed under.
  key_id uuid not null,
  -- Somebody was sent to the app: what the answer must come with, once, from the same administrator, and before it is too late.
  state_digest bytea,
  asked_by text,
  asked_until timestamptz,
  sealed_verifier bytea,
  -- The app's answer, until a worker has turned it into tokens.
  sealed_code bytea,
  sealed_tokens bytea,
  given_at timestamptz,
  given_by text,
  -- One process at a time asks for tokens: until when it may, and which of its turns this is.
  asking_until timestamptz,
  turn integer not null default 0,
  -- Why the grant holds no more.
  over_because text,
  primary key (tenant_id, connection_id),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id)
);

alter table app_grants enable row level security;
alter table app_grants force row level security;
create policy tenant on app_grants using (tenant_id = nullif(current_setting('muster.tenant_id', true), '')::uuid);
grant select, insert, update, delete on app_grants to muster_app;
