-- What a source of identity says of leavers waits as a proposed departure for the administrator's word. Where the source takes it back before
-- that word, nobody cancels it: nobody had declared it.
alter table lifecycle_departure drop constraint lifecycle_departure_check2;
alter table lifecycle_departure add constraint lifecycle_departure_cancelled check (
  (state = 'cancelled') = (cancelled_at is not null and cancel_reason is not null)
  and (cancelled_by is null or state = 'cancelled')
  and (state <> 'cancelled' or cancelled_by is not null or declared_by is null));

create function lifecycle_proposed_guard() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if new.state = 'cancelled' and new.cancelled_by is null and (old.state <> 'proposed'
     or exists (select 1 from federation_proposal p where p.person_id = new.person_id and p.kind = 'leaver' and p.settled_at is null)) then
    raise exception 'lifecycle.wrong_state: a source takes back only what it proposed and says no more' using errcode = 'HB025', hint = 'RL-25';
  end if;
  return new;
end $$;
revoke execute on function lifecycle_proposed_guard() from public;
create trigger proposed before update on lifecycle_departure for each row execute function lifecycle_proposed_guard();

-- Units in which a source said something that nobody has been asked about yet, or no longer says what was proposed; or in which there is
-- nothing left to decide: whoever is gone leaves no more, and whoever came back to a working account is back.
create function lifecycle_units_proposed() returns table (tenant_id uuid) language sql stable security definer set search_path = public as $$
  select p.tenant_id from federation_proposal p join person q on q.id = p.person_id
  where p.settled_at is null and p.kind in ('leaver', 'joiner')
    and not exists (select 1 from lifecycle_departure d where d.person_id = q.id and d.state in ('proposed', 'notice', 'cut'))
    and (p.kind = 'leaver' or q.status = 'active' and exists (select 1 from account a where a.person_id = q.id and a.status = 'active'))
  union
  select d.tenant_id from lifecycle_departure d where d.state = 'proposed' and d.source <> 'declared'
    and not exists (select 1 from federation_proposal p where p.person_id = d.person_id and p.kind = 'leaver' and p.settled_at is null) $$;
revoke execute on function lifecycle_units_proposed() from public;
grant execute on function lifecycle_units_proposed() to huabiao_app;
