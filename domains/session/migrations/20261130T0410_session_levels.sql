-- For the monitoring system: how many, of no tenant in particular.
create function session_levels() returns table (plane text, mode text, state text, count int)
  language sql stable security definer set search_path = public as $$
  select s.plane, s.mode, case when s.state = 'paused' then coalesce(s.pause_reason, 'paused') else s.state end, count(*)::int
  from session_record s where s.closed_at is null group by 1, 2, 3 order by 1, 2, 3 $$;
revoke execute on function session_levels() from public;
grant execute on function session_levels() to huabiao_app;
