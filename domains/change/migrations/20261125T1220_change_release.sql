-- Released versions only (RL-12), a second time: no change becomes ready or begins, and no file is placed whose digest the register does not hold as issued.
-- A way back is not asked: no red line may trap a half-done change (anchors/itsm.md §2.0.3).
create function change_places_released(of_tenant uuid, action jsonb) returns boolean language sql stable security definer set search_path = public as $$
  select action ->> 'kind' is distinct from 'file'
    or exists (select 1 from release_standing(of_tenant, array[action ->> 'sha256']) s where s.standing = 'issued')
$$;

create function change_begins_released() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if new.state in ('ready', 'prechecking') and new.state <> old.state and exists (select 1 from change_step s
      where s.change_id = new.id and s.plan_hash = new.plan_hash and not change_places_released(new.tenant_id, s.action)) then
    raise exception 'change.artifact_unreleased: a file of the plan is not released' using errcode = 'HB012', hint = 'RL-12';
  end if;
  return new;
end $$;
create trigger released before update on change_request for each row execute function change_begins_released();

create function change_run_released() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if new.phase <> 'rollback' and exists (select 1 from change_step s where s.change_id = new.change_id and s.plan_hash = new.plan_hash
      and s.step_key = new.step_key and s.phase = new.phase and not change_places_released(new.tenant_id, s.action)) then
    raise exception 'change.artifact_unreleased: the file is not released' using errcode = 'HB012', hint = 'RL-12';
  end if;
  return new;
end $$;
create trigger released before insert on change_step_run for each row execute function change_run_released();
