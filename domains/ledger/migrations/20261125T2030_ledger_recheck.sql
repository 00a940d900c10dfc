-- What the daily re-verification by a separate program found (NT-D05): the newest says how it stands, the rest is the history of it.

create table ledger_recheck (
  id uuid primary key,
  tenant_id uuid not null,
  plane text not null,
  at timestamptz not null,
  records bigint not null,
  recordings int not null,
  segments int not null,
  bytes bigint not null,
  -- How many findings, and the first of them.
  faults int not null check (faults >= 0),
  findings jsonb not null default '[]'
);
create index ledger_recheck_chain on ledger_recheck (tenant_id, plane, at desc);
call tenant_table('ledger_recheck');
call append_only('ledger_recheck');

-- Every chain, for a program that serves all tenants; their content is read as each tenant.
create function ledger_chains_all(most int) returns table (tenant_id uuid, plane text, size bigint)
language sql stable security definer set search_path = public as $$
  select c.tenant_id, c.plane, c.size from ledger_chain c order by c.tenant_id, c.plane limit most
$$;
-- For health: the chain whose last check is the longest ago, and whether any last check failed.
create function ledger_recheck_standing(out oldest_at timestamptz, out unchecked boolean, out failed boolean)
language sql stable security definer set search_path = public as $$
  select min(r.at), coalesce(bool_or(r.at is null and c.last_at < clock_timestamp() - interval '26 hours'), false), coalesce(bool_or(r.faults > 0), false)
  from ledger_chain c
  left join lateral (select at, faults from ledger_recheck k where k.tenant_id = c.tenant_id and k.plane = c.plane order by at desc limit 1) r on true
$$;
grant execute on function ledger_chains_all(int), ledger_recheck_standing() to huabiao_app;
