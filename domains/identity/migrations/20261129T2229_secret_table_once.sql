-- Tables of secrets that come later ask once per statement who is asking, as all others do (kit, 20261125T0900).
create or replace procedure secret_table(name text) language plpgsql as $$
begin
  execute format('alter table %I enable row level security', name);
  execute format('create policy own_rows on %I using (tenant_id = (select app_tenant())) with check (tenant_id = (select app_tenant()))', name);
  execute format('grant select, insert, update, delete on %I to huabiao_app', name);
end $$;
