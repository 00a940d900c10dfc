-- What evidence exists, by content: the bytes are in the object store, the index and the retention are here.
create table evidence_object (
  tenant_id uuid not null,
  sha256 text not null check (length(sha256) = 64),
  sm3 text not null check (length(sm3) = 64),
  class text not null,
  bytes bigint not null,
  created_at timestamptz not null,
  keep_until timestamptz not null,
  primary key (tenant_id, sha256)
);
call tenant_table('evidence_object');
-- RL-36: nothing deletes evidence before its term; the sweep after it leaves a tombstone in the ledger (retention work).
revoke update, delete on evidence_object from huabiao_app;
