-- Announcements (变更告知, G-NOTIFY): who is affected by a change is told, and their receipt is a row of its own: a person and a moment. Rows of
-- the provider whose change it is, read by the unit that is told.
create table announcement (
  id uuid primary key,
  tenant_id uuid not null,
  party_ids uuid[] not null,
  unit_id uuid not null,
  change_id uuid not null,
  change_no text not null,
  -- The very plan: another one is announced anew.
  plan_hash text not null check (length(plan_hash) = 64),
  title text not null,
  impact text not null,
  system_ids uuid[] not null,
  window_start timestamptz not null,
  window_end timestamptz not null,
  sent_at timestamptz not null,
  unique (change_id, plan_hash, unit_id),
  check (party_ids = array[unit_id])
);
create index announcement_page on announcement (tenant_id, id desc);
create index announcement_unit on announcement (unit_id, id desc);
call tenant_table('announcement', true);
call append_only('announcement');

create table announcement_receipt (
  announcement_id uuid not null references announcement (id),
  -- In writing, that the time between notice and window need not be kept.
  waives boolean not null,
  tenant_id uuid not null,
  party_ids uuid[] not null,
  person_id uuid not null,
  note text not null,
  at timestamptz not null,
  primary key (announcement_id, waives)
);
call tenant_table('announcement_receipt', true);
call append_only('announcement_receipt');
-- A receipt is the word of a person of the unit that was told.
create function announcement_receipt_own() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if app_person() is distinct from new.person_id or not exists (
       select 1 from announcement a join pub_person_name p on p.tenant_id = a.unit_id
       where a.id = new.announcement_id and a.tenant_id = new.tenant_id and p.id = new.person_id) then
    raise exception 'announcement.not_addressee: not the word of the unit that was told' using errcode = 'HB011', hint = 'RL-11';
  end if;
  return new;
end $$;
create trigger own before insert on announcement_receipt for each row execute function announcement_receipt_own();

-- Published: what was told about this plan to whom, and what came of it.
create function announcements_of(of_change uuid, of_hash text) returns table (unit_id uuid, sent_at timestamptz, received_at timestamptz, received_by uuid, waived boolean)
  language sql stable security definer set search_path = public as $$
  select a.unit_id, a.sent_at, min(r.at), (array_agg(r.person_id order by r.at) filter (where r.at is not null))[1], coalesce(bool_or(r.waives), false)
  from announcement a left join announcement_receipt r on r.announcement_id = a.id
  where a.change_id = of_change and a.plan_hash = of_hash group by a.unit_id, a.sent_at
$$;
grant execute on function announcements_of(uuid, text) to huabiao_app;
-- For a person of the unit: in whose rows their receipt lies.
create function announcement_tenant(of_announcement uuid) returns uuid language sql stable security definer set search_path = public as
  $$ select tenant_id from announcement where id = of_announcement $$;
grant execute on function announcement_tenant(uuid) to huabiao_app;
