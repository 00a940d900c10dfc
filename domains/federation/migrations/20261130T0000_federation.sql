-- Where else a unit's people may prove who they are (OIDC, LDAP), and what tells us of them (LDAP, SCIM). A source proves or proposes; it never gives a right.
create table federation_source (
  id uuid primary key,
  tenant_id uuid not null,
  kind text not null check (kind in ('oidc', 'ldap', 'scim')),
  name text not null check (length(name) between 1 and 120),
  -- Addresses and names of attributes. Of a secret only the name of the file it stands in.
  settings jsonb not null check (length(settings::text) <= 32768),
  status text not null default 'disabled' check (status in ('enabled', 'disabled')),
  version int not null default 1,
  created_by uuid not null,
  created_at timestamptz not null,
  synced_at timestamptz,
  sync_code text,
  sync_people int
);
create index federation_source_tenant on federation_source (tenant_id, id);
call tenant_table('federation_source');
revoke delete on federation_source from huabiao_app;

-- Somebody as a source knows them, and the person that an administrator or an import said this is: never a match of mail addresses or names.
create table federation_subject (
  id uuid primary key,
  tenant_id uuid not null,
  source_id uuid not null references federation_source (id),
  external_id text not null check (length(external_id) between 1 and 255),
  user_name text check (length(user_name) <= 255),
  person_id uuid references person (id),
  bound_how text check (bound_how in ('administrator', 'import')),
  bound_by uuid,
  bound_at timestamptz,
  attributes jsonb not null check (length(attributes::text) <= 16384),
  status text not null check (status in ('active', 'disabled', 'gone')),
  version int not null default 1,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  unique (source_id, external_id),
  unique (source_id, person_id),
  check ((person_id is null) = (bound_how is null) and (person_id is null) = (bound_at is null)),
  -- Nobody binds a way in to themselves (RL-23).
  check (bound_how is distinct from 'administrator' or (bound_by is not null and bound_by <> person_id))
);
create index federation_subject_person on federation_subject (person_id);
create unique index federation_subject_name on federation_subject (source_id, lower(user_name)) where user_name is not null;
call secret_table('federation_subject');

create function federation_subject_guard() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if not exists (select 1 from federation_source s where s.id = new.source_id and s.tenant_id = new.tenant_id) then
    raise exception 'federation.source_not_found: a source of another unit' using errcode = 'HB010';
  end if;
  if new.person_id is not null and not exists (select 1 from person p where p.id = new.person_id and p.tenant_id = new.tenant_id) then
    raise exception 'person.not_found: a person of another unit' using errcode = 'HB010', hint = 'RL-23';
  end if;
  return new;
end $$;
create trigger guard before insert or update on federation_subject for each row execute function federation_subject_guard();

-- A logon that went away to a provider and has not come back: what it must bring back, sealed. Serves once.
create table federation_flow (
  state_sha256 text primary key,
  tenant_id uuid not null,
  source_id uuid not null references federation_source (id),
  browser_sha256 text not null,
  sealed bytea not null,
  expires_at timestamptz not null
);
create index federation_flow_source on federation_flow (source_id);
create index federation_flow_expiry on federation_flow (expires_at);
call secret_table('federation_flow');

-- What a source says of joiners, movers and leavers. Somebody decides; nothing follows by itself.
create table federation_proposal (
  id uuid primary key,
  tenant_id uuid not null,
  source_id uuid not null references federation_source (id),
  kind text not null check (kind in ('joiner', 'mover', 'leaver')),
  external_id text not null,
  person_id uuid references person (id),
  attributes jsonb not null check (length(attributes::text) <= 16384),
  seen_at timestamptz not null,
  -- The source says otherwise now, or the binding was made: there is nothing left to decide here.
  settled_at timestamptz
);
create unique index federation_proposal_open on federation_proposal (source_id, external_id, kind) where settled_at is null;
create index federation_proposal_tenant on federation_proposal (tenant_id, id) where settled_at is null;
create index federation_proposal_person on federation_proposal (person_id);
call secret_table('federation_proposal');

-- Published for whoever decides on joiners, movers and leavers; the reader keeps to its own tenant.
create view pub_source_proposal as
  select p.id, p.tenant_id, p.kind, p.source_id, s.name as source, s.kind as source_kind, p.external_id, p.person_id, p.attributes, p.seen_at
  from federation_proposal p join federation_source s on s.id = p.source_id where p.settled_at is null;
grant select on pub_source_proposal to huabiao_app;

-- Before anybody is known there is no tenant: look-ups by an exact key, as the owner, of what a logon needs.
create function federation_logon_sources() returns table (id uuid, kind text, name text, unit_zh text, unit_en text)
  language sql stable security definer set search_path = public as $$
  select s.id, s.kind, s.name, n.name_zh, n.name_en from federation_source s join pub_tenant_name n on n.tenant_id = s.tenant_id
  where s.status = 'enabled' and s.kind in ('oidc', 'ldap') and n.status <> 'left' order by n.name_zh, s.name limit 50 $$;
create function federation_find_source(of_id uuid) returns table (tenant_id uuid)
  language sql stable security definer set search_path = public as $$ select s.tenant_id from federation_source s where s.id = of_id and s.status = 'enabled' $$;
create function federation_find_flow(of_state_sha256 text) returns table (tenant_id uuid)
  language sql stable security definer set search_path = public as $$ select f.tenant_id from federation_flow f where f.state_sha256 = of_state_sha256 $$;
create function federation_due_sources(before timestamptz) returns table (id uuid, tenant_id uuid)
  language sql stable security definer set search_path = public as $$
  select s.id, s.tenant_id from federation_source s where s.status = 'enabled' and s.kind = 'ldap' and (s.synced_at is null or s.synced_at < before) order by s.synced_at nulls first limit 20 $$;
revoke execute on function federation_logon_sources(), federation_find_source(uuid), federation_find_flow(text), federation_due_sources(timestamptz) from public;
grant execute on function federation_logon_sources(), federation_find_source(uuid), federation_find_flow(text), federation_due_sources(timestamptz) to huabiao_app;
