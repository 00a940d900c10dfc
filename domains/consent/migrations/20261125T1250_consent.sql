-- Pre-authorisations (预授权, RL-11, S0-CHG-03): a customer's word in advance, for systems of its own, kinds of change, a risk at most, hours
-- and a time. Given by an approver of the customer, never edited, revoked at once by any of them.
create table consent_preauthorisation (
  id uuid primary key,
  tenant_id uuid not null,
  -- The providers of the systems: they see what they may rely on.
  party_ids uuid[] not null default '{}',
  name text not null,
  reason text not null,
  system_ids uuid[] not null check (cardinality(system_ids) between 1 and 100),
  -- Reportable classes it covers (itsm §2.2.3); a change of no class needs none.
  categories int[] not null,
  max_risk text not null check (max_risk in ('R2', 'R3', 'R4')),
  -- Minutes of the day in Beijing between which a window must lie whole; null is any hour. May pass midnight.
  from_minute int check (from_minute between 0 and 1439),
  to_minute int check (to_minute between 0 and 1439),
  -- Being told of a change is enough: no time is kept between notice and window (G-NOTIFY).
  waives_notice boolean not null,
  not_before timestamptz not null,
  not_after timestamptz not null check (not_after > not_before and not_after <= not_before + interval '366 days'),
  given_by uuid not null,
  given_at timestamptz not null,
  revoked_by uuid,
  revoked_at timestamptz,
  revoke_reason text,
  check ((from_minute is null) = (to_minute is null)),
  check ((revoked_at is null) = (revoked_by is null) and (revoked_at is null) = (revoke_reason is null))
);
create index consent_preauthorisation_page on consent_preauthorisation (tenant_id, id desc);
create index consent_preauthorisation_systems on consent_preauthorisation using gin (system_ids) where revoked_at is null;
call tenant_table('consent_preauthorisation', true);
revoke delete on consent_preauthorisation from huabiao_app;

create function consent_speaker(of_tenant uuid, of_person uuid) returns boolean language sql stable security definer set search_path = public as $$
  select exists (select 1 from pub_role_holder h where h.person_id = of_person and h.tenant_id = of_tenant and h.role = 'APV' and h.party = 'user-unit'
    and clock_timestamp() >= h.not_before and clock_timestamp() < h.not_after)
$$;
create function consent_guard() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if tg_op = 'INSERT' then
    if new.revoked_at is not null or app_person() is distinct from new.given_by or not consent_speaker(new.tenant_id, new.given_by)
       or exists (select 1 from unnest(new.system_ids) i where not exists (select 1 from information_system s where s.id = i and s.tenant_id = new.tenant_id)) then
      raise exception 'consent.not_customer: not the word of the unit that owns the systems' using errcode = 'HB011', hint = 'RL-11';
    end if;
    return new;
  end if;
  if (new.id, new.tenant_id, new.party_ids, new.name, new.reason, new.system_ids, new.categories, new.max_risk, new.from_minute, new.to_minute, new.waives_notice, new.not_before, new.not_after, new.given_by, new.given_at)
       is distinct from (old.id, old.tenant_id, old.party_ids, old.name, old.reason, old.system_ids, old.categories, old.max_risk, old.from_minute, old.to_minute, old.waives_notice, old.not_before, old.not_after, old.given_by, old.given_at)
     or old.revoked_at is not null or new.revoked_at is null then
    raise exception 'consent.wrong_state: a pre-authorisation is not edited' using errcode = 'HB011', hint = 'RL-11';
  end if;
  return new;
end $$;
create trigger guard before insert or update on consent_preauthorisation for each row execute function consent_guard();

-- Whether a window lies whole between two minutes of Beijing's day; equal minutes are the whole day.
create function consent_hours_hold(from_minute int, to_minute int, starts_at timestamptz, ends_at timestamptz) returns boolean language sql immutable as $$
  select from_minute is null or coalesce(
    mod((extract(hour from starts_at at time zone 'Asia/Shanghai') * 60 + extract(minute from starts_at at time zone 'Asia/Shanghai'))::int - from_minute + 1440, 1440)
      + ceil(extract(epoch from ends_at - starts_at) / 60) <= coalesce(nullif(mod(to_minute - from_minute + 1440, 1440), 0), 1440), false)
$$;
