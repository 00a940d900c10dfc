-- What rules took is given back by their way alone (RL-25), whoever else may resume a role; and two rules may hold the same role, each until it lets go.
drop index lifecycle_suspension_binding;
create unique index lifecycle_suspension_binding on lifecycle_suspension (binding_id, rule) where ended_at is null;

create function lifecycle_binding_guard() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if old.suspended_at is not null and new.suspended_at is null
     and exists (select 1 from lifecycle_suspension s where s.binding_id = new.id and s.ended_at is null) then
    raise exception 'lifecycle.suspended: held by a rule' using errcode = 'HB026', hint = 'RL-25';
  end if;
  return new;
end $$;
revoke execute on function lifecycle_binding_guard() from public;
-- After `later_training`: a lapsed training is said by its name.
create trigger later_way_back before update on role_binding for each row execute function lifecycle_binding_guard();
