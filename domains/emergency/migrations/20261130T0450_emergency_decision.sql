-- A filing of risk R1 is approved by three: change manager, technical manager, management unit (itsm §2.3 B); of any other by the change manager.

-- Graded when it is invoked and never afterwards. What nobody graded is R1.
alter table emergency_case add column risk text not null default 'R1' check (risk in ('R1', 'R2', 'R3', 'R4'));
-- Of a decision: whose word it is. Those said before were all the change manager's.
alter table emergency_word add column part text check (part in ('change-manager', 'technical-manager', 'management-unit'));

create function emergency_holds_duty(of_person uuid, of_tenant uuid, of_role text, of_duty text) returns boolean language sql stable security definer set search_path = public as $$
  select exists (select 1 from pub_role_holder h where h.person_id = of_person and (of_tenant is null or h.tenant_id = of_tenant) and h.role = of_role
    and (of_duty is null or h.duty = of_duty) and clock_timestamp() >= h.not_before and clock_timestamp() < h.not_after)
$$;
-- Everybody who is asked said yes, each for one side, and nobody no.
create function emergency_decided(of_emergency uuid, of_filing int) returns boolean language sql stable security definer set search_path = public as $$
  -- Where nobody spoke there is nothing to compare, and that is no yes.
  select coalesce(least(count(distinct coalesce(w.part, 'change-manager')), count(distinct w.person_id)) = max(case c.risk when 'R1' then 3 else 1 end)
    and bool_and(w.verdict = 'yes'), false)
  from emergency_case c join emergency_word w on w.emergency_id = c.id and w.kind = 'decide' and w.round = of_filing where c.id = of_emergency
$$;
revoke execute on function emergency_holds_duty(uuid, uuid, text, text), emergency_decided(uuid, int) from public;
