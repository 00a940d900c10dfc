-- Presence is that of a logon session: where the session ends, nobody is present any more by it (NT-B05, RL-06). The row stays, so that a
-- later word finds it without waiting for an act under way; a time long past is no presence, whoever writes it.
create index emergency_presence_session on emergency_presence (logon_session_id);
drop trigger own on emergency_presence;
create trigger own before insert or update on emergency_presence for each row when (new.seen_at > to_timestamp(0)) execute function emergency_presence_own();
create function emergency_presence_ends() returns trigger language plpgsql security definer set search_path = public as $$
begin
  update emergency_presence set seen_at = to_timestamp(0) where logon_session_id = new.id::text;
  return null;
end $$;
revoke execute on function emergency_presence_ends() from public;
create trigger emergency_presence_ends after update of revoked_at on logon_session for each row
  when (old.revoked_at is null and new.revoked_at is not null) execute function emergency_presence_ends();
