-- Which changes a list shows, found as the owner: behind row-level security no index serves an operator that the planner does not trust with
-- others' rows, and none serves "own, or overseen, or affected". The function holds the rules of who sees what itself; the list it is for
-- then passes row-level security too. It is planned for what is asked each time: a word that every title holds is found by going back
-- through the newest, one that few hold by its pairs of characters; compiling such a plan costs more than
-- it ever runs. Without a limit it answers all of them, for filters it does not know.
alter function character_pairs(text) cost 200;
create index change_request_affected on change_request using gin (party_ids);

create function changes_listed(before uuid, wanted text[], words text, up_to int) returns setof uuid
  language plpgsql stable security definer rows 50 set search_path = public set jit = off as $$
declare
  found text := 'select c.id from change_request c where true'
    || case when before is null then '' else ' and c.id < $1' end
    || case when wanted is null then '' else ' and c.state = any ($2)' end
    || case when words is null then '' else
      -- The pairs find by their index; whether they stand together is asked first where rows are looked at one by one, since it costs less.
      ' and character_pairs(c.no || '' '' || c.title) @> character_pairs($3) and position(lower($3) in lower(c.no || '' '' || c.title)) > 0' end;
  newest text := ' order by c.id desc limit $4';
begin
  if app_oversight() then
    return query execute found || newest using before, wanted, words, up_to;
  else
    return query execute '(' || found || ' and c.tenant_id = $5' || newest || ') union (' || found || ' and c.party_ids @> array[$5]' || newest || ')'
      using before, wanted, words, up_to, app_tenant();
  end if;
end $$;
revoke execute on function changes_listed(uuid, text[], text, int) from public;
grant execute on function changes_listed(uuid, text[], text, int) to huabiao_app;
drop function changes_with_text(text);
