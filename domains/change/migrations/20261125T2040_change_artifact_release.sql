-- What comes in by upload is placed like any file: from an issued release, or not at all (RL-12).
create or replace function change_places_released(of_tenant uuid, action jsonb) returns boolean language sql stable security definer set search_path = public as $$
  select coalesce(action ->> 'kind', '') not in ('file', 'artifact')
    or exists (select 1 from release_standing(of_tenant, array[action ->> 'sha256']) s where s.standing = 'issued')
$$;
