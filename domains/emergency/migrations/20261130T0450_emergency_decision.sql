-- A filing of risk R1 is approved by three: change manager, technical manager, management unit (itsm §2.3 B); of any other by the change manager.

-- Graded when it is invoked and never afterwards. What nobody graded is R1.
alter table emergency_case add column risk text not null default 'R1' check (risk in ('R1', 'R2', 'R3', 'R4'));
-- Of a decision: whose word it is. Those said before were all the change manager's.
alter table emergency_word add column part text check (part in ('change-manager', 'technical-manager', 'management-unit'));

create function emergency_holds_duty(of_person uuid, of_tenant uuid, of_role text, of_duty text) returns boolean language sql stable security definer set search_path = public as $$
  select exists (select 1 from pub_role_holder h where h.person_id = of_person and (of_tenant is null or h.tenant_id = of_tenant) and h.role = of_role
    and (of_duty is null or h.duty = of_duty) and clock_timestamp() >= h.not_before and clock_timestamp() < h.not_after)
$$;
-- Everybody who is asked said yes, each for one side, and nobody no.
create function emergency_decided(of_emergency uuid, of_filing int) returns boolean language sql stable security definer set search_path = public as $$
  -- Where nobody spoke there is nothing to compare, and that is no yes.
  select coalesce(least(count(distinct coalesce(w.part, 'change-manager')), count(distinct w.person_id)) = max(case c.risk when 'R1' then 3 else 1 end)
    and bool_and(w.verdict = 'yes'), false)
  from emergency_case c join emergency_word w on w.emergency_id = c.id and w.kind = 'decide' and w.round = of_filing where c.id = of_emergency
$$;
revoke execute on function emergency_holds_duty(uuid, uuid, text, text), emergency_decided(uuid, int) from public;

-- As before, and a decision is of a side.
create or replace function emergency_word_guard() returns trigger language plpgsql security definer set search_path = public as $$
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

-- As in emergency_late, and approved is what everybody approved who is asked.
create or replace function emergency_guard() returns trigger language plpgsql security definer set search_path = public as $$
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
