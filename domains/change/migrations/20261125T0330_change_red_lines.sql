-- The red lines around a change, the rest of them, a second time (RL-01, RL-02, RL-04 … RL-09, RL-11, RL-17): direct SQL as the
-- application meets what the services refuse. Each of these triggers runs after `guard` of the same table.

-- Systems of this change whose unit has not consented to this hash.
create function change_consents_missing(of_change uuid, of_tenant uuid, of_systems uuid[], of_hash text) returns boolean
  language sql stable security definer set search_path = public as $$
  select exists (select 1 from information_system s where s.id = any (of_systems) and s.tenant_id <> of_tenant and not exists (
    select 1 from change_consent c where c.change_id = of_change and c.plan_hash = of_hash and c.system_id = s.id and c.verdict = 'consent'))
$$;
-- A privileged account in the plan, and no stage of the security administrator in what was approved.
create function change_root_unapproved(of_change uuid, of_hash text) returns boolean language sql stable security definer set search_path = public as $$
  select exists (select 1 from change_step s join change_step_target t on (t.change_id, t.plan_hash) = (s.change_id, s.plan_hash)
      join cmdb_target c on c.id = t.target_id, jsonb_array_elements(c.accounts) a
      where s.change_id = of_change and s.plan_hash = of_hash and a ->> 'name' = s.account and (a ->> 'privileged')::boolean)
    and not exists (select 1 from approval a, jsonb_array_elements(a.stages) g
      where a.subject_kind = 'change' and a.subject_id = of_change and a.subject_hash = of_hash and a.voided_at is null and g ->> 'key' = 'security')
$$;

create function change_red_lines() returns trigger language plpgsql security definer set search_path = public as $$
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
  if new.state in ('scheduled', 'ready', 'prechecking') and new.state <> old.state
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
create trigger red_lines before update on change_request for each row execute function change_red_lines();

-- Grey first (RL-08): a batch is opened by the one before it, whole, soaked and healthy; a soak once begun is not shortened.
create function change_grey_first() returns trigger language plpgsql security definer set search_path = public as $$
declare soak int;
begin
  if old.state in ('gray_running', 'gray_soaking', 'rolling') and new.current_batch <> old.current_batch then
    if new.current_batch <> old.current_batch + 1 or new.state <> 'rolling' then
      raise exception 'change.batch_locked: batches come one by one' using errcode = 'HB008', hint = 'RL-08';
    end if;
    if old.soak_until is null or clock_timestamp() < old.soak_until - interval '2 seconds' then
      raise exception 'change.soaking: the batch is still observed' using errcode = 'HB008', hint = 'RL-08';
    end if;
    if exists (select 1 from change_step_target t where t.change_id = new.id and t.plan_hash = new.plan_hash and t.batch = old.current_batch
        and not exists (select 1 from change_step_run r where r.change_id = new.id and r.target_id = t.target_id and r.phase = 'health' and r.state in ('succeeded', 'accepted'))) then
      raise exception 'change.health_missing: the batch was not asked for its health' using errcode = 'HB008', hint = 'RL-08';
    end if;
  elsif new.soak_until is distinct from old.soak_until and new.state in ('gray_running', 'gray_soaking', 'rolling') then
    soak := coalesce((new.plan -> 'batches' -> (new.current_batch - 1) ->> 'soakSeconds')::int, 0);
    if old.soak_until is not null or new.soak_until is null or new.soak_until < clock_timestamp() + make_interval(secs => soak) - interval '5 seconds' then
      raise exception 'change.soaking: a soak is not shortened' using errcode = 'HB008', hint = 'RL-08';
    end if;
  end if;
  return new;
end $$;
create trigger red_lines_grey before update on change_request for each row execute function change_grey_first();

-- What is about to run is a step of the approved plan, now, by its executor, in a session of this change, in a batch that is open.
create function change_run_admit() returns trigger language plpgsql security definer set search_path = public as $$
declare c change_request%rowtype; t change_step_target%rowtype;
begin
  select * into c from change_request where id = new.change_id;
  if c.state = 'paused' then raise exception 'change.paused: nothing runs while it is paused' using errcode = 'HB009', hint = 'RL-09'; end if;
  if c.state not in ('prechecking', 'gray_running', 'gray_soaking', 'rolling', 'verifying', 'rolling_back') or new.plan_hash is distinct from c.approved_plan_hash
     or not approval_complete('change', c.id, new.plan_hash) then
    raise exception 'change.not_approved: no approved plan under way' using errcode = 'HB001', hint = 'RL-01';
  end if;
  if new.executor_id is distinct from c.executor_id or app_person() is distinct from c.executor_id then
    raise exception 'change.not_executor: only the executor runs a step' using errcode = 'HB007', hint = 'RL-07';
  end if;
  if new.phase <> 'rollback' and (clock_timestamp() < c.window_start or clock_timestamp() >= c.window_end) then
    raise exception 'change.outside_window: now is outside the window' using errcode = 'HB002', hint = 'RL-02';
  end if;
  select * into t from change_step_target s where s.change_id = new.change_id and s.plan_hash = new.plan_hash and s.target_id = new.target_id;
  if t.target_id is null or not exists (select 1 from change_step s
      where s.change_id = new.change_id and s.plan_hash = new.plan_hash and s.step_key = new.step_key and s.phase = new.phase) then
    raise exception 'change.not_next_step: no step or target of the plan' using errcode = 'HB007', hint = 'RL-07';
  end if;
  if new.phase in ('execute', 'health') and t.batch > c.current_batch then
    raise exception 'change.batch_locked: the batch is not released' using errcode = 'HB008', hint = 'RL-08';
  end if;
  if new.session_id is distinct from c.session_id then
    raise exception 'session.no_purpose: not the session of this change' using errcode = 'HB019', hint = 'RL-19';
  end if;
  return new;
end $$;
create trigger admit before insert on change_step_run for each row execute function change_run_admit();

-- A test and a consent are the word of the person who gives it; a consent is the word of the unit that owns the system.
create function change_test_own() returns trigger language plpgsql as $$
begin
  if app_person() is distinct from new.tester_id then raise exception 'change.not_tested: the test of another person' using errcode = 'HB005', hint = 'RL-05'; end if;
  return new;
end $$;
create trigger own before insert on change_test for each row execute function change_test_own();
create function change_consent_own() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if app_person() is distinct from new.person_id or not exists (
       select 1 from information_system s join person p on p.tenant_id = s.tenant_id where s.id = new.system_id and p.id = new.person_id) then
    raise exception 'change.no_consent: not the word of the unit that owns the system' using errcode = 'HB011', hint = 'RL-11';
  end if;
  return new;
end $$;
create trigger own before insert on change_consent for each row execute function change_consent_own();

-- Published for sessions: whether this change is a purpose to look at its targets, or to work on them (RL-19).
create function change_is_purpose(of_change uuid, of_mode text, of_person uuid) returns boolean language sql stable security definer set search_path = public as $$
  select exists (select 1 from change_request c where c.id = of_change and c.executor_id = of_person and c.approved_plan_hash is not null
    and c.state in ('ready', 'prechecking', 'gray_running', 'gray_soaking', 'rolling', 'verifying', 'rolling_back', 'paused')
     or c.id = of_change and of_mode = 'observe' and c.executor_id = of_person and c.approved_plan_hash is not null
    and c.state in ('scheduled', 'ci_reviewing', 'reviewing'))
$$;
grant execute on function change_is_purpose(uuid, text, uuid) to huabiao_app;
