-- Who tested, reviewed, published and ended a version is said at that step by whoever acts, and stays (RL-05, RL-07, RL-23): good standing and the
-- signer live by these columns.

-- As in template. A review is the decision of that person on this very text; the approval of the stage is asked for where it is published.
create or replace function template_version_guard() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if tg_op = 'INSERT' then
    if new.state <> 'draft' or app_person() is distinct from new.author_id
       or num_nonnulls(new.hash, new.tester_id, new.test_environment, new.test_note, new.tested_at, new.reviewed_by, new.reviewed_at, new.published_by, new.published_at, new.ended_by, new.ended_at, new.end_reason) > 0 then
      raise exception 'template.wrong_state: a model begins as a draft of its author' using errcode = 'HB001', hint = 'RL-01';
    end if;
    return new;
  end if;
  if (new.id, new.model_id, new.version, new.tenant_id, new.author_id, new.created_at) is distinct from (old.id, old.model_id, old.version, old.tenant_id, old.author_id, old.created_at)
     or (old.state <> 'draft' and (new.body, new.hash) is distinct from (old.body, old.hash)) then
    raise exception 'template.wrong_state: what is tested is never edited' using errcode = 'HB007', hint = 'RL-07';
  end if;
  if new.state = old.state and old.state <> 'draft'
     or new.state <> old.state and (old.state, new.state) not in (('draft', 'testing'), ('draft', 'rejected'), ('testing', 'reviewing'), ('testing', 'rejected'),
       ('reviewing', 'published'), ('reviewing', 'rejected'), ('published', 'superseded'), ('published', 'retired')) then
    -- The review is noted while its approval goes on.
    if not (old.state = 'reviewing' and new.state = 'reviewing' and old.reviewed_at is null) then
      raise exception 'template.wrong_state: % to %', old.state, new.state using errcode = 'HB001', hint = 'RL-01';
    end if;
  end if;
  if new.state = 'reviewing' and old.state = 'testing' and app_person() is distinct from new.tester_id then
    raise exception 'change.not_tested: the test of another person' using errcode = 'HB005', hint = 'RL-05';
  end if;
  if (new.tester_id, new.test_environment, new.test_note, new.tested_at) is distinct from (old.tester_id, old.test_environment, old.test_note, old.tested_at)
     and not (old.state = 'testing' and new.state in ('reviewing', 'rejected') and app_person() is not distinct from new.tester_id) then
    raise exception 'change.not_tested: a test is noted once, by whoever made it' using errcode = 'HB005', hint = 'RL-05';
  end if;
  if new.state = 'published' and (app_person() is distinct from new.published_by or not approval_complete('template', new.id, new.hash)
      or not exists (select 1 from pub_role_holder h where h.person_id = new.published_by and h.tenant_id = new.tenant_id and h.role = 'CHM'
        and clock_timestamp() >= h.not_before and clock_timestamp() < h.not_after)) then
    raise exception 'template.not_published: published by a change manager after the review' using errcode = 'HB001', hint = 'RL-01';
  end if;
  if (new.reviewed_by, new.reviewed_at) is distinct from (old.reviewed_by, old.reviewed_at)
     and not (old.state = 'reviewing' and new.state = 'reviewing' and app_person() is not distinct from new.reviewed_by and new.reviewed_at is not null
       and exists (select 1 from approval a join approval_decision d on d.approval_id = a.id
         where a.subject_kind = 'template' and a.subject_id = new.id and a.subject_hash = new.hash and a.voided_at is null
           and d.stage = 'review' and d.person_id = new.reviewed_by and d.verdict = 'approve' and d.hash = new.hash)) then
    raise exception 'template.not_published: a review is noted once, by whoever made it' using errcode = 'HB001', hint = 'RL-23';
  end if;
  if (new.published_by, new.published_at) is distinct from (old.published_by, old.published_at) and not (old.state = 'reviewing' and new.state = 'published') then
    raise exception 'template.not_published: it is published once' using errcode = 'HB001', hint = 'RL-07';
  end if;
  if (new.ended_by, new.ended_at, new.end_reason) is distinct from (old.ended_by, old.ended_at, old.end_reason)
     and not (new.state <> old.state and new.state in ('rejected', 'superseded', 'retired') and app_person() is not distinct from new.ended_by) then
    raise exception 'template.wrong_state: an end is noted once, by whoever made it' using errcode = 'HB001', hint = 'RL-07';
  end if;
  return new;
end $$;
