-- Break-glass (破窗应急, U0; itsm §2.3 B, bastion §5.5): a fault burns, people act first and file afterwards. What keeps it narrow stands here a
-- second time: two of the custodians, neither of them the executor nor the second person, sixty minutes, two renewals, named targets and
-- accounts, and a filing that the change manager who took no part approves (S11, RL-10, NT-F01, NT-F03).
create table emergency_number (day text primary key, last int not null);
create function next_emergency_no(of_day text) returns text language sql security definer set search_path = public as $$
  insert into emergency_number values (of_day, 1) on conflict (day) do update set last = emergency_number.last + 1
  returning 'EC-' || day || '-' || lpad(last::text, 4, '0')
$$;
grant execute on function next_emergency_no(text) to huabiao_app;

create table emergency_case (
  id uuid primary key,
  tenant_id uuid not null,
  -- Whose systems are on the targets: they read everything of it.
  party_ids uuid[] not null default '{}',
  no text not null unique check (no ~ '^[A-Za-z0-9-]{1,40}$'),
  title text not null,
  reason text not null,
  incident_no text not null,
  incident_level text not null check (incident_level in ('P1', 'P2')),
  plane text not null check (plane in ('platform', 'tenant')),
  -- A privileged account was asked for, in so many words, and is shown to the custodians (RL-17).
  root boolean not null,
  state text not null check (state in ('invoked', 'executing', 'stabilised', 'retro_draft', 'retro_filed', 'retro_approved', 'closed', 'refused', 'violation')),
  state_since timestamptz not null,
  version int not null default 1,
  executor_id uuid not null,
  second_id uuid not null check (second_id <> executor_id),
  -- Freezes that held when it was invoked: an emergency is excepted from them, and says so.
  frozen_by text[] not null default '{}',
  invoked_at timestamptz not null,
  confirmed_at timestamptz,
  granted_at timestamptz,
  not_after timestamptz,
  renewals int not null default 0 check (renewals between 0 and 2),
  ended_by uuid,
  end_reason text,
  stabilised_at timestamptz,
  -- The newest filing; 0 while nobody wrote one.
  filing int not null default 0,
  filed_at timestamptz,
  overdue_at timestamptz,
  escalated_at timestamptz,
  decided_at timestamptz,
  closed_at timestamptz,
  check ((granted_at is null) = (not_after is null)),
  check (not_after <= granted_at + (1 + renewals) * interval '60 minutes')
);
create index emergency_case_tenant on emergency_case (tenant_id, id desc);
create index emergency_case_open on emergency_case (executor_id) where state not in ('retro_approved', 'closed', 'refused');
call tenant_table('emergency_case', true);
revoke delete on emergency_case from huabiao_app;

create table emergency_target (
  emergency_id uuid not null references emergency_case (id),
  target_id uuid not null,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  system_id uuid not null,
  name text not null,
  host text not null,
  port int not null,
  host_key_sha256 text not null,
  accounts text[] not null check (cardinality(accounts) between 1 and 10),
  primary key (emergency_id, target_id)
);
create index emergency_target_asset on emergency_target (target_id);
call tenant_table('emergency_target', true);
call append_only('emergency_target');
-- What the custodians saw is what they allow: targets come in with the invocation itself.
create function emergency_target_fixed() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if not exists (select 1 from emergency_case c where c.id = new.emergency_id and c.state = 'invoked' and c.version = 1
      and c.xmin::text::bigint = (pg_current_xact_id()::text::bigint % 4294967296)) then
    raise exception 'emergency.target_not_named: targets are named when it is invoked' using errcode = 'HB007', hint = 'RL-07';
  end if;
  return new;
end $$;
create trigger fixed before insert on emergency_target for each row execute function emergency_target_fixed();

-- What people said, each once: the second person's confirmation, custodians, the order of the change manager to go on, the second's
-- signature under a filing, the change manager's decision on it, the review.
create table emergency_word (
  emergency_id uuid not null references emergency_case (id),
  kind text not null check (kind in ('confirm', 'custody', 'order', 'countersign', 'decide', 'close')),
  -- Of custody and order: 0 the grant, then the renewals. Of countersign and decide: the filing.
  round int not null default 0,
  person_id uuid not null,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  verdict text not null check (verdict in ('yes', 'no')),
  note text not null default '',
  at timestamptz not null,
  primary key (emergency_id, kind, round, person_id)
);
call tenant_table('emergency_word', true);
call append_only('emergency_word');
create function emergency_holds(of_person uuid, of_tenant uuid, of_role text) returns boolean language sql stable security definer set search_path = public as $$
  select exists (select 1 from pub_role_holder h where h.person_id = of_person and h.tenant_id = of_tenant and h.role = of_role
    and clock_timestamp() >= h.not_before and clock_timestamp() < h.not_after)
$$;
create function emergency_word_guard() returns trigger language plpgsql security definer set search_path = public as $$
declare
  c emergency_case%rowtype;
  said text := coalesce(new.part, 'change-manager');
begin
  select * into c from emergency_case where id = new.emergency_id for update;
  if app_person() is distinct from new.person_id then
    raise exception 'emergency.not_concerned: nobody speaks for another person' using errcode = 'HB023', hint = 'RL-23';
  end if;
  if new.kind in ('confirm', 'countersign') then
    if new.person_id <> c.second_id then
      raise exception 'emergency.not_second: only the second person says that' using errcode = 'HB006', hint = 'RL-06';
    end if;
    if (new.kind = 'confirm' and c.state <> 'invoked') or (new.kind = 'countersign' and (c.state <> 'retro_draft' or new.round <> c.filing)) then
      raise exception 'emergency.wrong_state: not now' using errcode = 'HB001', hint = 'RL-10';
    end if;
    return new;
  end if;
  if new.person_id in (c.executor_id, c.second_id) then
    raise exception 'emergency.own_case: whoever acts decides nothing about it' using errcode = 'HB023', hint = 'NT-F01';
  end if;
  if new.kind = 'custody' then
    if not emergency_holds(new.person_id, c.tenant_id, 'BGC') then
      raise exception 'emergency.not_custodian: only a custodian of the unit' using errcode = 'HB023', hint = 'NT-F01';
    end if;
    if new.verdict = 'yes' and not ((new.round = 0 and c.state = 'invoked' and c.confirmed_at is not null)
        or (new.round = c.renewals + 1 and c.state = 'executing')) then
      raise exception 'emergency.wrong_state: not now' using errcode = 'HB001', hint = 'NT-F01';
    end if;
    if exists (select 1 from emergency_word w where w.emergency_id = c.id and w.kind = 'order' and w.person_id = new.person_id) then
      raise exception 'emergency.own_word: order and custody are two persons' using errcode = 'HB023', hint = 'NT-F01';
    end if;
    return new;
  end if;
  if new.kind <> 'decide' and new.part is not null then
    raise exception 'emergency.not_asked: only a decision is of a side' using errcode = 'HB010', hint = 'RL-10';
  end if;
  if said <> 'change-manager' and c.risk <> 'R1' then
    raise exception 'emergency.not_asked: of this risk the change manager alone' using errcode = 'HB010', hint = 'RL-10';
  end if;
  if said = 'change-manager' and not emergency_holds(new.person_id, c.tenant_id, 'CHM')
     or said = 'technical-manager' and not emergency_holds_duty(new.person_id, c.tenant_id, 'APV', 'technical-manager')
     or said = 'management-unit' and not emergency_holds_duty(new.person_id, null, 'GMU', null) then
    raise exception 'emergency.not_manager: only a change manager of the unit' using errcode = 'HB010', hint = 'RL-10';
  end if;
  if exists (select 1 from emergency_word w where w.emergency_id = c.id and w.kind = 'custody' and w.person_id = new.person_id) then
    raise exception 'emergency.custodian_decides: a custodian neither orders nor approves (S11)' using errcode = 'HB023', hint = 'NT-F01';
  end if;
  -- One word of each side, and whoever ordered the work to go on speaks for no other.
  if new.kind = 'decide' and exists (select 1 from emergency_word w where w.emergency_id = c.id and w.kind = 'decide' and w.round = new.round
      and w.verdict = 'yes' and coalesce(w.part, 'change-manager') = said) then
    raise exception 'emergency.not_asked: that side has spoken' using errcode = 'HB010', hint = 'RL-10';
  end if;
  if said <> 'change-manager' and exists (select 1 from emergency_word w where w.emergency_id = c.id and w.kind = 'order' and w.person_id = new.person_id) then
    raise exception 'emergency.own_word: whoever ordered it speaks for no other side' using errcode = 'HB023', hint = 'NT-F01';
  end if;
  if (new.kind = 'order' and (c.state <> 'executing' or new.round <> c.renewals + 1)) or (new.kind = 'decide' and (c.state <> 'retro_filed' or new.round <> c.filing))
     or (new.kind = 'close' and c.state <> 'retro_approved') then
    raise exception 'emergency.wrong_state: not now' using errcode = 'HB001', hint = 'RL-10';
  end if;
  return new;
end $$;
create trigger guard before insert on emergency_word for each row execute function emergency_word_guard();

-- Distinct custodians who said yes and neither act nor stand beside it (NT-F01).
create function emergency_custodians(of_emergency uuid, of_round int) returns int language sql stable security definer set search_path = public as $$
  select count(distinct w.person_id)::int from emergency_word w join emergency_case c on c.id = w.emergency_id
  where w.emergency_id = of_emergency and w.kind = 'custody' and w.round = of_round and w.verdict = 'yes' and w.person_id not in (c.executor_id, c.second_id)
$$;
create function emergency_said(of_emergency uuid, of_kind text, of_round int, of_verdict text) returns boolean language sql stable security definer set search_path = public as $$
  select exists (select 1 from emergency_word w where w.emergency_id = of_emergency and w.kind = of_kind and w.round = of_round and w.verdict = of_verdict)
$$;

create table emergency_transition (from_state text, to_state text, primary key (from_state, to_state));
insert into emergency_transition values
  ('invoked', 'executing'), ('invoked', 'refused'), ('executing', 'stabilised'), ('stabilised', 'retro_draft'), ('retro_draft', 'retro_filed'),
  ('retro_filed', 'retro_approved'), ('retro_filed', 'violation'), ('violation', 'retro_draft'), ('retro_approved', 'closed');

-- When it was filed is said once, as it is signed, and not of a time gone by: a block hangs on it. Approved is what everybody approved who is asked.
create function emergency_guard() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if tg_op = 'INSERT' then
    if new.state <> 'invoked' or new.granted_at is not null or new.confirmed_at is not null or new.filed_at is not null or app_person() is distinct from new.executor_id then
      raise exception 'emergency.wrong_state: an emergency begins when its executor invokes it' using errcode = 'HB001', hint = 'RL-01';
    end if;
    return new;
  end if;
  if (new.id, new.tenant_id, new.party_ids, new.no, new.reason, new.incident_no, new.incident_level, new.risk, new.plane, new.root, new.executor_id, new.second_id, new.invoked_at, new.frozen_by)
       is distinct from (old.id, old.tenant_id, old.party_ids, old.no, old.reason, old.incident_no, old.incident_level, old.risk, old.plane, old.root, old.executor_id, old.second_id, old.invoked_at, old.frozen_by)
     or new.version <> old.version + 1 or (old.granted_at is not null and new.granted_at is distinct from old.granted_at)
     or (old.overdue_at is not null and new.overdue_at is distinct from old.overdue_at)
     or (old.stabilised_at is not null and new.stabilised_at is distinct from old.stabilised_at)
     or (old.filed_at is not null and new.filed_at is distinct from old.filed_at) then
    raise exception 'request.stale: what was invoked is not rewritten' using errcode = 'HB013', hint = 'RL-13';
  end if;
  if new.state <> old.state and not exists (select 1 from emergency_transition t where t.from_state = old.state and t.to_state = new.state) then
    raise exception 'emergency.wrong_state: % to %', old.state, new.state using errcode = 'HB001', hint = 'RL-01';
  end if;
  if new.confirmed_at is distinct from old.confirmed_at and not emergency_said(new.id, 'confirm', 0, 'yes') then
    raise exception 'emergency.not_second: the second person confirms with their own session' using errcode = 'HB006', hint = 'RL-06';
  end if;
  if new.state = 'executing' and old.state = 'invoked' and (new.confirmed_at is null or new.granted_at is null or emergency_custodians(new.id, 0) < 2) then
    raise exception 'emergency.custodians_missing: two custodians open it' using errcode = 'HB001', hint = 'NT-F01';
  end if;
  if new.granted_at is distinct from old.granted_at and new.state <> 'executing' then
    raise exception 'emergency.wrong_state: not granted' using errcode = 'HB001', hint = 'RL-01';
  end if;
  if (new.renewals, new.not_after) is distinct from (old.renewals, old.not_after) and old.state = 'executing' and (new.state <> 'executing'
       or new.renewals <> old.renewals + 1 or emergency_custodians(new.id, new.renewals) < 1 or not emergency_said(new.id, 'order', new.renewals, 'yes')) then
    raise exception 'emergency.not_renewed: a renewal is one custodian and the change manager' using errcode = 'HB001', hint = 'NT-F01';
  end if;
  if new.state = 'retro_filed' and old.state = 'retro_draft' and (new.filing = 0 or not emergency_said(new.id, 'countersign', new.filing, 'yes')) then
    raise exception 'emergency.not_countersigned: the second person signs the filing' using errcode = 'HB010', hint = 'RL-10';
  end if;
  if (new.state = 'retro_filed' and new.filed_at is null)
     or (new.filed_at is distinct from old.filed_at and (new.state <> 'retro_filed' or old.state <> 'retro_draft' or new.filed_at < clock_timestamp() - interval '5 minutes')) then
    raise exception 'emergency.not_countersigned: it is filed when it is signed' using errcode = 'HB010', hint = 'NT-F03';
  end if;
  -- S11: the word itself was checked when it was said. This is the only way out of a block (NT-F03).
  if new.state = 'retro_approved' and old.state = 'retro_filed' and not emergency_decided(new.id, new.filing)
     or new.state = 'violation' and not emergency_said(new.id, 'decide', new.filing, 'no')
     or new.state = 'closed' and not emergency_said(new.id, 'close', 0, 'yes') then
    raise exception 'emergency.not_approved: those who took no part decide' using errcode = 'HB010', hint = 'NT-F03';
  end if;
  return new;
end $$;
create trigger guard before insert or update on emergency_case for each row execute function emergency_guard();

create table emergency_presence (
  emergency_id uuid not null references emergency_case (id),
  person_id uuid not null,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  logon_session_id text not null,
  seen_at timestamptz not null,
  primary key (emergency_id, person_id)
);
call tenant_table('emergency_presence', true);
-- Nobody is present for another person (NT-B05).
create function emergency_presence_own() returns trigger language plpgsql as $$
begin
  if app_person() is distinct from new.person_id then
    raise exception 'emergency.second_absent: presence of another person' using errcode = 'HB006', hint = 'RL-06';
  end if;
  return new;
end $$;
create trigger own before insert or update on emergency_presence for each row execute function emergency_presence_own();

create table emergency_event (
  emergency_id uuid not null references emergency_case (id),
  seq int not null,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  at timestamptz not null,
  act text not null,
  actor_name text not null,
  from_state text,
  to_state text not null,
  note text not null default '',
  primary key (emergency_id, seq)
);
call tenant_table('emergency_event', true);
call append_only('emergency_event');

-- What the recordings say was done, taken over when it was over. Nobody takes a line out: a filing explains them.
create table emergency_recording (
  emergency_id uuid not null references emergency_case (id),
  session_id uuid not null,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  state text not null,
  target_names text[] not null,
  opened_at timestamptz,
  closed_at timestamptz,
  manifest_sm3 text,
  primary key (emergency_id, session_id)
);
call tenant_table('emergency_recording', true);
call append_only('emergency_recording');
create table emergency_command (
  emergency_id uuid not null references emergency_case (id),
  seq int not null check (seq between 1 and 2000),
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  session_id uuid not null,
  at_ms int not null check (at_ms >= 0),
  text text not null,
  source text not null,
  primary key (emergency_id, seq)
);
call tenant_table('emergency_command', true);
call append_only('emergency_command');

create table emergency_filing (
  emergency_id uuid not null references emergency_case (id),
  version int not null check (version between 1 and 20),
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  cause text not null,
  impact text not null,
  steps text not null,
  verification text not null,
  rollback text not null check (rollback in ('not-needed', 'rolled-back', 'to-be-rolled-back', 'kept')),
  rollback_note text not null,
  -- [{seq, text}] for recorded commands.
  explanations jsonb not null default '[]',
  author_id uuid not null,
  at timestamptz not null,
  primary key (emergency_id, version)
);
call tenant_table('emergency_filing', true);
call append_only('emergency_filing');
create function emergency_filing_guard() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if not exists (select 1 from emergency_case c where c.id = new.emergency_id and c.state = 'retro_draft' and c.executor_id = new.author_id
      and c.filing = new.version - 1 and app_person() = new.author_id) then
    raise exception 'emergency.not_executor: the executor writes the filing' using errcode = 'HB010', hint = 'RL-10';
  end if;
  if (select count(*) from emergency_filing f where f.emergency_id = new.emergency_id and f.at > new.at - interval '24 hours') >= 20 then
    raise exception 'emergency.filings_too_many: twenty within a day' using errcode = 'HB010', hint = 'RL-10';
  end if;
  return new;
end $$;
create trigger guard before insert on emergency_filing for each row execute function emergency_filing_guard();

-- Deadlines are rows (itsm §2.0.4): the answer to an invocation, the end of the grant, the filing, its telling upwards.
create table emergency_deadline (
  emergency_id uuid not null references emergency_case (id),
  name text not null check (name in ('answer', 'expiry', 'filing', 'escalation', 'approval', 'review')),
  due_at timestamptz not null,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  cancelled_at timestamptz,
  fired_at timestamptz,
  primary key (emergency_id, name, due_at),
  check (fired_at is null or cancelled_at is null),
  check (fired_at >= due_at)
);
create index emergency_deadline_due on emergency_deadline (due_at) where fired_at is null and cancelled_at is null;
call tenant_table('emergency_deadline', true);
revoke delete on emergency_deadline from huabiao_app;
create function emergency_deadline_guard() returns trigger language plpgsql as $$
begin
  if (new.emergency_id, new.name, new.due_at, new.tenant_id) is distinct from (old.emergency_id, old.name, old.due_at, old.tenant_id) or old.fired_at is not null then
    raise exception 'ledger.append_only: a deadline that passed is never rewritten' using errcode = 'HB013', hint = 'RL-13';
  end if;
  return new;
end $$;
create trigger guard before update on emergency_deadline for each row execute function emergency_deadline_guard();
create function emergency_deadlines_due(at timestamptz, most int) returns table (tenant_id uuid, emergency_id uuid, name text, due_at timestamptz)
  language sql stable security definer set search_path = public as $$
  select d.tenant_id, d.emergency_id, d.name, d.due_at from emergency_deadline d
  where d.fired_at is null and d.cancelled_at is null and d.due_at <= at order by d.due_at limit most
$$;
-- Over, and its recordings not yet taken into the draft.
create function emergencies_to_draft() returns table (tenant_id uuid, emergency_id uuid) language sql stable security definer set search_path = public as
  $$ select c.tenant_id, c.id from emergency_case c where c.state = 'stabilised' limit 200 $$;
create function emergency_tenant(of_emergency uuid) returns uuid language sql stable security definer set search_path = public as
  $$ select tenant_id from emergency_case where id = of_emergency $$;
grant execute on function emergency_deadlines_due(timestamptz, int), emergencies_to_draft(), emergency_tenant(uuid) to huabiao_app;

-- Freezes that hold on these targets now; an emergency is let through and says which (itsm §2.3).
create function emergency_freezes(of_tenant uuid, of_targets uuid[], at timestamptz) returns table (name text) language sql stable security definer set search_path = public as $$
  select f.name from freeze_declaration f
  where f.lifted_at is null and f.starts_at <= at and f.ends_at > at and (f.tenant_id is null or f.tenant_id = of_tenant)
    and case f.scope
      when 'deployment' then true
      when 'tenants' then of_tenant = any (f.scope_ids) or exists (select 1 from cmdb_target t join information_system s on s.id = t.system_id where t.id = any (of_targets) and s.tenant_id = any (f.scope_ids))
      when 'systems' then exists (select 1 from cmdb_target t where t.id = any (of_targets) and t.system_id = any (f.scope_ids))
      else of_targets && f.scope_ids end
  order by f.starts_at limit 20
$$;
-- G-RETRO (RL-10, NT-F03): who and what an overdue or rejected filing holds back. Time itself is enough, whether or not a sweep has come by; only
-- an approved filing ends it.
-- A filing that was countersigned after 24 hours blocks as well, whether or not a sweep has marked it (NT-F03).
create function emergency_blocks(of_persons uuid[], of_targets uuid[]) returns table (no text, person_id uuid, target_name text)
  language sql stable security definer set search_path = public as $$
  with held as (
    select c.id, c.no, c.executor_id from emergency_case c
    where c.state not in ('retro_approved', 'closed', 'refused') and (c.overdue_at is not null
      or exists (select 1 from emergency_word w where w.emergency_id = c.id and w.kind = 'decide' and w.verdict = 'no')
      or c.stabilised_at + interval '24 hours' <= coalesce(c.filed_at, clock_timestamp())))
  select h.no, h.executor_id, null::text from held h where h.executor_id = any (of_persons)
  union all select h.no, null::uuid, t.name from held h join emergency_target t on t.emergency_id = h.id where t.target_id = any (of_targets)
  limit 20
$$;
grant execute on function emergency_freezes(uuid, uuid[], timestamptz), emergency_blocks(uuid[], uuid[]) to huabiao_app;

-- What the signer asks before it signs anything for an emergency: one row for each target × account.
create view pub_emergency_facts as
select c.id as emergency_id, c.no as emergency_no, c.tenant_id, c.party_ids, c.plane, c.title, c.state,
  c.executor_id as executor_person_id, c.second_id as second_person_id,
  (select p.seen_at from emergency_presence p where p.emergency_id = c.id and p.person_id = c.second_id) as second_last_seen_at,
  emergency_custodians(c.id, 0) as custodian_count, c.granted_at, c.not_after,
  t.target_id, t.name as target_name, t.host as target_host, t.port as target_port, t.host_key_sha256 as target_host_key_sha256,
  a.account,
  (select o ->> 'login' from cmdb_target ct, jsonb_array_elements(ct.accounts) o where ct.id = t.target_id and o ->> 'name' = a.account limit 1) as target_login,
  'hb-' || t.name || '-' || a.account as target_principal,
  clock_timestamp() as clock_now
from emergency_case c join emergency_target t on t.emergency_id = c.id cross join lateral unnest(t.accounts) a (account);
grant select on pub_emergency_facts to huabiao_signer;
-- For triggers of the session domain: whether this person may be on that target under that account now.
create function emergency_admits(emergency uuid, person uuid, target uuid, account text) returns boolean
  language sql stable security definer set search_path = public as $$
  select exists (select 1 from emergency_case c join emergency_target t on t.emergency_id = c.id
    where c.id = $1 and c.state = 'executing' and c.executor_id = $2 and clock_timestamp() < c.not_after
      and emergency_custodians(c.id, 0) >= 2 and t.target_id = $3 and $4 = any (t.accounts))
$$;
grant execute on function emergency_admits(uuid, uuid, uuid, text), emergency_custodians(uuid, int) to huabiao_app, huabiao_signer;
