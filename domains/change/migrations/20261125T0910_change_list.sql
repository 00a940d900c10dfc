-- The list of changes at 25,000 of them (docs/bench.md): whose they are, and what they are called.

create index change_request_requester on change_request (requester_id, id desc);
create index change_request_manager on change_request (manager_id, id desc);
create index change_request_executor on change_request (executor_id, id desc);
create index change_request_reviewer on change_request (reviewer_id, id desc);
create index change_request_tester on change_request (tester_id, id desc);

-- Search by pairs of characters: a Chinese word is two of them, too short for trigrams.
create function character_pairs(of_text text) returns text[] language sql immutable strict parallel safe as $$
  select coalesce(array_agg(distinct substr(lower(of_text), i, 2)), '{}') from generate_series(1, length(of_text) - 1) i
$$;
create index change_request_text on change_request using gin (character_pairs(no || ' ' || title));

-- Behind row-level security no index serves an operator that the planner does not trust with others' rows. So the search runs as the
-- owner, and holds the rules of who sees what itself; the list it is for then passes row-level security too.
create function changes_with_text(words text) returns setof uuid language sql stable security definer set search_path = public as $$
  select c.id from change_request c
  where character_pairs(c.no || ' ' || c.title) @> character_pairs(words)
    -- Two characters are one pair, and found is found; of longer text the pairs may stand apart.
    and (length(words) = 2 or position(lower(words) in lower(c.no || ' ' || c.title)) > 0)
    and (c.tenant_id = (select app_tenant()) or (select app_oversight()) or (select app_tenant()) = any (c.party_ids))
$$;
grant execute on function character_pairs(text), changes_with_text(text) to huabiao_app;
