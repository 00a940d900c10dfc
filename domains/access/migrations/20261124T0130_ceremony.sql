-- The first-run ceremony (首次启用): three seats, taken by three persons, then closed for ever. Seats hold what their people typed,
-- hashed or sealed, only until the ceremony closes.
create table ceremony_seat (
  seat text primary key check (seat in ('PAD', 'SEC', 'AUD')),
  name text not null,
  name_en text not null,
  identity_digest text not null unique,
  login text not null unique,
  password_hash text not null,
  totp_secret bytea not null,
  confirmed_at timestamptz
);
create table ceremony_closed (single boolean primary key default true check (single), at timestamptz not null);
grant select, insert, update, delete on ceremony_seat to huabiao_app;
grant select, insert on ceremony_closed to huabiao_app;
create function ceremony_is_open() returns boolean language sql stable security definer set search_path = public as
  $$ select not exists (select 1 from ceremony_closed) and not exists (select 1 from role_binding) $$;
grant execute on function ceremony_is_open() to huabiao_app;
create function ceremony_guard() returns trigger language plpgsql as $$
begin
  if not ceremony_is_open() then
    raise exception 'access.ceremony_closed: the ceremony is over' using errcode = 'HB010', hint = 'RL-27';
  end if;
  return new;
end $$;
create trigger guard before insert or update on ceremony_seat for each row execute function ceremony_guard();
