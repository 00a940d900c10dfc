-- Whether a target's word is whole: how far its log was read, what was lost of it, what opened each terminal. What comes after a verdict is judged anew.

-- When the follower last said that it had read the log to its end.
alter table reconcile_position add column whole_at timestamptz;
-- A process that has another parent than before is another process with the same number.
alter table reconcile_process add column ppid int;
-- The line that our certificate forced, to the letter; nothing else of a session is ours.
alter table reconcile_execution add column opens boolean not null default false;

-- Who spoke of a session, and when last. It names no tenant: a follower knows none.
create table reconcile_heard (
  session_id uuid not null references session_record (id),
  follower_id text not null check (length(follower_id) <= 40),
  source text not null check (length(source) <= 40),
  lost boolean not null default false,
  at timestamptz not null,
  primary key (session_id, follower_id, source)
);
create index reconcile_heard_source on reconcile_heard (follower_id, source, at);
grant select, insert, update on reconcile_heard to huabiao_app;
insert into reconcile_heard (session_id, follower_id, source, at)
  select p.session_id, p.follower_id, p.source, max(p.at) from reconcile_process p group by 1, 2, 3;

alter table reconcile_verdict drop constraint reconcile_verdict_pkey;
alter table reconcile_verdict add primary key (session_id, at);
alter table reconcile_verdict drop constraint reconcile_verdict_verdict_check;
alter table reconcile_verdict add constraint reconcile_verdict_verdict_check check (verdict in ('agrees', 'outlived', 'elevated', 'partial', 'unknown'));

-- Terminals that began in a session: its own, or the interactive steps of its plan that ended with a code or showed anything.
create function reconcile_terminals(of_session uuid) returns int
  language sql stable security definer set search_path = public as $$
  select case s.mode
    when 'interactive' then 1
    when 'plan-run' then (
      select count(*)::int from change_step_run r join change_request c on c.id = r.change_id
      where r.change_id = s.change_id and r.session_id = s.id and r.phase = 'execute' and (r.exit_code is not null or r.stdout <> '')
        and exists (
          select 1 from jsonb_array_elements(c.plan -> 'steps') step
          where step ->> 'key' = r.step_key and step -> 'action' ->> 'kind' = 'interactive'))
    else 0 end
  from session_record s where s.id = of_session
$$;

drop function reconcile_session(uuid);
create function reconcile_session(of_session uuid) returns table (session_id uuid, tenant_id uuid, party_ids uuid[], target_names text[], closed_at timestamptz)
  language sql stable security definer set search_path = public as
  $$ select s.id, s.tenant_id, s.party_ids, s.target_names, s.closed_at from session_record s where s.id = of_session and s.mode in ('interactive', 'plan-run') $$;

-- Ended, and not judged since the target last spoke of it. A plan's session of which nobody spoke is looked at for a day: most had no terminal.
create or replace function reconcile_due(since timestamptz) returns table (session_id uuid, tenant_id uuid)
  language sql stable security definer set search_path = public as $$
  select s.id, s.tenant_id from session_record s
  left join lateral (select max(h.at) as at from reconcile_heard h where h.session_id = s.id) heard on true
  where s.mode in ('interactive', 'plan-run') and s.closed_at > since
    and not exists (select 1 from reconcile_verdict v where v.session_id = s.id and v.at >= coalesce(heard.at, '-infinity'))
    and (s.mode = 'interactive' or heard.at is not null or (s.closed_at > since + interval '29 days' and reconcile_terminals(s.id) > 0))
  order by s.closed_at limit 200
$$;

-- What was not read of a log may have been of any session that had not ended when it was last read whole.
create function reconcile_lose(of_follower text, of_source text, whole_until timestamptz, now_ timestamptz) returns void
  language sql security definer set search_path = public as $$
  update reconcile_heard h set lost = true, at = now_ from session_record s
  where h.follower_id = of_follower and h.source = of_source and s.id = h.session_id and (s.closed_at is null or s.closed_at > whole_until)
$$;

drop index session_record_closed_terminals;
create index session_record_closed on session_record (closed_at) where mode in ('interactive', 'plan-run') and closed_at is not null;
revoke execute on function reconcile_terminals(uuid), reconcile_session(uuid), reconcile_lose(text, text, timestamptz, timestamptz) from public;
grant execute on function reconcile_terminals(uuid), reconcile_session(uuid), reconcile_lose(text, text, timestamptz, timestamptz) to huabiao_app;
