-- The application no longer inserts records: it asks for them to be appended, and the database numbers and links them itself. A transition
-- table, a window over it and a check of each row were half of a group commit (docs/bench.md); where nobody else can insert, there is
-- nothing to check but that the caller saw the head that the chain still has (ADR 10).

create function ledger_append(of_tenant uuid, of_plane text, seen_size bigint, seen_last text, of_at timestamptz, of_person uuid, of_actor text,
  acts text[], objects text[], changes uuid[], decisions text[], codes text[], rules text[], bodies text, hashes text) returns void
language plpgsql security definer set search_path = public as $$
declare
  body_of constant text[] := string_to_array(bodies, E'\n');
  hash_of constant text[] := string_to_array(hashes, ' ');
  added constant int := coalesce(cardinality(hash_of), 0);
begin
  -- A record whose act or body is missing would be refused by its columns; one whose hash is missing would shorten the group unseen.
  if added = 0 or cardinality(acts) is distinct from added or cardinality(objects) is distinct from added or cardinality(changes) is distinct from added
    or cardinality(decisions) is distinct from added or cardinality(codes) is distinct from added or cardinality(rules) is distinct from added
    or cardinality(body_of) is distinct from added then
    raise exception 'ledger.chain_broken: a group of records must be whole' using errcode = 'HB013', hint = 'RL-13';
  end if;
  update ledger_chain c set size = seen_size + added, last = hash_of[added], last_at = of_at
  where c.tenant_id = of_tenant and c.plane = of_plane and c.size = seen_size and c.last = seen_last;
  if not found then
    raise exception 'ledger.chain_broken: a record must continue its chain' using errcode = 'HB013', hint = 'RL-13';
  end if;
  insert into ledger_record (tenant_id, plane, seq, at, act, object, change_id, person_id, actor_name, decision, code, rule, body, prev, hash)
  select of_tenant, of_plane, seen_size + n, of_at, r.act, r.object, r.change_id, of_person, of_actor, r.decision, r.code, r.rule, r.body,
    r.prev, r.hash
  from unnest(acts, objects, changes, decisions, codes, rules, body_of, array[seen_last] || hash_of[1:added - 1], hash_of) with ordinality
    as r (act, object, change_id, decision, code, rule, body, prev, hash, n);
end $$;
revoke execute on function ledger_append(uuid, text, bigint, text, timestamptz, uuid, text, text[], text[], uuid[], text[], text[], text[], text, text) from public;
grant execute on function ledger_append(uuid, text, bigint, text, timestamptz, uuid, text, text[], text[], uuid[], text[], text[], text[], text, text) to huabiao_app;

drop trigger continue_chain on ledger_record;
drop function ledger_continue();
drop policy appends on ledger_record;
revoke insert on ledger_record from huabiao_app;

-- The chain is there all but once in its life: it is looked for before it is made.
create or replace function ledger_lock_head(of_tenant uuid, of_plane text, out size bigint, out last text)
language plpgsql security definer set search_path = public as $$
begin
  select c.size, c.last into size, last from ledger_chain c where c.tenant_id = of_tenant and c.plane = of_plane for update;
  if not found then
    insert into ledger_chain (tenant_id, plane) values (of_tenant, of_plane) on conflict do nothing;
    select c.size, c.last into size, last from ledger_chain c where c.tenant_id = of_tenant and c.plane = of_plane for update;
  end if;
end $$;
