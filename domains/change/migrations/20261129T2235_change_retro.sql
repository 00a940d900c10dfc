-- G-RETRO has its source (RL-10, NT-F03): who owes a filing of an emergency, and what they broke the glass of, gets no ordinary window. As for
-- freezes, the trigger asks the one place that knows; only an approved filing ends it.
create function change_not_held_back() returns trigger language plpgsql security definer set search_path = public as $$
declare held text;
begin
  if new.state = 'ready' and old.state = 'scheduled' or new.state = 'prechecking' and old.state = 'ready' then
    select b.no into held from emergency_blocks(array_remove(array[new.executor_id, new.reviewer_id], null),
      array(select (t #>> '{}')::uuid from jsonb_path_query(new.plan, '$.batches[*].targetIds[*]') t)) b limit 1;
    if held is not null then
      raise exception 'change.filing_overdue: the filing of % is owed', held using errcode = 'HB010', hint = 'G-RETRO';
    end if;
  end if;
  return new;
end $$;
create trigger not_held_back before update on change_request for each row execute function change_not_held_back();
