-- Why a session is held, so that only what is over lets it go on.
alter table session_record add column pause_reason text;

-- Who asks and who agrees are two persons who each speak for themselves, each of the side that they stand on now (S7, S8).
create or replace function session_keystroke_guard() returns trigger language plpgsql security definer set search_path = public as $$
declare of_session session_record%rowtype; speaker uuid; side text; roles text[];
begin
  if tg_op = 'UPDATE' and ((new.id, new.session_id, new.tenant_id, new.reason, new.asked_by, new.asked_side, new.asked_at, new.expires_at)
      is distinct from (old.id, old.session_id, old.tenant_id, old.reason, old.asked_by, old.asked_side, old.asked_at, old.expires_at)
      or old.agreed_by is not null) then
    raise exception 'ledger.append_only: a request to read what was typed is never rewritten' using errcode = 'HB013', hint = 'RL-36';
  end if;
  speaker := case tg_op when 'INSERT' then new.asked_by else new.agreed_by end;
  side := case tg_op when 'INSERT' then new.asked_side else new.agreed_side end;
  roles := access_roles_at(speaker, clock_timestamp());
  if app_person() is distinct from speaker or (tg_op = 'INSERT' and new.agreed_by is not null)
     or not coalesce(case side when 'audit' then roles && array['AUD', 'TAU'] when 'security' then 'SEC' = any (roles) end, false) then
    raise exception 'session.keys_not_yours: everybody asks and agrees for themselves, of their own side' using errcode = 'HB027', hint = 'RL-27';
  end if;
  select * into of_session from session_record s where s.id = new.session_id;
  if speaker in (of_session.executor_id, of_session.reviewer_id) then
    raise exception 'session.keys_took_part: whoever took part reads nothing of it' using errcode = 'HB027', hint = 'RL-27';
  end if;
  return new;
end $$;
