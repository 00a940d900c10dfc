-- File transfers (文件传输): who moved which file through which door, or tried to, with size and both digests; and contents while they come in.

create table transfer_record (
  id uuid primary key,
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  plane text not null check (plane in ('platform', 'tenant')),
  person_id uuid not null,
  person_name text not null,
  door text not null,
  channel text not null check (channel in ('sftp', 'scp', 'rsync', 'console', 'fetch')),
  direction text not null check (direction in ('in', 'out')),
  state text not null check (state in ('open', 'accepted', 'delivered', 'refused', 'quarantined', 'failed', 'purged')),
  refusal text,
  change_id uuid,
  change_no text,
  step_key text,
  ticket_id uuid,
  target_names text[] not null default '{}',
  path text,
  asked text not null check (length(asked) <= 1100),
  expected_bytes bigint,
  expected_sha256 text check (length(expected_sha256) = 64),
  bytes bigint not null default 0,
  sm3 text check (length(sm3) = 64),
  sha256 text check (length(sha256) = 64),
  gateway_id text,
  opened_at timestamptz not null,
  ended_at timestamptz,
  keep_until timestamptz,
  check ((state = 'open') = (ended_at is null)),
  -- Accepted is only what the plan pins (RL-12), whoever says so; what was fetched for a ticket is what the target had.
  check (state <> 'accepted' or (direction = 'in' and change_id is not null and sm3 is not null and sha256 is not null
    and case when channel = 'fetch' then ticket_id is not null else sha256 = expected_sha256 and bytes = expected_bytes end))
);
create index transfer_record_tenant on transfer_record (tenant_id, id desc);
create index transfer_record_change on transfer_record (change_id, sha256) where state = 'accepted' and channel <> 'fetch';
create index transfer_record_ticket on transfer_record (ticket_id) where ticket_id is not null;
create index transfer_record_quarantine on transfer_record (tenant_id, id desc) where state = 'quarantined';
create index transfer_record_open on transfer_record (opened_at) where state = 'open';
create index transfer_record_kept on transfer_record (keep_until) where state = 'quarantined';
call tenant_table('transfer_record', true);
revoke delete on transfer_record from huabiao_app;
-- What has ended is never told anew; what is in quarantine leaves it by one way, and that is out of existence (RL-13).
create function transfer_guard() returns trigger language plpgsql as $$
begin
  if (new.id, new.tenant_id, new.person_id, new.door, new.channel, new.direction, new.change_id, new.ticket_id, new.expected_bytes, new.expected_sha256, new.asked)
       is distinct from (old.id, old.tenant_id, old.person_id, old.door, old.channel, old.direction, old.change_id, old.ticket_id, old.expected_bytes, old.expected_sha256, old.asked)
     or not (old.state = 'open' or (old.state = 'quarantined' and new.state = 'purged' and (new.bytes, new.sm3, new.sha256) is not distinct from (old.bytes, old.sm3, old.sha256))) then
    raise exception 'ledger.append_only: a finished transfer is never rewritten' using errcode = 'HB013', hint = 'RL-13';
  end if;
  return new;
end $$;
create trigger guard before update on transfer_record for each row execute function transfer_guard();

create table transfer_part (
  transfer_id uuid not null references transfer_record (id),
  index int not null check (index >= 0),
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  bytes int not null check (bytes between 1 and 1048576),
  sm3 text not null check (length(sm3) = 64),
  sha256 text not null check (length(sha256) = 64),
  -- Held here until the whole is known to be what the plan pins; then it is evidence, and this is null.
  data bytea,
  primary key (transfer_id, index)
);
-- Bytes stay between the person who sent them, their unit and the platform: no other unit reads parts.
call tenant_table('transfer_part');
revoke delete on transfer_part from huabiao_app;

-- Out-transfer tickets (外传单): one file of one target, to one person, decided by two.
create table transfer_ticket (
  id uuid primary key,
  tenant_id uuid not null,
  no text not null unique,
  plane text not null check (plane in ('platform', 'tenant')),
  person_id uuid not null,
  change_id uuid not null,
  change_no text not null,
  target_id uuid not null,
  target_name text not null,
  account text not null,
  path text not null,
  purpose text not null,
  data_class text not null check (data_class in ('public', 'internal', 'sensitive', 'personal')),
  hours int not null check (hours between 1 and 72),
  downloads int not null check (downloads between 1 and 5),
  used int not null default 0 check (used between 0 and downloads),
  subject_hash text not null check (length(subject_hash) = 64),
  decision text not null default 'open' check (decision in ('open', 'approved', 'rejected', 'withdrawn')),
  content_id uuid references transfer_record (id),
  session_id uuid,
  created_at timestamptz not null,
  decided_at timestamptz,
  expires_at timestamptz
);
create index transfer_ticket_tenant on transfer_ticket (tenant_id, id desc);
create index transfer_ticket_person on transfer_ticket (person_id) where decision = 'approved';
create index transfer_ticket_content on transfer_ticket (content_id);
call tenant_table('transfer_ticket');
revoke delete on transfer_ticket from huabiao_app;
-- What was asked for and decided is not asked for and decided anew; a ticket is approved by its approval alone, and used upwards.
create function transfer_ticket_guard() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if (new.id, new.tenant_id, new.no, new.person_id, new.change_id, new.target_id, new.account, new.path, new.data_class, new.hours, new.downloads, new.subject_hash, new.created_at)
       is distinct from (old.id, old.tenant_id, old.no, old.person_id, old.change_id, old.target_id, old.account, old.path, old.data_class, old.hours, old.downloads, old.subject_hash, old.created_at)
     or (old.decision <> 'open' and (new.decision, new.decided_at, new.expires_at) is distinct from (old.decision, old.decided_at, old.expires_at))
     or new.used < old.used or new.used > old.used + 1 then
    raise exception 'transfer.no_ticket: a ticket stays what was decided' using errcode = 'HB022', hint = 'RL-22';
  end if;
  if new.decision = 'approved' and old.decision = 'open'
     and ((select count(distinct d.person_id) from approval a join approval_decision d on d.approval_id = a.id
           where a.subject_kind = 'transfer-ticket' and a.subject_id = new.id and a.subject_hash = new.subject_hash
             and d.hash = new.subject_hash and d.verdict = 'approve' and d.person_id <> new.person_id) < 2 or new.expires_at > now() + make_interval(hours => new.hours, mins => 5)) then
    raise exception 'transfer.ticket_not_approved: approvals are not complete' using errcode = 'HB022', hint = 'RL-22';
  end if;
  return new;
end $$;
create trigger guard before update on transfer_ticket for each row execute function transfer_ticket_guard();
-- Nothing leaves without a ticket (RL-22), a second time: by whoever writes the row.
create function transfer_needs_ticket() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if new.state not in ('open', 'refused') then
    raise exception 'transfer.wrong_state: a transfer begins by being opened' using errcode = 'HB022', hint = 'RL-22';
  end if;
  if new.direction = 'out' and new.state = 'open' and not exists (
    select 1 from transfer_ticket t join transfer_record c on c.id = t.content_id and c.state = 'accepted'
    where t.id = new.ticket_id and t.person_id = new.person_id and t.tenant_id = new.tenant_id and t.decision = 'approved' and t.expires_at > now()
      and c.sha256 = new.expected_sha256 and t.used <= t.downloads
      and (select count(*) from transfer_record o where o.ticket_id = t.id and o.direction = 'out' and o.state <> 'refused') < t.used) then
    raise exception 'transfer.no_ticket: no live ticket of this person for this content' using errcode = 'HB022', hint = 'RL-22';
  end if;
  return new;
end $$;
create trigger needs_ticket before insert on transfer_record for each row execute function transfer_needs_ticket();
create trigger begins_open before insert on transfer_ticket for each row when (new.decision <> 'open' or new.used <> 0) execute function refuse_rewrite();

-- A gateway knows ids and no tenants; so does the sweep.
create function transfer_place(of_transfer uuid) returns table (tenant_id uuid, gateway_id text) language sql stable security definer set search_path = public as
  $$ select t.tenant_id, t.gateway_id from transfer_record t where t.id = of_transfer $$;
create function transfers_due(opened_before timestamptz, now_is timestamptz) returns table (tenant_id uuid, id uuid, state text) language sql stable security definer set search_path = public as
  $$ select t.tenant_id, t.id, t.state from transfer_record t where t.state = 'open' and t.opened_at < opened_before
     union all select t.tenant_id, t.id, t.state from transfer_record t where t.state = 'quarantined' and t.keep_until <= now_is
       and exists (select 1 from transfer_part p where p.transfer_id = t.id and p.data is not null) limit 200 $$;
grant execute on function transfer_place(uuid), transfers_due(timestamptz, timestamptz) to huabiao_app;
