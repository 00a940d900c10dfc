-- Kept credentials (保管凭据) for targets that cannot trust an authority. Only the signer can open them, and only it can even read the sealed bytes.

create table vault_account (
  id uuid primary key,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  target_id uuid not null references cmdb_target (id),
  -- What plans call it, and its name on the host.
  account text not null,
  login text not null,
  kind text not null check (kind in ('password', 'ssh-key')),
  current bytea not null,
  current_fingerprint text,
  -- Known before it is put in place, and until it is seen to work: a crash in between loses neither.
  pending bytea,
  pending_fingerprint text,
  rotate_every_days int not null check (rotate_every_days between 1 and 90),
  deposited_by uuid not null,
  deposited_by_name text not null,
  deposited_at timestamptz not null,
  rotated_at timestamptz,
  used_at timestamptz,
  due_at timestamptz not null,
  failed_at timestamptz,
  failure text not null default '',
  unique (target_id, account)
);
call tenant_table('vault_account', true);
-- Sealed bytes are written by the application and read by nobody but the signer.
revoke all on vault_account from huabiao_app;
grant select (id, tenant_id, party_ids, target_id, account, login, kind, current_fingerprint, pending_fingerprint, rotate_every_days, deposited_by, deposited_by_name,
  deposited_at, rotated_at, used_at, due_at, failed_at, failure) on vault_account to huabiao_app;
grant insert on vault_account to huabiao_app;
grant update (pending, pending_fingerprint, used_at, due_at, failed_at, failure) on vault_account to huabiao_app;
-- What is known to work becomes the one that is known; the old one is gone with it.
create function vault_promote(of_account uuid, at timestamptz, due timestamptz) returns void language sql security definer set search_path = public as $$
  update vault_account set current = pending, current_fingerprint = pending_fingerprint, pending = null, pending_fingerprint = null, rotated_at = at, due_at = due, failed_at = null, failure = ''
  where id = of_account and pending is not null
$$;
grant execute on function vault_promote(uuid, timestamptz, timestamptz) to huabiao_app;

create table vault_rotation (
  id uuid primary key,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  account_id uuid not null references vault_account (id),
  gateway_id text not null,
  why text not null check (why in ('deposited', 'used', 'scheduled', 'asked')),
  state text not null default 'asked' check (state in ('asked', 'given', 'finished')),
  requested_at timestamptz not null,
  finished_at timestamptz,
  outcome text check (outcome in ('rotated', 'unchanged', 'both-work', 'failed')),
  detail text not null default '',
  check ((state = 'finished') = (outcome is not null))
);
create index vault_rotation_account on vault_rotation (account_id, requested_at desc);
call tenant_table('vault_rotation', true);
revoke delete on vault_rotation from huabiao_app;

-- Each time a secret leaves the signer: for which grant or rotation. It explains logons on the target, a few and for a while (NT-E08).
create table vault_release (
  id uuid primary key,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  account_id uuid not null references vault_account (id),
  grant_id uuid,
  rotation_id uuid,
  gateway_id text not null,
  released_at timestamptz not null,
  -- Of the keys that were released; null where they are passwords.
  fingerprints text[],
  logons_most int not null check (logons_most between 1 and 20),
  logons_seen int not null default 0,
  check ((grant_id is null) <> (rotation_id is null))
);
create index vault_release_account on vault_release (account_id, released_at desc);
call tenant_table('vault_release', true);
revoke delete on vault_release from huabiao_app;

-- A gateway and a follower know names and ids, and no tenants.
create function vault_place(of_target uuid, of_login text) returns table (account_id uuid, tenant_id uuid, party_ids uuid[], target_name text, plane text) language sql stable security definer set search_path = public as $$
  select v.id, v.tenant_id, v.party_ids, t.name, t.plane from vault_account v join cmdb_target t on t.id = v.target_id where v.target_id = of_target and v.login = of_login limit 1
$$;
create function vault_rotation_place(of_rotation uuid) returns table (tenant_id uuid, gateway_id text) language sql stable security definer set search_path = public as
  $$ select r.tenant_id, r.gateway_id from vault_rotation r where r.id = of_rotation $$;
-- Due now, with no step of theirs still running and no rotation under way: a secret is not changed under the hands of who uses it.
create function vault_due(at timestamptz, lost_before timestamptz) returns table (account_id uuid, tenant_id uuid) language sql stable security definer set search_path = public as $$
  select v.id, v.tenant_id from vault_account v where v.due_at <= at
    and not exists (select 1 from vault_rotation r where r.account_id = v.id and r.state <> 'finished' and r.requested_at > lost_before)
    and not exists (select 1 from vault_release l join session_grant g on g.id = l.grant_id where l.account_id = v.id and g.state in ('issued', 'started'))
  order by v.due_at limit 20
$$;
-- One logon is explained by one release; a key must be one that was known.
create function vault_claim_logon(of_target uuid, of_login text, of_method text, of_key text, since timestamptz) returns boolean language sql security definer set search_path = public as $$
  with one as (
    select l.id from vault_release l join vault_account v on v.id = l.account_id
    where v.target_id = of_target and v.login = of_login and l.released_at >= since and l.logons_seen < l.logons_most
      and (case v.kind when 'password' then of_method in ('password', 'keyboard-interactive/pam') else of_method = 'publickey' and of_key = any (l.fingerprints) end)
    order by l.released_at limit 1 for update of l)
  , claimed as (update vault_release set logons_seen = logons_seen + 1 where id in (select id from one) returning 1)
  select exists (select 1 from claimed)
$$;
revoke execute on function vault_place(uuid, text), vault_rotation_place(uuid), vault_due(timestamptz, timestamptz), vault_claim_logon(uuid, text, text, text, timestamptz), vault_promote(uuid, timestamptz, timestamptz) from public;
grant execute on function vault_place(uuid, text), vault_rotation_place(uuid), vault_due(timestamptz, timestamptz), vault_claim_logon(uuid, text, text, text, timestamptz), vault_promote(uuid, timestamptz, timestamptz) to huabiao_app;

create view pub_vault_facts as
select v.id as account_id, v.target_id, t.plane, v.account, v.login, v.kind, v.current, v.pending from vault_account v join cmdb_target t on t.id = v.target_id;
create view pub_vault_rotation_facts as
select f.*, r.id as rotation_id, r.gateway_id, r.state, r.requested_at, clock_timestamp() as clock_now from vault_rotation r join pub_vault_facts f on f.account_id = r.account_id;
grant select on pub_vault_facts, pub_vault_rotation_facts to huabiao_signer;
