-- Violations (违规): cases that the platform raises from its own ledger. They are never deleted, nobody decides on their own, and each
-- state is reached from the one before it, whoever asks.

create table violation_number (day text primary key, last int not null);
create function next_violation_no(of_day text) returns text language sql security definer set search_path = public as $$
  insert into violation_number values (of_day, 1) on conflict (day) do update set last = violation_number.last + 1
  returning 'VIO-' || day || '-' || lpad(last::text, 4, '0')
$$;

create table violation_case (
  id uuid primary key,
  -- The unit of the person concerned, or the one that operates what was touched.
  tenant_id uuid not null,
  -- Units whose systems it touches.
  party_ids uuid[] not null default '{}',
  plane text not null check (plane in ('platform', 'tenant')),
  no text not null unique,
  entry text not null check (entry ~ '^V-[A-Z][0-9]{1,2}$'),
  intent text not null check (intent in ('slip', 'attempt', 'doubt', 'attack', 'fact')),
  severity text not null check (severity in ('minor', 'major', 'critical')),
  join_key text not null check (length(join_key) <= 400),
  count int not null check (count between 1 and 1000000),
  first_at timestamptz not null,
  last_at timestamptz not null,
  raised_at timestamptz not null,
  person_id uuid,
  person_name text,
  object text not null check (length(object) <= 200),
  code text,
  rule text,
  change_id uuid,
  change_no text,
  session_id uuid,
  detail jsonb not null default '{}',
  state text not null default 'raised' check (state in ('raised', 'answered', 'confirmed', 'appealed', 'closed')),
  state_since timestamptz not null,
  answer text,
  answered_by uuid,
  answered_at timestamptz,
  answer_overdue_at timestamptz,
  decide_overdue_at timestamptz,
  verdict text check (verdict in ('confirmed', 'dismissed')),
  decision text,
  decided_by uuid,
  decided_at timestamptz,
  appeal text,
  appealed_by uuid,
  appealed_at timestamptz,
  review_verdict text check (review_verdict in ('upheld', 'overturned')),
  review text,
  reviewed_by uuid,
  reviewed_at timestamptz,
  closed_at timestamptz,
  check ((answer is null) = (answered_by is null) and (answer is null) = (answered_at is null)),
  check ((verdict is null) = (decided_by is null) and (verdict is null) = (decision is null)),
  check ((appeal is null) = (appealed_by is null)),
  check ((review_verdict is null) = (reviewed_by is null) and (review_verdict is null) = (review is null)),
  check ((state = 'closed') = (closed_at is not null)),
  -- No way to a closed case without a decision.
  check (state not in ('confirmed', 'appealed', 'closed') or verdict is not null),
  check (state not in ('confirmed', 'appealed') or verdict = 'confirmed'),
  check (appeal is null or verdict = 'confirmed'),
  check (review_verdict is null or appeal is not null),
  -- Nobody decides on their own case, after having spoken in it, or twice (RL-23).
  check (decided_by is null or (decided_by is distinct from person_id and decided_by is distinct from answered_by)),
  check (reviewed_by is null or (reviewed_by is distinct from person_id and reviewed_by <> decided_by and reviewed_by is distinct from answered_by
    and reviewed_by <> appealed_by))
);
create index violation_case_tenant on violation_case (tenant_id, id desc);
create index violation_case_person on violation_case (person_id, id desc) where person_id is not null;
create index violation_case_join on violation_case (join_key, last_at desc) where state = 'raised';
create index violation_case_open on violation_case (tenant_id) where state <> 'closed';
create index violation_case_change on violation_case (change_id) where change_id is not null;
create index violation_case_session on violation_case (session_id) where session_id is not null;
call tenant_table('violation_case', true);

create function violation_case_guard() returns trigger language plpgsql as $$
declare
  ranks constant text[] := array['minor', 'major', 'critical'];
begin
  if tg_op = 'INSERT' then
    if new.state <> 'raised' or new.answer is not null or new.verdict is not null then
      raise exception 'violation.wrong_state: a case begins by being raised' using errcode = 'HB013', hint = 'RL-13';
    end if;
    return new;
  end if;
  if (new.id, new.tenant_id, new.party_ids, new.plane, new.no, new.entry, new.intent, new.join_key, new.first_at, new.raised_at, new.person_id, new.person_name,
      new.object, new.code, new.rule, new.change_id, new.change_no, new.session_id, new.detail)
     is distinct from
     (old.id, old.tenant_id, old.party_ids, old.plane, old.no, old.entry, old.intent, old.join_key, old.first_at, old.raised_at, old.person_id, old.person_name,
      old.object, old.code, old.rule, old.change_id, old.change_no, old.session_id, old.detail)
     or new.count < old.count or new.last_at < old.last_at or array_position(ranks, new.severity) < array_position(ranks, old.severity)
     or (new.count > old.count and old.state <> 'raised')
     or (old.answer is not null and (new.answer, new.answered_by, new.answered_at) is distinct from (old.answer, old.answered_by, old.answered_at))
     or (old.verdict is not null and (new.verdict, new.decision, new.decided_by, new.decided_at) is distinct from (old.verdict, old.decision, old.decided_by, old.decided_at))
     or (old.appeal is not null and (new.appeal, new.appealed_by, new.appealed_at) is distinct from (old.appeal, old.appealed_by, old.appealed_at))
     or old.state = 'closed'
  then
    raise exception 'violation.cannot_be_deleted: what stands in a case is never rewritten' using errcode = 'HB013', hint = 'RL-13';
  end if;
  if new.state <> old.state and not (
       (old.state = 'raised' and new.state = 'answered' and new.answer is not null)
    or (old.state in ('raised', 'answered') and new.state = 'confirmed' and new.verdict = 'confirmed')
    or (old.state in ('raised', 'answered') and new.state = 'closed' and new.verdict = 'dismissed')
    or (old.state = 'confirmed' and new.state = 'appealed' and new.appeal is not null)
    or (old.state = 'appealed' and new.state = 'closed' and new.review_verdict is not null)
    -- The time to appeal is over.
    or (old.state = 'confirmed' and new.state = 'closed' and exists (
         select 1 from violation_deadline d where d.case_id = new.id and d.name = 'appeal' and d.fired_at is not null)))
  then
    raise exception 'violation.wrong_state: % to %', old.state, new.state using errcode = 'HB013', hint = 'RL-13';
  end if;
  if old.verdict is null and new.verdict is not null and old.answer is null and old.answer_overdue_at is null then
    raise exception 'violation.answer_awaited: nobody was heard' using errcode = 'HB013', hint = 'RL-13';
  end if;
  -- Whoever decides is whoever asks: no decision in another's name.
  if (old.verdict is null and new.verdict is not null and new.decided_by is distinct from app_person())
     or (old.review_verdict is null and new.review_verdict is not null and new.reviewed_by is distinct from app_person()) then
    raise exception 'violation.own_case: decided in the name of another' using errcode = 'HB023', hint = 'RL-23';
  end if;
  return new;
end $$;
create trigger guard before insert or update on violation_case for each row execute function violation_case_guard();
-- RL-13: not by the application, and not by its owner either.
create function refuse_deletion() returns trigger language plpgsql as $$
begin
  raise exception 'violation.cannot_be_deleted: % on % is refused', tg_op, tg_table_name using errcode = 'HB013', hint = 'RL-13';
end $$;
create trigger never_deleted before delete on violation_case for each row execute function refuse_deletion();
create trigger never_emptied before truncate on violation_case execute function refuse_deletion();
revoke delete on violation_case from huabiao_app;

-- What a case points to: records of the ledger, by chain and number.
create table violation_evidence (
  case_id uuid not null references violation_case (id),
  n int not null check (n between 1 and 30),
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  at timestamptz not null,
  chain_tenant uuid not null,
  chain_plane text not null check (chain_plane in ('platform', 'tenant')),
  seq bigint not null,
  act text not null,
  door text,
  source_ip text,
  primary key (case_id, n)
);
call tenant_table('violation_evidence', true);
call append_only('violation_evidence');

-- Deadlines are rows (ADR 5).
create table violation_deadline (
  case_id uuid not null references violation_case (id),
  name text not null check (name in ('answer', 'decide', 'appeal', 'review')),
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  calendar text not null check (calendar in ('7x24', 'working-days')),
  started_at timestamptz not null,
  due_at timestamptz not null,
  cancelled_at timestamptz,
  fired_at timestamptz,
  primary key (case_id, name),
  check (fired_at is null or cancelled_at is null),
  check (fired_at >= due_at)
);
create index violation_deadline_due on violation_deadline (due_at) where fired_at is null and cancelled_at is null;
call tenant_table('violation_deadline', true);
revoke delete on violation_deadline from huabiao_app;
create function violation_deadline_guard() returns trigger language plpgsql as $$
begin
  if (new.case_id, new.name, new.tenant_id, new.due_at, new.started_at) is distinct from (old.case_id, old.name, old.tenant_id, old.due_at, old.started_at)
     or old.fired_at is not null then
    raise exception 'violation.cannot_be_deleted: a deadline is never moved' using errcode = 'HB013', hint = 'RL-13';
  end if;
  return new;
end $$;
create trigger guard before update on violation_deadline for each row execute function violation_deadline_guard();
create function violation_deadlines_due(at timestamptz, most int) returns table (tenant_id uuid, case_id uuid, name text)
  language sql stable security definer set search_path = public as $$
  select d.tenant_id, d.case_id, d.name from violation_deadline d
  where d.fired_at is null and d.cancelled_at is null and d.due_at <= at order by d.due_at limit most
$$;

-- How far each chain of the ledger has been looked at. What was written before violations were there raises nothing.
create table violation_position (
  tenant_id uuid not null,
  plane text not null,
  seq bigint not null check (seq >= 0),
  primary key (tenant_id, plane)
);
insert into violation_position select tenant_id, plane, size from ledger_chain;
grant select, insert, update on violation_position to huabiao_app;
create function violation_position_guard() returns trigger language plpgsql as $$
begin
  if new.seq < old.seq then
    raise exception 'ledger.append_only: a position moves forward only' using errcode = 'HB013', hint = 'RL-13';
  end if;
  return new;
end $$;
create trigger guard before update on violation_position for each row execute function violation_position_guard();

create function violation_chains_behind() returns table (tenant_id uuid, plane text, size bigint)
  language sql stable security definer set search_path = public as $$
  select c.tenant_id, c.plane, c.size from ledger_chain c left join violation_position p using (tenant_id, plane)
  where c.size > coalesce(p.seq, 0) order by c.last_at limit 500
$$;
-- The detector reads the chains of all units, and of them what was refused and the acts it was told to watch.
create function violation_records(of_tenant uuid, of_plane text, after_seq bigint, to_seq bigint, acts text[])
  returns table (seq bigint, at timestamptz, act text, object text, change_id uuid, person_id uuid, actor_name text, decision text, code text, rule text, body text)
  language sql stable security definer set search_path = public as $$
  select r.seq, r.at, r.act, r.object, r.change_id, r.person_id, r.actor_name, r.decision, r.code, r.rule, r.body
  from ledger_record r where r.tenant_id = of_tenant and r.plane = of_plane and r.seq > after_seq and r.seq <= to_seq
    and (r.decision = 'refused' or r.act = any (acts)) order by r.seq
$$;
-- The same refusal of the same person before, within a stretch of the chain that is bounded whatever the load.
create function violation_repeats(of_tenant uuid, of_plane text, before_seq bigint, since timestamptz, of_person uuid, of_code text, most int)
  returns table (seq bigint, at timestamptz, act text, body text)
  language sql stable security definer set search_path = public as $$
  select r.seq, r.at, r.act, r.body from ledger_record r
  where r.tenant_id = of_tenant and r.plane = of_plane and r.decision = 'refused' and r.seq < before_seq and r.seq >= before_seq - 5000
    and r.at >= since and r.person_id is not distinct from of_person and r.code = of_code
  order by r.seq desc limit most
$$;
-- Where an object stands: whose it is, whom it touches, and who carries it out.
create function violation_place(kind text, of_id uuid)
  returns table (tenant_id uuid, party_ids uuid[], plane text, change_id uuid, change_no text, session_id uuid, executor_id uuid)
  language sql stable security definer set search_path = public as $$
  select c.tenant_id, c.party_ids, c.plane, c.id, c.no, c.session_id, c.executor_id from change_request c where kind = 'change' and c.id = of_id
  union all
  select s.tenant_id, s.party_ids, s.plane, s.change_id, s.change_no, s.id, s.executor_id from session_record s where kind = 'session' and s.id = of_id
  union all
  select s.tenant_id, s.party_ids, s.plane, s.change_id, s.change_no, s.id, s.executor_id
  from session_grant g join session_record s on s.id = g.session_id where kind = 'grant' and g.id = of_id
  union all
  select t.tenant_id, t.party_ids, t.plane, null, null, null, null from cmdb_target t where kind = 'target' and t.id = of_id
$$;
revoke execute on function next_violation_no(text), violation_deadlines_due(timestamptz, int), violation_chains_behind(),
  violation_records(uuid, text, bigint, bigint, text[]), violation_repeats(uuid, text, bigint, timestamptz, uuid, text, int), violation_place(text, uuid) from public;
grant execute on function next_violation_no(text), violation_deadlines_due(timestamptz, int), violation_chains_behind(),
  violation_records(uuid, text, bigint, bigint, text[]), violation_repeats(uuid, text, bigint, timestamptz, uuid, text, int), violation_place(text, uuid) to huabiao_app;
