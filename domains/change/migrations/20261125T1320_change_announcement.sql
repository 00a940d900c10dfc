-- Customers are told before their systems are changed (G-NOTIFY, RL-11). A customer may waive the time between notice and window, in the consent
-- or with the receipt. That the time itself is kept is the service's to reckon, which knows the holidays; that somebody of the unit has seen it,
-- or waived it in writing, is asked here as well.
alter table change_consent add column waive_notice boolean not null default false;

create function change_unannounced(of_change uuid, of_tenant uuid, of_systems uuid[], of_hash text) returns boolean
  language sql stable security definer set search_path = public as $$
  select exists (select 1 from information_system s where s.id = any (of_systems) and s.tenant_id <> of_tenant and not exists (
    select 1 from announcements_of(of_change, of_hash) a where a.unit_id = s.tenant_id and (a.received_at is not null
      or exists (select 1 from change_consent c join information_system o on o.id = c.system_id
        where c.change_id = of_change and c.plan_hash = of_hash and c.verdict = 'consent' and o.tenant_id = s.tenant_id)
      or exists (select 1 from change_preauthorised(of_change) p join information_system o on o.id = p.system_id where p.waives_notice and o.tenant_id = s.tenant_id))))
$$;
create function change_announced() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if new.state = 'ready' and old.state = 'scheduled' and change_unannounced(new.id, new.tenant_id, new.system_ids, new.plan_hash) then
    raise exception 'change.not_announced: an affected customer has not been told' using errcode = 'HB011', hint = 'RL-11';
  end if;
  return new;
end $$;
create trigger red_lines_told before update on change_request for each row execute function change_announced();
