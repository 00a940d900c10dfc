-- Snapshots of configuration items before and after (itsm §1.2 row 29, G-CIV): the platform's own questions are frozen with a plan like its steps,
-- run by grants of their own, and what differs beyond the plan is explained by the executor before the change manager confirms.
alter table change_step drop constraint change_step_phase_check;
alter table change_step add constraint change_step_phase_check check (phase in ('precheck', 'execute', 'verify', 'rollback', 'health', 'before', 'after'));
alter table change_request add column snapshots boolean not null default false;

create table change_item_explanation (
  change_id uuid not null references change_request (id),
  target_id uuid not null,
  key text not null check (length(key) <= 400),
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  person_id uuid not null,
  note text not null,
  at timestamptz not null,
  primary key (change_id, target_id, key)
);
call tenant_table('change_item_explanation', true);
call append_only('change_item_explanation');
create function change_item_own() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if app_person() is distinct from new.person_id or not exists (
       select 1 from change_request c where c.id = new.change_id and c.state = 'ci_reviewing' and c.executor_id = new.person_id) then
    raise exception 'change.not_executor: only the executor explains what differs' using errcode = 'HB007', hint = 'RL-07';
  end if;
  return new;
end $$;
create trigger own before insert on change_item_explanation for each row execute function change_item_own();
