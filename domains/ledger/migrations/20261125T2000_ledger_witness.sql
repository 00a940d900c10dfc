-- What the witness at the supervision side signed of a chain, beside the head it signed it over, and how the last attempt went.

create table ledger_witnessed_head (
  tenant_id uuid not null,
  plane text not null,
  size bigint not null,
  root text not null check (length(root) = 64),
  at timestamptz not null,
  payload text not null check (length(payload) <= 4000),
  signatures jsonb not null,
  primary key (tenant_id, plane, size)
);
alter table ledger_witnessed_head enable row level security;
create policy reads on ledger_witnessed_head for select using (tenant_id = (select app_tenant()) or (select app_oversight()));
create policy appends on ledger_witnessed_head for insert with check (tenant_id = (select app_tenant()));
grant select, insert on ledger_witnessed_head to huabiao_app;
call append_only('ledger_witnessed_head');

-- One row for each chain whose last head was not witnessed: the outbox needs no more, since a later head vouches for an earlier one.
create table ledger_witness_attempt (
  tenant_id uuid not null,
  plane text not null,
  failures int not null check (failures > 0),
  next_at timestamptz not null,
  -- The witness said no; without it the witness was away.
  refusal text check (length(refusal) <= 80),
  refused_at timestamptz,
  told_at timestamptz,
  primary key (tenant_id, plane),
  check ((refusal is null) = (refused_at is null))
);
call tenant_table('ledger_witness_attempt');

-- Chains whose newest head the witness has not signed: work of the scheduler, which serves all tenants. A head that is shorter than
-- what was witnessed is due too, for the witness to refuse.
create function ledger_chains_to_witness(at timestamptz, most int)
returns table (tenant_id uuid, plane text, failures int, refusal text, refused_at timestamptz, told_at timestamptz)
language sql stable security definer set search_path = public as $$
  select c.tenant_id, c.plane, coalesce(a.failures, 0), a.refusal, a.refused_at, a.told_at
  from ledger_chain c
  cross join lateral (select t.size from ledger_tree_head t where t.tenant_id = c.tenant_id and t.plane = c.plane order by t.size desc limit 1) h
  left join lateral (select w.size from ledger_witnessed_head w where w.tenant_id = c.tenant_id and w.plane = c.plane order by w.size desc limit 1) w on true
  left join ledger_witness_attempt a on a.tenant_id = c.tenant_id and a.plane = c.plane
  where h.size is distinct from w.size and coalesce(a.next_at <= ledger_chains_to_witness.at, true)
  order by a.next_at nulls first, c.tenant_id, c.plane limit most
$$;

-- For health: since when a head waits, whether one was refused, and when the witness last signed anything.
create function ledger_witness_standing(out oldest_unseen_at timestamptz, out refused boolean, out last_at timestamptz)
language sql stable security definer set search_path = public as $$
  select
    (select min((select t.at from ledger_tree_head t where t.tenant_id = c.tenant_id and t.plane = c.plane and t.size > coalesce(
        (select max(w.size) from ledger_witnessed_head w where w.tenant_id = c.tenant_id and w.plane = c.plane), 0) order by t.size limit 1))
      from ledger_chain c),
    exists (select from ledger_witness_attempt where refusal is not null),
    (select max(w.at) from ledger_chain c
      cross join lateral (select at from ledger_witnessed_head w where w.tenant_id = c.tenant_id and w.plane = c.plane order by size desc limit 1) w)
$$;
grant execute on function ledger_chains_to_witness(timestamptz, int), ledger_witness_standing() to huabiao_app;
