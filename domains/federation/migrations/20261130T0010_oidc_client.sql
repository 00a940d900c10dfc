-- Third parties that ask us who somebody is (OpenID Connect). Registered by one person, admitted by another; what is issued lies sealed, found by a digest.
create table oidc_client (
  id uuid primary key,
  tenant_id uuid not null,
  client_id text not null unique check (client_id ~ '^[a-z0-9]([a-z0-9-]{1,58}[a-z0-9])$'),
  name_zh text not null check (length(name_zh) between 1 and 120),
  name_en text not null check (length(name_en) between 1 and 120),
  redirect_uris text[] not null check (cardinality(redirect_uris) between 1 and 10),
  post_logout_uris text[] not null check (cardinality(post_logout_uris) <= 10),
  -- Of what it is told beside who it is: name, unit, roles; the register names it, no request does.
  claims text[] not null check (claims <@ array['name', 'unit', 'roles']),
  -- Absent for a public client, which proves itself by PKCE alone.
  secret_sha256 text check (secret_sha256 ~ '^[0-9a-f]{64}$'),
  state text not null default 'requested' check (state in ('requested', 'active', 'rejected', 'revoked')),
  reason text not null check (length(reason) between 1 and 500),
  requested_by uuid not null references person (id),
  requested_at timestamptz not null,
  decided_by uuid references person (id),
  decided_at timestamptz,
  revoked_by uuid references person (id),
  revoked_at timestamptz,
  check (decided_by <> requested_by),
  check (state = 'requested' or state = 'revoked' or decided_by is not null),
  check (state <> 'active' or (decided_by is not null and decided_at is not null))
);
create index oidc_client_tenant on oidc_client (tenant_id, id);
create index oidc_client_requested_by on oidc_client (requested_by);
create index oidc_client_decided_by on oidc_client (decided_by);
create index oidc_client_revoked_by on oidc_client (revoked_by);
call tenant_table('oidc_client');
revoke delete on oidc_client from huabiao_app;

-- What was asked for is what was admitted: a registration is not changed, and one that ended does not come back. Two persons, two roles (PAD, SEC).
create function oidc_client_guard() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if tg_op = 'INSERT' then
    if new.state <> 'requested' or app_person() is distinct from new.requested_by then
      raise exception 'federation.client_wrong_state: a registration begins as a request of one''s own' using errcode = 'HB010', hint = 'RL-23';
    end if;
    return new;
  end if;
  if (new.id, new.tenant_id, new.client_id, new.name_zh, new.name_en, new.redirect_uris, new.post_logout_uris, new.claims, new.secret_sha256, new.requested_by, new.requested_at)
     is distinct from (old.id, old.tenant_id, old.client_id, old.name_zh, old.name_en, old.redirect_uris, old.post_logout_uris, old.claims, old.secret_sha256, old.requested_by, old.requested_at) then
    raise exception 'federation.client_wrong_state: a registration is not changed' using errcode = 'HB010', hint = 'RL-23';
  end if;
  if old.state <> new.state and not ((old.state = 'requested' and new.state in ('active', 'rejected', 'revoked')) or (old.state = 'active' and new.state = 'revoked')) then
    raise exception 'federation.client_wrong_state: % to %', old.state, new.state using errcode = 'HB010', hint = 'RL-23';
  end if;
  if old.state = 'requested' and new.state = 'active' and (app_person() is distinct from new.decided_by
     or not exists (select 1 from pub_role_holder h where h.person_id = new.decided_by and h.role = 'SEC' and h.not_before <= now() and h.not_after > now())) then
    raise exception 'federation.second_person_required: a security administrator admits' using errcode = 'HB010', hint = 'RL-23';
  end if;
  return new;
end $$;
create trigger guard before insert or update on oidc_client for each row execute function oidc_client_guard();

create view pub_oidc_client as select client_id, tenant_id, state from oidc_client;
grant select on pub_oidc_client to huabiao_app, huabiao_signer;

-- Codes, tokens, grants, sessions and interactions of the provider: sealed, under the digest of their name. They are of no tenant: an id is asked for before anybody is known.
create table oidc_artifact (
  id_sha256 text primary key check (id_sha256 ~ '^[0-9a-f]{64}$'),
  model text not null check (length(model) <= 60),
  sealed bytea not null check (length(sealed) <= 65536),
  grant_sha256 text,
  uid_sha256 text,
  client_id text,
  consumed_at timestamptz,
  expires_at timestamptz not null
);
create index oidc_artifact_grant on oidc_artifact (grant_sha256) where grant_sha256 is not null;
create unique index oidc_artifact_uid on oidc_artifact (uid_sha256) where uid_sha256 is not null;
create index oidc_artifact_client on oidc_artifact (client_id) where client_id is not null;
create index oidc_artifact_expiry on oidc_artifact (expires_at);
grant select, insert, update, delete on oidc_artifact to huabiao_app;

create function oidc_find_client(of_client_id text) returns table (tenant_id uuid, party text, name_zh text, name_en text, redirect_uris text[], post_logout_uris text[], claims text[], secret_sha256 text)
  language sql stable security definer set search_path = public as $$
  select c.tenant_id, n.party, c.name_zh, c.name_en, c.redirect_uris, c.post_logout_uris, c.claims, c.secret_sha256
  from oidc_client c join pub_tenant_name n on n.tenant_id = c.tenant_id where c.client_id = of_client_id and c.state = 'active' and n.status <> 'left' $$;
revoke execute on function oidc_find_client(text) from public;
grant execute on function oidc_find_client(text) to huabiao_app;
