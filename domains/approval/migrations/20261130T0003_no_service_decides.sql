-- A service identity never approves (RL-23): whatever names a candidate or writes a decision, the row itself is refused.
create function no_service_decides() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if exists (select 1 from service_identity s where s.id = new.person_id) then
    raise exception 'federation.service_is_nobody: a service identity decides nothing' using errcode = 'HB010', hint = 'RL-23';
  end if;
  return new;
end $$;
-- Before the guard of the seat, by name: a service is told that it is one.
create trigger a_no_service before insert on approval_decision for each row execute function no_service_decides();
