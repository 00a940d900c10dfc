-- Roles as bindings of natural persons. The exclusion matrix is law in the database: no path, API or SQL, gives one person two roles
-- that exclude each other (RL-27, NT-C01).
create table role_exclusion (
  a text not null,
  b text not null,
  kind text not null check (kind in ('static', 'dynamic')),
  primary key (a, b)
);
insert into role_exclusion values
  ('DBA', 'SYS', 'static'), ('ENG', 'PAD', 'static'), ('CRE', 'PAD', 'static'), ('DBA', 'PAD', 'static'), ('SYS', 'PAD', 'static'), ('NET', 'PAD', 'static'),
  ('RLS', 'PAD', 'static'), ('CHM', 'PAD', 'static'), ('ENG', 'SEC', 'static'), ('CRE', 'SEC', 'static'), ('DBA', 'SEC', 'static'), ('SYS', 'SEC', 'static'),
  ('NET', 'SEC', 'static'), ('RLS', 'SEC', 'static'), ('PAD', 'SEC', 'static'), ('ENG', 'AUD', 'static'), ('CRE', 'AUD', 'static'), ('DBA', 'AUD', 'static'),
  ('SYS', 'AUD', 'static'), ('NET', 'AUD', 'static'), ('RLS', 'AUD', 'static'), ('CHM', 'AUD', 'static'), ('APV', 'AUD', 'static'), ('PAD', 'AUD', 'static'),
  ('SEC', 'AUD', 'static'), ('PAD', 'BGC', 'static'), ('AUD', 'BGC', 'static'), ('ENG', 'TAD', 'static'), ('CRE', 'TAD', 'static'), ('DBA', 'TAD', 'static'),
  ('SYS', 'TAD', 'static'), ('NET', 'TAD', 'static'), ('RLS', 'TAD', 'static'), ('CHM', 'TAD', 'static'), ('APV', 'TAD', 'static'), ('PAD', 'TAD', 'static'),
  ('SEC', 'TAD', 'static'), ('AUD', 'TAD', 'static'), ('BGC', 'TAD', 'static'), ('ENG', 'TOP', 'static'), ('CRE', 'TOP', 'static'), ('DBA', 'TOP', 'static'),
  ('SYS', 'TOP', 'static'), ('NET', 'TOP', 'static'), ('RLS', 'TOP', 'static'), ('CHM', 'TOP', 'static'), ('APV', 'TOP', 'static'), ('PAD', 'TOP', 'static'),
  ('SEC', 'TOP', 'static'), ('AUD', 'TOP', 'static'), ('BGC', 'TOP', 'static'), ('ENG', 'TAU', 'static'), ('CRE', 'TAU', 'static'), ('DBA', 'TAU', 'static'),
  ('SYS', 'TAU', 'static'), ('NET', 'TAU', 'static'), ('RLS', 'TAU', 'static'), ('CHM', 'TAU', 'static'), ('APV', 'TAU', 'static'), ('PAD', 'TAU', 'static'),
  ('SEC', 'TAU', 'static'), ('AUD', 'TAU', 'static'), ('BGC', 'TAU', 'static'), ('TAD', 'TAU', 'static'), ('TOP', 'TAU', 'static'), ('ENG', 'GMU', 'static'),
  ('CRE', 'GMU', 'static'), ('DBA', 'GMU', 'static'), ('SYS', 'GMU', 'static'), ('NET', 'GMU', 'static'), ('RLS', 'GMU', 'static'), ('CHM', 'GMU', 'static'),
  ('APV', 'GMU', 'static'), ('PAD', 'GMU', 'static'), ('SEC', 'GMU', 'static'), ('AUD', 'GMU', 'static'), ('BGC', 'GMU', 'static'), ('TAD', 'GMU', 'static'),
  ('TOP', 'GMU', 'static'), ('TAU', 'GMU', 'static'), ('ENG', 'SPV', 'static'), ('CRE', 'SPV', 'static'), ('DBA', 'SPV', 'static'), ('SYS', 'SPV', 'static'),
  ('NET', 'SPV', 'static'), ('RLS', 'SPV', 'static'), ('CHM', 'SPV', 'static'), ('APV', 'SPV', 'static'), ('PAD', 'SPV', 'static'), ('SEC', 'SPV', 'static'),
  ('AUD', 'SPV', 'static'), ('BGC', 'SPV', 'static'), ('TAD', 'SPV', 'static'), ('TOP', 'SPV', 'static'), ('TAU', 'SPV', 'static'), ('GMU', 'SPV', 'static'),
  ('ENG', 'CRE', 'dynamic'), ('ENG', 'DBA', 'dynamic'), ('CRE', 'DBA', 'dynamic'), ('ENG', 'SYS', 'dynamic'), ('CRE', 'SYS', 'dynamic'), ('ENG', 'NET', 'dynamic'),
  ('CRE', 'NET', 'dynamic'), ('DBA', 'NET', 'dynamic'), ('SYS', 'NET', 'dynamic'), ('ENG', 'RLS', 'dynamic'), ('CRE', 'RLS', 'dynamic'), ('DBA', 'RLS', 'dynamic'),
  ('SYS', 'RLS', 'dynamic'), ('NET', 'RLS', 'dynamic'), ('ENG', 'CHM', 'dynamic'), ('CRE', 'CHM', 'dynamic'), ('DBA', 'CHM', 'dynamic'), ('SYS', 'CHM', 'dynamic'),
  ('NET', 'CHM', 'dynamic'), ('RLS', 'CHM', 'dynamic'), ('ENG', 'APV', 'dynamic'), ('CRE', 'APV', 'dynamic'), ('DBA', 'APV', 'dynamic'), ('SYS', 'APV', 'dynamic'),
  ('NET', 'APV', 'dynamic'), ('RLS', 'APV', 'dynamic'), ('CHM', 'APV', 'dynamic'), ('APV', 'PAD', 'dynamic'), ('CHM', 'SEC', 'dynamic'), ('APV', 'SEC', 'dynamic'),
  ('ENG', 'BGC', 'dynamic'), ('CRE', 'BGC', 'dynamic'), ('DBA', 'BGC', 'dynamic'), ('SYS', 'BGC', 'dynamic'), ('NET', 'BGC', 'dynamic'), ('RLS', 'BGC', 'dynamic'),
  ('CHM', 'BGC', 'dynamic'), ('APV', 'BGC', 'dynamic'), ('SEC', 'BGC', 'dynamic'), ('TAD', 'TOP', 'dynamic');
create table role_party (role text not null, party text not null, primary key (role, party));
insert into role_party values
  ('ENG', 'service-provider'),
  ('CRE', 'service-provider'),
  ('DBA', 'service-provider'),
  ('SYS', 'service-provider'),
  ('NET', 'service-provider'),
  ('RLS', 'service-provider'),
  ('CHM', 'service-provider'),
  ('APV', 'service-provider'),
  ('APV', 'user-unit'),
  ('PAD', 'service-provider'),
  ('PAD', 'management-unit'),
  ('SEC', 'service-provider'),
  ('SEC', 'management-unit'),
  ('AUD', 'service-provider'),
  ('AUD', 'management-unit'),
  ('BGC', 'service-provider'),
  ('TAD', 'user-unit'),
  ('TOP', 'user-unit'),
  ('TAU', 'user-unit'),
  ('GMU', 'management-unit'),
  ('SPV', 'supervision-provider');
grant select on role_exclusion, role_party to huabiao_app;

create table role_binding (
  id uuid primary key,
  tenant_id uuid not null,
  person_id uuid not null references person (id),
  role text not null,
  -- What the role is for here: L2 of the second line, technical-manager, owner, supervisor, department. Null: the role as such.
  duty text,
  not_before timestamptz not null,
  not_after timestamptz not null,
  granted_by uuid,
  request_id uuid,
  created_at timestamptz not null default clock_timestamp(),
  revoked_at timestamptz,
  revoked_by uuid,
  check (not_after > not_before and not_after <= not_before + interval '366 days'),
  check (granted_by is distinct from person_id or granted_by is null)
);
create index role_binding_person on role_binding (person_id) where revoked_at is null;
create index role_binding_role on role_binding (tenant_id, role) where revoked_at is null;
call tenant_table('role_binding');
revoke delete on role_binding from huabiao_app;

create function role_binding_guard() returns trigger language plpgsql security definer set search_path = public as $$
declare other text;
begin
  if tg_op = 'UPDATE' then
    if (new.id, new.tenant_id, new.person_id, new.role, new.duty, new.not_before, new.not_after, new.granted_by, new.request_id) is distinct from
       (old.id, old.tenant_id, old.person_id, old.role, old.duty, old.not_before, old.not_after, old.granted_by, old.request_id) or old.revoked_at is not null then
      raise exception 'ledger.append_only: a binding is only ever ended' using errcode = 'HB013', hint = 'RL-13';
    end if;
    return new;
  end if;
  -- One person at a time: two grants at once cannot slip past each other.
  perform pg_advisory_xact_lock(hashtextextended('role ' || new.person_id, 0));
  if not exists (select 1 from person p join organization o on o.id = p.tenant_id join role_party f on f.party = o.party and f.role = new.role
                 where p.id = new.person_id and p.tenant_id = new.tenant_id and p.status = 'active') then
    raise exception 'access.party_unfit: the role is not for people of this party' using errcode = 'HB027', hint = 'RL-27';
  end if;
  select b.role into other from role_binding b join role_exclusion x on (x.a, x.b) in ((b.role, new.role), (new.role, b.role)) and x.kind = 'static'
    where b.person_id = new.person_id and b.revoked_at is null and b.not_after > new.not_before and b.not_before < new.not_after limit 1;
  if other is not null then
    raise exception 'access.exclusive_roles: % excludes %', other, new.role using errcode = 'HB027', hint = 'RL-27';
  end if;
  return new;
end $$;
create trigger guard before insert or update on role_binding for each row execute function role_binding_guard();

create table permission_request (
  id uuid primary key,
  tenant_id uuid not null,
  person_id uuid not null,
  role text not null,
  duty text,
  reason text not null,
  not_before timestamptz not null,
  not_after timestamptz not null,
  subject_hash text not null,
  state text not null check (state in ('open', 'granted', 'rejected', 'withdrawn', 'expired')),
  created_at timestamptz not null,
  decided_at timestamptz
);
create index permission_request_tenant on permission_request (tenant_id, id desc);
call tenant_table('permission_request');
revoke delete on permission_request from huabiao_app;

-- Live holders of roles across units: who may approve, consent, confirm. Names and duties, nothing private.
create view pub_role_holder as
select b.person_id, b.tenant_id, n.party, p.name, b.role, b.duty, b.not_before, b.not_after, p.training_valid_until, p.status
from role_binding b join person p on p.id = b.person_id join pub_tenant_name n on n.tenant_id = b.tenant_id
where b.revoked_at is null and p.status = 'active';
grant select on pub_role_holder to huabiao_app;
