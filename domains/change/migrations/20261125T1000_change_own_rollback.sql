-- The one thing that the platform runs by itself (itsm §2.1, rows 22 and 24), as the database knows it: a step back, of a plan whose approved
-- text asks for it, in the rollback that began when the time to decide its pause had passed. Everything else is run by its executor.
create function change_is_own_rollback(of_change uuid) returns boolean language sql stable security definer set search_path = public as $$
  select exists (select 1 from change_request c join change_deadline d on d.change_id = c.id
    where c.id = of_change and c.state = 'rolling_back' and c.plan ->> 'autoRollback' = 'true'
      and d.name = 'decide' and d.outcome = 'rollBack' and d.fired_at = c.state_since)
$$;
grant execute on function change_is_own_rollback(uuid) to huabiao_app;
create or replace function change_own_rollbacks() returns table (tenant_id uuid, change_id uuid) language sql stable security definer set search_path = public as
  $$ select c.tenant_id, c.id from change_request c where c.state = 'rolling_back' and change_is_own_rollback(c.id) $$;

-- As in change_red_lines, but for the second line of the executor's rule.
create or replace function change_run_admit() returns trigger language plpgsql security definer set search_path = public as $$
declare c change_request%rowtype; t change_step_target%rowtype;
begin
  select * into c from change_request where id = new.change_id;
  if c.state = 'paused' then raise exception 'change.paused: nothing runs while it is paused' using errcode = 'HB009', hint = 'RL-09'; end if;
  if c.state not in ('prechecking', 'gray_running', 'gray_soaking', 'rolling', 'verifying', 'rolling_back') or new.plan_hash is distinct from c.approved_plan_hash
     or not approval_complete('change', c.id, new.plan_hash) then
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
