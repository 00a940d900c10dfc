-- Information systems as filed (domain.md §4): whose they are and who speaks for them. Providers read the systems they serve.
create table information_system (
  id uuid primary key,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  code text not null,
  name text not null,
  mlps_level int not null check (mlps_level between 1 and 5),
  zone text not null check (zone in ('government-extranet', 'internet')),
  contact_person_id uuid,
  created_at timestamptz not null default now(),
  unique (tenant_id, code)
);
call tenant_table('information_system', true);
