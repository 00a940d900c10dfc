-- A browser holds one person: who logs on in it ends the session of whoever was there, of whatever unit (NT-B05). The token proves the browser.
create function identity_replace_session(of_token_sha256 text, at timestamptz) returns uuid
  language sql volatile security definer set search_path = public as $$
  update logon_session set revoked_at = at, revoke_reason = 'replaced' where token_sha256 = of_token_sha256 and revoked_at is null returning id
$$;
revoke execute on function identity_replace_session(text, timestamptz) from public;
grant execute on function identity_replace_session(text, timestamptz) to huabiao_app;
