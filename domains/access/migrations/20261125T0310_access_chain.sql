-- Grants by chain (RL-28), a second time: a role that reaches production is bound only to the person, the role and the term that every
-- stage of a permission request has approved, and nothing binds without an end. While a deployment is founded (the ceremony is open, or
-- the demo city is being filled) there is nobody yet who could approve.
create table role_by_chain (role text primary key);
insert into role_by_chain values ('ENG'), ('CRE'), ('DBA'), ('SYS'), ('NET');
grant select on role_by_chain to huabiao_app;

create function role_binding_chain() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if not isfinite(new.not_after) or not isfinite(new.not_before) then
    raise exception 'access.window_invalid: a grant without an end' using errcode = 'HB028', hint = 'RL-28';
  end if;
  if exists (select 1 from role_by_chain c where c.role = new.role) and exists (select 1 from ceremony_closed)
     and not exists (select 1 from permission_request r
       where r.id = new.request_id and r.state = 'open' and (r.tenant_id, r.person_id, r.role, r.not_after) = (new.tenant_id, new.person_id, new.role, new.not_after)
         and r.duty is not distinct from new.duty and approval_complete('permission-request', r.id, r.subject_hash)) then
    raise exception 'access.chain_required: the stages of the request are not complete' using errcode = 'HB028', hint = 'RL-28';
  end if;
  return new;
end $$;
-- After `guard`: what excludes each other is told first.
create trigger later_chain before insert on role_binding for each row execute function role_binding_chain();
