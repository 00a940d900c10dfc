-- Approvals bound to the hash of what is approved; decisions are kept for ever, one per natural person (RL-01, RL-23).
create table approval (
  id uuid primary key,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  subject_kind text not null,
  subject_id uuid not null,
  subject_hash text not null check (length(subject_hash) = 64),
  stages jsonb not null,
  excluded_ids uuid[] not null,
  opened_at timestamptz not null,
  due_at timestamptz,
  voided_at timestamptz,
  void_reason text
);
create index approval_subject on approval (subject_kind, subject_id, opened_at);
create unique index approval_one_live on approval (subject_kind, subject_id) where voided_at is null;
call tenant_table('approval', true);
revoke delete on approval from huabiao_app;

create table approval_decision (
  approval_id uuid not null references approval (id),
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  stage text not null,
  person_id uuid not null,
  verdict text not null check (verdict in ('approve', 'reject', 'return')),
  note text not null default '',
  hash text not null check (length(hash) = 64),
  at timestamptz not null,
  primary key (approval_id, person_id)
);
call tenant_table('approval_decision', true);
call append_only('approval_decision');

-- The application's own mistakes and direct SQL meet the same law: a decision must be by a frozen candidate of that stage, not excluded,
-- on the hash that is being approved.
create function approval_decision_guard() returns trigger language plpgsql as $$
declare a approval%rowtype;
begin
  select * into a from approval where id = new.approval_id for share;
  if not found or a.voided_at is not null then raise exception 'approval.voided: the approval is void' using errcode = 'HB001', hint = 'RL-07'; end if;
  if a.subject_hash <> new.hash then raise exception 'approval.hash_mismatch: another plan' using errcode = 'HB001', hint = 'RL-07'; end if;
  if new.person_id = any (a.excluded_ids) then raise exception 'approval.own_item: excluded person' using errcode = 'HB001', hint = 'RL-23'; end if;
  if not exists (select 1 from jsonb_array_elements(a.stages) s where s->>'key' = new.stage and s->'candidateIds' ? new.person_id::text) then
    raise exception 'approval.not_candidate: not a candidate of the stage' using errcode = 'HB001', hint = 'RL-01';
  end if;
  -- Whoever decides is who the transaction acts for: nobody writes another person's decision.
  if app_person() is distinct from new.person_id then raise exception 'approval.not_candidate: not the acting person' using errcode = 'HB001', hint = 'RL-23'; end if;
  return new;
end $$;
create trigger guard before insert on approval_decision for each row execute function approval_decision_guard();

-- What was asked and of whom never changes; an approval can only become void.
create function approval_frozen() returns trigger language plpgsql as $$
begin
  if (old.subject_kind, old.subject_id, old.subject_hash, old.stages, old.excluded_ids) is distinct from (new.subject_kind, new.subject_id, new.subject_hash, new.stages, new.excluded_ids)
     or (old.voided_at is not null and new.voided_at is distinct from old.voided_at) then
    raise exception 'approval.voided: an approval is never rewritten' using errcode = 'HB001', hint = 'RL-07';
  end if;
  return new;
end $$;
create trigger frozen before update on approval for each row execute function approval_frozen();

-- Complete: at least one stage, no contrary decision, and each stage has its quorum of persons who fill no earlier stage (a person decides once).
create function approval_complete(of_kind text, of_subject uuid, of_hash text) returns boolean language sql stable security definer set search_path = public as $$
  select coalesce(bool_and(
    (select count(distinct d.person_id) from approval_decision d where d.approval_id = a.id and d.stage = s->>'key' and d.verdict = 'approve' and d.hash = a.subject_hash
       and s->'candidateIds' ? d.person_id::text and not d.person_id = any (a.excluded_ids)) >= greatest((s->>'quorum')::int, 1)
    and not exists (select 1 from approval_decision d where d.approval_id = a.id and d.verdict <> 'approve')), false)
  from approval a, jsonb_array_elements(a.stages) s
  where a.subject_kind = of_kind and a.subject_id = of_subject and a.subject_hash = of_hash and a.voided_at is null
$$;
grant execute on function approval_complete(text, uuid, text) to huabiao_app, huabiao_signer;
