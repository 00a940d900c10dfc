-- What is signed lies still in the database too (RL-07): documents and duties come in at their stage only, each word is its person's, set once
-- and where it is said (RL-23, RL-40).

-- As in documentary, and of every word: nobody has one before it is said, it is said at its own step by whoever acts, and it stays.
create or replace function documentary_guard() returns trigger language plpgsql security definer set search_path = public as $$
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

-- Documents that are signed come in while it is a draft; the proof of effect once it has taken effect; each by whoever acts, and so many at most
-- of either, that every one of them is shown and signed. The case is held, so that none slips in beside the review.
create function documentary_document_guard() returns trigger language plpgsql security definer set search_path = public as $$
declare c documentary_case%rowtype;
begin
  select * into c from documentary_case where id = new.case_id for update;
  if not found or c.tenant_id <> new.tenant_id or c.party_ids <> new.party_ids then
    raise exception 'documentary.not_found: no case of this unit' using errcode = 'HB040', hint = 'RL-40';
  end if;
  if c.state <> (case new.kind when 'effect-proof' then 'effective' else 'drafted' end) then
    raise exception 'documentary.wrong_state: what is signed lies still' using errcode = 'HB007', hint = 'RL-07';
  end if;
  if app_person() is distinct from new.added_by then
    raise exception 'documentary.same_person: added by another person' using errcode = 'HB040', hint = 'RL-23';
  end if;
  if (select count(*) from documentary_document d where d.case_id = c.id and (d.kind = 'effect-proof') = (new.kind = 'effect-proof'))
      >= (case new.kind when 'effect-proof' then 20 else 80 end) then
    raise exception 'documentary.documents_too_many: no more documents' using errcode = 'HB040', hint = 'RL-40';
  end if;
  return new;
end $$;
create trigger guard before insert on documentary_document for each row execute function documentary_document_guard();

-- As in documentary, and of what comes in: duties of the documents with the draft, re-assessments with the approval; all of them still to be done.
create or replace function documentary_obligation_guard() returns trigger language plpgsql security definer set search_path = public as $$
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
drop trigger guard on documentary_obligation;
create trigger guard before insert or update or delete on documentary_obligation for each row execute function documentary_obligation_guard();
