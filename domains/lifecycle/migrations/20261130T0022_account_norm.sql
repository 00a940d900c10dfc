-- Norms of accounts (账号规范) and what follows from them. Findings are opened when a rule first holds and cleared when it holds no more;
-- suspensions are rows of their own, so that what a rule took away is never given back by a side door.

create table lifecycle_finding (
  id uuid primary key,
  tenant_id uuid not null,
  rule text not null check (rule ~ '^N-A[0-9]{2}$'),
  person_id uuid not null,
  -- What it is about beside the person: an account, a role, an address.
  about text not null check (length(about) <= 200),
  evidence jsonb not null,
  told_ids uuid[] not null,
  found_at timestamptz not null,
  due_at timestamptz not null,
  cleared_at timestamptz,
  overdue_told_at timestamptz
);
create unique index lifecycle_finding_open on lifecycle_finding (person_id, rule, about) where cleared_at is null;
create index lifecycle_finding_page on lifecycle_finding (tenant_id, id desc);
call tenant_table('lifecycle_finding');
revoke delete on lifecycle_finding from huabiao_app;

create table lifecycle_suspension (
  id uuid primary key,
  tenant_id uuid not null,
  person_id uuid not null references person (id),
  -- The whole account, or one role of it.
  account_id uuid references account (id),
  binding_id uuid references role_binding (id),
  rule text not null check (rule ~ '^(N-A[0-9]{2}|recertification)$'),
  since timestamptz not null,
  asked_by uuid,
  asked_at timestamptz,
  ask_reason text check (length(ask_reason) between 1 and 500),
  confirmed_by uuid,
  ended_at timestamptz,
  check (num_nonnulls(account_id, binding_id) = 1),
  check ((asked_by is null) = (asked_at is null) and (asked_by is null) = (ask_reason is null)),
  -- Two persons, neither of them its subject; what a rule itself gives back (training renewed) has none.
  check (asked_by is distinct from person_id or asked_by is null),
  check (confirmed_by is null or (asked_by is not null and confirmed_by <> asked_by and confirmed_by <> person_id)),
  check (account_id is null or ended_at is null or confirmed_by is not null)
);
create unique index lifecycle_suspension_account on lifecycle_suspension (account_id) where ended_at is null;
create unique index lifecycle_suspension_binding on lifecycle_suspension (binding_id) where ended_at is null;
create index lifecycle_suspension_person on lifecycle_suspension (person_id);
create index lifecycle_suspension_page on lifecycle_suspension (tenant_id, id desc);
call tenant_table('lifecycle_suspension');
revoke delete on lifecycle_suspension from huabiao_app;
create function lifecycle_suspension_guard() returns trigger language plpgsql as $$
begin
  if (new.id, new.tenant_id, new.person_id, new.account_id, new.binding_id, new.rule, new.since) is distinct from
     (old.id, old.tenant_id, old.person_id, old.account_id, old.binding_id, old.rule, old.since) or old.ended_at is not null
     or (new.confirmed_by is not null and new.confirmed_by is distinct from app_person()) then
    raise exception 'lifecycle.suspended: a suspension is only ever ended' using errcode = 'HB026', hint = 'RL-25';
  end if;
  return new;
end $$;
create trigger guard before update on lifecycle_suspension for each row execute function lifecycle_suspension_guard();

-- No side door: an account that a rule, or the last day, closed is opened by nothing else.
create function lifecycle_account_guard() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if old.status = 'disabled' and new.status = 'active' and (
       exists (select 1 from lifecycle_suspension s where s.account_id = new.id and s.ended_at is null)
    or exists (select 1 from lifecycle_departure d where d.person_id = new.person_id and d.kind = 'leave' and d.state in ('cut', 'complete'))) then
    raise exception 'lifecycle.suspended: closed by a rule or by the last day' using errcode = 'HB026', hint = 'RL-25';
  end if;
  return new;
end $$;
create trigger later_lifecycle before update on account for each row execute function lifecycle_account_guard();

-- RL-24 a second time: while a deployment is founded there is nobody yet who could record a training; afterwards no role is granted to, or
-- given back to, a person without a valid one.
create function lifecycle_training_guard() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if (tg_op = 'INSERT' or old.suspended_at is not null and new.suspended_at is null and new.revoked_at is null)
     -- The founders are bound in the very transaction that closes the ceremony.
     and exists (select 1 from ceremony_closed c where c.xmin <> pg_current_xact_id()::xid)
     and not exists (select 1 from person p where p.id = new.person_id
       and p.training_valid_until >= (clock_timestamp() at time zone 'Asia/Shanghai')::date) then
    raise exception 'access.untrained: no valid training' using errcode = 'HB024', hint = 'RL-24';
  end if;
  return new;
end $$;
create trigger later_training before insert or update on role_binding for each row execute function lifecycle_training_guard();

-- What the rules ask about each person of a unit: one row a person.
-- The people of a unit are told to the unit and to oversight.
create function lifecycle_people(of_tenant uuid, of_at timestamptz) returns table (
  person_id uuid, name text, status text, registered_at timestamptz, training_until text, department text, account_id uuid, login text, account_status text,
  opened_at timestamptz, last_logon_at timestamptz, password_changed_at timestamptz, must_change boolean, has_factor boolean, terminals int, reopened_at timestamptz,
  suspended boolean, bindings jsonb, shared jsonb)
  language sql stable security definer set search_path = public as $$
  select p.id, p.name, p.status, p.created_at, p.training_valid_until::text, d.name_zh, a.id, a.login, a.status, a.created_at, a.last_logon_at, w.changed_at,
    coalesce(w.must_change, true),
    exists (select 1 from account_totp t where t.account_id = a.id and t.sealed is not null) or exists (select 1 from webauthn_credential k where k.account_id = a.id),
    (select count(*)::int from terminal t where t.person_id = p.id and t.status = 'approved'),
    (select max(s.ended_at) from lifecycle_suspension s where s.account_id = a.id),
    exists (select 1 from lifecycle_suspension s where s.account_id = a.id and s.ended_at is null),
    coalesce((select jsonb_agg(jsonb_build_object('id', b.id, 'role', b.role, 'duty', b.duty, 'since', b.not_before, 'suspended', b.suspended_at is not null,
        'byTraining', exists (select 1 from lifecycle_suspension s where s.binding_id = b.id and s.ended_at is null and s.rule = 'N-A07'),
        'usedAt', (select max(s.last_seen_at) from logon_session s where s.account_id = a.id
          and (s.role = b.role or s.role is null and not exists (select 1 from role_binding o where o.person_id = b.person_id and o.revoked_at is null and o.role <> b.role)))
        ) order by b.id)
      from role_binding b where b.person_id = p.id and b.revoked_at is null and b.not_after > of_at), '[]'),
    -- Logged on from one address within a quarter of an hour of somebody else, where the address is of no registered network.
    coalesce((select jsonb_agg(y.x order by y.person_id) from (
      select distinct on (o.person_id) o.person_id,
        jsonb_build_object('from', s.source_ip, 'with', o.person_id, 'name', q.name, 'at', greatest(s.created_at, o.created_at)) as x
      from logon_session s join logon_session o on o.source_ip = s.source_ip and o.person_id <> s.person_id and o.tenant_id = s.tenant_id
        and o.created_at between s.created_at - interval '15 minutes' and s.created_at + interval '15 minutes'
      join person q on q.id = o.person_id
      where s.account_id = a.id and s.created_at > of_at - interval '7 days' and s.door in ('console', 'web-terminal')
        and s.source_ip !~ '^(127\.|::1$|::ffff:127\.)'
        and not exists (select 1 from terminal t where t.tenant_id = s.tenant_id and t.kind = 'network' and t.status = 'approved' and t.cidr >>= s.source_ip::inet)
      -- The latest place of each pair; where there are more pairs than five, the same five every time.
      order by o.person_id, greatest(s.created_at, o.created_at) desc, s.source_ip
      limit 5) y), '[]')
  from person p left join account a on a.person_id = p.id left join account_password w on w.account_id = a.id left join organization d on d.id = p.department_id
  where p.tenant_id = of_tenant and (of_tenant = app_tenant() or app_oversight()) and (p.status = 'active' or a.status = 'active')
  -- One more than whoever asks can judge: a unit is judged as a whole or not at all.
  order by p.id limit 5001
$$;
-- Every unit, however many: one left out would never be judged.
create function lifecycle_units() returns table (tenant_id uuid) language sql stable security definer set search_path = public as $$
  select o.id from organization o where o.kind = 'unit' and o.status <> 'left' order by o.id $$;
revoke execute on function lifecycle_people(uuid, timestamptz), lifecycle_units() from public;
grant execute on function lifecycle_people(uuid, timestamptz), lifecycle_units() to huabiao_app;
