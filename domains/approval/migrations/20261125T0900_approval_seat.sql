-- Seats that change hands (审批人员变更, itsm §2.2.2): deputies registered beforehand, and reassignment by the role's administrator.
-- Whoever comes to a seat holds the same role and is bound by the same separation of duties; nobody gives or takes one in their own matter.

create table approval_deputy (
  id uuid primary key,
  tenant_id uuid not null,
  person_id uuid not null references person (id),
  deputy_id uuid not null references person (id),
  role text not null,
  reason text not null,
  not_before timestamptz not null,
  not_after timestamptz not null,
  registered_at timestamptz not null,
  ended_at timestamptz,
  check (deputy_id <> person_id),
  check (not_after > not_before and not_after <= not_before + interval '366 days')
);
create index approval_deputy_person on approval_deputy (person_id) where ended_at is null;
call tenant_table('approval_deputy');
revoke delete on approval_deputy from huabiao_app;

create function holds_role(of_person uuid, of_role text) returns boolean language sql stable security definer set search_path = public as $$
  select exists (select 1 from pub_role_holder h where h.person_id = of_person and h.role = of_role and h.not_before <= now() and h.not_after > now())
$$;
create function approval_deputy_guard() returns trigger language plpgsql security definer set search_path = public as $$
begin
  -- Nobody names, or ends, another person's deputy.
  if app_person() is distinct from new.person_id then
    raise exception 'approval.deputy_unfit: not the acting person' using errcode = 'HB001', hint = 'RL-23';
  end if;
  if tg_op = 'UPDATE' then
    if (new.id, new.tenant_id, new.person_id, new.deputy_id, new.role, new.reason, new.not_before, new.not_after, new.registered_at)
         is distinct from (old.id, old.tenant_id, old.person_id, old.deputy_id, old.role, old.reason, old.not_before, old.not_after, old.registered_at)
       or old.ended_at is not null then
      raise exception 'ledger.append_only: a deputy is only ever ended' using errcode = 'HB013', hint = 'RL-13';
    end if;
    return new;
  end if;
  if not holds_role(new.person_id, new.role) or not holds_role(new.deputy_id, new.role)
     or (select count(*) from person p where p.id in (new.person_id, new.deputy_id) and p.tenant_id = new.tenant_id) <> 2 then
    raise exception 'approval.deputy_unfit: both hold the role in this unit' using errcode = 'HB001', hint = 'RL-23';
  end if;
  return new;
end $$;
create trigger guard before insert or update on approval_deputy for each row execute function approval_deputy_guard();

-- Deputies across units, for who waits for a decision of another unit.
create view pub_approval_deputy as
select d.id, d.tenant_id, d.person_id, d.deputy_id, d.role, d.not_before, d.not_after, d.registered_at from approval_deputy d where d.ended_at is null;
grant select on pub_approval_deputy to huabiao_app;

create table approval_assignment (
  approval_id uuid not null references approval (id),
  seq int not null,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  stage text not null,
  kind text not null check (kind in ('deputy', 'reassigned')),
  from_id uuid not null,
  to_id uuid not null,
  -- Who gave the seat away; null where time did (a deputy).
  by_id uuid,
  reason text not null,
  at timestamptz not null,
  primary key (approval_id, seq),
  check (from_id <> to_id),
  check ((kind = 'reassigned') = (by_id is not null))
);
call tenant_table('approval_assignment', true);
call append_only('approval_assignment');

-- The last thing that happened to a person's seat decides: candidate from the opening, seated later, or seat given away.
create function approval_may_decide(of_approval uuid, of_stage text, of_person uuid) returns boolean language sql stable security definer set search_path = public as $$
  select coalesce((
    select may from (
      select 0 as seq, true as may from approval a, jsonb_array_elements(a.stages) s
        where a.id = of_approval and s->>'key' = of_stage and s->'candidateIds' ? of_person::text
      union all
      select g.seq, g.to_id = of_person from approval_assignment g
        where g.approval_id = of_approval and g.stage = of_stage and (g.to_id = of_person or (g.kind = 'reassigned' and g.from_id = of_person))
    ) seat order by seq desc limit 1), false)
$$;
grant execute on function approval_may_decide(uuid, text, uuid) to huabiao_app;

create function approval_assignment_guard() returns trigger language plpgsql security definer set search_path = public as $$
declare
  a approval%rowtype;
  of_role text;
begin
  -- One seat at a time, and none while somebody decides.
  select * into a from approval where id = new.approval_id for update;
  if not found or a.voided_at is not null then raise exception 'approval.voided: the approval is void' using errcode = 'HB001', hint = 'RL-07'; end if;
  if (new.tenant_id, new.party_ids) is distinct from (a.tenant_id, a.party_ids) or new.seq <> (select coalesce(max(seq), 0) + 1 from approval_assignment g where g.approval_id = a.id) then
    raise exception 'ledger.append_only: not the next seat of this approval' using errcode = 'HB013', hint = 'RL-13';
  end if;
  select s->>'role' into of_role from jsonb_array_elements(a.stages) s where s->>'key' = new.stage;
  if of_role is null or not holds_role(new.to_id, of_role)
     or (select p.tenant_id from person p where p.id = new.to_id) is distinct from (select p.tenant_id from person p where p.id = new.from_id) then
    raise exception 'approval.role_missing: the role of the stage, in the same unit' using errcode = 'HB001', hint = 'RL-01';
  end if;
  if new.to_id = any (a.excluded_ids) or new.by_id = any (a.excluded_ids) then
    raise exception 'approval.own_item: excluded person' using errcode = 'HB001', hint = 'RL-23';
  end if;
  if not approval_may_decide(a.id, new.stage, new.from_id) then
    raise exception 'approval.not_candidate: no seat to give' using errcode = 'HB001', hint = 'RL-01';
  end if;
  if exists (select 1 from approval_decision d where d.approval_id = a.id and d.person_id in (new.to_id, case when new.kind = 'reassigned' then new.from_id end)) then
    raise exception 'approval.already_decided: one natural person counts once' using errcode = 'HB001', hint = 'RL-01';
  end if;
  if new.kind = 'reassigned' then
    if app_person() is distinct from new.by_id or new.by_id = new.to_id then
      raise exception 'approval.own_seat: not the acting person, or their own seat' using errcode = 'HB001', hint = 'RL-23';
    end if;
    if (select p.tenant_id from person p where p.id = new.by_id) is distinct from (select p.tenant_id from person p where p.id = new.from_id) then
      raise exception 'approval.not_administrator: of another unit' using errcode = 'HB001', hint = 'RL-23';
    end if;
  elsif not exists (select 1 from approval_deputy d where d.person_id = new.from_id and d.deputy_id = new.to_id and d.role = of_role and d.ended_at is null
                      and d.registered_at < a.opened_at and d.not_before <= now() and d.not_after > now())
     or exists (select 1 from approval_assignment g where g.approval_id = a.id and g.stage = new.stage and g.kind = 'deputy' and g.to_id = new.from_id) then
    raise exception 'approval.deputy_unfit: not registered beforehand, or a deputy of a deputy' using errcode = 'HB001', hint = 'RL-23';
  end if;
  return new;
end $$;
create trigger guard before insert on approval_assignment for each row execute function approval_assignment_guard();

-- As before, with seats that changed hands: neither approver nor deputy means no.
create or replace function approval_decision_guard() returns trigger language plpgsql as $$
declare a approval%rowtype;
begin
  select * into a from approval where id = new.approval_id for share;
  if not found or a.voided_at is not null then raise exception 'approval.voided: the approval is void' using errcode = 'HB001', hint = 'RL-07'; end if;
  if a.subject_hash <> new.hash then raise exception 'approval.hash_mismatch: another plan' using errcode = 'HB001', hint = 'RL-07'; end if;
  if new.person_id = any (a.excluded_ids) then raise exception 'approval.own_item: excluded person' using errcode = 'HB001', hint = 'RL-23'; end if;
  if not approval_may_decide(new.approval_id, new.stage, new.person_id) then
    raise exception 'approval.not_candidate: neither approver nor deputy of the stage' using errcode = 'HB001', hint = 'RL-01';
  end if;
  -- Whoever decides is who the transaction acts for: nobody writes another person's decision.
  if app_person() is distinct from new.person_id then raise exception 'approval.not_candidate: not the acting person' using errcode = 'HB001', hint = 'RL-23'; end if;
  return new;
end $$;

create or replace function approval_complete(of_kind text, of_subject uuid, of_hash text) returns boolean language sql stable security definer set search_path = public as $$
  select coalesce(bool_and(
    (select count(distinct d.person_id) from approval_decision d where d.approval_id = a.id and d.stage = s->>'key' and d.verdict = 'approve' and d.hash = a.subject_hash
       and approval_may_decide(a.id, s->>'key', d.person_id) and not d.person_id = any (a.excluded_ids)) >= greatest((s->>'quorum')::int, 1)
    and not exists (select 1 from approval_decision d where d.approval_id = a.id and d.verdict <> 'approve')), false)
  from approval a, jsonb_array_elements(a.stages) s
  where a.subject_kind = of_kind and a.subject_id = of_subject and a.subject_hash = of_hash and a.voided_at is null
$$;
