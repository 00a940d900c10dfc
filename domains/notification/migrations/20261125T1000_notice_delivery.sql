-- The outbox of notices: one row for each channel that leads out of the product, written in the transaction of the act, so that what
-- was told is never lost and what was undone is never told. It holds all that a channel needs: the notice itself is its reader's alone.
create table notice_delivery (
  id uuid primary key,
  notification_id uuid not null,
  channel text not null check (length(channel) between 1 and 40),
  tenant_id uuid not null,
  person_id uuid not null,
  kind text not null,
  object text not null,
  params jsonb not null,
  state text not null default 'due' check (state in ('due', 'delivered', 'given-up')),
  attempts int not null default 0,
  next_at timestamptz not null,
  last_error text check (length(last_error) <= 300),
  ended_at timestamptz,
  unique (notification_id, channel),
  check ((state = 'due') = (ended_at is null))
);
create index notice_delivery_due on notice_delivery (next_at) where state = 'due';
alter table notice_delivery enable row level security;
-- Anybody's act may notify anybody; what came of it is seen by those of the person's own unit.
create policy own_rows on notice_delivery for all using (tenant_id = (select app_tenant())) with check (true);
create policy oversight_reads on notice_delivery for select using ((select app_oversight()));
grant select, insert, update on notice_delivery to huabiao_app;

-- What the scheduler must look at, of all tenants; each is then handled as its own tenant.
create function notices_due(at timestamptz, most int) returns table (id uuid, tenant_id uuid)
  language sql stable security definer set search_path = public as $$
  select d.id, d.tenant_id from notice_delivery d where d.state = 'due' and d.next_at <= at order by d.next_at limit most
$$;
grant execute on function notices_due(timestamptz, int) to huabiao_app;
