-- Freeze periods (封网期, RL-03, S0-CHG-17): declared by the management unit for everybody, or by a provider's change manager for the changes
-- of its own unit; for the whole deployment, or for user units, systems or targets. A freeze is never edited and never shortened by one
-- person: it is lifted by another than who declared it. Exceptions are for one plan of one change, by two persons who have no part in it.
create table freeze_declaration (
  id uuid primary key,
  -- Null: the management unit's word, which everybody sees and which holds for everybody.
  tenant_id uuid,
  name text not null,
  reason text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  scope text not null check (scope in ('deployment', 'tenants', 'systems', 'targets')),
  scope_ids uuid[] not null,
  declared_by uuid not null,
  declared_at timestamptz not null,
  lifted_by uuid,
  lifted_at timestamptz,
  lift_reason text,
  check ((scope = 'deployment') = (scope_ids = '{}')),
  check ((lifted_at is null) = (lifted_by is null) and (lifted_at is null) = (lift_reason is null))
);
create index freeze_declaration_span on freeze_declaration (ends_at, starts_at);
alter table freeze_declaration enable row level security;
create policy everybody_reads on freeze_declaration for select using (tenant_id is null and (select app_tenant()) is not null or tenant_id = (select app_tenant()) or (select app_oversight()));
create policy declared on freeze_declaration for insert with check (tenant_id = (select app_tenant()) or tenant_id is null and (select app_tenant()) is not null);
-- Whoever sees a freeze may try to lift it; who may is the trigger's word.
create policy lifted on freeze_declaration for update using (tenant_id is null and (select app_tenant()) is not null or tenant_id = (select app_tenant()) or (select app_oversight()));
grant select, insert, update on freeze_declaration to huabiao_app;

-- Who may speak for a freeze: the management unit for one that holds for everybody, the unit's change manager for its own.
create function freeze_speaker(of_tenant uuid, of_person uuid) returns boolean language sql stable security definer set search_path = public as $$
  select exists (select 1 from pub_role_holder h where h.person_id = of_person and clock_timestamp() >= h.not_before and clock_timestamp() < h.not_after
    and case when of_tenant is null then h.role = 'GMU' else h.role = 'CHM' and h.tenant_id = of_tenant end)
$$;
create function freeze_guard() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if tg_op = 'INSERT' then
    if new.lifted_at is not null or app_person() is distinct from new.declared_by or not freeze_speaker(new.tenant_id, new.declared_by) then
      raise exception 'freeze.not_speaker: only the management unit or a change manager declares' using errcode = 'HB003', hint = 'RL-03';
    end if;
    return new;
  end if;
  if (new.id, new.name, new.starts_at, new.ends_at, new.tenant_id, new.reason, new.scope, new.scope_ids, new.declared_by, new.declared_at)
       is distinct from (old.id, old.name, old.starts_at, old.ends_at, old.tenant_id, old.reason, old.scope, old.scope_ids, old.declared_by, old.declared_at)
     or old.lifted_at is not null or new.lifted_at is null then
    raise exception 'freeze.wrong_state: a freeze is not edited' using errcode = 'HB003', hint = 'RL-03';
  end if;
  if app_person() is distinct from new.lifted_by or not freeze_speaker(new.tenant_id, new.lifted_by) then
    raise exception 'freeze.not_speaker: only who may declare lifts' using errcode = 'HB003', hint = 'RL-03';
  end if;
  if new.lifted_by = new.declared_by then
    raise exception 'freeze.own_freeze: nobody lifts what they declared' using errcode = 'HB003', hint = 'RL-03';
  end if;
  return new;
end $$;
create trigger guard before insert or update on freeze_declaration for each row execute function freeze_guard();

create table freeze_exception (
  id uuid primary key,
  freeze_id uuid not null references freeze_declaration (id),
  -- The change, and the very plan: another plan needs another exception.
  change_id uuid not null,
  change_no text not null,
  plan_hash text not null check (length(plan_hash) = 64),
  tenant_id uuid not null,
  -- Who takes part in the change, as it stood: none of them decides.
  party_person_ids uuid[] not null,
  reason text not null,
  requested_by uuid not null,
  requested_at timestamptz not null,
  first_by uuid,
  first_at timestamptz,
  second_by uuid,
  second_at timestamptz,
  refused_by uuid,
  refused_at timestamptz,
  refusal_note text,
  unique (freeze_id, change_id, plan_hash),
  check ((first_by is null) = (first_at is null) and (second_by is null) = (second_at is null) and (refused_by is null) = (refused_at is null)),
  check (second_by is null or first_by is not null and first_by <> second_by),
  check (refused_by is null or second_by is null)
);
create index freeze_exception_change on freeze_exception (change_id);
create index freeze_exception_page on freeze_exception (freeze_id, id);
call tenant_table('freeze_exception');
revoke delete on freeze_exception from huabiao_app;

create function freeze_exception_guard() returns trigger language plpgsql security definer set search_path = public as $$
declare f freeze_declaration%rowtype; decider uuid := app_person();
begin
  if tg_op = 'INSERT' then
    if new.first_by is not null or new.second_by is not null or new.refused_by is not null or decider is distinct from new.requested_by then
      raise exception 'freeze.not_excepted: an exception begins as a request' using errcode = 'HB003', hint = 'RL-03';
    end if;
    return new;
  end if;
  if (new.id, new.freeze_id, new.change_id, new.change_no, new.plan_hash, new.tenant_id, new.party_person_ids, new.reason, new.requested_by, new.requested_at)
       is distinct from (old.id, old.freeze_id, old.change_id, old.change_no, old.plan_hash, old.tenant_id, old.party_person_ids, old.reason, old.requested_by, old.requested_at)
     or old.second_by is not null or old.refused_by is not null
     or (old.first_by is not null and (new.first_by, new.first_at) is distinct from (old.first_by, old.first_at))
     or (old.first_by is null and new.second_by is not null) then
    raise exception 'freeze.wrong_state: a decision is not rewritten' using errcode = 'HB003', hint = 'RL-03';
  end if;
  select * into f from freeze_declaration where id = new.freeze_id;
  if decider is null or decider = new.requested_by or decider = any (new.party_person_ids)
     or not (freeze_speaker(null, decider) or freeze_speaker(new.tenant_id, decider))
     or decider is distinct from coalesce(new.refused_by, new.second_by, new.first_by) then
    raise exception 'freeze.own_exception: two persons without a part in the change decide' using errcode = 'HB003', hint = 'RL-03';
  end if;
  -- One of the two is of whoever declared it.
  if new.second_by is not null and not freeze_speaker(f.tenant_id, new.first_by) and not freeze_speaker(f.tenant_id, new.second_by) then
    raise exception 'freeze.declarer_missing: one of the two is of the unit that declared it' using errcode = 'HB003', hint = 'RL-03';
  end if;
  return new;
end $$;
create trigger guard before insert or update on freeze_exception for each row execute function freeze_exception_guard();

-- For whoever decides and is of another unit: in whose rows the exception lies.
create function freeze_exception_tenant(of_exception uuid) returns uuid language sql stable security definer set search_path = public as
  $$ select tenant_id from freeze_exception where id = of_exception $$;
grant execute on function freeze_exception_tenant(uuid) to huabiao_app;
-- Published for calendars: what was declared and not lifted. Row security of the table holds through it.
create view pub_freeze with (security_invoker = true) as select id, name, starts_at, ends_at from freeze_declaration where lifted_at is null;
grant select on pub_freeze to huabiao_app;
