-- RL-20 in the database: nobody admits or exempts themselves, nobody's browser is registered without their asking, and no network is everybody's.
create function terminal_guard() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and (new.id, new.tenant_id, new.person_id, new.kind, new.token_sha256, new.cidr, new.requested_by, new.requested_at)
       is distinct from (old.id, old.tenant_id, old.person_id, old.kind, old.token_sha256, old.cidr, old.requested_by, old.requested_at) then
    raise exception 'identity.terminal_invalid: what was asked for is not rewritten' using errcode = 'HB020', hint = 'RL-20';
  end if;
  if tg_op = 'INSERT' and new.kind = 'browser' and (new.status <> 'requested' or new.requested_by <> new.person_id or app_person() is distinct from new.person_id) then
    raise exception 'identity.own_terminal: a browser is asked for by its person, and approved afterwards' using errcode = 'HB020', hint = 'RL-20';
  end if;
  if new.status = 'approved' and (tg_op = 'INSERT' or old.status <> 'approved') and app_person() is distinct from new.decided_by then
    raise exception 'identity.own_terminal: approved in the name of another' using errcode = 'HB020', hint = 'RL-20';
  end if;
  if new.kind = 'network' and (family(new.cidr) = 4 and masklen(new.cidr) < 16 or family(new.cidr) = 6 and masklen(new.cidr) < 48) then
    raise exception 'identity.terminal_invalid: a network of everybody registers nothing' using errcode = 'HB020', hint = 'RL-20';
  end if;
  return new;
end $$;
create trigger guard before insert or update on terminal for each row execute function terminal_guard();

create function account_exemption_guard() returns trigger language plpgsql as $$
begin
  if app_person() = new.person_id then
    raise exception 'identity.own_account: somebody else exempts' using errcode = 'HB020', hint = 'RL-20';
  end if;
  return new;
end $$;
create trigger exemption before update of terminal_exempt_until on account for each row
  when (new.terminal_exempt_until is not null and new.terminal_exempt_until is distinct from old.terminal_exempt_until) execute function account_exemption_guard();
