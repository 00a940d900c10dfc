-- Work purpose only (RL-19), a second time: a session without an approved change of its executor is not registered, whoever asks.
create function session_needs_purpose() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if not change_is_purpose(new.change_id, new.mode, new.executor_id) then
    raise exception 'session.no_purpose: no approved change of this executor' using errcode = 'HB019', hint = 'RL-19';
  end if;
  return new;
end $$;
create trigger purpose before insert on session_record for each row execute function session_needs_purpose();
