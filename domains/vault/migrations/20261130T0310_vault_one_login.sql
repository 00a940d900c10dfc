-- A secret is of a login on a target. Accounts of plans that share a login share it: kept twice, each rotation would undo the other's.
alter table vault_account drop constraint vault_account_target_id_account_key;
alter table vault_account add constraint vault_account_target_login unique (target_id, login);

-- One rotation of a credential at a time: of two that each put a secret in place, one would be known to nobody.
update vault_rotation set state = 'finished', finished_at = clock_timestamp(), outcome = 'failed', detail = 'ended by an upgrade' where state <> 'finished';
create unique index vault_rotation_open on vault_rotation (account_id) where state <> 'finished';
-- The next secret may be in place already: it is written once, and goes only by becoming the present one.
create function vault_account_guard() returns trigger language plpgsql as $$
begin
  if old.pending is not null and new.pending is distinct from old.pending and (new.pending is not null or new.current is distinct from old.pending) then
    raise exception 'vault.rotation_used: the next secret is kept already' using errcode = 'HB018', hint = 'RL-18';
  end if;
  return new;
end $$;
create trigger guard before update on vault_account for each row execute function vault_account_guard();

-- Due now, with no step of theirs still running and no rotation under way, of planes that have a gateway: what waits for a gateway holds up
-- nothing of another plane. A rotation that was lost is ended without one.
drop function vault_due(timestamptz, timestamptz);
create function vault_due(at timestamptz, lost_before timestamptz, of_planes text[]) returns table (account_id uuid, tenant_id uuid) language sql stable security definer set search_path = public as $$
  select v.id, v.tenant_id from vault_account v join cmdb_target t on t.id = v.target_id left join vault_rotation r on r.account_id = v.id and r.state <> 'finished'
  where case when r.id is not null then r.requested_at <= lost_before
    else v.due_at <= at and t.plane = any (of_planes)
      and not exists (select 1 from vault_release l join session_grant g on g.id = l.grant_id where l.account_id = v.id and g.state in ('issued', 'started')) end
  order by v.due_at limit 200
$$;
revoke execute on function vault_due(timestamptz, timestamptz, text[]) from public;
grant execute on function vault_due(timestamptz, timestamptz, text[]) to huabiao_app;
