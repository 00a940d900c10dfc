-- Notices inside the product. Mail and webhook channels take their work from the same rows (delivery), so nothing is sent that is not written.
create table notification (
  id uuid primary key,
  tenant_id uuid not null,
  person_id uuid not null,
  kind text not null,
  object text not null,
  params jsonb not null default '{}',
  at timestamptz not null,
  read_at timestamptz
);
create index notification_person on notification (person_id, id desc);
create index notification_unread on notification (person_id) where read_at is null;
alter table notification enable row level security;
-- One's own only; anybody's act may notify anybody.
create policy own on notification using (person_id = app_person()) with check (true);
grant select, insert, update on notification to huabiao_app;
