-- The ground every tenant table stands on: who is asking (settings of the transaction), row-level security by construction,
-- and append-only tables. The application connects as huabiao_app, which owns nothing.

create function app_tenant() returns uuid language sql stable as
  $$ select nullif(current_setting('app.tenant_id', true), '')::uuid $$;
create function app_person() returns uuid language sql stable as
  $$ select nullif(current_setting('app.person_id', true), '')::uuid $$;
-- Management unit and supervision read across tenants, and write nowhere but at home (domain.md §1).
create function app_oversight() returns boolean language sql stable as
  $$ select coalesce(current_setting('app.oversight', true), '') = 'on' $$;

-- Row-level security for a table with tenant_id. The owner is outside it: only migrations and the few security-definer functions run
-- as the owner, never a process. `shared` tables also have party_ids uuid[]:
-- the other tenants who are affected and may read the row.
create procedure tenant_table(name text, shared boolean default false) language plpgsql as $$
begin
  execute format('alter table %I enable row level security', name);
  execute format('create policy own_rows on %I using (tenant_id = app_tenant()) with check (tenant_id = app_tenant())', name);
  execute format('create policy oversight_reads on %I for select using (app_oversight())', name);
  if shared then
    execute format('create policy affected_reads on %I for select using (app_tenant() = any (party_ids))', name);
  end if;
  execute format('grant select, insert, update, delete on %I to huabiao_app', name);
end $$;

create function refuse_rewrite() returns trigger language plpgsql as $$
begin
  raise exception 'ledger.append_only: % on % is refused', tg_op, tg_table_name using errcode = 'HB013', hint = 'RL-13';
end $$;
-- RL-13, RL-36: rows of such a table are never changed and never deleted, by nobody who connects as the application.
create procedure append_only(name text) language plpgsql as $$
begin
  execute format('revoke update, delete, truncate on %I from huabiao_app', name);
  execute format('create trigger append_only before update or delete on %I for each row execute function refuse_rewrite()', name);
  execute format('create trigger append_only_truncate before truncate on %I execute function refuse_rewrite()', name);
end $$;

create table idempotency_key (
  account_id uuid not null,
  key text not null check (length(key) between 8 and 200),
  endpoint text not null,
  request_sha256 text not null,
  status int not null,
  response jsonb not null,
  created_at timestamptz not null default now(),
  primary key (account_id, key)
);
grant select, insert, delete on idempotency_key to huabiao_app;

create table setting (
  name text primary key,
  value jsonb not null,
  updated_at timestamptz not null default now()
);
grant select, insert, update on setting to huabiao_app;
