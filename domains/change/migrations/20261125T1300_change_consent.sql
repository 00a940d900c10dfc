-- A customer's consent may be given in advance (RL-11): which systems of a change are covered is asked in one place, by the services, the
-- triggers and the signer. What was revoked or has run out covers nothing from that moment on.
create function change_preauthorised(of_change uuid) returns table (system_id uuid, preauthorisation_id uuid, name text, waives_notice boolean)
  language sql stable security definer set search_path = public as $$
  select distinct on (s.id) s.id, p.id, p.name, p.waives_notice
  from change_request c join information_system s on s.id = any (c.system_ids)
    join consent_preauthorisation p on p.tenant_id = s.tenant_id and s.id = any (p.system_ids)
  where c.id = of_change and c.tenant_id = any (s.party_ids) and p.revoked_at is null
    and clock_timestamp() >= p.not_before and clock_timestamp() < p.not_after and c.window_start >= p.not_before and c.window_end <= p.not_after
    -- R1 is the gravest: at most R3 is R3 and R4.
    and c.risk >= p.max_risk and c.categories <@ p.categories and consent_hours_hold(p.from_minute, p.to_minute, c.window_start, c.window_end)
  order by s.id, p.waives_notice desc, p.not_after desc
$$;
grant execute on function change_preauthorised(uuid) to huabiao_app;

-- As in change_red_lines, and what is not consented to may be covered.
create or replace function change_consents_missing(of_change uuid, of_tenant uuid, of_systems uuid[], of_hash text) returns boolean
  language sql stable security definer set search_path = public as $$
  select exists (select 1 from information_system s where s.id = any (of_systems) and s.tenant_id <> of_tenant
    and not exists (select 1 from change_consent c where c.change_id = of_change and c.plan_hash = of_hash and c.system_id = s.id and c.verdict = 'consent')
    and not exists (select 1 from change_preauthorised(of_change) p where p.system_id = s.id))
$$;
create function change_run_consented() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if new.phase <> 'rollback' and exists (select 1 from change_request c where c.id = new.change_id
      and change_consents_missing(c.id, c.tenant_id, c.system_ids, c.plan_hash)) then
    raise exception 'change.no_consent: the customer has not consented' using errcode = 'HB011', hint = 'RL-11';
  end if;
  return new;
end $$;
create trigger consented before insert on change_step_run for each row execute function change_run_consented();

-- For the signer, which asks before each step whether the customers' word still holds.
create function change_is_consented(of_change uuid) returns boolean language sql stable security definer set search_path = public as $$
  select not change_consents_missing(c.id, c.tenant_id, c.system_ids, c.plan_hash) from change_request c where c.id = of_change
$$;
grant execute on function change_is_consented(uuid) to huabiao_signer;

-- As in change_freeze, with `consented`.
create or replace view pub_grant_facts as
select c.id as change_id, c.tenant_id, c.state, c.plan_hash, c.approved_plan_hash,
  approval_complete('change', c.id, c.plan_hash) as approvals_complete,
  c.window_start, c.window_end, c.executor_id as executor_person_id, c.reviewer_id as reviewer_person_id,
  (select p.seen_at from change_presence p where p.change_id = c.id and p.person_id = c.reviewer_id) as reviewer_last_seen_at,
  change_is_frozen(c.id) as frozen,
  s.step_key, s.phase as step_phase, s.account as step_account, s.command_digest as step_command_digest, s.danger as step_danger, s.action as step_action,
  t.target_id, t.name as target_name, t.host as target_host, t.port as target_port, t.host_key_sha256 as target_host_key_sha256,
  (select a ->> 'login' from cmdb_target ct, jsonb_array_elements(ct.accounts) a where ct.id = t.target_id and a ->> 'name' = s.account limit 1) as target_login,
  c.current_batch, t.batch as target_batch, clock_timestamp() as clock_now,
  change_is_consented(c.id) as consented
from change_request c
join change_step s on s.change_id = c.id and s.plan_hash = c.plan_hash
join change_step_target t on t.change_id = c.id and t.plan_hash = c.plan_hash;

-- As in change_red_lines, but a change whose consent fell away may become unready: that is what it is for.
create or replace function change_red_lines() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if old.state in ('planning', 'amending') and new.state = 'assessing' and (
       length(btrim(coalesce(new.plan ->> 'impact', ''))) < 10 or length(btrim(coalesce(new.plan ->> 'emergencyPlan', ''))) < 10
       or jsonb_typeof(new.plan -> 'health') is distinct from 'object' or new.window_start is null or new.executor_id is null or new.reviewer_id is null
       or not exists (select 1 from change_step s where s.change_id = new.id and s.plan_hash = new.plan_hash and s.phase = 'execute')
       or not exists (select 1 from change_step s where s.change_id = new.id and s.plan_hash = new.plan_hash and s.phase = 'verify')
       or not exists (select 1 from change_step_target t where t.change_id = new.id and t.plan_hash = new.plan_hash)) then
    raise exception 'change.plan_incomplete: no plan whole enough to be judged' using errcode = 'HB004', hint = 'RL-04';
  end if;
  if old.state = 'testing' and new.state = 'approving' and not exists (
       select 1 from change_test t where t.change_id = new.id and t.plan_hash = new.plan_hash and t.verdict = 'pass' and t.tester_id <> new.requester_id) then
    raise exception 'change.not_tested: no passed test of this plan by another person' using errcode = 'HB005', hint = 'RL-05';
  end if;
  if new.approved_plan_hash is distinct from old.approved_plan_hash and new.approved_plan_hash is not null and change_root_unapproved(new.id, new.plan_hash) then
    raise exception 'change.root_not_granted: a privileged account without security' using errcode = 'HB017', hint = 'RL-17';
  end if;
  if new.state in ('scheduled', 'ready', 'prechecking') and new.state <> old.state and not (old.state = 'ready' and new.state = 'scheduled')
     and change_consents_missing(new.id, new.tenant_id, new.system_ids, new.plan_hash) then
    raise exception 'change.no_consent: the customer has not consented' using errcode = 'HB011', hint = 'RL-11';
  end if;
  if new.state = 'prechecking' and old.state = 'ready' then
    if app_person() is distinct from new.executor_id then
      raise exception 'change.not_executor: only the executor begins' using errcode = 'HB007', hint = 'RL-07';
    end if;
    -- A little more than the minute of the guard: the service has asked already, by its own clock.
    if not exists (select 1 from change_presence p where p.change_id = new.id and p.person_id = new.reviewer_id and p.seen_at > clock_timestamp() - interval '65 seconds') then
      raise exception 'change.reviewer_absent: the second person is not present' using errcode = 'HB006', hint = 'RL-06';
    end if;
  end if;
  -- Back to work after the unexpected: by L2 or CRE who took no part. The way back itself is never barred (itsm 2.0.3).
  if old.state = 'paused' and new.state = old.paused_from and new.state <> 'rolling_back' and (app_person() in (new.executor_id, new.reviewer_id) or not exists (
       select 1 from pub_role_holder h where h.person_id = app_person() and h.tenant_id = new.tenant_id and h.role = 'CRE'
         and clock_timestamp() >= h.not_before and clock_timestamp() < h.not_after)) then
    raise exception 'change.paused: only L2 or CRE who took no part resumes' using errcode = 'HB009', hint = 'RL-09';
  end if;
  return new;
end $$;
