-- The interactive mode: sessions of an emergency, and two persons' request to read what was typed (S8, NT-D08).

alter table session_record drop constraint session_record_mode_check;
alter table session_record add constraint session_record_mode_check check (mode in ('plan-run', 'observe', 'interactive'));

-- Work purpose only (RL-19): a terminal of its own is for an emergency that admits this person to this target and account now.
create or replace function session_needs_purpose() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if new.mode = 'interactive' then
    if not coalesce(emergency_admits(new.change_id, new.executor_id, new.target_id, new.account), false) then
      raise exception 'session.no_purpose: no emergency admits this person here' using errcode = 'HB019', hint = 'RL-19';
    end if;
  elsif not change_is_purpose(new.change_id, new.mode, new.executor_id) then
    raise exception 'session.no_purpose: no approved change of this executor' using errcode = 'HB019', hint = 'RL-19';
  end if;
  return new;
end $$;

create table session_keystroke_request (
  id uuid primary key,
  session_id uuid not null references session_record (id),
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  reason text not null check (length(reason) between 1 and 500),
  asked_by uuid not null,
  asked_name text not null,
  asked_side text not null check (asked_side in ('audit', 'security')),
  asked_at timestamptz not null,
  agreed_by uuid,
  agreed_name text,
  agreed_side text check (agreed_side in ('audit', 'security')),
  agreed_at timestamptz,
  expires_at timestamptz not null,
  check (expires_at > asked_at and expires_at <= asked_at + interval '1 hour'),
  check ((agreed_by is null) = (agreed_at is null) and (agreed_by is null) = (agreed_side is null)),
  check (agreed_by is null or (agreed_by <> asked_by and agreed_side <> asked_side))
);
create index session_keystroke_request_session on session_keystroke_request (session_id, asked_at desc);
call tenant_table('session_keystroke_request', true);
revoke delete on session_keystroke_request from huabiao_app;
-- Said once: who asked and why stays, and one other person agrees. Whoever took part in the session does neither (S7, S8).
create function session_keystroke_guard() returns trigger language plpgsql security definer set search_path = public as $$
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
create trigger guard before insert or update on session_keystroke_request for each row execute function session_keystroke_guard();

-- What the signer asks before it gives the key of a recording.
create view pub_keystroke_request as
select r.id, r.session_id, r.asked_by, r.asked_side, r.agreed_by, r.agreed_side, r.expires_at, s.executor_id, s.reviewer_id, clock_timestamp() as clock_now
from session_keystroke_request r join session_record s on s.id = r.session_id;
grant select on pub_keystroke_request to huabiao_signer;

-- For the sweep that holds terminals to their emergencies.
create function open_terminals() returns table (tenant_id uuid, session_id uuid) language sql stable security definer set search_path = public as
  $$ select s.tenant_id, s.id from session_record s where s.mode = 'interactive' and s.state in ('live', 'paused') limit 1000 $$;
grant execute on function open_terminals() to huabiao_app;
create index session_record_terminals on session_record (id) where mode = 'interactive' and state in ('live', 'paused');
