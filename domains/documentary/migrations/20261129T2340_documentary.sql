-- The documentary track (文书轨, itsm §2.2.3) of classes 7 and 8: its states, its different persons and the management unit before effect stand
-- here a second time (RL-40, RL-23). Documents are evidence objects; their rows are never changed.
create table documentary_number (day text primary key, last int not null);
create function next_documentary_no(of_day text) returns text language sql security definer set search_path = public as $$
  insert into documentary_number values (of_day, 1) on conflict (day) do update set last = documentary_number.last + 1
  returning 'DOC-' || day || '-' || lpad(last::text, 4, '0')
$$;
grant execute on function next_documentary_no(text) to huabiao_app;

create table documentary_case (
  id uuid primary key,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  no text not null unique,
  class int not null check (class in (7, 8)),
  title text not null,
  partner text not null,
  reason text not null,
  effective_from timestamptz not null,
  state text not null check (state in ('drafted', 'legal_reviewed', 'provider_signed', 'mu_reviewing', 'mu_approved', 'mu_rejected', 'effective', 'evidence_filed', 'closed')),
  -- SM3 over everything that is signed: text, day of effect, obligations and the digests of the documents.
  hash text check (hash ~ '^[0-9a-f]{64}$'),
  author_id uuid not null,
  created_at timestamptz not null,
  reviewed_by uuid,
  reviewed_at timestamptz,
  review_note text,
  signed_by uuid,
  signed_at timestamptz,
  sign_note text,
  decided_by uuid,
  decided_at timestamptz,
  decide_note text,
  effective_at timestamptz,
  check ((state = 'drafted') = (hash is null)),
  check ((hash is null) = (reviewed_by is null)),
  check (author_id is distinct from reviewed_by and author_id is distinct from signed_by and author_id is distinct from decided_by),
  check (signed_by is null or signed_by <> reviewed_by),
  check (decided_by is null or decided_by <> reviewed_by and decided_by <> signed_by),
  check (effective_at is null or decided_at is not null and effective_at >= decided_at)
);
create index documentary_case_page on documentary_case (tenant_id, id desc);
call tenant_table('documentary_case', true);
revoke delete on documentary_case from huabiao_app;

create table documentary_document (
  id uuid primary key,
  case_id uuid not null references documentary_case (id),
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  kind text not null,
  name text not null,
  type text not null,
  bytes bigint not null check (bytes between 1 and 10485760),
  sm3 text not null check (sm3 ~ '^[0-9a-f]{64}$'),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  added_by uuid not null,
  added_at timestamptz not null
);
create index documentary_document_case on documentary_document (case_id);
call tenant_table('documentary_document', true);
call append_only('documentary_document');

create table documentary_obligation (
  id uuid primary key,
  case_id uuid not null references documentary_case (id),
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  kind text not null check (kind in ('obligation', 'mlps', 'crypto', 'cmdb-owner')),
  title text not null,
  due_at timestamptz not null,
  reminded_at timestamptz,
  overdue_at timestamptz,
  done_at timestamptz,
  done_by uuid,
  note text not null default '',
  check ((done_at is null) = (done_by is null))
);
create index documentary_obligation_case on documentary_obligation (case_id);
create index documentary_obligation_due on documentary_obligation (due_at) where done_at is null;
-- One re-assessment of a kind for each approval.
create unique index documentary_reassessment on documentary_obligation (case_id, kind) where kind <> 'obligation';
call tenant_table('documentary_obligation', true);

create table documentary_event (
  case_id uuid not null references documentary_case (id),
  seq int not null,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  at timestamptz not null,
  act text not null,
  actor_name text not null,
  to_state text,
  note text not null default '',
  primary key (case_id, seq)
);
call tenant_table('documentary_event', true);
call append_only('documentary_event');

-- Nobody has a word before it is said; it is said at its own step by whoever acts, and it stays (RL-07, RL-23).
create function documentary_guard() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if tg_op = 'INSERT' then
    if new.state <> 'drafted' or app_person() is distinct from new.author_id
       or num_nonnulls(new.hash, new.reviewed_by, new.reviewed_at, new.review_note, new.signed_by, new.signed_at, new.sign_note, new.decided_by, new.decided_at, new.decide_note, new.effective_at) > 0 then
      raise exception 'documentary.wrong_state: it begins as a draft of its author' using errcode = 'HB040', hint = 'RL-40';
    end if;
    return new;
  end if;
  if (new.id, new.tenant_id, new.party_ids, new.no, new.author_id, new.created_at) is distinct from (old.id, old.tenant_id, old.party_ids, old.no, old.author_id, old.created_at)
     or old.state <> 'drafted' and (new.class, new.title, new.partner, new.reason, new.effective_from, new.hash) is distinct from (old.class, old.title, old.partner, old.reason, old.effective_from, old.hash) then
    raise exception 'documentary.hash_mismatch: what is signed is never edited' using errcode = 'HB007', hint = 'RL-07';
  end if;
  if new.state <> old.state and (old.state, new.state) not in (('drafted', 'legal_reviewed'), ('legal_reviewed', 'provider_signed'), ('provider_signed', 'mu_reviewing'),
      ('mu_reviewing', 'mu_approved'), ('mu_reviewing', 'mu_rejected'), ('mu_approved', 'effective'), ('effective', 'evidence_filed'), ('evidence_filed', 'closed')) then
    raise exception 'documentary.wrong_state: % to %', old.state, new.state using errcode = 'HB040', hint = 'RL-40';
  end if;
  if new.state = 'legal_reviewed' and old.state = 'drafted' and (app_person() is distinct from new.reviewed_by or new.reviewed_at is null)
     or new.state = 'provider_signed' and old.state = 'legal_reviewed' and (app_person() is distinct from new.signed_by or new.signed_at is null) then
    raise exception 'documentary.same_person: the word of another person' using errcode = 'HB040', hint = 'RL-23';
  end if;
  -- The management unit approves before effect: nobody else's word is that.
  if new.state in ('mu_approved', 'mu_rejected') and old.state = 'mu_reviewing' and (app_person() is distinct from new.decided_by or new.decided_at is null or not exists (
       select 1 from pub_role_holder h where h.person_id = new.decided_by and h.role = 'GMU' and h.party = 'management-unit'
         and clock_timestamp() >= h.not_before and clock_timestamp() < h.not_after)) then
    raise exception 'documentary.not_management: the management unit decides' using errcode = 'HB040', hint = 'RL-40';
  end if;
  -- A word is set at its own step and at no other, so that it is also never set again: no step comes twice.
  if (new.reviewed_by, new.reviewed_at, new.review_note) is distinct from (old.reviewed_by, old.reviewed_at, old.review_note) and not (old.state = 'drafted' and new.state = 'legal_reviewed')
     or (new.signed_by, new.signed_at, new.sign_note) is distinct from (old.signed_by, old.signed_at, old.sign_note) and not (old.state = 'legal_reviewed' and new.state = 'provider_signed')
     or (new.decided_by, new.decided_at, new.decide_note) is distinct from (old.decided_by, old.decided_at, old.decide_note) and not (old.state = 'mu_reviewing' and new.state in ('mu_approved', 'mu_rejected'))
     or new.effective_at is distinct from old.effective_at and not (old.state = 'mu_approved' and new.state = 'effective') then
    raise exception 'documentary.hash_mismatch: what was said is never said otherwise' using errcode = 'HB007', hint = 'RL-07';
  end if;
  if new.state = 'effective' and new.effective_at is null then
    raise exception 'documentary.not_yet_effective: without a day of effect' using errcode = 'HB040', hint = 'RL-40';
  end if;
  if new.state = 'closed' and old.state <> 'closed' and exists (select 1 from documentary_obligation o where o.case_id = new.id and o.done_at is null) then
    raise exception 'documentary.obligation_open: an obligation is open' using errcode = 'HB040', hint = 'RL-40';
  end if;
  return new;
end $$;
create trigger guard before insert or update on documentary_case for each row execute function documentary_guard();

-- Duties of the documents come in with the draft, re-assessments with the approval; all of them still to be done.
create function documentary_obligation_guard() returns trigger language plpgsql security definer set search_path = public as $$
declare c documentary_case%rowtype;
begin
  if tg_op = 'DELETE' then
    select * into c from documentary_case where id = old.case_id;
    if c.state <> 'drafted' then raise exception 'documentary.hash_mismatch: what is signed is never edited' using errcode = 'HB007', hint = 'RL-07'; end if;
    return old;
  end if;
  if tg_op = 'INSERT' then
    select * into c from documentary_case where id = new.case_id for update;
    if not found or c.tenant_id <> new.tenant_id or c.party_ids <> new.party_ids then
      raise exception 'documentary.not_found: no case of this unit' using errcode = 'HB040', hint = 'RL-40';
    end if;
    if c.state <> (case new.kind when 'obligation' then 'drafted' else 'mu_approved' end)
       or num_nonnulls(new.reminded_at, new.overdue_at, new.done_at, new.done_by) > 0 then
      raise exception 'documentary.hash_mismatch: what is signed is never edited' using errcode = 'HB007', hint = 'RL-07';
    end if;
    return new;
  end if;
  if (new.id, new.case_id, new.tenant_id, new.party_ids, new.kind, new.title, new.due_at) is distinct from (old.id, old.case_id, old.tenant_id, old.party_ids, old.kind, old.title, old.due_at)
     or new.done_at is null and new.note is distinct from old.note or old.done_at is not null or old.reminded_at is not null and new.reminded_at is distinct from old.reminded_at
     or old.overdue_at is not null and new.overdue_at is distinct from old.overdue_at then
    raise exception 'ledger.append_only: an obligation is only ever done' using errcode = 'HB013', hint = 'RL-13';
  end if;
  if new.done_at is not null then
    select * into c from documentary_case where id = new.case_id;
    if c.state not in ('mu_approved', 'effective', 'evidence_filed') then
      raise exception 'documentary.wrong_state: nothing is to be done yet' using errcode = 'HB040', hint = 'RL-40';
    end if;
    if app_person() is distinct from new.done_by then
      raise exception 'documentary.same_person: done by another person' using errcode = 'HB040', hint = 'RL-23';
    end if;
  end if;
  return new;
end $$;
create trigger guard before update or delete on documentary_obligation for each row execute function documentary_obligation_guard();

-- What the scheduler reminds of, of all tenants.
create function documentary_due(at timestamptz, most int) returns table (tenant_id uuid, case_id uuid, id uuid) language sql stable security definer set search_path = public as $$
  select o.tenant_id, o.case_id, o.id from documentary_obligation o join documentary_case c on c.id = o.case_id
  where o.done_at is null and c.state in ('mu_approved', 'effective', 'evidence_filed')
    and (o.overdue_at is null and o.due_at <= at or o.reminded_at is null and o.due_at <= at + interval '7 days' and o.due_at > at)
  order by o.due_at limit most
$$;
grant execute on function documentary_due(timestamptz, int) to huabiao_app;
