-- Service identities: programs that call us with a token of their own. They are nobody: no person, no account, no role, no seat.
create table service_identity (
  id uuid primary key,
  tenant_id uuid not null,
  name text not null check (length(name) between 1 and 120),
  purpose text not null check (purpose in ('scim')),
  source_id uuid references federation_source (id),
  token_sha256 text not null unique check (token_sha256 ~ '^[0-9a-f]{64}$'),
  -- The person who answers for it.
  owner_id uuid not null references person (id),
  created_at timestamptz not null,
  issued_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  last_used_at timestamptz,
  check (expires_at > issued_at and expires_at <= issued_at + interval '365 days'),
  check ((purpose = 'scim') = (source_id is not null))
);
create index service_identity_tenant on service_identity (tenant_id, id);
create index service_identity_source on service_identity (source_id);
create index service_identity_owner on service_identity (owner_id);
call tenant_table('service_identity');
revoke delete on service_identity from huabiao_app;

-- Its id is never that of a person or an account, so that whatever asks for a person's id (roles, seats, executors, reviewers) cannot mean it.
create function service_identity_guard() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if exists (select 1 from person p where p.id = new.id) or exists (select 1 from account a where a.id = new.id) then
    raise exception 'federation.service_is_nobody: the id of a person' using errcode = 'HB010', hint = 'RL-23';
  end if;
  if tg_op = 'UPDATE' and ((old.id, old.tenant_id, old.purpose, old.source_id, old.created_at) is distinct from (new.id, new.tenant_id, new.purpose, new.source_id, new.created_at)
     or (old.revoked_at is not null and (new.revoked_at is null or new.token_sha256 <> old.token_sha256))) then
    raise exception 'federation.service_ended: what ended does not come back' using errcode = 'HB010', hint = 'RL-23';
  end if;
  if not exists (select 1 from person p where p.id = new.owner_id and p.tenant_id = new.tenant_id)
     or (new.source_id is not null and not exists (select 1 from federation_source s where s.id = new.source_id and s.tenant_id = new.tenant_id)) then
    raise exception 'federation.source_not_found: owner or source of another unit' using errcode = 'HB010';
  end if;
  return new;
end $$;
create trigger guard before insert or update on service_identity for each row execute function service_identity_guard();

create function never_a_service() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if exists (select 1 from service_identity s where s.id = new.id) then
    raise exception 'federation.service_is_nobody: the id of a service identity' using errcode = 'HB010', hint = 'RL-23';
  end if;
  return new;
end $$;
create trigger never_a_service before insert on person for each row execute function never_a_service();
create trigger never_a_service before insert on account for each row execute function never_a_service();

create function service_identity_find(of_token_sha256 text) returns table (id uuid, tenant_id uuid, purpose text, source_id uuid, expires_at timestamptz, revoked_at timestamptz)
  language sql stable security definer set search_path = public as
  $$ select s.id, s.tenant_id, s.purpose, s.source_id, s.expires_at, s.revoked_at from service_identity s join pub_tenant_name n on n.tenant_id = s.tenant_id
     where s.token_sha256 = of_token_sha256 and n.status <> 'left' $$;
revoke execute on function service_identity_find(text) from public;
grant execute on function service_identity_find(text) to huabiao_app;

create view pub_service_identity as select id, tenant_id, purpose from service_identity;
grant select on pub_service_identity to huabiao_app;
