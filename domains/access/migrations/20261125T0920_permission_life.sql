-- The life of a permission after its chain (itsm §2.8): it may be suspended, is announced before it ends, and its end is recorded.
alter table permission_request add column expires_at timestamptz, add column binding_id uuid references role_binding (id);
update permission_request set expires_at = least(not_after, created_at + interval '7 days');
update permission_request r set binding_id = b.id from role_binding b where b.request_id = r.id;
alter table permission_request alter column expires_at set not null;
alter table permission_request drop constraint permission_request_state_check;
alter table permission_request add constraint permission_request_state_check
  check (state in ('open', 'granted', 'rejected', 'withdrawn', 'expired', 'ended'));
create index permission_request_due on permission_request (expires_at) where state = 'open';
create index permission_request_granted on permission_request (binding_id) where state = 'granted';

-- A suspended binding still excludes what it excludes, and counts for nothing else. `noticed_days`: how near its end was when it was last announced.
alter table role_binding add column suspended_at timestamptz, add column suspended_by uuid, add column noticed_days int;
create index role_binding_end on role_binding (not_after) where revoked_at is null;
create or replace view pub_role_holder as
select b.person_id, b.tenant_id, n.party, p.name, b.role, b.duty, b.not_before, b.not_after, p.training_valid_until, p.status
from role_binding b join person p on p.id = b.person_id join pub_tenant_name n on n.tenant_id = b.tenant_id
where b.revoked_at is null and b.suspended_at is null and p.status = 'active';

-- What time itself asks for, over all units: the sweep goes on in the unit of each.
create function access_due(of_at timestamptz, first_days int, last_days int) returns table (what text, tenant_id uuid, id uuid)
  language sql stable security definer set search_path = public as $$
  (select 'expire', r.tenant_id, r.id from permission_request r where r.state = 'open' and r.expires_at <= of_at limit 500)
  union all
  (select 'end', r.tenant_id, r.id from permission_request r join role_binding b on b.id = r.binding_id
    where r.state = 'granted' and (b.not_after <= of_at or b.revoked_at is not null) limit 500)
  union all
  (select 'announce', b.tenant_id, b.id from role_binding b where b.revoked_at is null and b.not_after > of_at
    and b.not_after <= of_at + make_interval(days => case when b.noticed_days is null and b.not_after - b.not_before > make_interval(days => first_days)
      then first_days else last_days end)
    and b.not_after - b.not_before > make_interval(days => last_days)
    and (b.noticed_days is null or b.noticed_days > last_days) limit 500) $$;
revoke execute on function access_due(timestamptz, int, int) from public;
grant execute on function access_due(timestamptz, int, int) to huabiao_app;
