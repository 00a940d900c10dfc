-- Urgent changes and amendments (紧急变更, 方案调整; itsm §1.1 row 14, §2.3-A): the plan of a change that is half done is changed and approved anew by
-- persons asked at once. The approvals of an amendment are its own; which of them carry the present plan is asked in one place, by the services,
-- the triggers and the signer. RL-01, RL-05, RL-07, RL-08 and RL-09 stand here a second time.
create table change_amendment (
  id uuid primary key,
  change_id uuid not null references change_request (id),
  seq int not null,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  state text not null check (state in ('drafting', 'approving', 'approved', 'denied', 'dropped')),
  reason text not null,
  declared_by uuid not null,
  declared_at timestamptz not null,
  previous_id uuid references change_amendment (id),
  from_hash text not null check (length(from_hash) = 64),
  from_version int not null,
  from_risk text not null,
  paused_from text not null,
  pause_reason text not null default '',
  current_batch int not null,
  to_hash text check (length(to_hash) = 64),
  to_version int,
  diff jsonb,
  submitted_at timestamptz,
  ended_at timestamptz,
  unique (change_id, seq)
);
create index change_amendment_previous on change_amendment (previous_id);
call tenant_table('change_amendment', true);
revoke delete on change_amendment from huabiao_app;
-- Who, why and from where never change; what came of it is written once.
create function change_amendment_guard() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if tg_op = 'INSERT' then
    if new.state <> 'drafting' or app_person() is distinct from new.declared_by or not exists (
         select 1 from change_request c where c.id = new.change_id and c.state = 'paused' and c.approved_plan_hash = new.from_hash and c.plan_version = new.from_version) then
      raise exception 'change.wrong_state: an amendment begins in a pause, by whoever declares it' using errcode = 'HB001', hint = 'RL-09';
    end if;
    return new;
  end if;
  if (new.id, new.change_id, new.seq, new.tenant_id, new.reason, new.declared_by, new.declared_at, new.previous_id, new.from_hash, new.from_version, new.from_risk, new.paused_from, new.pause_reason, new.current_batch)
       is distinct from (old.id, old.change_id, old.seq, old.tenant_id, old.reason, old.declared_by, old.declared_at, old.previous_id, old.from_hash, old.from_version, old.from_risk, old.paused_from, old.pause_reason, old.current_batch)
     or old.state in ('denied', 'dropped') or (old.state = 'approved' and new.state <> 'dropped') then
    raise exception 'ledger.append_only: an amendment is never rewritten' using errcode = 'HB013', hint = 'RL-13';
  end if;
  if new.state = 'approved' and not approval_complete('amendment', new.id, new.to_hash) then
    raise exception 'change.not_approved: approvals of the amendment are not complete' using errcode = 'HB001', hint = 'RL-01';
  end if;
  return new;
end $$;
create trigger guard before insert or update on change_amendment for each row execute function change_amendment_guard();

alter table change_request add column amendment_id uuid references change_amendment (id), add column abandoned boolean not null default false;
create index change_request_amendment on change_request (amendment_id) where amendment_id is not null;

-- In place of test evidence: two persons bear the risk, each in person and neither of them taking part; the test is owed.
create table change_risk_acceptance (
  change_id uuid not null references change_request (id),
  plan_hash text not null,
  part text not null check (part in ('technical-manager', 'cre')),
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  person_id uuid not null,
  note text not null,
  at timestamptz not null,
  primary key (change_id, plan_hash, part),
  unique (change_id, plan_hash, person_id)
);
call tenant_table('change_risk_acceptance', true);
call append_only('change_risk_acceptance');
create function change_risk_own() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if app_person() is distinct from new.person_id or not exists (
       select 1 from change_request c join pub_role_holder h on h.tenant_id = c.tenant_id and h.person_id = new.person_id
         and h.role = case new.part when 'cre' then 'CRE' else 'APV' end and (new.part = 'cre' or h.duty = 'technical-manager') and clock_timestamp() >= h.not_before and clock_timestamp() < h.not_after
       where c.id = new.change_id and c.plan_hash = new.plan_hash and (c.urgency = 'U1' or c.amendment_id is not null)
         and new.person_id not in (c.requester_id, c.executor_id, c.reviewer_id)) then
    raise exception 'change.not_risk_bearer: not the word of who may bear it' using errcode = 'HB005', hint = 'RL-05';
  end if;
  return new;
end $$;
create trigger own before insert on change_risk_acceptance for each row execute function change_risk_own();

create table change_test_debt (
  change_id uuid not null references change_request (id),
  plan_hash text not null,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  opened_at timestamptz not null,
  due_at timestamptz not null,
  settled_at timestamptz,
  settled_by text check (settled_by in ('test', 'void')),
  primary key (change_id, plan_hash),
  check ((settled_at is null) = (settled_by is null))
);
call tenant_table('change_test_debt', true);
revoke delete on change_test_debt from huabiao_app;
create function change_test_debt_guard() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if (new.change_id, new.plan_hash, new.tenant_id, new.opened_at, new.due_at) is distinct from (old.change_id, old.plan_hash, old.tenant_id, old.opened_at, old.due_at) or old.settled_at is not null then
    raise exception 'ledger.append_only: a debt is only ever settled' using errcode = 'HB013', hint = 'RL-13';
  end if;
  if new.settled_by = 'test' and not exists (select 1 from change_test t where t.change_id = new.change_id and t.plan_hash = new.plan_hash and t.verdict = 'pass') then
    raise exception 'change.not_tested: a debt is settled by a test' using errcode = 'HB005', hint = 'RL-05';
  end if;
  if new.settled_by = 'void' and exists (select 1 from change_step_run r where r.change_id = new.change_id and r.plan_hash = new.plan_hash) then
    raise exception 'change.not_tested: a plan that ran owes its test' using errcode = 'HB005', hint = 'RL-05';
  end if;
  return new;
end $$;
create trigger guard before update on change_test_debt for each row execute function change_test_debt_guard();

-- Whether this plan may run by what was decided: the chain of the change, or that of the amendment in force.
create function change_approved(of_change uuid, of_amendment uuid, of_hash text) returns boolean language sql stable security definer set search_path = public as $$
  select case when of_amendment is null then approval_complete('change', of_change, of_hash)
    else approval_complete('amendment', of_amendment, of_hash)
      and exists (select 1 from change_amendment m where m.id = of_amendment and m.change_id = of_change and m.to_hash = of_hash and m.state in ('approving', 'approved')) end
$$;
create function change_tested(of_change uuid, of_hash text, of_requester uuid) returns boolean language sql stable security definer set search_path = public as $$
  select exists (select 1 from change_test t where t.change_id = of_change and t.plan_hash = of_hash and t.verdict = 'pass' and t.tester_id <> of_requester)
    or (select count(*) from change_risk_acceptance a where a.change_id = of_change and a.plan_hash = of_hash) = 2
$$;
create function change_reached_batch(of_change uuid, of_hash text) returns int language sql stable security definer set search_path = public as $$
  select max(t.batch) from change_step_run r join change_step_target t on t.change_id = r.change_id and t.plan_hash = of_hash and t.target_id = r.target_id
  where r.change_id = of_change and r.phase = 'execute' and r.state not in ('granted', 'expired')
$$;
grant execute on function change_approved(uuid, uuid, text), change_reached_batch(uuid, text) to huabiao_signer;
grant execute on function change_approved(uuid, uuid, text) to huabiao_app;

-- As in change_red_lines, of an amendment too.
create or replace function change_root_unapproved(of_change uuid, of_hash text) returns boolean language sql stable security definer set search_path = public as $$
  select exists (select 1 from change_step s join change_step_target t on (t.change_id, t.plan_hash) = (s.change_id, s.plan_hash)
      join cmdb_target c on c.id = t.target_id, jsonb_array_elements(c.accounts) a
      where s.change_id = of_change and s.plan_hash = of_hash and a ->> 'name' = s.account and (a ->> 'privileged')::boolean)
    and not exists (select 1 from approval a, jsonb_array_elements(a.stages) g
      where (a.subject_kind = 'change' and a.subject_id = of_change or a.subject_kind = 'amendment' and a.subject_id in (select m.id from change_amendment m where m.change_id = of_change))
        and a.subject_hash = of_hash and a.voided_at is null and g ->> 'key' = 'security')
$$;

delete from change_transition where from_state = 'amending' and to_state = 'assessing';
insert into change_transition values
  ('planning', 'approving'), ('amending', 'approving'), ('approving', 'amending'), ('consenting', 'amending'), ('scheduled', 'amending'), ('ready', 'amending'),
  ('amending', 'paused'), ('approving', 'paused'), ('consenting', 'paused'), ('scheduled', 'paused'), ('ready', 'paused'),
  ('prechecking', 'rolling'), ('paused', 'ci_reviewing');

-- As in change_freeze, with the short path and the way back from it.
create or replace function change_guard() returns trigger language plpgsql security definer set search_path = public as $$
declare goes_back boolean;
begin
  -- An amendment that ended: the plan it started from, to the letter, under the approvals of before.
  goes_back := old.amendment_id is not null and new.state = 'paused' and new.amendment_id is distinct from old.amendment_id and exists (
    select 1 from change_amendment m join change_plan_version v on v.change_id = m.change_id and v.version = m.from_version
    where m.id = old.amendment_id and m.state in ('denied', 'dropped') and m.previous_id is not distinct from new.amendment_id and m.from_hash = new.plan_hash
      and (v.plan, v.window_start, v.window_end, v.executor_id, v.reviewer_id) is not distinct from (new.plan, new.window_start, new.window_end, new.executor_id, new.reviewer_id));
  if (new.id, new.tenant_id, new.no, new.requester_id, new.created_at) is distinct from (old.id, old.tenant_id, old.no, old.requester_id, old.created_at)
     or new.version <> old.version + 1 then
    raise exception 'request.stale: identity or version of a change' using errcode = 'HB007';
  end if;
  if new.state <> old.state and not exists (
    select 1 from change_transition t where t.from_state = old.state
      and (t.to_state = new.state or (t.to_state = '*' and new.state = old.paused_from and new.state <> 'paused'))) then
    raise exception 'change.wrong_state: % to %', old.state, new.state using errcode = 'HB001', hint = 'RL-01';
  end if;
  -- RL-09: what is half done is finished, undone or given up by name; it neither expires nor goes back to the drawing board.
  if old.amendment_id is not null and new.state <> old.state and new.state in ('planning', 'assessing', 'testing', 'rejected', 'withdrawn', 'expired') then
    raise exception 'change.half_done: % to %', old.state, new.state using errcode = 'HB009', hint = 'RL-09';
  end if;
  if new.amendment_id is distinct from old.amendment_id and not goes_back and not (old.state = 'paused' and new.state = 'amending' and exists (
       select 1 from change_amendment m where m.id = new.amendment_id and m.change_id = new.id and m.state = 'drafting'
         and m.from_hash = old.plan_hash and m.from_version = old.plan_version and m.previous_id is not distinct from old.amendment_id)) then
    raise exception 'change.hash_mismatch: an amendment begins in a pause, and ends where it began' using errcode = 'HB007', hint = 'RL-07';
  end if;
  if new.abandoned is distinct from old.abandoned and not (new.abandoned and old.state = 'paused' and new.state = 'ci_reviewing') then
    raise exception 'change.wrong_state: only a paused change is given up' using errcode = 'HB001', hint = 'RL-09';
  end if;
  if old.state = 'paused' and new.state = 'ci_reviewing' and not new.abandoned then
    raise exception 'change.wrong_state: a paused change is verified, or given up' using errcode = 'HB001', hint = 'RL-09';
  end if;
  if new.state = 'paused' and old.state in ('amending', 'approving', 'consenting', 'scheduled', 'ready') and not goes_back
     and not (old.state = 'approving' and new.paused_from = 'rolling_back' and exists (
       select 1 from change_amendment m where m.id = new.amendment_id and m.change_id = new.id and m.state = 'approved' and m.paused_from = 'rolling_back')) then
    raise exception 'change.wrong_state: only what is half done goes back to its pause' using errcode = 'HB001', hint = 'RL-01';
  end if;
  if old.state in ('planning', 'amending') and new.state = 'approving' and not (new.urgency = 'U1' or new.amendment_id is not null) then
    raise exception 'change.not_tested: only what is urgent is approved untested' using errcode = 'HB005', hint = 'RL-05';
  end if;
  if new.urgency = 'U1' and old.urgency <> 'U1' then
    raise exception 'change.wrong_state: no change becomes urgent afterwards' using errcode = 'HB001', hint = 'RL-01';
  end if;
  -- RL-07: what was approved is edited only by leaving the approval behind.
  if (new.plan, new.window_start, new.window_end, new.executor_id, new.reviewer_id, new.system_ids, new.categories)
       is distinct from (old.plan, old.window_start, old.window_end, old.executor_id, old.reviewer_id, old.system_ids, old.categories)
     and new.state not in ('draft', 'returned', 'planning', 'amending') and not goes_back then
    raise exception 'change.hash_mismatch: the plan is bound in state %', new.state using errcode = 'HB007', hint = 'RL-07';
  end if;
  if new.state in ('planning', 'amending') and (new.plan_hash is not null or new.approved_plan_hash is not null) then
    raise exception 'change.hash_mismatch: a plan being edited has no hash' using errcode = 'HB007', hint = 'RL-07';
  end if;
  if new.plan_hash is distinct from old.plan_hash and new.plan_hash is not null 
     and not (new.state in ('assessing', 'approving') and old.state in ('planning', 'amending')) and not goes_back then
    raise exception 'change.hash_mismatch: the hash is made when the plan is finished' using errcode = 'HB007', hint = 'RL-07';
  end if;
  -- RL-01: only the approvals themselves make a hash approved.
  if new.approved_plan_hash is distinct from old.approved_plan_hash and new.approved_plan_hash is not null
     and (new.approved_plan_hash <> new.plan_hash or not change_approved(new.id, new.amendment_id, new.approved_plan_hash)) then
    raise exception 'change.not_approved: approvals are not complete' using errcode = 'HB001', hint = 'RL-01';
  end if;
  if new.state = 'prechecking' and old.state = 'ready' then
    if new.approved_plan_hash is null or new.approved_plan_hash is distinct from new.plan_hash or not change_approved(new.id, new.amendment_id, new.plan_hash) then
      raise exception 'change.not_approved: approvals are not complete' using errcode = 'HB001', hint = 'RL-01';
    end if;
    if now() < new.window_start or now() >= new.window_end then
      raise exception 'change.outside_window: now is outside the window' using errcode = 'HB002', hint = 'RL-02';
    end if;
    if new.reviewer_id is null or new.executor_id is null or new.reviewer_id = new.executor_id then
      raise exception 'change.same_person: two persons are needed' using errcode = 'HB006', hint = 'RL-06';
    end if;
  end if;
  return new;
end $$;

-- As in change_consent, with the short path, and what an amended plan may take up again.
create or replace function change_red_lines() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if old.state in ('planning', 'amending') and new.state in ('assessing', 'approving') and (
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
    if (new.urgency = 'U1' or new.amendment_id is not null) and not change_tested(new.id, new.plan_hash, new.requester_id) then
      raise exception 'change.not_tested: neither tested nor its risk borne by two' using errcode = 'HB005', hint = 'RL-05';
    end if;
    if app_person() is distinct from new.executor_id then
      raise exception 'change.not_executor: only the executor begins' using errcode = 'HB007', hint = 'RL-07';
    end if;
    -- A little more than the minute of the guard: the service has asked already, by its own clock.
    if not exists (select 1 from change_presence p where p.change_id = new.id and p.person_id = new.reviewer_id and p.seen_at > clock_timestamp() - interval '65 seconds') then
      raise exception 'change.reviewer_absent: the second person is not present' using errcode = 'HB006', hint = 'RL-06';
    end if;
  end if;
  if old.state = 'paused' and new.state = old.paused_from and new.state <> 'rolling_back' and old.pause_reason = 'amendment-denied' then
    raise exception 'change.amendment_denied: only back, or given up' using errcode = 'HB009', hint = 'RL-09';
  end if;
  -- RL-08: an amendment opens no batch; only the reviewer does, from the batch before it.
  if new.amendment_id is not null and new.current_batch > greatest(old.current_batch, 1) and old.state not in ('gray_running', 'gray_soaking', 'rolling') then
    raise exception 'change.batch_locked: an amendment opens no batch' using errcode = 'HB008', hint = 'RL-08';
  end if;
  -- RL-08: an amended plan goes on in a later batch only where all before it is done.
  if old.state = 'prechecking' and new.state = 'rolling' and (new.amendment_id is null or exists (
       select 1 from change_step s join change_step_target t on (t.change_id, t.plan_hash) = (s.change_id, s.plan_hash)
       where s.change_id = new.id and s.plan_hash = new.plan_hash and s.phase = 'execute' and t.batch < new.current_batch and not exists (
         select 1 from change_step_run r where r.change_id = s.change_id and r.step_key = s.step_key and r.phase = 'execute' and r.target_id = t.target_id and r.state in ('succeeded', 'accepted')))) then
    raise exception 'change.batch_locked: an earlier batch is not done' using errcode = 'HB008', hint = 'RL-08';
  end if;
  -- Back to work after the unexpected: by L2 or CRE who took no part. The way back itself is never barred (itsm 2.0.3).
  if old.state = 'paused' and new.state = old.paused_from and new.state <> 'rolling_back' and (app_person() in (new.executor_id, new.reviewer_id) or not exists (
       select 1 from pub_role_holder h where h.person_id = app_person() and h.tenant_id = new.tenant_id and h.role = 'CRE'
         and clock_timestamp() >= h.not_before and clock_timestamp() < h.not_after)) then
    raise exception 'change.paused: only L2 or CRE who took no part resumes' using errcode = 'HB009', hint = 'RL-09';
  end if;
  return new;
end $$;

-- As in change_own_rollback, under the approvals that carry the present plan.
create or replace function change_run_admit() returns trigger language plpgsql security definer set search_path = public as $$
declare c change_request%rowtype; t change_step_target%rowtype;
begin
  select * into c from change_request where id = new.change_id;
  if c.state = 'paused' then raise exception 'change.paused: nothing runs while it is paused' using errcode = 'HB009', hint = 'RL-09'; end if;
  if c.state not in ('prechecking', 'gray_running', 'gray_soaking', 'rolling', 'verifying', 'rolling_back') or new.plan_hash is distinct from c.approved_plan_hash
     or not change_approved(c.id, c.amendment_id, new.plan_hash) then
    raise exception 'change.not_approved: no approved plan under way' using errcode = 'HB001', hint = 'RL-01';
  end if;
  if new.executor_id is distinct from c.executor_id
     or (app_person() is distinct from c.executor_id and not (app_person() is null and new.phase = 'rollback' and change_is_own_rollback(c.id))) then
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

-- As in change_consent, under the approvals that carry the present plan.
create or replace view pub_grant_facts as
select c.id as change_id, c.tenant_id, c.state, c.plan_hash, c.approved_plan_hash,
  change_approved(c.id, c.amendment_id, c.plan_hash) as approvals_complete,
  c.window_start, c.window_end, c.executor_id as executor_person_id, c.reviewer_id as reviewer_person_id,
  (select p.seen_at from change_presence p where p.change_id = c.id and p.person_id = c.reviewer_id) as reviewer_last_seen_at,
  change_is_frozen(c.id) as frozen,
  s.step_key, s.phase as step_phase, s.account as step_account, s.command_digest as step_command_digest, s.danger as step_danger, s.action as step_action,
  t.target_id, t.name as target_name, t.host as target_host, t.port as target_port, t.host_key_sha256 as target_host_key_sha256,
  (select a ->> 'login' from cmdb_target ct, jsonb_array_elements(ct.accounts) a where ct.id = t.target_id and a ->> 'name' = s.account limit 1) as target_login,
  -- The way back reaches every batch in which something was done, wherever an amended plan has begun again.
  case when s.phase = 'rollback' then greatest(c.current_batch, change_reached_batch(c.id, c.plan_hash)) else c.current_batch end as current_batch, t.batch as target_batch, clock_timestamp() as clock_now,
  change_is_consented(c.id) as consented
from change_request c
join change_step s on s.change_id = c.id and s.plan_hash = c.plan_hash
join change_step_target t on t.change_id = c.id and t.plan_hash = c.plan_hash;

-- What is urgent is told, and not waited for (itsm §2.3-A): as in change_announcement otherwise.
create or replace function change_announced() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if new.state = 'ready' and old.state = 'scheduled' and new.urgency <> 'U1' and new.amendment_id is null
     and change_unannounced(new.id, new.tenant_id, new.system_ids, new.plan_hash) then
    raise exception 'change.not_announced: an affected customer has not been told' using errcode = 'HB011', hint = 'RL-11';
  end if;
  return new;
end $$;
