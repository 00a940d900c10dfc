-- Deadlines of changes (itsm §2.0.4): rows, swept; what has fired stays fired, and fires once per change, name and due time.
create table change_deadline (
  change_id uuid not null references change_request (id),
  name text not null,
  due_at timestamptz not null,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  calendar text not null check (calendar in ('7x24', 'working-days')),
  started_at timestamptz not null,
  -- The state it belonged to ended before it was due.
  cancelled_at timestamptz,
  fired_at timestamptz,
  outcome text,
  primary key (change_id, name, due_at),
  check ((fired_at is null) = (outcome is null)),
  check (fired_at is null or cancelled_at is null),
  check (fired_at >= due_at)
);
create index change_deadline_due on change_deadline (due_at) where fired_at is null and cancelled_at is null;
call tenant_table('change_deadline', true);
revoke delete on change_deadline from huabiao_app;
create function change_deadline_guard() returns trigger language plpgsql as $$
begin
  if (new.change_id, new.name, new.due_at, new.tenant_id, new.calendar) is distinct from (old.change_id, old.name, old.due_at, old.tenant_id, old.calendar)
     or old.fired_at is not null then
    raise exception 'ledger.append_only: a deadline that passed is never rewritten' using errcode = 'HB013', hint = 'RL-13';
  end if;
  return new;
end $$;
create trigger guard before update on change_deadline for each row execute function change_deadline_guard();

create function change_deadlines_due(at timestamptz, most int) returns table (tenant_id uuid, change_id uuid, name text, due_at timestamptz)
  language sql stable security definer set search_path = public as $$
  select d.tenant_id, d.change_id, d.name, d.due_at from change_deadline d
  where d.fired_at is null and d.cancelled_at is null and d.due_at <= at order by d.due_at limit most
$$;
-- Rolled back by the platform itself: the plan asked for it, and the state began in the moment in which the deadline passed.
create function change_own_rollbacks() returns table (tenant_id uuid, change_id uuid) language sql stable security definer set search_path = public as $$
  select c.tenant_id, c.id from change_request c
  where c.state = 'rolling_back' and exists (
    select 1 from change_deadline d where d.change_id = c.id and d.name = 'decide' and d.outcome = 'rollBack' and d.fired_at = c.state_since)
$$;
grant execute on function change_deadlines_due(timestamptz, int), change_own_rollbacks() to huabiao_app;
