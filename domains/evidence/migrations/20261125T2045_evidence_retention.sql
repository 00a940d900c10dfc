-- Retention (RL-36): classes with floors as data; evidence goes only after its term, and what went is marked before it goes.

create table evidence_class (
  class text primary key,
  -- Days that nothing may shorten: six months of records of remote access (A.8), a year of other evidence, ten of dossiers.
  floor_days int not null check (floor_days >= 180)
);
insert into evidence_class values ('recording', 180), ('document', 365), ('test', 365), ('dossier', 3650);
grant select on evidence_class to huabiao_app;

alter table evidence_object add constraint evidence_object_class foreign key (class) references evidence_class (class);
alter table evidence_object add column expired_at timestamptz;
alter table evidence_object add column removed_at timestamptz;
alter table evidence_object add constraint evidence_object_order check (removed_at is null or expired_at is not null);
create index evidence_object_class_of on evidence_object (class);
create index evidence_object_due on evidence_object (keep_until) where expired_at is null;
create index evidence_object_going on evidence_object (expired_at) where removed_at is null and expired_at is not null;

-- A term only grows, and nothing expires before it is over, whoever asks.
create function evidence_guard() returns trigger language plpgsql as $$
begin
  if (new.tenant_id, new.sha256, new.sm3, new.class, new.bytes, new.created_at) is distinct from
     (old.tenant_id, old.sha256, old.sm3, old.class, old.bytes, old.created_at)
     or new.keep_until < old.keep_until
     or (new.expired_at is not null and old.expired_at is null and (new.keep_until > clock_timestamp()
       or new.created_at + make_interval(days => (select floor_days from evidence_class k where k.class = new.class)) > clock_timestamp())) then
    raise exception 'ledger.retention_below_floor: evidence is kept until its term is over' using errcode = 'HB036', hint = 'RL-36';
  end if;
  return new;
end $$;
create trigger guard before update on evidence_object for each row execute function evidence_guard();

-- The same bytes again are the same object: its term is the later one, and what had expired is kept anew.
create function evidence_keep(of_tenant uuid, of_sha256 text, of_sm3 text, of_class text, of_bytes bigint, of_at timestamptz, until timestamptz)
returns void language sql security definer set search_path = public as $$
  insert into evidence_object (tenant_id, sha256, sm3, class, bytes, created_at, keep_until)
  select of_tenant, of_sha256, of_sm3, of_class, of_bytes, of_at, until where of_tenant = app_tenant()
  on conflict (tenant_id, sha256) do update set keep_until = greatest(evidence_object.keep_until, excluded.keep_until), expired_at = null, removed_at = null
$$;

-- Whose evidence is over its term: work of the scheduler, which serves all tenants.
create function evidence_due(most int) returns table (tenant_id uuid, class text)
language sql stable security definer set search_path = public as $$
  select distinct o.tenant_id, o.class from evidence_object o join evidence_class k on k.class = o.class
  where o.expired_at is null and o.keep_until <= clock_timestamp() and o.created_at + make_interval(days => k.floor_days) <= clock_timestamp()
  order by 1, 2 limit most
$$;
-- Marks what is over, oldest first, and answers it for the tombstone that joins the same transaction.
create function evidence_expire(of_class text, most int) returns table (sha256 text, bytes bigint, created_at timestamptz)
language sql security definer set search_path = public as $$
  with due as (
    select o.tenant_id, o.sha256 from evidence_object o join evidence_class k on k.class = o.class
    where o.tenant_id = app_tenant() and o.class = of_class and o.expired_at is null and o.keep_until <= clock_timestamp()
      and o.created_at + make_interval(days => k.floor_days) <= clock_timestamp()
    order by o.created_at, o.sha256 limit most for update of o skip locked
  ), gone as (
    update evidence_object o set expired_at = clock_timestamp() from due
    where o.tenant_id = due.tenant_id and o.sha256 = due.sha256 returning o.sha256, o.bytes, o.created_at
  )
  select gone.sha256, gone.bytes, gone.created_at from gone order by gone.created_at, gone.sha256
$$;
-- What is marked and still lies in the store; a crash between the two leaves it here.
create function evidence_going(most int) returns table (tenant_id uuid, sha256 text)
language sql stable security definer set search_path = public as $$
  select o.tenant_id, o.sha256 from evidence_object o where o.expired_at is not null and o.removed_at is null order by o.expired_at limit most
$$;
create function evidence_removed(of_sha256 text) returns void language sql security definer set search_path = public as $$
  update evidence_object set removed_at = clock_timestamp()
  where tenant_id = app_tenant() and sha256 = of_sha256 and expired_at is not null and removed_at is null
$$;
revoke insert on evidence_object from huabiao_app;
grant execute on function evidence_keep(uuid, text, text, text, bigint, timestamptz, timestamptz), evidence_due(int), evidence_expire(text, int),
  evidence_going(int), evidence_removed(text) to huabiao_app;
