-- As in violation, and an emergency is a place too: whose systems were on its targets reads the case.
create or replace function violation_place(kind text, of_id uuid)
  returns table (tenant_id uuid, party_ids uuid[], plane text, change_id uuid, change_no text, session_id uuid, executor_id uuid)
  language sql stable security definer set search_path = public as $$
  select c.tenant_id, c.party_ids, c.plane, c.id, c.no, c.session_id, c.executor_id from change_request c where kind = 'change' and c.id = of_id
  union all
  select s.tenant_id, s.party_ids, s.plane, s.change_id, s.change_no, s.id, s.executor_id from session_record s where kind = 'session' and s.id = of_id
  union all
  select s.tenant_id, s.party_ids, s.plane, s.change_id, s.change_no, s.id, s.executor_id
  from session_grant g join session_record s on s.id = g.session_id where kind = 'grant' and g.id = of_id
  union all
  select t.tenant_id, t.party_ids, t.plane, null, null, null, null from cmdb_target t where kind = 'target' and t.id = of_id
  union all
  select e.tenant_id, e.party_ids, e.plane, null, null, null, e.executor_id from emergency_case e where kind = 'emergency' and e.id = of_id
$$;
