-- A dossier that cannot be sealed waits, longer after each time, and holds up no other: those that never failed come first.
create table dossier_wait (
  change_id uuid primary key references change_request (id),
  tenant_id uuid not null,
  failures int not null check (failures >= 1),
  due_at timestamptz not null
);
call tenant_table('dossier_wait');

drop function dossier_due(int);
create function dossier_due(at timestamptz, most int) returns table (tenant_id uuid, change_id uuid, failures int)
  language sql stable security definer set search_path = public as $$
  select c.tenant_id, c.id, coalesce(w.failures, 0) from change_request c left join dossier_wait w on w.change_id = c.id
  where c.state in ('closed', 'rejected', 'withdrawn', 'expired') and not exists (select 1 from dossier d where d.change_id = c.id)
    and (w.due_at is null or w.due_at <= at)
    and (select max(h.size) from ledger_tree_head h where h.tenant_id = c.tenant_id and h.plane = c.plane)
      >= (select max(r.seq) from ledger_record r where r.tenant_id = c.tenant_id and r.plane = c.plane and r.change_id = c.id)
  order by coalesce(w.failures, 0), c.state_since limit most
$$;
revoke execute on function dossier_due(timestamptz, int) from public;
grant execute on function dossier_due(timestamptz, int) to huabiao_app;
