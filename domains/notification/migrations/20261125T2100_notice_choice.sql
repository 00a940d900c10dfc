-- Which channels a person chose, and the address that they proved to be theirs. Nothing leaves the product for somebody who did not choose.
create table notice_choice (
  tenant_id uuid not null,
  person_id uuid not null,
  channel text not null check (length(channel) between 1 and 40),
  chosen boolean not null default false,
  address text check (length(address) <= 254),
  pending_address text check (length(pending_address) <= 254),
  -- A keyed digest: whoever has only the database cannot find the six digits.
  code_mac bytea,
  code_at timestamptz,
  code_failures int not null default 0,
  primary key (person_id, channel),
  check ((pending_address is null) = (code_mac is null))
);
alter table notice_choice enable row level security;
create policy own on notice_choice for all using (person_id = (select app_person())) with check (person_id = (select app_person()) and tenant_id = (select app_tenant()));
-- The outbox works as the person's tenant, with nobody acting.
create policy outbox_reads on notice_choice for select using (tenant_id = (select app_tenant()) and (select app_person()) is null);
grant select, insert, update on notice_choice to huabiao_app;

-- Anybody's act may notify anybody; that somebody wants it on a channel is told, their address is not.
create function notice_chosen(persons uuid[]) returns table (person_id uuid, channel text)
  language sql stable security definer set search_path = public as $$
  select c.person_id, c.channel from notice_choice c where c.person_id = any (persons) and c.chosen
$$;
grant execute on function notice_chosen(uuid[]) to huabiao_app;

-- A person may change their mind while a notice is on its way.
alter table notice_delivery drop constraint notice_delivery_state_check;
alter table notice_delivery add constraint notice_delivery_state_check check (state in ('due', 'delivered', 'given-up', 'withdrawn'));
