-- The four parties and their people: a unit is a tenant, a department hangs under it, one natural person is one row (RL-23).
create table organization (
  id uuid primary key,
  tenant_id uuid not null,
  parent_id uuid references organization (id),
  kind text not null check (kind in ('unit', 'department')),
  party text not null check (party in ('management-unit', 'user-unit', 'service-provider', 'supervision-provider')),
  code text not null unique check (code ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'),
  name_zh text not null check (length(name_zh) between 1 and 120),
  name_en text not null check (length(name_en) between 1 and 120),
  -- While a unit is being taken in, the management unit may make its first administrator; afterwards only the unit itself writes.
  status text not null default 'onboarding' check (status in ('onboarding', 'active', 'left')),
  version int not null default 1,
  created_at timestamptz not null,
  check ((kind = 'unit') = (tenant_id = id)),
  check ((kind = 'department') = (parent_id is not null))
);
create index organization_tenant on organization (tenant_id, code);
create index organization_parent on organization (parent_id);
call tenant_table('organization');
revoke delete on organization from huabiao_app;

-- A department lies in its unit, has its party, and is never its own ancestor; what a row is does not change.
create function organization_guard() returns trigger language plpgsql security definer set search_path = public as $$
declare above organization%rowtype; steps int := 0;
begin
  if tg_op = 'UPDATE' and (old.id, old.tenant_id, old.kind, old.party) is distinct from (new.id, new.tenant_id, new.kind, new.party) then
    raise exception 'organization.parent_invalid: kind and party are fixed' using errcode = 'HB010';
  end if;
  above.parent_id := new.parent_id;
  while above.parent_id is not null loop
    select * into above from organization where id = above.parent_id;
    steps := steps + 1;
    if not found or above.tenant_id <> new.tenant_id or above.party <> new.party or above.id = new.id or steps > 8 then
      raise exception 'organization.parent_invalid: outside the unit, in a circle or too deep' using errcode = 'HB010';
    end if;
  end loop;
  return new;
end $$;
create trigger guard before insert or update on organization for each row execute function organization_guard();

create table person (
  id uuid primary key,
  tenant_id uuid not null references organization (id),
  department_id uuid references organization (id),
  name text not null check (length(name) between 1 and 120),
  name_en text not null check (length(name_en) between 1 and 120),
  -- HMAC of the identity number: recognises a person who is known already and gives nothing away.
  identity_digest text not null unique check (identity_digest ~ '^[0-9a-f]{64}$'),
  phone text check (length(phone) <= 30),
  email text check (length(email) <= 200),
  status text not null default 'active' check (status in ('active', 'left')),
  training_valid_until date,
  training_certificate text check (length(training_certificate) <= 120),
  version int not null default 1,
  created_at timestamptz not null,
  left_at timestamptz
);
create index person_tenant on person (tenant_id, id);
create index person_department on person (department_id);
call tenant_table('person');
revoke delete on person from huabiao_app;

create function person_guard() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if tg_op = 'UPDATE' and (old.id, old.tenant_id, old.identity_digest) is distinct from (new.id, new.tenant_id, new.identity_digest) then
    raise exception 'person.identity_fixed: who a person is does not change' using errcode = 'HB010', hint = 'RL-23';
  end if;
  if new.department_id is not null and not exists (select 1 from organization where id = new.department_id and tenant_id = new.tenant_id) then
    raise exception 'organization.parent_invalid: a department of another unit' using errcode = 'HB010';
  end if;
  return new;
end $$;
create trigger guard before insert or update on person for each row execute function person_guard();

-- Published: names for screens of other domains, and what a grant asks about a person. No digest, phone or address.
create view pub_tenant_name as select tenant_id, name_zh, name_en, party, status from organization where kind = 'unit';
create view pub_person_name as select id, tenant_id, name from person;
create view pub_person as select id, tenant_id, department_id, name, name_en, status, training_valid_until from person;
grant select on pub_tenant_name, pub_person_name, pub_person to huabiao_app;
