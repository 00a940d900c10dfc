-- O&M sessions (运维会话): what a gateway does for a change, its recording in sealed segments, and the grants it may use once.

create table session_gateway (
  id text primary key,
  plane text not null check (plane in ('platform', 'tenant')),
  boot_id uuid not null,
  seen_at timestamptz not null
);
grant select, insert, update on session_gateway to huabiao_app;

create table session_record (
  id uuid primary key,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  plane text not null check (plane in ('platform', 'tenant')),
  mode text not null check (mode in ('plan-run', 'observe')),
  state text not null check (state in ('requested', 'live', 'paused', 'draining', 'closed', 'sealed', 'gap')),
  change_id uuid not null,
  change_no text not null,
  title text not null,
  executor_id uuid not null,
  executor_name text not null,
  reviewer_id uuid,
  reviewer_name text,
  target_names text[] not null,
  -- Observe only: the one target and account that the session looks at.
  target_id uuid,
  account text,
  door text not null,
  source_ip text not null,
  gateway_id text not null,
  boot_id uuid,
  requested_at timestamptz not null,
  opened_at timestamptz,
  closed_at timestamptz,
  close_reason text,
  sealed_at timestamptz,
  manifest_sm3 text check (length(manifest_sm3) = 64),
  segments int not null default 0,
  bytes bigint not null default 0
);
create index session_record_tenant on session_record (tenant_id, id desc);
create index session_record_change on session_record (change_id);
create index session_record_gateway on session_record (gateway_id) where state not in ('sealed', 'gap');
call tenant_table('session_record', true);
revoke delete on session_record from huabiao_app;
-- What a session was never becomes something else, and a sealed recording stays sealed (RL-36).
create function session_guard() returns trigger language plpgsql as $$
begin
  if (new.id, new.tenant_id, new.change_id, new.executor_id, new.mode) is distinct from (old.id, old.tenant_id, old.change_id, old.executor_id, old.mode)
     or old.state in ('sealed', 'gap') or (old.state = 'closed' and new.state not in ('closed', 'sealed', 'gap')) then
    raise exception 'ledger.append_only: a finished session is never rewritten' using errcode = 'HB013', hint = 'RL-36';
  end if;
  return new;
end $$;
create trigger guard before update on session_record for each row execute function session_guard();

create table session_segment (
  session_id uuid not null references session_record (id),
  index int not null check (index >= 0),
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  sm3 text not null check (length(sm3) = 64),
  sha256 text not null check (length(sha256) = 64),
  bytes int not null,
  started_at_ms int not null,
  ended_at_ms int not null,
  marks jsonb not null default '[]',
  primary key (session_id, index)
);
call tenant_table('session_segment', true);
call append_only('session_segment');

create table session_grant (
  id uuid primary key,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  session_id uuid not null references session_record (id),
  -- Null for observe commands, which belong to no step.
  run_id uuid,
  change_id uuid not null,
  gateway_id text not null,
  not_after timestamptz not null,
  state text not null default 'issued' check (state in ('issued', 'started', 'finished', 'revoked')),
  boot_id uuid,
  started_at timestamptz
);
create unique index session_grant_run on session_grant (run_id) where run_id is not null;
create index session_grant_open on session_grant (gateway_id) where state in ('issued', 'started');
call tenant_table('session_grant', true);
revoke delete on session_grant from huabiao_app;
-- A grant is used once (NT-B16): its state only moves forward.
create function session_grant_guard() returns trigger language plpgsql as $$
begin
  if (new.id, new.session_id, new.run_id, new.gateway_id, new.not_after) is distinct from (old.id, old.session_id, old.run_id, old.gateway_id, old.not_after)
     or not ((old.state = 'issued' and new.state in ('started', 'revoked', 'finished')) or (old.state = 'started' and new.state = 'finished')) then
    raise exception 'session.grant_used: a grant moves forward only' using errcode = 'HB007', hint = 'RL-07';
  end if;
  return new;
end $$;
create trigger guard before update on session_grant for each row execute function session_grant_guard();

-- Commands to a gateway. They name a gateway and no tenant; a gateway reads only its own through the claim.
create table session_work (
  id uuid primary key,
  gateway_id text not null,
  session_id uuid not null,
  seq bigint generated always as identity,
  item jsonb not null,
  created_at timestamptz not null default now()
);
create index session_work_gateway on session_work (gateway_id, seq);
grant select, insert, delete on session_work to huabiao_app;
create function session_work_notify() returns trigger language plpgsql as $$
begin
  perform pg_notify('session_work', new.gateway_id);
  return null;
end $$;
create trigger notify after insert on session_work for each row execute function session_work_notify();

create table session_ticket (
  token_sha256 text primary key,
  kind text not null check (kind in ('watch', 'terminal')),
  session_id uuid,
  account_id uuid not null,
  person_id uuid not null,
  tenant_id uuid not null,
  person_name text not null,
  locale text not null,
  source_ip text not null,
  mfa_at timestamptz,
  expires_at timestamptz not null
);
grant select, insert, delete on session_ticket to huabiao_app;

-- A gateway knows ids and no tenants.
create function session_place(of_session uuid) returns table (tenant_id uuid, gateway_id text) language sql stable security definer set search_path = public as
  $$ select s.tenant_id, s.gateway_id from session_record s where s.id = of_session $$;
create function session_grant_place(of_grant uuid) returns table (tenant_id uuid, gateway_id text) language sql stable security definer set search_path = public as
  $$ select g.tenant_id, g.gateway_id from session_grant g where g.id = of_grant $$;
create function sessions_of_gateway(of_gateway text) returns table (tenant_id uuid, session_id uuid, change_id uuid, boot_id uuid, segments int, state text, mode text)
  language sql stable security definer set search_path = public as
  $$ select s.tenant_id, s.id, s.change_id, s.boot_id, s.segments, s.state, s.mode from session_record s where s.gateway_id = of_gateway and s.state not in ('sealed', 'gap') limit 1000 $$;
create function grants_of_gateway(of_gateway text) returns table (tenant_id uuid, grant_id uuid, run_id uuid, state text, boot_id uuid, not_after timestamptz)
  language sql stable security definer set search_path = public as
  $$ select g.tenant_id, g.id, g.run_id, g.state, g.boot_id, g.not_after from session_grant g where g.gateway_id = of_gateway and g.state in ('issued', 'started') limit 5000 $$;
grant execute on function session_place(uuid), session_grant_place(uuid), sessions_of_gateway(text), grants_of_gateway(text) to huabiao_app;
