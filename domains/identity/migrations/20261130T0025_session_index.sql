-- Norms of accounts ask of each account when a role was last used, and who else came from one address: neither may read every logon.
create index logon_session_used on logon_session (account_id, last_seen_at desc);
create index logon_session_source on logon_session (source_ip, created_at);
