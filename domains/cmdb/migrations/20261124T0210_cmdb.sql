-- Targets of O&M: hosts reached by SSH, host keys pinned before the first connection (NT-E01), accounts listed and marked privileged.
create table cmdb_target (
  id uuid primary key,
  -- The provider who operates it; the owner of the system on it reads it.
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  plane text not null check (plane in ('platform', 'tenant')),
  name text not null check (name ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'),
  host text not null,
  port int not null check (port between 1 and 65535),
  host_key_sha256 text not null,
  system_id uuid not null references information_system (id),
  tier text not null check (tier in ('edge', 'inner', 'core')),
  environment text not null check (environment in ('production', 'staging')),
  accounts jsonb not null,
  -- Unique in the whole deployment: the principals of short-lived certificates are made of it.
  unique (name)
);
create index cmdb_target_system on cmdb_target (system_id);
call tenant_table('cmdb_target', true);
