-- Who is asking is looked up once per statement, not once per row: as a subquery without references the planner evaluates it first.
-- A unit that sees none of 25,000 changes was told so in 160 ms, and in 95 ms afterwards (docs/bench.md, 2026-11-25). The rules are the same.

do $$
declare
  p record;
  once constant text := 'app_(tenant|oversight)\(\)';
begin
  for p in select tablename, policyname, qual, with_check from pg_policies where schemaname = 'public' and (qual ~ once or with_check ~ once) loop
    execute format('alter policy %I on %I %s %s', p.policyname, p.tablename,
      case when p.qual is not null then format('using (%s)', regexp_replace(p.qual, once, '(select app_\1())', 'g')) end,
      case when p.with_check is not null then format('with check (%s)', regexp_replace(p.with_check, once, '(select app_\1())', 'g')) end);
  end loop;
end $$;

-- The same for tables that come later.
create or replace procedure tenant_table(name text, shared boolean default false) language plpgsql as $$
begin
  execute format('alter table %I enable row level security', name);
  execute format('create policy own_rows on %I using (tenant_id = (select app_tenant())) with check (tenant_id = (select app_tenant()))', name);
  execute format('create policy oversight_reads on %I for select using ((select app_oversight()))', name);
  if shared then
    execute format('create policy affected_reads on %I for select using ((select app_tenant()) = any (party_ids))', name);
  end if;
  execute format('grant select, insert, update, delete on %I to huabiao_app', name);
end $$;
