-- Whoever comes with a session is asked for in one statement: the session and the roles in force, before any unit's scope is entered.
create function access_roles_at(of_person uuid, of_at timestamptz) returns text[]
  language plpgsql stable security definer set search_path = public as $$
begin
  return array(select distinct h.role from pub_role_holder h where h.person_id = of_person and h.not_before <= of_at and h.not_after > of_at order by h.role);
end $$;
revoke execute on function access_roles_at(uuid, timestamptz) from public;
grant execute on function access_roles_at(uuid, timestamptz) to huabiao_app;
