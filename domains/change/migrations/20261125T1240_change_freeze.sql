-- Freezes have a scope and exceptions now (RL-03): which of them hold for a change is asked in one place, by the services, by the triggers and
-- by the signer.
create function freezes_of_change(of_change uuid, from_at timestamptz, to_at timestamptz)
  returns table (id uuid, name text, starts_at timestamptz, ends_at timestamptz) language sql stable security definer set search_path = public as $$
  select f.id, f.name, f.starts_at, f.ends_at from freeze_declaration f join change_request c on c.id = of_change
  where f.lifted_at is null and f.starts_at < to_at and f.ends_at > from_at and (f.tenant_id is null or f.tenant_id = c.tenant_id)
    and case f.scope
      when 'deployment' then true
      when 'tenants' then c.tenant_id = any (f.scope_ids) or exists (select 1 from information_system s where s.id = any (c.system_ids) and s.tenant_id = any (f.scope_ids))
      when 'systems' then c.system_ids && f.scope_ids
      else exists (select 1 from jsonb_path_query(c.plan, '$.batches[*].targetIds[*]') t where (t #>> '{}')::uuid = any (f.scope_ids)) end
    and not exists (select 1 from freeze_exception e where e.freeze_id = f.id and e.change_id = c.id and e.plan_hash = c.plan_hash and e.second_by is not null)
  order by f.starts_at limit 100
$$;
create function change_is_frozen(of_change uuid) returns boolean language sql stable security definer set search_path = public as
  $$ select exists (select 1 from freezes_of_change(of_change, clock_timestamp(), clock_timestamp() + interval '1 millisecond')) $$;
grant execute on function freezes_of_change(uuid, timestamptz, timestamptz) to huabiao_app;

create function change_not_frozen() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if new.state = 'ready' and old.state = 'scheduled' and exists (select 1 from freezes_of_change(new.id, new.window_start, new.window_end))
     or new.state = 'prechecking' and old.state = 'ready' and change_is_frozen(new.id)
     or old.state = 'paused' and new.state = old.paused_from and new.state <> 'rolling_back' and change_is_frozen(new.id) then
    raise exception 'change.frozen: a freeze period holds' using errcode = 'HB003', hint = 'RL-03';
  end if;
  return new;
end $$;
create trigger not_frozen before update on change_request for each row execute function change_not_frozen();
create function change_run_not_frozen() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if new.phase <> 'rollback' and change_is_frozen(new.change_id) then
    raise exception 'change.frozen: a freeze period holds' using errcode = 'HB003', hint = 'RL-03';
  end if;
  return new;
end $$;
create trigger not_frozen before insert on change_step_run for each row execute function change_run_not_frozen();

-- As in change, without its own look at the whole deployment's freezes: `not_frozen` asks that.
create or replace function change_guard() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if (new.id, new.tenant_id, new.no, new.requester_id, new.created_at) is distinct from (old.id, old.tenant_id, old.no, old.requester_id, old.created_at)
     or new.version <> old.version + 1 then
    raise exception 'request.stale: identity or version of a change' using errcode = 'HB007';
  end if;
  if new.state <> old.state and not exists (
    select 1 from change_transition t where t.from_state = old.state
      and (t.to_state = new.state or (t.to_state = '*' and new.state = old.paused_from and new.state <> 'paused'))) then
    raise exception 'change.wrong_state: % to %', old.state, new.state using errcode = 'HB001', hint = 'RL-01';
  end if;
  -- RL-07: what was approved is edited only by leaving the approval behind.
  if (new.plan, new.window_start, new.window_end, new.executor_id, new.reviewer_id, new.system_ids, new.categories)
       is distinct from (old.plan, old.window_start, old.window_end, old.executor_id, old.reviewer_id, old.system_ids, old.categories)
     and new.state not in ('draft', 'returned', 'planning', 'amending') then
    raise exception 'change.hash_mismatch: the plan is bound in state %', new.state using errcode = 'HB007', hint = 'RL-07';
  end if;
  if new.state in ('planning', 'amending') and (new.plan_hash is not null or new.approved_plan_hash is not null) then
    raise exception 'change.hash_mismatch: a plan being edited has no hash' using errcode = 'HB007', hint = 'RL-07';
  end if;
  if new.plan_hash is distinct from old.plan_hash and new.plan_hash is not null and not (new.state = 'assessing' and old.state in ('planning', 'amending')) then
    raise exception 'change.hash_mismatch: the hash is made when the plan is finished' using errcode = 'HB007', hint = 'RL-07';
  end if;
  -- RL-01: only the approvals themselves make a hash approved.
  if new.approved_plan_hash is distinct from old.approved_plan_hash and new.approved_plan_hash is not null
     and (new.approved_plan_hash <> new.plan_hash or not approval_complete('change', new.id, new.approved_plan_hash)) then
    raise exception 'change.not_approved: approvals are not complete' using errcode = 'HB001', hint = 'RL-01';
  end if;
  if new.state = 'prechecking' and old.state = 'ready' then
    if new.approved_plan_hash is null or new.approved_plan_hash is distinct from new.plan_hash or not approval_complete('change', new.id, new.plan_hash) then
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

-- As in change, but for `frozen`.
create or replace view pub_grant_facts as
select c.id as change_id, c.tenant_id, c.state, c.plan_hash, c.approved_plan_hash,
  approval_complete('change', c.id, c.plan_hash) as approvals_complete,
  c.window_start, c.window_end, c.executor_id as executor_person_id, c.reviewer_id as reviewer_person_id,
  (select p.seen_at from change_presence p where p.change_id = c.id and p.person_id = c.reviewer_id) as reviewer_last_seen_at,
  change_is_frozen(c.id) as frozen,
  s.step_key, s.phase as step_phase, s.account as step_account, s.command_digest as step_command_digest, s.danger as step_danger, s.action as step_action,
  t.target_id, t.name as target_name, t.host as target_host, t.port as target_port, t.host_key_sha256 as target_host_key_sha256,
  (select a ->> 'login' from cmdb_target ct, jsonb_array_elements(ct.accounts) a where ct.id = t.target_id and a ->> 'name' = s.account limit 1) as target_login,
  c.current_batch, t.batch as target_batch, clock_timestamp() as clock_now
from change_request c
join change_step s on s.change_id = c.id and s.plan_hash = c.plan_hash
join change_step_target t on t.change_id = c.id and t.plan_hash = c.plan_hash;
-- Nothing asks it any more; no door ever wrote it.
drop table freeze_period;
