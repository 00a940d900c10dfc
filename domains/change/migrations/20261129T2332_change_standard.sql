-- The one way past assessment, test and approval (itsm §2.1): a published model that stands in for them. What was begun as another change
-- never becomes standard, and what ceased to be standard stays an ordinary change.
insert into change_transition values ('assessing', 'consenting');

create function change_standard_only() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if new.urgency = 'U4' and old.urgency <> 'U4' then
    raise exception 'change.not_approved: no change becomes standard afterwards' using errcode = 'HB001', hint = 'RL-01';
  end if;
  if old.state = 'assessing' and new.state = 'consenting' and (new.approved_plan_hash is distinct from new.plan_hash or not template_stands_in(new.id, new.plan_hash)) then
    raise exception 'change.not_approved: no published model stands in for the approvals' using errcode = 'HB001', hint = 'RL-01';
  end if;
  return new;
end $$;
create trigger standard_only before update on change_request for each row execute function change_standard_only();
