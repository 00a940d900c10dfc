-- Of the two persons who change a pinned host key each speaks for themselves: who asks is held to it like who decides (RL-06).
create function enrolment_key_asked() returns trigger language plpgsql as $$
begin
  if app_person() is distinct from new.asked_by or new.state <> 'asked' then
    raise exception 'enrolment.own_request: everybody asks for themselves' using errcode = 'HB006', hint = 'RL-06';
  end if;
  return new;
end $$;
create trigger asked before insert on enrolment_key_request for each row execute function enrolment_key_asked();
