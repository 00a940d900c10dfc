-- Accounts, what proves them, and live logon sessions. Secrets are hashed or sealed; nobody reads another unit's, oversight included.
create procedure secret_table(name text) language plpgsql as $$
begin
  execute format('alter table %I enable row level security', name);
  execute format('create policy own_rows on %I using (tenant_id = app_tenant()) with check (tenant_id = app_tenant())', name);
  execute format('grant select, insert, update, delete on %I to huabiao_app', name);
end $$;

create table account (
  id uuid primary key,
  tenant_id uuid not null,
  -- One person, one account (RL-23); never deleted, so a name in an old record means one person for ever.
  person_id uuid not null unique references person (id),
  login text not null unique check (login = lower(login) and length(login) between 2 and 40),
  status text not null default 'active' check (status in ('active', 'disabled')),
  not_after timestamptz,
  locale text not null default 'zh-CN' check (locale in ('zh-CN', 'en')),
  last_logon_at timestamptz,
  created_at timestamptz not null,
  created_by uuid
);
create index account_tenant on account (tenant_id, id);
call tenant_table('account');
revoke delete on account from huabiao_app;

create table account_password (
  account_id uuid primary key references account (id),
  tenant_id uuid not null,
  hash text not null check (hash like '$argon2id$%'),
  history text[] not null default '{}' check (cardinality(history) <= 5),
  changed_at timestamptz not null,
  must_change boolean not null
);
call secret_table('account_password');

create table account_totp (
  account_id uuid primary key references account (id),
  tenant_id uuid not null,
  sealed bytea,
  enrolled_at timestamptz,
  -- A step serves once (RFC 6238 §5.2).
  last_step bigint not null default 0,
  pending_sealed bytea,
  pending_until timestamptz
);
call secret_table('account_totp');

create table webauthn_credential (
  id uuid primary key,
  tenant_id uuid not null,
  account_id uuid not null references account (id),
  credential_id text not null unique check (length(credential_id) <= 1400),
  public_key bytea not null,
  counter bigint not null,
  transports text[] not null default '{}',
  aaguid text not null,
  backed_up boolean not null,
  name text not null,
  created_at timestamptz not null,
  last_used_at timestamptz
);
create index webauthn_credential_account on webauthn_credential (account_id);
call secret_table('webauthn_credential');

create table client_certificate (
  id uuid primary key,
  tenant_id uuid not null,
  account_id uuid not null references account (id),
  fingerprint text not null unique check (fingerprint ~ '^[0-9a-f]{64}$'),
  subject text not null check (length(subject) <= 500),
  not_after timestamptz not null,
  created_at timestamptz not null,
  created_by uuid
);
create index client_certificate_account on client_certificate (account_id);
call secret_table('client_certificate');

create table ssh_key (
  id uuid primary key,
  tenant_id uuid not null,
  account_id uuid not null references account (id),
  -- One key, one person: a shared key would be a shared account.
  fingerprint text not null unique check (fingerprint ~ '^SHA256:[A-Za-z0-9+/]{43}$'),
  type text not null,
  name text not null,
  created_at timestamptz not null,
  last_used_at timestamptz
);
create index ssh_key_account on ssh_key (account_id);
call secret_table('ssh_key');

create table terminal (
  id uuid primary key,
  tenant_id uuid not null,
  person_id uuid,
  name text not null,
  kind text not null check (kind in ('browser', 'network')),
  token_sha256 text unique,
  cidr cidr,
  status text not null check (status in ('requested', 'approved', 'revoked')),
  requested_by uuid not null,
  requested_at timestamptz not null,
  decided_by uuid,
  decided_at timestamptz,
  check ((kind = 'browser') = (token_sha256 is not null and person_id is not null)),
  check ((kind = 'network') = (cidr is not null)),
  -- RL-20: whoever asks for a browser never admits it.
  check (status <> 'approved' or kind = 'network' or decided_by <> requested_by)
);
create index terminal_tenant on terminal (tenant_id, status);
create index terminal_person on terminal (person_id);
call tenant_table('terminal');

create table logon_session (
  id uuid primary key,
  tenant_id uuid not null,
  account_id uuid not null references account (id),
  person_id uuid not null,
  token_sha256 text not null unique,
  door text not null,
  source_ip text not null,
  terminal_id uuid references terminal (id),
  role text,
  first_factor text not null,
  mfa_at timestamptz,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoke_reason text
);
create index logon_session_account on logon_session (account_id) where revoked_at is null;
create index logon_session_terminal on logon_session (terminal_id);
call secret_table('logon_session');
revoke delete on logon_session from huabiao_app;

create table logon_challenge (
  token_sha256 text primary key,
  tenant_id uuid not null,
  account_id uuid not null references account (id),
  purpose text not null check (purpose in ('logon', 'step-up', 'register')),
  first_factor text not null,
  webauthn_challenge text,
  attempts int not null default 0,
  expires_at timestamptz not null
);
create index logon_challenge_account on logon_challenge (account_id);
call secret_table('logon_challenge');

create table account_recovery (
  id uuid primary key,
  tenant_id uuid not null,
  account_id uuid not null references account (id),
  kind text not null check (kind in ('password', 'factors')),
  reason text not null,
  requested_by uuid not null,
  requested_role text not null,
  requested_at timestamptz not null,
  expires_at timestamptz not null,
  confirmed_by uuid,
  confirmed_at timestamptz,
  check (confirmed_by <> requested_by)
);
create index account_recovery_open on account_recovery (tenant_id, expires_at) where confirmed_at is null;
create index account_recovery_account on account_recovery (account_id);
call tenant_table('account_recovery');
revoke delete on account_recovery from huabiao_app;

-- Failures by name and by source, for names that exist and names that do not alike. The key is a digest: it lists no names.
create table logon_throttle (
  key text primary key,
  failures int not null,
  attempts int not null,
  window_start timestamptz not null,
  locked_until timestamptz,
  purge_after timestamptz not null
);
create index logon_throttle_purge on logon_throttle (purge_after);
grant select, insert, update, delete on logon_throttle to huabiao_app;

-- Before anybody is known there is no tenant: these few look-ups by an unguessable or exact key run as the owner and answer one row.
create function identity_find_login(of_login text) returns table (account_id uuid, tenant_id uuid)
  language sql stable security definer set search_path = public as $$ select a.id, a.tenant_id from account a where a.login = of_login $$;
create function identity_find_certificate(of_fingerprint text) returns table (account_id uuid, tenant_id uuid, login text)
  language sql stable security definer set search_path = public as
  $$ select a.id, a.tenant_id, a.login from client_certificate c join account a on a.id = c.account_id where c.fingerprint = of_fingerprint $$;
create function identity_find_challenge(of_token_sha256 text) returns table (account_id uuid, tenant_id uuid, login text)
  language sql stable security definer set search_path = public as
  $$ select a.id, a.tenant_id, a.login from logon_challenge c join account a on a.id = c.account_id where c.token_sha256 = of_token_sha256 $$;
create function identity_find_session(of_token_sha256 text) returns table (
  id uuid, tenant_id uuid, account_id uuid, person_id uuid, name text, party text, door text, source_ip text, terminal_id uuid, role text, mfa_at timestamptz,
  last_seen_at timestamptz, expires_at timestamptz, revoked_at timestamptz, account_status text, not_after timestamptz, person_status text, unit_status text,
  must_change boolean, password_changed_at timestamptz)
  language sql stable security definer set search_path = public as $$
  select s.id, s.tenant_id, s.account_id, s.person_id, p.name, n.party, s.door, s.source_ip, t.id, s.role, s.mfa_at,
    s.last_seen_at, s.expires_at, s.revoked_at, a.status, a.not_after, p.status, n.status, coalesce(w.must_change, true), w.changed_at
  from logon_session s join account a on a.id = s.account_id join pub_person p on p.id = s.person_id join pub_tenant_name n on n.tenant_id = s.tenant_id
    left join terminal t on t.id = s.terminal_id and t.status = 'approved'
    left join account_password w on w.account_id = s.account_id
  where s.token_sha256 = of_token_sha256 $$;
-- Whether a login is taken is asked across units; the answer is yes or no.
revoke execute on function identity_find_login(text), identity_find_certificate(text), identity_find_challenge(text), identity_find_session(text) from public;
grant execute on function identity_find_login(text), identity_find_certificate(text), identity_find_challenge(text), identity_find_session(text) to huabiao_app;

create view pub_account as select id, tenant_id, person_id, login, status, not_after from account;
grant select on pub_account to huabiao_app;
