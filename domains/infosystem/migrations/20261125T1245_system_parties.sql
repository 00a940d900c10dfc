-- Published: who serves these systems beside their owners, for rows of other domains that their providers read as well.
create function system_parties(of_systems uuid[]) returns uuid[] language sql stable as
  $$ select coalesce(array_agg(distinct party), '{}') from information_system s, unnest(s.party_ids) party where s.id = any (of_systems) $$;
grant execute on function system_parties(uuid[]) to huabiao_app;
