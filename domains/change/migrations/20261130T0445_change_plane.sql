-- A change is of the plane of the unit that made it, for ever, and its plan reaches targets that this unit operates in that plane, of systems
-- the change is about: whose consent and notice are asked is known by the systems, and what is reached by which bastion by the plane (S3-A.8-03).
create function change_plane_kept() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if tg_op = 'UPDATE' then
    if new.plane is distinct from old.plane then
      raise exception 'request.stale: the plane of a change' using errcode = 'HB007';
    end if;
  elsif not exists (select 1 from organization o where o.id = new.tenant_id
      and new.plane = case o.party when 'user-unit' then 'tenant' else 'platform' end) then
    raise exception 'change.not_found: no plane of this unit' using errcode = 'HB007';
  end if;
  return new;
end $$;
create trigger a_plane before insert or update of plane on change_request for each row execute function change_plane_kept();

create function change_target_within() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if not exists (select 1 from change_request c join cmdb_target t on t.tenant_id = c.tenant_id and t.plane = c.plane and t.system_id = any (c.system_ids)
      where c.id = new.change_id and t.id = new.target_id
        and (t.name, t.host, t.port, t.host_key_sha256) = (new.name, new.host, new.port, new.host_key_sha256)) then
    raise exception 'change.target_not_found: no target of this unit, plane and systems' using errcode = 'HB007', hint = 'RL-07';
  end if;
  return new;
end $$;
create trigger a_within before insert on change_step_target for each row execute function change_target_within();

revoke execute on function change_plane_kept(), change_target_within() from public;
