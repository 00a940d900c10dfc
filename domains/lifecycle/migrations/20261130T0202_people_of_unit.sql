-- The people of a unit are told to the unit and to oversight; who is the last of a kind is judged where rules take one after another.
create or replace function lifecycle_people(of_tenant uuid, of_at timestamptz) returns table (
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
create or replace function lifecycle_units() returns table (tenant_id uuid) language sql stable security definer set search_path = public as $$
  select o.id from organization o where o.kind = 'unit' and o.status <> 'left' order by o.id $$;
