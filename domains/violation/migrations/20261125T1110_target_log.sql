-- Log lines of targets (NT-E08): how far each was taken, and which certificates were seen, so that a line counts once whoever repeats it.

create table violation_log_position (
  follower_id text not null check (length(follower_id) <= 40),
  target_id uuid not null,
  -- One run of the file: it ends when the file is emptied or replaced.
  stream text not null check (length(stream) = 32),
  taken bigint not null check (taken >= 0),
  at timestamptz not null,
  primary key (follower_id, target_id)
);
grant select, insert, update on violation_log_position to huabiao_app;

create table violation_certificate_seen (
  fingerprint text primary key check (length(fingerprint) <= 60),
  target_id uuid not null,
  port int not null,
  -- In which stream: the same line comes again only where a follower had to begin anew.
  stream text not null,
  at timestamptz not null
);
grant select, insert on violation_certificate_seen to huabiao_app;
call append_only('violation_certificate_seen');

-- A follower knows names and no tenants.
create function violation_target(of_name text) returns table (id uuid, tenant_id uuid, plane text, accounts jsonb)
  language sql stable security definer set search_path = public as
  $$ select t.id, t.tenant_id, t.plane, t.accounts from cmdb_target t where t.name = of_name $$;
-- The session that a certificate names, where it is about this target; and whether a grant of it was used at all.
create function violation_session(of_session uuid, of_target uuid) returns table (executor_id uuid, ran boolean)
  language sql stable security definer set search_path = public as $$
  select s.executor_id, exists (select 1 from session_grant g where g.session_id = s.id and g.state in ('started', 'finished'))
  from session_record s join cmdb_target t on t.id = of_target
  where s.id = of_session and (s.target_id = t.id or t.name = any (s.target_names))
$$;
create function violation_step_running(of_target uuid, at timestamptz) returns boolean
  language sql stable security definer set search_path = public as $$
  select exists (
    select 1 from change_step_run r where r.target_id = of_target
      and (r.state = 'started' or r.ended_at > at - interval '30 seconds'))
$$;
revoke execute on function violation_target(text), violation_session(uuid, uuid), violation_step_running(uuid, timestamptz) from public;
grant execute on function violation_target(text), violation_session(uuid, uuid), violation_step_running(uuid, timestamptz) to huabiao_app;
