-- Recertification (权限复核): every role in scope is confirmed or taken by a reviewer who is not its holder; what nobody decided until the due
-- date counts as no. A campaign and its words are never rewritten.

create table lifecycle_campaign (
  id uuid primary key,
  tenant_id uuid not null,
  name text not null check (length(name) between 1 and 120),
  -- Roles, departments and information systems; an empty list: all of them.
  roles text[] not null,
  department_ids uuid[] not null,
  system_ids uuid[] not null,
  -- Null: opened by the half-yearly schedule.
  opened_by uuid,
  opened_at timestamptz not null,
  due_at timestamptz not null,
  -- The last of 7, 3 and 1 days before the end at which reviewers were told.
  told_days int,
  closed_at timestamptz,
  -- SM3 over the report as it was when the campaign closed; the ledger holds the same.
  report_sm3 text check (report_sm3 ~ '^[0-9a-f]{64}$'),
  check (due_at > opened_at and due_at <= opened_at + interval '92 days'),
  check ((closed_at is null) = (report_sm3 is null))
);
create index lifecycle_campaign_page on lifecycle_campaign (tenant_id, id desc);
create index lifecycle_campaign_open on lifecycle_campaign (due_at) where closed_at is null;
call tenant_table('lifecycle_campaign');
revoke delete on lifecycle_campaign from huabiao_app;

create table lifecycle_review (
  id uuid primary key,
  campaign_id uuid not null references lifecycle_campaign (id),
  tenant_id uuid not null,
  binding_id uuid not null references role_binding (id),
  person_id uuid not null,
  role text not null,
  duty text,
  not_after timestamptz not null,
  used_at timestamptz,
  -- Who may decide, as it stood when the campaign opened: line supervisors, or owners of data and systems; never the holder.
  reviewer_ids uuid[] not null,
  verdict text check (verdict in ('keep', 'revoke', 'undecided')),
  reason text check (length(reason) between 1 and 500),
  decided_by uuid,
  decided_at timestamptz,
  unique (campaign_id, binding_id),
  check (not person_id = any (reviewer_ids)),
  check ((verdict is null) = (decided_at is null)),
  check (verdict is null or (verdict = 'undecided') = (decided_by is null)),
  check (verdict is null or (verdict = 'undecided') = (reason is null)),
  check (decided_by is distinct from person_id or decided_by is null)
);
create index lifecycle_review_campaign on lifecycle_review (campaign_id);
create index lifecycle_review_binding on lifecycle_review (binding_id);
create index lifecycle_review_waiting on lifecycle_review using gin (reviewer_ids) where verdict is null;
call tenant_table('lifecycle_review');
revoke delete on lifecycle_review from huabiao_app;

create function lifecycle_campaign_guard() returns trigger language plpgsql as $$
begin
  if (new.id, new.tenant_id, new.name, new.roles, new.department_ids, new.system_ids, new.opened_by, new.opened_at, new.due_at) is distinct from
     (old.id, old.tenant_id, old.name, old.roles, old.department_ids, old.system_ids, old.opened_by, old.opened_at, old.due_at) or old.closed_at is not null
     or (new.closed_at is not null and (new.report is null or exists (select 1 from lifecycle_review r where r.campaign_id = new.id and r.verdict is null))) then
    raise exception 'lifecycle.campaign_closed: a campaign is not rewritten, nor closed with anything undecided or without its report' using errcode = 'HB025', hint = 'RL-28';
  end if;
  return new;
end $$;
create trigger guard before update on lifecycle_campaign for each row execute function lifecycle_campaign_guard();
-- What nobody decided is so when the time is over, by the database's own clock.
create function lifecycle_review_guard() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if (new.id, new.campaign_id, new.tenant_id, new.binding_id, new.person_id, new.role, new.duty, new.reviewer_ids) is distinct from
     (old.id, old.campaign_id, old.tenant_id, old.binding_id, old.person_id, old.role, old.duty, old.reviewer_ids) or old.verdict is not null then
    raise exception 'lifecycle.reviewed: a word is not taken back' using errcode = 'HB025', hint = 'RL-28';
  end if;
  if new.decided_by is not null and (app_person() is distinct from new.decided_by or not new.decided_by = any (new.reviewer_ids)) then
    raise exception 'lifecycle.not_reviewer: not one of the reviewers, or in the name of another' using errcode = 'HB023', hint = 'RL-23';
  end if;
  if new.verdict = 'undecided' and not exists (select 1 from lifecycle_campaign c where c.id = new.campaign_id and c.due_at <= clock_timestamp()) then
    raise exception 'lifecycle.campaign_open: the time to decide is not over' using errcode = 'HB025', hint = 'RL-28';
  end if;
  return new;
end $$;
create trigger guard before update on lifecycle_review for each row execute function lifecycle_review_guard();

-- Which persons take part in work on these systems: named in a change of the last half year.
create function lifecycle_on_systems(of_tenant uuid, systems uuid[], since timestamptz) returns table (person_id uuid)
  language sql stable security definer set search_path = public as $$
  select distinct x from change_request c, unnest(array[c.requester_id, c.manager_id, c.executor_id, c.reviewer_id, c.assessor_id, c.tester_id]) x
  where c.tenant_id = of_tenant and (of_tenant = app_tenant() or app_oversight()) and c.system_ids && systems and c.updated_at >= since and x is not null $$;
-- What approved plans let somebody do today: the plan is the permission.
create function lifecycle_plans(of_tenant uuid, day_start timestamptz, day_end timestamptz)
  returns table (person_id uuid, part text, change_id uuid, change_no text, systems text[], system_ids uuid[], window_start timestamptz, window_end timestamptz)
  language sql stable security definer set search_path = public as $$
  select x.person_id, x.part, c.id, c.no, array(select s.name from information_system s where s.id = any (c.system_ids) order by s.name), c.system_ids, c.window_start, c.window_end
  from change_request c, lateral (values (c.executor_id, 'executor'), (c.reviewer_id, 'reviewer')) x (person_id, part)
  where c.tenant_id = of_tenant and (of_tenant = app_tenant() or app_oversight()) and x.person_id is not null and c.approved_plan_hash is not null
    and c.state not in ('closed', 'rejected', 'withdrawn', 'expired', 'reviewing', 'ci_reviewing') and c.window_start < day_end and c.window_end > day_start
  order by c.no limit 5001 $$;
create function lifecycle_campaigns_due(of_at timestamptz) returns table (tenant_id uuid, id uuid)
  language sql stable security definer set search_path = public as $$
  select c.tenant_id, c.id from lifecycle_campaign c where c.closed_at is null and (c.due_at <= of_at
    or c.due_at <= of_at + interval '7 days' and coalesce(c.told_days, 8) > 7 or c.due_at <= of_at + interval '3 days' and coalesce(c.told_days, 8) > 3
    or c.due_at <= of_at + interval '1 day' and coalesce(c.told_days, 8) > 1) order by c.due_at limit 200 $$;
-- Units whose roles in force nobody has looked at for half a year.
create function lifecycle_units_unreviewed(since timestamptz) returns table (tenant_id uuid)
  language sql stable security definer set search_path = public as $$
  select o.id from organization o where o.kind = 'unit' and o.status = 'active'
    and exists (select 1 from role_binding b join person p on p.id = b.person_id and p.status = 'active' where b.tenant_id = o.id and b.revoked_at is null
      and b.created_at < since and b.not_before <= now() and b.not_after > now())
    and not exists (select 1 from lifecycle_campaign c where c.tenant_id = o.id and c.opened_at >= since and c.roles = '{}' and c.department_ids = '{}' and c.system_ids = '{}')
  order by o.id limit 200 $$;
revoke execute on function lifecycle_on_systems(uuid, uuid[], timestamptz), lifecycle_plans(uuid, timestamptz, timestamptz), lifecycle_campaigns_due(timestamptz),
  lifecycle_units_unreviewed(timestamptz) from public;
grant execute on function lifecycle_on_systems(uuid, uuid[], timestamptz), lifecycle_plans(uuid, timestamptz, timestamptz), lifecycle_campaigns_due(timestamptz),
  lifecycle_units_unreviewed(timestamptz) to huabiao_app;
