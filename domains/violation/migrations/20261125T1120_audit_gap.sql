-- Logons beside each other, and evidence that is not whole: tree heads that are late, recordings that do not verify.

-- Other logons of the account of a session: whether they are in use at the same time, and whether they come from the same device.
create function violation_other_logons(of_session uuid, since timestamptz, used_since timestamptz)
  returns table (at timestamptz, source_ip text, in_use boolean, same_device boolean)
  language sql stable security definer set search_path = public as $$
  with own as (select * from logon_session where id = of_session),
  near as (
    select s.created_at, s.source_ip, s.terminal_id, s.revoked_at is null and s.expires_at > own.created_at and s.last_seen_at >= used_since as in_use,
      own.terminal_id as own_terminal,
      case when s.source_ip ~ '^[0-9a-fA-F:.]{2,45}$' then regexp_replace(s.source_ip, '^::ffff:', '', 'i')::inet end as theirs,
      case when own.source_ip ~ '^[0-9a-fA-F:.]{2,45}$' then regexp_replace(own.source_ip, '^::ffff:', '', 'i')::inet end as ours
    from logon_session s join own on own.account_id = s.account_id
    where s.id <> own.id and s.created_at >= since and s.created_at <= own.created_at
    order by s.created_at desc limit 20
  )
  select created_at, source_ip, in_use,
    coalesce(terminal_id = own_terminal, false)
      or theirs is null or ours is null
      -- This very machine: a person beside their own ssh client.
      or theirs <<= '127.0.0.0/8' or ours <<= '127.0.0.0/8' or theirs = '::1' or ours = '::1'
      or (family(theirs) = family(ours)
        and network(set_masklen(theirs, case family(theirs) when 4 then 24 else 64 end)) = network(set_masklen(ours, case family(ours) when 4 then 24 else 64 end)))
  from near
$$;

-- What was looked at once: a head that was late, and each sealed recording.
create table violation_late_head (
  tenant_id uuid not null,
  plane text not null,
  seq bigint not null,
  at timestamptz not null,
  primary key (tenant_id, plane, seq)
);
grant select, insert on violation_late_head to huabiao_app;
create function violation_late_heads(before timestamptz) returns table (tenant_id uuid, plane text, seq bigint, since timestamptz)
  language sql stable security definer set search_path = public as $$
  select c.tenant_id, c.plane, r.seq, r.at
  from ledger_chain c
  left join lateral (select t.size from ledger_tree_head t where t.tenant_id = c.tenant_id and t.plane = c.plane order by t.size desc limit 1) h on true
  join ledger_record r on r.tenant_id = c.tenant_id and r.plane = c.plane and r.seq = coalesce(h.size, 0) + 1
  where r.at < before and not exists (
    select 1 from violation_late_head l where l.tenant_id = c.tenant_id and l.plane = c.plane and l.seq = r.seq)
  limit 500
$$;

create table violation_recording_check (
  session_id uuid primary key references session_record (id),
  at timestamptz not null,
  fault text check (length(fault) <= 200)
);
grant select, insert on violation_recording_check to huabiao_app;
call append_only('violation_recording_check');
-- What was sealed stands in the ledger: the rows are held against it.
create function violation_recordings_due(most int)
  returns table (session_id uuid, tenant_id uuid, plane text, change_id uuid, reason text, manifest text)
  language sql stable security definer set search_path = public as $$
  select s.id, s.tenant_id, s.plane, s.change_id, r.body::jsonb -> 'data' ->> 'reason', r.body::jsonb -> 'data' ->> 'manifest'
  from session_record s
  join ledger_record r on r.change_id = s.change_id and r.act = 'session.sealed' and r.object = 'session/' || s.id
  where s.state = 'sealed' and not exists (select 1 from violation_recording_check c where c.session_id = s.id)
  order by s.sealed_at limit most
$$;
create function violation_segments(of_session uuid) returns table (index int, sm3 text, sha256 text, bytes int)
  language sql stable security definer set search_path = public as
  $$ select g.index, g.sm3, g.sha256, g.bytes from session_segment g where g.session_id = of_session order by g.index limit 20000 $$;
-- What was sealed before is left to whoever verifies all recordings daily.
insert into violation_recording_check (session_id, at) select id, now() from session_record where state = 'sealed';

revoke execute on function violation_other_logons(uuid, timestamptz, timestamptz), violation_late_heads(timestamptz), violation_recordings_due(int), violation_segments(uuid) from public;
grant execute on function violation_other_logons(uuid, timestamptz, timestamptz), violation_late_heads(timestamptz), violation_recordings_due(int), violation_segments(uuid) to huabiao_app;
