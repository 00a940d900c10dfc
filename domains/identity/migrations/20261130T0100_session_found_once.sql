-- Every request asks for its session: a plpgsql function keeps its plan for the connection, one in SQL is planned at each call (docs/bench.md).
create or replace function identity_find_session(of_token_sha256 text) returns table (
  id uuid, tenant_id uuid, account_id uuid, person_id uuid, name text, party text, door text, source_ip text, terminal_id uuid, role text, mfa_at timestamptz,
  last_seen_at timestamptz, expires_at timestamptz, revoked_at timestamptz, account_status text, not_after timestamptz, person_status text, unit_status text,
  must_change boolean, password_changed_at timestamptz)
  language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
begin
  return query select s.id, s.tenant_id, s.account_id, s.person_id, p.name, n.party, s.door, s.source_ip, t.id, s.role, s.mfa_at,
    s.last_seen_at, s.expires_at, s.revoked_at, a.status, a.not_after, p.status, n.status, coalesce(w.must_change, true), w.changed_at
  from logon_session s join account a on a.id = s.account_id join pub_person p on p.id = s.person_id join pub_tenant_name n on n.tenant_id = s.tenant_id
    left join terminal t on t.id = s.terminal_id and t.status = 'approved'
    left join account_password w on w.account_id = s.account_id
  where s.token_sha256 = of_token_sha256;
end $$;
