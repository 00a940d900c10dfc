-- A fetch ends with its session: a gateway that is lost, or a session that was ended, does not keep the ticket for the hour that an upload has.
create or replace function transfers_due(opened_before timestamptz, now_is timestamptz) returns table (tenant_id uuid, id uuid, state text) language sql stable security definer set search_path = public as
  $$ select t.tenant_id, t.id, t.state from transfer_record t where t.state = 'open' and t.opened_at < opened_before
     union select t.tenant_id, t.id, t.state from transfer_record t join transfer_ticket k on k.content_id = t.id join session_record s on s.id = k.session_id
       where t.state = 'open' and (s.closed_at is not null or s.state = 'paused' and s.pause_reason = 'gateway-lost')
     union all select t.tenant_id, t.id, t.state from transfer_record t where t.state = 'quarantined' and t.keep_until <= now_is
       and exists (select 1 from transfer_part p where p.transfer_id = t.id and p.data is not null) limit 200 $$;
