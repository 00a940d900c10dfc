-- Enrolment of targets (纳管): checks that a target obeys its plane's bastion and nobody else, and changes of a pinned host key by two persons.

create table enrolment_check (
  id uuid primary key,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  target_id uuid not null references cmdb_target (id),
  gateway_id text not null,
  state text not null default 'requested' check (state in ('requested', 'certified', 'finished')),
  asked_by uuid not null,
  asked_by_name text not null,
  requested_at timestamptz not null,
  -- `SHA256:…` of the one key that certificates of this check are for.
  certified_key text check (certified_key ~ '^SHA256:[A-Za-z0-9+/]{43}$'),
  finished_at timestamptz,
  passed boolean,
  verdicts jsonb not null default '[]',
  check ((state = 'finished') = (passed is not null and finished_at is not null))
);
create index enrolment_check_target on enrolment_check (target_id, requested_at desc);
call tenant_table('enrolment_check', true);
revoke delete on enrolment_check from huabiao_app;
create function enrolment_check_guard() returns trigger language plpgsql as $$
begin
  if (new.id, new.tenant_id, new.target_id, new.gateway_id, new.asked_by, new.requested_at) is distinct from (old.id, old.tenant_id, old.target_id, old.gateway_id, old.asked_by, old.requested_at)
     or not ((old.state = 'requested' and new.state in ('certified', 'finished')) or (old.state = 'certified' and new.state = 'finished')) then
    raise exception 'ledger.append_only: a check moves forward only' using errcode = 'HB013', hint = 'RL-13';
  end if;
  return new;
end $$;
create trigger guard before update on enrolment_check for each row execute function enrolment_check_guard();

create table enrolment_key_request (
  id uuid primary key,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  target_id uuid not null references cmdb_target (id),
  old_sha256 text not null,
  new_sha256 text not null check (new_sha256 ~ '^SHA256:[A-Za-z0-9+/]{43}$' and new_sha256 <> old_sha256),
  reason text not null check (length(btrim(reason)) between 1 and 500),
  state text not null default 'asked' check (state in ('asked', 'confirmed', 'refused')),
  asked_by uuid not null,
  asked_by_name text not null,
  asked_at timestamptz not null,
  decided_by uuid,
  decided_by_name text,
  decided_at timestamptz,
  -- Two persons, and a check on null is none: whoever decided is named where it is decided.
  check ((state = 'asked') = (decided_by is null) and (decided_by is null or decided_by <> asked_by))
);
create unique index enrolment_key_request_open on enrolment_key_request (target_id) where state = 'asked';
create index enrolment_key_request_target on enrolment_key_request (target_id, asked_at desc);
call tenant_table('enrolment_key_request', true);
revoke delete on enrolment_key_request from huabiao_app;
-- The application may not change a target's host key (RL-17, RL-18); a request that a second person confirmed does it, once, from the key it names.
create function enrolment_pin_key() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if old.state <> 'asked' or (new.id, new.tenant_id, new.target_id, new.old_sha256, new.new_sha256, new.reason, new.asked_by) is distinct from (old.id, old.tenant_id, old.target_id, old.old_sha256, old.new_sha256, old.reason, old.asked_by) then
    raise exception 'ledger.append_only: a request is decided once' using errcode = 'HB013', hint = 'RL-13';
  end if;
  if app_person() is distinct from new.decided_by then
    raise exception 'enrolment.own_request: somebody else decides' using errcode = 'HB006', hint = 'RL-06';
  end if;
  if new.state = 'confirmed' then
    update cmdb_target set host_key_sha256 = new.new_sha256 where id = new.target_id and host_key_sha256 = new.old_sha256;
    if not found then
      raise exception 'enrolment.request_decided: the pinned key is another by now' using errcode = 'HB007', hint = 'RL-07';
    end if;
  end if;
  return new;
end $$;
create trigger pin before update on enrolment_key_request for each row execute function enrolment_pin_key();

-- A check names no session.
alter table session_work alter column session_id drop not null;
-- A gateway knows ids and no tenants.
create function enrolment_check_place(of_check uuid) returns table (tenant_id uuid, gateway_id text) language sql stable security definer set search_path = public as
  $$ select c.tenant_id, c.gateway_id from enrolment_check c where c.id = of_check $$;
grant execute on function enrolment_check_place(uuid) to huabiao_app;

-- For the signer: which plane a target is of, and what a check is for. Privileged accounts are not tried: a check never becomes root.
create view pub_target_plane as select t.id as target_id, t.plane as target_plane from cmdb_target t;
create view pub_enrolment_check_facts as
select c.id as check_id, c.gateway_id, c.asked_by, c.state, t.plane, t.name as target_name, c.requested_at, clock_timestamp() as clock_now,
  coalesce((select jsonb_agg(jsonb_build_object('name', a ->> 'name', 'login', a ->> 'login') order by a ->> 'name')
    from jsonb_array_elements(t.accounts) a where not (a ->> 'privileged')::boolean), '[]') as accounts
from enrolment_check c join cmdb_target t on t.id = c.target_id;
grant select on pub_target_plane, pub_enrolment_check_facts to huabiao_signer;

-- For the judge of logons (NT-E08): whether a certificate that a target's log names was made for a check of this target, for this very key.
create function enrolment_check_logon(of_check uuid, of_target uuid, of_key text) returns boolean language sql stable security definer set search_path = public as
  $$ select exists (select 1 from enrolment_check c where c.id = of_check and c.target_id = of_target and c.certified_key = of_key) $$;
grant execute on function enrolment_check_logon(uuid, uuid, text) to huabiao_app;

-- Names are unique in the whole deployment, and so must principals be: `a` with account `b-c` and `a-b` with account `c` would open each other.
create function enrolment_taken(of_name text, of_principals text[]) returns text language sql stable security definer set search_path = public as $$
  select case when exists (select 1 from cmdb_target t where t.name = of_name) then 'name'
    when exists (select 1 from cmdb_target t, jsonb_array_elements(t.accounts) a where 'hb-' || t.name || '-' || (a ->> 'name') = any (of_principals)) then 'principal' end
$$;
grant execute on function enrolment_taken(text, text[]) to huabiao_app;
