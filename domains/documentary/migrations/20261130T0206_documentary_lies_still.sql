-- What is signed lies still in the database too (RL-07): documents and duties come in at their stage only, each word is its person's, set once
-- and where it is said (RL-23, RL-40).

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

drop trigger guard on documentary_obligation;
create trigger guard before insert or update or delete on documentary_obligation for each row execute function documentary_obligation_guard();
