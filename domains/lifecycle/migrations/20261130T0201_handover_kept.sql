-- What is to come back stays on the list when the last day takes it away: the account that held it is closed, the thing itself is still out.
alter table lifecycle_thing add column was text check (was in ('terminal', 'security-key'));
alter table lifecycle_thing add constraint lifecycle_thing_was check (was is null or way = 'return');

-- What somebody holds, whoever asks: for our own triggers. `lifecycle_holds` answers the same to those who may see the person.
create function lifecycle_held(of_person uuid, last_day date)
  returns table (kind text, id uuid, label text, detail text, others int, blocks boolean)
  language sql stable security definer set search_path = public as $$
  with after as (select (last_day + 1)::timestamp at time zone 'Asia/Shanghai' as at),
  open_change as (select c.* from change_request c where c.state not in ('closed', 'rejected', 'withdrawn', 'expired')
    and of_person in (c.requester_id, c.manager_id, c.executor_id, c.reviewer_id)),
  seat as (
    select a.*, s ->> 'key' as stage, greatest((s ->> 'quorum')::int, 1) as quorum, s -> 'candidateIds' as candidates
    from approval a, jsonb_array_elements(a.stages) s
    where a.voided_at is null and not approval_complete(a.subject_kind, a.subject_id, a.subject_hash) and approval_may_decide(a.id, s ->> 'key', of_person)
      and not of_person = any (a.excluded_ids) and not exists (select 1 from approval_decision d where d.approval_id = a.id and d.person_id = of_person)
      and (select count(*) from approval_decision d where d.approval_id = a.id and d.stage = s ->> 'key' and d.verdict = 'approve') < greatest((s ->> 'quorum')::int, 1)
  )
  -- Writing is the requester's alone; afterwards the change can be closed without them.
  (select case when c.state in ('draft', 'returned', 'accepted', 'planning', 'amending') then 'change.author' else 'change.requester' end, c.id, c.no, c.title, 0,
    c.state in ('draft', 'returned', 'accepted', 'planning', 'amending') from open_change c where c.requester_id = of_person limit 200)
  union all (select 'change.manager', c.id, c.no, c.title, 0, false from open_change c where c.manager_id = of_person limit 200)
  union all (select 'change.executor', c.id, c.no, c.title, 0, true from open_change c
    where c.executor_id = of_person and c.state not in ('ci_reviewing', 'reviewing') limit 200)
  union all (select 'change.reviewer', c.id, c.no, c.title, 0, true from open_change c
    where c.reviewer_id = of_person and c.state not in ('ci_reviewing', 'reviewing') limit 200)
  union all (select distinct on (s.subject_id) 'approval.seat', s.subject_id, coalesce((select c.no from change_request c where c.id = s.subject_id), s.subject_kind), s.stage, o.n::int, o.n < s.quorum
    from seat s, lateral (select count(*) as n from jsonb_array_elements_text(s.candidates) p
      where p::uuid <> of_person and approval_may_decide(s.id, s.stage, p::uuid) and not p::uuid = any (s.excluded_ids)
        and not exists (select 1 from approval_decision d where d.approval_id = s.id and d.person_id = p::uuid and d.stage <> s.stage)) o
    -- Of several seats in one approval the one that holds the exit up.
    order by s.subject_id, o.n < s.quorum desc, s.stage limit 200)
  union all (select 'violation.answer', v.id, v.no, v.entry, 0, true from violation_case v where v.person_id = of_person and v.state = 'raised' limit 200)
  -- RL-10: whoever broke the glass files for it, and whoever was beside them signs it.
  union all (select 'emergency.filing', e.id, e.no, e.title, 0, true from emergency_case e where e.executor_id = of_person
    and e.state not in ('retro_approved', 'closed', 'refused') limit 50)
  union all (select 'emergency.filing', e.id, e.no, e.title, 0, true from emergency_case e where e.second_id = of_person
    and e.state in ('invoked', 'executing', 'stabilised', 'retro_draft', 'violation') limit 50)
  union all (select 'permission.request', r.id, r.role, coalesce(r.duty, ''), 0, false from permission_request r where r.person_id = of_person and r.state = 'open' limit 200)
  union all (select 'transfer.ticket', t.id, t.no, t.path, 0, false from transfer_ticket t
    where t.person_id = of_person and (t.decision = 'open' or t.decision = 'approved' and t.used < t.downloads and coalesce(t.expires_at, 'infinity') > now()) limit 200)
  union all (select 'release.draft', r.id, r.product || ' ' || r.version, r.origin, 0, false from release r where r.registered_by = of_person and r.state = 'draft' limit 200)
  union all (select 'announcement.open', a.id, a.change_no, a.title, 0, false from announcement a join change_request c on c.id = a.change_id
    where c.requester_id = of_person and c.state not in ('closed', 'rejected', 'withdrawn', 'expired') and a.window_end > now() and a.plan_hash = c.plan_hash
      and not exists (select 1 from announcement_receipt r where r.announcement_id = a.id) limit 200)
  union all (select 'terminal', t.id, t.name, t.kind, 0, false from terminal t where t.person_id = of_person and t.status = 'approved' limit 100)
  union all (select 'security-key', k.id, k.name, '', 0, false from webauthn_credential k join account a on a.id = k.account_id where a.person_id = of_person limit 100)
  union all (select coalesce(t.was, 'thing.' || t.way), t.id, t.name, '', 0, false from lifecycle_thing t join lifecycle_departure d on d.id = t.departure_id
    where d.person_id = of_person and d.state in ('notice', 'cut') limit 400)
  -- What ends by itself with the departure.
  union all (select 'ssh-key', k.id, k.name, k.fingerprint, 0, false from ssh_key k join account a on a.id = k.account_id where a.person_id = of_person limit 100)
  union all (select 'certificate', k.id, k.subject, k.fingerprint, 0, false from client_certificate k join account a on a.id = k.account_id
    where a.person_id = of_person and k.revoked_at is null limit 100)
  union all (select 'channel', n.person_id, n.channel, '', 0, false from notice_choice n where n.person_id = of_person and n.chosen limit 20)
  union all (select 'session', s.id, s.change_no, s.title, 0, false from session_record s where s.executor_id = of_person and s.state in ('requested', 'live', 'paused', 'draining') limit 50)
  -- Roles end with the departure; one that nobody else would hold must have another holder first (NT-C06): custodians are needed two by two.
  union all (select case when o.n < o.least then case when o.must then 'role.custody' else 'role.last' end else 'role' end, b.id, b.role, coalesce(b.duty, ''), o.n::int,
      o.n < o.least and o.must
    from role_binding b, after, lateral (
      select count(distinct h.person_id) as n, case b.role when 'BGC' then 2 else 1 end as least,
        b.role in ('PAD', 'SEC', 'AUD', 'TAD', 'BGC') as must
      from role_binding h join person p on p.id = h.person_id and p.status = 'active' join account a on a.person_id = h.person_id and a.status = 'active'
      where h.tenant_id = b.tenant_id and h.role = b.role and h.duty is not distinct from b.duty and h.person_id <> of_person and h.revoked_at is null
        and h.suspended_at is null and h.not_before <= after.at and h.not_after > after.at
        and not exists (select 1 from lifecycle_departure d where d.person_id = h.person_id and d.state in ('notice', 'cut') and d.last_day <= lifecycle_held.last_day)) o
    where b.person_id = of_person and (b.revoked_at is null and b.not_after > now()
      -- What the last day took away still has no holder.
      or o.n < o.least and exists (select 1 from lifecycle_departure d where d.person_id = of_person and d.state = 'cut' and d.cut_at = b.revoked_at)) limit 50)
$$;
revoke execute on function lifecycle_held(uuid, date) from public;

create or replace function lifecycle_holds(of_person uuid, last_day date)
  returns table (kind text, id uuid, label text, detail text, others int, blocks boolean)
  language sql stable security definer set search_path = public as $$
  select h.* from lifecycle_held(of_person, last_day) h
  where exists (select 1 from person p where p.id = of_person and (p.tenant_id = app_tenant() or app_oversight())) $$;

create or replace function lifecycle_departure_guard() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if tg_op = 'INSERT' then
    if new.state not in ('proposed', 'notice') or not exists (select 1 from person p where p.id = new.person_id and p.tenant_id = new.tenant_id and p.status = 'active') then
      raise exception 'lifecycle.wrong_state: a departure begins by being told, of a person of the unit' using errcode = 'HB025', hint = 'RL-25';
    end if;
    return new;
  end if;
  if (new.id, new.tenant_id, new.person_id, new.kind, new.declared_at, new.source) is distinct from (old.id, old.tenant_id, old.person_id, old.kind, old.declared_at, old.source)
     or new.version <> old.version + 1 or old.state in ('complete', 'cancelled')
     or (new.last_day <> old.last_day and old.state not in ('proposed', 'notice')) then
    raise exception 'lifecycle.wrong_state: what was is not rewritten' using errcode = 'HB025', hint = 'RL-25';
  end if;
  if new.state <> old.state and (old.state, new.state) not in
     (('proposed', 'notice'), ('proposed', 'cancelled'), ('notice', 'cancelled'), ('notice', 'cut'), ('notice', 'complete'), ('cut', 'complete')) then
    raise exception 'lifecycle.wrong_state: % to %', old.state, new.state using errcode = 'HB025', hint = 'RL-25';
  end if;
  if new.state = 'complete' and old.state <> 'complete' then
    if app_person() is distinct from new.completed_by then
      raise exception 'lifecycle.own_departure: completed in the name of another' using errcode = 'HB025', hint = 'RL-25';
    end if;
    -- A second time, whatever the service thought: nobody is gone while they still have to carry a change out, decide, or answer.
    if exists (select 1 from lifecycle_held(new.person_id, new.last_day) h
               where h.blocks and (new.kind = 'leave' or h.kind <> 'violation.answer')) then
      raise exception 'lifecycle.open_items: not everything is handed over' using errcode = 'HB025', hint = 'RL-25';
    end if;
  end if;
  return new;
end $$;
