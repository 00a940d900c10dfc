-- What targets say of executions in terminals of ours (bastion §2.5, NT-E09).

create table reconcile_position (
  follower_id text not null check (length(follower_id) <= 40),
  source text not null check (length(source) <= 40),
  stream text not null check (length(stream) = 32),
  taken bigint not null check (taken >= 0),
  -- System calls whose arguments have not come yet, by serial.
  pending jsonb not null default '{}',
  at timestamptz not null,
  primary key (follower_id, source)
);
grant select, insert, update on reconcile_position to huabiao_app;

-- Processes known to belong to a session; forgotten a day after they were seen.
create table reconcile_process (
  follower_id text not null,
  source text not null,
  pid int not null,
  session_id uuid not null,
  ses bigint,
  tty text,
  at timestamptz not null,
  primary key (follower_id, source, pid)
);
create index reconcile_process_session on reconcile_process (session_id);
grant select, insert, update, delete on reconcile_process to huabiao_app;

create table reconcile_execution (
  session_id uuid not null references session_record (id),
  serial bigint not null,
  at timestamptz not null,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  pid int not null,
  ppid int not null,
  uid bigint not null,
  euid bigint not null,
  exe text not null check (length(exe) <= 4200),
  command text not null check (length(command) <= 2100),
  outlived boolean not null,
  elevated boolean not null,
  primary key (session_id, at, serial)
);
call tenant_table('reconcile_execution', true);
call append_only('reconcile_execution');

create table reconcile_verdict (
  session_id uuid primary key references session_record (id),
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  verdict text not null check (verdict in ('agrees', 'outlived', 'elevated', 'unknown')),
  executions int not null,
  outlived int not null,
  elevated int not null,
  at timestamptz not null
);
call tenant_table('reconcile_verdict', true);
call append_only('reconcile_verdict');

-- A follower knows no tenants; it is told of a session only whether it is a terminal, where, and whose.
create function reconcile_session(of_session uuid) returns table (session_id uuid, tenant_id uuid, party_ids uuid[], target_names text[], account text, opened_at timestamptz, closed_at timestamptz)
  language sql stable security definer set search_path = public as
  $$ select s.id, s.tenant_id, s.party_ids, s.target_names, s.account, s.opened_at, s.closed_at from session_record s where s.id = of_session and s.mode in ('interactive', 'plan-run') $$;
create function reconcile_due(since timestamptz) returns table (session_id uuid, tenant_id uuid)
  language sql stable security definer set search_path = public as
  $$ select s.id, s.tenant_id from session_record s where s.mode = 'interactive' and s.closed_at is not null and s.closed_at > since
     and not exists (select 1 from reconcile_verdict v where v.session_id = s.id) order by s.closed_at limit 200 $$;
create index session_record_closed_terminals on session_record (closed_at) where mode = 'interactive' and closed_at is not null;
grant execute on function reconcile_session(uuid), reconcile_due(timestamptz) to huabiao_app;
