-- The audit ledger: one hash chain per tenant and plane (S3-7.1.6.5-03). The database itself refuses to fork, rewrite or shorten a chain.

create table ledger_chain (
  tenant_id uuid not null,
  plane text not null check (plane in ('platform', 'tenant')),
  size bigint not null default 0,
  last text not null default repeat('0', 64) check (length(last) = 64),
  last_at timestamptz,
  primary key (tenant_id, plane)
);
alter table ledger_chain enable row level security;
create policy reads on ledger_chain for select using (tenant_id = app_tenant() or app_oversight());
grant select on ledger_chain to huabiao_app;

create table ledger_record (
  tenant_id uuid not null,
  plane text not null,
  seq bigint not null,
  at timestamptz not null,
  act text not null,
  object text not null,
  change_id uuid,
  person_id uuid,
  actor_name text not null default '',
  decision text not null check (decision in ('done', 'refused')),
  code text,
  rule text,
  -- Canonical JSON, exactly as hashed.
  body text not null,
  prev text not null check (length(prev) = 64),
  hash text not null check (length(hash) = 64),
  primary key (tenant_id, plane, seq)
);
create index ledger_record_change on ledger_record (change_id, seq) where change_id is not null;
create index ledger_record_refused on ledger_record (tenant_id, plane, seq) where decision = 'refused';
alter table ledger_record enable row level security;
create policy reads on ledger_record for select using (tenant_id = app_tenant() or app_oversight());
-- Whoever acts may be recorded in the chain of whom it concerns; what keeps the chain whole is the trigger below.
create policy appends on ledger_record for insert with check (true);
grant select, insert on ledger_record to huabiao_app;
call append_only('ledger_record');

-- Makes the chain if it is new and holds its head until the transaction ends, so that two writers cannot continue the same record.
create function ledger_lock_head(of_tenant uuid, of_plane text, out size bigint, out last text)
language plpgsql security definer set search_path = public as $$
begin
  insert into ledger_chain (tenant_id, plane) values (of_tenant, of_plane) on conflict do nothing;
  select c.size, c.last into size, last from ledger_chain c where c.tenant_id = of_tenant and c.plane = of_plane for update;
end $$;

-- Each insert must go on exactly where the chain ends. Checked per statement, so that a group of a thousand costs one check.
create function ledger_continue() returns trigger language plpgsql security definer set search_path = public as $$
declare
  broken int;
begin
  select count(*) into broken from (
    select n.seq, n.prev,
           lag(n.hash, 1, c.last) over w as due_prev,
           c.size + row_number() over w as due_seq
    from added n join ledger_chain c using (tenant_id, plane)
    window w as (partition by n.tenant_id, n.plane order by n.seq)
  ) x where x.prev is distinct from x.due_prev or x.seq is distinct from x.due_seq;
  if broken > 0 or exists (select 1 from added n left join ledger_chain c using (tenant_id, plane) where c.tenant_id is null) then
    raise exception 'ledger.chain_broken: a record must continue its chain' using errcode = 'HB013', hint = 'RL-13';
  end if;
  update ledger_chain c set size = l.seq, last = l.hash, last_at = l.at
  from (select distinct on (tenant_id, plane) tenant_id, plane, seq, hash, at from added order by tenant_id, plane, seq desc) l
  where c.tenant_id = l.tenant_id and c.plane = l.plane;
  return null;
end $$;
create trigger continue_chain after insert on ledger_record referencing new table as added for each statement execute function ledger_continue();

create table ledger_tree_head (
  tenant_id uuid not null,
  plane text not null,
  size bigint not null,
  root text not null,
  last text not null,
  at timestamptz not null,
  payload text not null,
  signatures jsonb not null,
  -- The compact range at this size, so that the next head costs only the new records.
  peaks text[] not null,
  primary key (tenant_id, plane, size)
);
alter table ledger_tree_head enable row level security;
create policy reads on ledger_tree_head for select using (tenant_id = app_tenant() or app_oversight());
create policy appends on ledger_tree_head for insert with check (tenant_id = app_tenant());
grant select, insert on ledger_tree_head to huabiao_app;
call append_only('ledger_tree_head');

-- Chains that grew since their last head: work of the scheduler, which serves all tenants.
create function ledger_chains_due() returns table (tenant_id uuid, plane text, size bigint, head_size bigint, head_at timestamptz)
language sql stable security definer set search_path = public as $$
  select c.tenant_id, c.plane, c.size, coalesce(h.size, 0), h.at
  from ledger_chain c
  left join lateral (select t.size, t.at from ledger_tree_head t where t.tenant_id = c.tenant_id and t.plane = c.plane order by t.size desc limit 1) h on true
  where c.size > coalesce(h.size, 0)
$$;
grant execute on function ledger_chains_due(), ledger_lock_head(uuid, text) to huabiao_app;

-- What the signer may see: enough to refuse a rewritten history, and nothing else.
create view pub_ledger_record as select tenant_id, plane, seq, hash from ledger_record;
grant select on pub_ledger_record to huabiao_signer;
