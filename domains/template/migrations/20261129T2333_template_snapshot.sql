-- As in template: the platform's own questions before and after (G-CIV) are frozen with every plan and are of no model. What may be signed under
-- their names the signer itself knows (isSnapshotAction).
create or replace function template_frozen_equals(of_change uuid, of_hash text, plan jsonb) returns boolean language sql stable security definer set search_path = public as $$
  with said as (
    select s ->> 'key' as step_key, s ->> 'phase' as phase, s ->> 'account' as account, (s ->> 'danger')::int as danger, s -> 'action' as action from jsonb_array_elements(plan -> 'steps') s
    union all select s ->> 'key', 'rollback', s ->> 'account', (s ->> 'danger')::int, s -> 'rollback' -> 'action' from jsonb_array_elements(plan -> 'steps') s where s -> 'rollback' ->> 'kind' = 'action'
    union all select 'health', 'health', plan -> 'health' ->> 'account', 1, plan -> 'health' -> 'action' where jsonb_typeof(plan -> 'health') = 'object'
  ), kept as (select step_key, phase, account, danger, action from change_step where change_id = of_change and plan_hash = of_hash and phase not in ('before', 'after')),
  places as (select (t #>> '{}')::uuid as target_id, b.n::int as batch from jsonb_array_elements(plan -> 'batches') with ordinality as b (value, n), jsonb_array_elements(b.value -> 'targetIds') t),
  frozen as (select target_id, batch from change_step_target where change_id = of_change and plan_hash = of_hash)
  select not exists (select * from said except select * from kept) and not exists (select * from kept except select * from said)
    and not exists (select * from places except select * from frozen) and not exists (select * from frozen except select * from places)
    and exists (select 1 from kept)
    and not exists (select 1 from change_step q where q.change_id = of_change and q.plan_hash = of_hash and q.phase in ('before', 'after')
      and (q.account is distinct from plan -> 'health' ->> 'account' or q.step_key <> 'snapshot' or q.action ->> 'kind' <> 'script'))
$$;
