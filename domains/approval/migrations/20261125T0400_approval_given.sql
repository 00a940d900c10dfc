-- Whether somebody approved this very hash, void or not: an approver reads the differences since then.
create function approval_given(of_kind text, of_subject uuid, of_hash text) returns boolean language sql stable security definer set search_path = public as $$
  select exists (select 1 from approval a join approval_decision d on d.approval_id = a.id
    where a.subject_kind = of_kind and a.subject_id = of_subject and a.subject_hash = of_hash and d.hash = of_hash and d.verdict = 'approve')
$$;
grant execute on function approval_given(text, uuid, text) to huabiao_app;
