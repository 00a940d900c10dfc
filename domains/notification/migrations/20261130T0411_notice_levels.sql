-- For the monitoring system: what waits for a channel, and since when, of no person in particular.
create function notice_levels() returns table (channel text, count int, oldest timestamptz)
  language sql stable security definer set search_path = public as $$
  select d.channel, count(*)::int, min(n.at) from notice_delivery d join notification n on n.id = d.notification_id where d.state = 'due' group by 1 order by 1 $$;
revoke execute on function notice_levels() from public;
grant execute on function notice_levels() to huabiao_app;
