-- RAM policies of a unit. One that was in force stays readable for ever: a decision of the past can be explained.
create table access_policy (
  id uuid primary key,
  tenant_id uuid not null,
  name text not null,
  roles text[] not null,
  document jsonb not null,
  state text not null check (state in ('draft', 'active', 'retired')),
  drafted_by uuid not null,
  drafted_at timestamptz not null,
  activated_by uuid,
  activated_at timestamptz,
  retired_at timestamptz,
  -- S9: the second person, in the database too.
  check (activated_by is distinct from drafted_by or activated_by is null),
  check (state = 'draft' or activated_by is not null or state = 'retired')
);
create index access_policy_active on access_policy (tenant_id) where state = 'active';
call tenant_table('access_policy');
revoke delete on access_policy from huabiao_app;
create function access_policy_guard() returns trigger language plpgsql as $$
begin
  if (new.id, new.tenant_id, new.roles, new.document, new.drafted_by) is distinct from (old.id, old.tenant_id, old.roles, old.document, old.drafted_by) then
    raise exception 'ledger.append_only: a policy is replaced, never edited' using errcode = 'HB013', hint = 'RL-13';
  end if;
  return new;
end $$;
create trigger guard before update on access_policy for each row execute function access_policy_guard();
