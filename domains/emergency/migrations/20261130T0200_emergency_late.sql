-- A late filing is late by its own times, whether or not a sweep has come by (NT-F03); a filing may be written anew as often as it must be, some
-- at a time; and one executor has one emergency, however fast they ask.

-- As in emergency, and of a filing that was countersigned after 24 hours as well: until then nobody may have marked it.
create or replace function emergency_blocks(of_persons uuid[], of_targets uuid[]) returns table (no text, person_id uuid, target_name text)
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

-- As in emergency, and when it was filed is said once, when it is signed, and not of a time gone by: a block hangs on it.
create or replace function emergency_guard() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if tg_op = 'INSERT' then
    if new.state <> 'invoked' or new.granted_at is not null or new.confirmed_at is not null or new.filed_at is not null or app_person() is distinct from new.executor_id then
      raise exception 'emergency.wrong_state: an emergency begins when its executor invokes it' using errcode = 'HB001', hint = 'RL-01';
    end if;
    return new;
  end if;
  if (new.id, new.tenant_id, new.party_ids, new.no, new.reason, new.incident_no, new.incident_level, new.plane, new.root, new.executor_id, new.second_id, new.invoked_at, new.frozen_by)
       is distinct from (old.id, old.tenant_id, old.party_ids, old.no, old.reason, old.incident_no, old.incident_level, old.plane, old.root, old.executor_id, old.second_id, old.invoked_at, old.frozen_by)
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
  if new.state = 'retro_approved' and old.state = 'retro_filed' and not emergency_said(new.id, 'decide', new.filing, 'yes')
     or new.state = 'violation' and not emergency_said(new.id, 'decide', new.filing, 'no')
     or new.state = 'closed' and not emergency_said(new.id, 'close', 0, 'yes') then
    raise exception 'emergency.not_approved: the change manager who took no part decides' using errcode = 'HB010', hint = 'NT-F03';
  end if;
  return new;
end $$;

-- Two requests at once do not see each other: the index does (emergency.already_invoked).
create unique index emergency_case_one on emergency_case (executor_id) where state in ('invoked', 'executing');

-- Twenty in all would one day have been the last, and the block for ever. Twenty within a day are what anybody reads; on the next there are more.
alter table emergency_filing drop constraint emergency_filing_version_check;
alter table emergency_filing add constraint emergency_filing_version_check check (version between 1 and 1000000);
create or replace function emergency_filing_guard() returns trigger language plpgsql security definer set search_path = public as $$
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

-- Nobody asks it.
drop function emergency_tenant(uuid);
