-- A service identity never executes and never reviews (RL-23).
create function no_service_acts() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if exists (select 1 from service_identity s where s.id in (new.executor_id, new.reviewer_id)) then
    raise exception 'federation.service_is_nobody: a service identity neither executes nor reviews' using errcode = 'HB010', hint = 'RL-23';
  end if;
  return new;
end $$;
create trigger a_no_service before insert or update of executor_id, reviewer_id on change_request for each row execute function no_service_acts();
