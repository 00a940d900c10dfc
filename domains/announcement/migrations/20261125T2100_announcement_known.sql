-- A unit whose person consented to the very plan, or said in advance that being told is enough, knows already: it is told, and not asked again.
alter table announcement
  add column known_by uuid,
  add column known_at timestamptz,
  add column known_waives boolean not null default false,
  add constraint announcement_known check (known_at is not null or known_by is null and not known_waives);
