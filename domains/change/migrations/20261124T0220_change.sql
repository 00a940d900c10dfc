-- Changes (变更). The state machine and the red lines around it stand here a second time: a process that was taken over, or a person
-- with the application's password, meets the same law in SQL (RL-01, RL-02, RL-03, RL-06, RL-07).

-- A slot is held per target: equality beside overlap in one exclusion (btree_gist is a trusted extension, its owner needs no superuser).
create extension if not exists btree_gist;

create table change_number (day text primary key, last int not null);
create function next_change_no(of_day text) returns text language sql security definer set search_path = public as $$
  insert into change_number values (of_day, 1) on conflict (day) do update set last = change_number.last + 1
  returning 'CHG-' || day || '-' || lpad(last::text, 4, '0')
$$;
grant execute on function next_change_no(text) to huabiao_app;

-- Freeze periods (封网期) hold for the whole deployment.
create table freeze_period (
  id uuid primary key,
  name text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  created_by uuid
);
grant select, insert on freeze_period to huabiao_app;

create table change_request (
  id uuid primary key,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  no text not null unique,
  title text not null,
  reason text not null,
  source text not null,
  plane text not null check (plane in ('platform', 'tenant')),
  state text not null,
  state_since timestamptz not null,
  version int not null default 1,
  urgency text not null,
  risk text not null,
  categories int[] not null,
  system_ids uuid[] not null,
  requester_id uuid not null,
  manager_id uuid,
  assessor_id uuid,
  tester_id uuid,
  executor_id uuid,
  reviewer_id uuid,
  window_start timestamptz,
  window_end timestamptz,
  plan jsonb not null,
  plan_version int not null default 0,
  plan_hash text,
  approved_plan_hash text,
  current_batch int not null default 0,
  soak_until timestamptz,
  rolled_back boolean not null default false,
  paused_from text,
  pause_reason text,
  pause_detail text not null default '',
  paused_at timestamptz,
  session_id uuid,
  outcome text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check (reviewer_id is distinct from executor_id or reviewer_id is null),
  check (window_end > window_start)
);
create index change_request_tenant on change_request (tenant_id, id desc);
create index change_request_open on change_request (state) where state not in ('closed', 'rejected', 'withdrawn', 'expired');
create index change_request_window on change_request (window_start, window_end) where window_start is not null;
call tenant_table('change_request', true);
revoke delete on change_request from huabiao_app;

-- The transitions of change.model.ts (a test holds the two equal). `*` stands for the state a change was paused in.
create table change_transition (from_state text, to_state text, primary key (from_state, to_state));
insert into change_transition values
  ('draft', 'submitted'), ('returned', 'submitted'), ('submitted', 'accepted'), ('submitted', 'rejected'), ('submitted', 'returned'),
  ('accepted', 'planning'), ('planning', 'assessing'), ('assessing', 'planning'), ('assessing', 'testing'), ('testing', 'approving'),
  ('testing', 'planning'), ('approving', 'rejected'), ('approving', 'planning'), ('approving', 'consenting'), ('consenting', 'rejected'),
  ('consenting', 'planning'), ('consenting', 'scheduled'), ('scheduled', 'planning'), ('scheduled', 'ready'), ('ready', 'scheduled'),
  ('ready', 'planning'), ('ready', 'prechecking'), ('prechecking', 'gray_running'), ('gray_running', 'gray_soaking'),
  ('gray_soaking', 'rolling'), ('gray_soaking', 'verifying'), ('rolling', 'rolling'), ('rolling', 'verifying'),
  ('prechecking', 'paused'), ('gray_running', 'paused'), ('gray_soaking', 'paused'), ('rolling', 'paused'), ('verifying', 'paused'),
  ('rolling_back', 'paused'), ('paused', 'rolling_back'), ('paused', 'amending'), ('paused', '*'), ('amending', 'assessing'),
  ('rolling_back', 'verifying'), ('verifying', 'ci_reviewing'), ('ci_reviewing', 'reviewing'), ('reviewing', 'closed'),
  ('draft', 'withdrawn'), ('returned', 'withdrawn'), ('submitted', 'withdrawn'), ('accepted', 'withdrawn'), ('planning', 'withdrawn'),
  ('assessing', 'withdrawn'), ('testing', 'withdrawn'), ('approving', 'withdrawn'), ('consenting', 'withdrawn'), ('scheduled', 'withdrawn'),
  ('scheduled', 'expired'), ('ready', 'expired'), ('draft', 'expired');

create function change_guard() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if (new.id, new.tenant_id, new.no, new.requester_id, new.created_at) is distinct from (old.id, old.tenant_id, old.no, old.requester_id, old.created_at)
     or new.version <> old.version + 1 then
    raise exception 'request.stale: identity or version of a change' using errcode = 'HB007';
  end if;
  if new.state <> old.state and not exists (
    select 1 from change_transition t where t.from_state = old.state
      and (t.to_state = new.state or (t.to_state = '*' and new.state = old.paused_from and new.state <> 'paused'))) then
    raise exception 'change.wrong_state: % to %', old.state, new.state using errcode = 'HB001', hint = 'RL-01';
  end if;
  -- RL-07: what was approved is edited only by leaving the approval behind.
  if (new.plan, new.window_start, new.window_end, new.executor_id, new.reviewer_id, new.system_ids, new.categories)
       is distinct from (old.plan, old.window_start, old.window_end, old.executor_id, old.reviewer_id, old.system_ids, old.categories)
     and new.state not in ('draft', 'returned', 'planning', 'amending') then
    raise exception 'change.hash_mismatch: the plan is bound in state %', new.state using errcode = 'HB007', hint = 'RL-07';
  end if;
  if new.state in ('planning', 'amending') and (new.plan_hash is not null or new.approved_plan_hash is not null) then
    raise exception 'change.hash_mismatch: a plan being edited has no hash' using errcode = 'HB007', hint = 'RL-07';
  end if;
  if new.plan_hash is distinct from old.plan_hash and new.plan_hash is not null and not (new.state = 'assessing' and old.state in ('planning', 'amending')) then
    raise exception 'change.hash_mismatch: the hash is made when the plan is finished' using errcode = 'HB007', hint = 'RL-07';
  end if;
  -- RL-01: only the approvals themselves make a hash approved.
  if new.approved_plan_hash is distinct from old.approved_plan_hash and new.approved_plan_hash is not null
     and (new.approved_plan_hash <> new.plan_hash or not approval_complete('change', new.id, new.approved_plan_hash)) then
    raise exception 'change.not_approved: approvals are not complete' using errcode = 'HB001', hint = 'RL-01';
  end if;
  if new.state = 'prechecking' and old.state = 'ready' then
    if new.approved_plan_hash is null or new.approved_plan_hash is distinct from new.plan_hash or not approval_complete('change', new.id, new.plan_hash) then
      raise exception 'change.not_approved: approvals are not complete' using errcode = 'HB001', hint = 'RL-01';
    end if;
    if now() < new.window_start or now() >= new.window_end then
      raise exception 'change.outside_window: now is outside the window' using errcode = 'HB002', hint = 'RL-02';
    end if;
    if exists (select 1 from freeze_period f where now() >= f.starts_at and now() < f.ends_at) then
      raise exception 'change.frozen: a freeze period holds' using errcode = 'HB003', hint = 'RL-03';
    end if;
    if new.reviewer_id is null or new.executor_id is null or new.reviewer_id = new.executor_id then
      raise exception 'change.same_person: two persons are needed' using errcode = 'HB006', hint = 'RL-06';
    end if;
  end if;
  return new;
end $$;
create trigger guard before update on change_request for each row execute function change_guard();

create function change_starts_as_draft() returns trigger language plpgsql as $$
begin
  if new.state <> 'draft' or new.plan_hash is not null or new.approved_plan_hash is not null then
    raise exception 'change.wrong_state: a change starts as a draft' using errcode = 'HB001', hint = 'RL-01';
  end if;
  return new;
end $$;
create trigger starts_as_draft before insert on change_request for each row execute function change_starts_as_draft();

create table change_plan_version (
  change_id uuid not null references change_request (id),
  version int not null,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  plan jsonb not null,
  window_start timestamptz,
  window_end timestamptz,
  executor_id uuid,
  reviewer_id uuid,
  -- SM3 of the bound plan, where it could be computed (people and window named); the exact text is kept for the signer and for export.
  hash text,
  bound_text text,
  author_id uuid not null,
  at timestamptz not null,
  primary key (change_id, version)
);
call tenant_table('change_plan_version', true);
call append_only('change_plan_version');

-- The steps of a finished plan, as the signer reads them. Frozen from the moment anybody was asked to approve the hash.
create table change_step (
  change_id uuid not null references change_request (id),
  plan_hash text not null check (length(plan_hash) = 64),
  step_key text not null,
  phase text not null check (phase in ('precheck', 'execute', 'verify', 'rollback', 'health')),
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  account text not null,
  danger int not null,
  action jsonb not null,
  command_digest text not null check (length(command_digest) = 64),
  primary key (change_id, plan_hash, step_key, phase)
);
call tenant_table('change_step', true);
call append_only('change_step');
create table change_step_target (
  change_id uuid not null references change_request (id),
  plan_hash text not null check (length(plan_hash) = 64),
  target_id uuid not null,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  batch int not null check (batch >= 1),
  name text not null,
  host text not null,
  port int not null,
  host_key_sha256 text not null,
  primary key (change_id, plan_hash, target_id)
);
call tenant_table('change_step_target', true);
call append_only('change_step_target');
create function change_step_frozen() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if exists (select 1 from approval a where a.subject_kind = 'change' and a.subject_id = new.change_id and a.subject_hash = new.plan_hash)
     or exists (select 1 from change_step s where s.change_id = new.change_id and s.plan_hash = new.plan_hash and s.xmin::text::bigint <> (pg_current_xact_id()::text::bigint % 4294967296)) then
    raise exception 'change.hash_mismatch: the steps of this hash are frozen' using errcode = 'HB007', hint = 'RL-07';
  end if;
  return new;
end $$;
create trigger frozen before insert on change_step for each row execute function change_step_frozen();
create trigger frozen before insert on change_step_target for each row execute function change_step_frozen();

create table change_test (
  id uuid primary key,
  change_id uuid not null references change_request (id),
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  plan_hash text not null,
  environment text not null,
  verdict text not null check (verdict in ('pass', 'fail')),
  tester_id uuid not null,
  note text not null,
  at timestamptz not null
);
create index change_test_change on change_test (change_id, at);
call tenant_table('change_test', true);
call append_only('change_test');

create table change_consent (
  change_id uuid not null references change_request (id),
  plan_hash text not null,
  system_id uuid not null,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  person_id uuid not null,
  verdict text not null check (verdict in ('consent', 'refuse')),
  note text not null,
  at timestamptz not null,
  primary key (change_id, plan_hash, system_id)
);
call tenant_table('change_consent', true);
call append_only('change_consent');

create table change_event (
  change_id uuid not null references change_request (id),
  seq int not null,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  at timestamptz not null,
  act text not null,
  actor_name text not null,
  person_id uuid,
  role text,
  from_state text,
  to_state text,
  note text not null default '',
  rule text,
  primary key (change_id, seq)
);
call tenant_table('change_event', true);
call append_only('change_event');

create table change_step_run (
  id uuid primary key,
  change_id uuid not null references change_request (id),
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  plan_hash text not null,
  step_key text not null,
  phase text not null,
  batch int not null,
  target_id uuid not null,
  target_name text not null,
  attempt int not null,
  state text not null check (state in ('granted', 'started', 'succeeded', 'failed', 'unknown', 'expired', 'accepted')),
  executor_id uuid not null,
  cosigned_by uuid,
  session_id uuid not null,
  not_after timestamptz not null,
  timeout_ms int not null,
  issued_at timestamptz not null,
  started_at timestamptz,
  ended_at timestamptz,
  exit_code int,
  stdout text not null default '',
  stderr text not null default '',
  output_sm3 text,
  duration_ms int,
  detail text not null default '',
  verdicts jsonb not null default '[]',
  unique (change_id, step_key, phase, target_id, attempt)
);
-- One thing at a time: the order of a plan is law, and two gateways cannot make it two things.
create unique index change_one_in_flight on change_step_run (change_id) where state in ('granted', 'started');
call tenant_table('change_step_run', true);
revoke delete on change_step_run from huabiao_app;
create function change_run_guard() returns trigger language plpgsql as $$
begin
  if (new.change_id, new.plan_hash, new.step_key, new.phase, new.target_id, new.attempt) is distinct from (old.change_id, old.plan_hash, old.step_key, old.phase, old.target_id, old.attempt)
     or old.state in ('succeeded', 'expired', 'accepted')
     or (old.state in ('failed', 'unknown') and new.state <> 'accepted')
     or (old.state = 'started' and new.state in ('granted', 'expired')) then
    raise exception 'ledger.append_only: the result of a run is never rewritten' using errcode = 'HB013', hint = 'RL-13';
  end if;
  return new;
end $$;
create trigger guard before update on change_step_run for each row execute function change_run_guard();

create table change_cosign (
  change_id uuid not null references change_request (id),
  plan_hash text not null,
  step_key text not null,
  phase text not null,
  target_id uuid not null,
  attempt int not null,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  person_id uuid not null,
  at timestamptz not null,
  primary key (change_id, plan_hash, step_key, phase, target_id, attempt)
);
call tenant_table('change_cosign', true);
call append_only('change_cosign');

create table change_presence (
  change_id uuid not null references change_request (id),
  person_id uuid not null,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  logon_session_id text not null,
  seen_at timestamptz not null,
  primary key (change_id, person_id)
);
call tenant_table('change_presence', true);
-- Nobody is present for another person (NT-B05).
create function change_presence_own() returns trigger language plpgsql as $$
begin
  if app_person() is distinct from new.person_id then raise exception 'change.reviewer_absent: presence of another person' using errcode = 'HB006', hint = 'RL-06'; end if;
  return new;
end $$;
create trigger own before insert or update on change_presence for each row execute function change_presence_own();
create trigger own before insert on change_cosign for each row execute function change_presence_own();

-- Slots on targets: two changes can never hold the same target at the same time (G-CONF).
create table change_booking (
  change_id uuid not null references change_request (id),
  target_id uuid not null,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  slot tstzrange not null,
  primary key (change_id, target_id),
  exclude using gist (target_id with =, slot with &&)
);
call tenant_table('change_booking', true);

-- What the scheduler must look at, of all tenants; each is then handled as its own tenant.
create function changes_to_sweep() returns table (tenant_id uuid, change_id uuid) language sql stable security definer set search_path = public as $$
  select c.tenant_id, c.id from change_request c
  where c.state in ('scheduled', 'ready', 'prechecking', 'gray_running', 'gray_soaking', 'rolling', 'verifying', 'rolling_back')
     or (c.state = 'paused' and exists (select 1 from change_step_run r where r.change_id = c.id and r.state in ('granted', 'started')))
$$;
create function change_tenant(of_change uuid) returns uuid language sql stable security definer set search_path = public as
  $$ select tenant_id from change_request where id = of_change $$;
create function run_place(of_run uuid) returns table (change_id uuid, tenant_id uuid) language sql stable security definer set search_path = public as
  $$ select r.change_id, r.tenant_id from change_step_run r where r.id = of_run $$;
-- A conflict is named by its number even to who may not see the change.
create function booked_no(of_change uuid) returns text language sql stable security definer set search_path = public as
  $$ select no from change_request where id = of_change $$;
grant execute on function changes_to_sweep(), change_tenant(uuid), run_place(uuid), booked_no(uuid) to huabiao_app;

-- What the signer asks before it signs: one row for each step × phase × target of the present plan.
create view pub_grant_facts as
select c.id as change_id, c.tenant_id, c.state, c.plan_hash, c.approved_plan_hash,
  approval_complete('change', c.id, c.plan_hash) as approvals_complete,
  c.window_start, c.window_end, c.executor_id as executor_person_id, c.reviewer_id as reviewer_person_id,
  (select p.seen_at from change_presence p where p.change_id = c.id and p.person_id = c.reviewer_id) as reviewer_last_seen_at,
  exists (select 1 from freeze_period f where clock_timestamp() >= f.starts_at and clock_timestamp() < f.ends_at) as frozen,
  s.step_key, s.phase as step_phase, s.account as step_account, s.command_digest as step_command_digest, s.danger as step_danger, s.action as step_action,
  t.target_id, t.name as target_name, t.host as target_host, t.port as target_port, t.host_key_sha256 as target_host_key_sha256,
  (select a ->> 'login' from cmdb_target ct, jsonb_array_elements(ct.accounts) a where ct.id = t.target_id and a ->> 'name' = s.account limit 1) as target_login,
  c.current_batch, t.batch as target_batch, clock_timestamp() as clock_now
from change_request c
join change_step s on s.change_id = c.id and s.plan_hash = c.plan_hash
join change_step_target t on t.change_id = c.id and t.plan_hash = c.plan_hash;
grant select on pub_grant_facts to huabiao_signer;
