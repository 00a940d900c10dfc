-- The report of a campaign is kept as the text whose digest the ledger holds: names change, the text does not. Null: closed before it was kept.
alter table lifecycle_campaign add column report text check (length(report) between 1 and 4000000);
alter table lifecycle_campaign add constraint lifecycle_campaign_report check (report is null or closed_at is not null);
create or replace function lifecycle_campaign_guard() returns trigger language plpgsql as $$
begin
  if (new.id, new.tenant_id, new.name, new.roles, new.department_ids, new.system_ids, new.opened_by, new.opened_at, new.due_at) is distinct from
     (old.id, old.tenant_id, old.name, old.roles, old.department_ids, old.system_ids, old.opened_by, old.opened_at, old.due_at) or old.closed_at is not null
     or (new.closed_at is not null and (new.report is null or exists (select 1 from lifecycle_review r where r.campaign_id = new.id and r.verdict is null))) then
    raise exception 'lifecycle.campaign_closed: a campaign is not rewritten, nor closed with anything undecided or without its report' using errcode = 'HB025', hint = 'RL-28';
  end if;
  return new;
end $$;
-- What nobody decided is so when the time is over, by the database's own clock.
create or replace function lifecycle_review_guard() returns trigger language plpgsql security definer set search_path = public as $$
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

-- For the unit itself and for oversight.
create or replace function lifecycle_on_systems(of_tenant uuid, systems uuid[], since timestamptz) returns table (person_id uuid)
  language sql stable security definer set search_path = public as $$
  select distinct x from change_request c, unnest(array[c.requester_id, c.manager_id, c.executor_id, c.reviewer_id, c.assessor_id, c.tester_id]) x
  where c.tenant_id = of_tenant and (of_tenant = app_tenant() or app_oversight()) and c.system_ids && systems and c.updated_at >= since and x is not null $$;
-- One more than whoever asks can show.
create or replace function lifecycle_plans(of_tenant uuid, day_start timestamptz, day_end timestamptz)
  returns table (person_id uuid, part text, change_id uuid, change_no text, systems text[], system_ids uuid[], window_start timestamptz, window_end timestamptz)
  language sql stable security definer set search_path = public as $$
  select x.person_id, x.part, c.id, c.no, array(select s.name from information_system s where s.id = any (c.system_ids) order by s.name), c.system_ids, c.window_start, c.window_end
  from change_request c, lateral (values (c.executor_id, 'executor'), (c.reviewer_id, 'reviewer')) x (person_id, part)
  where c.tenant_id = of_tenant and (of_tenant = app_tenant() or app_oversight()) and x.person_id is not null and c.approved_plan_hash is not null
    and c.state not in ('closed', 'rejected', 'withdrawn', 'expired', 'reviewing', 'ci_reviewing') and c.window_start < day_end and c.window_end > day_start
  order by c.no limit 5001 $$;
-- Units whose roles in force nobody has looked at for half a year.
create or replace function lifecycle_units_unreviewed(since timestamptz) returns table (tenant_id uuid)
  language sql stable security definer set search_path = public as $$
  select o.id from organization o where o.kind = 'unit' and o.status = 'active'
    and exists (select 1 from role_binding b join person p on p.id = b.person_id and p.status = 'active' where b.tenant_id = o.id and b.revoked_at is null
      and b.created_at < since and b.not_before <= now() and b.not_after > now())
    and not exists (select 1 from lifecycle_campaign c where c.tenant_id = o.id and c.opened_at >= since and c.roles = '{}' and c.department_ids = '{}' and c.system_ids = '{}')
  order by o.id limit 200 $$;
