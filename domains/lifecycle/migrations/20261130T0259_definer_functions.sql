-- A definer function reads and writes past row-level security, and PostgreSQL lets everybody call a new one. Taken back for all there are, of
-- every domain: who may call one is named beside it. `definer-functions.test.ts` of the control plane says where a later one forgets.
do $$
declare f regprocedure;
begin
  for f in select oid from pg_proc where pronamespace = 'public'::regnamespace and prosecdef and prokind = 'f' loop
    execute format('revoke execute on function %s from public', f);
  end loop;
end $$;
-- Functions of a view are called as whoever reads the view (pub_grant_facts); the others that the signer calls were named already.
grant execute on function change_is_frozen(uuid) to huabiao_signer;
