-- A certificate is revoked, never forgotten: presented again, it is still known whose it was, and it is never bound a second time.
alter table client_certificate add column revoked_at timestamptz, add column revoked_by uuid;
revoke delete on client_certificate from huabiao_app;
drop function identity_find_certificate(text);
create function identity_find_certificate(of_fingerprint text) returns table (account_id uuid, tenant_id uuid, login text, revoked_at timestamptz)
  language sql stable security definer set search_path = public as
  $$ select a.id, a.tenant_id, a.login, c.revoked_at from client_certificate c join account a on a.id = c.account_id where c.fingerprint = of_fingerprint $$;
revoke execute on function identity_find_certificate(text) from public;
grant execute on function identity_find_certificate(text) to huabiao_app;
