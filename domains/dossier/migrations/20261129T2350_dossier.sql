-- The dossier of a change (变更卷宗): sealed once, when the change has ended and the ledger under a signed head says so. Data and document are
-- evidence objects; this row says which. Nothing of it is ever changed (RL-13, RL-36).
create table dossier (
  change_id uuid primary key references change_request (id),
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  data_sm3 text not null check (data_sm3 ~ '^[0-9a-f]{64}$'),
  data_sha256 text not null check (data_sha256 ~ '^[0-9a-f]{64}$'),
  data_bytes int not null,
  document_sm3 text not null check (document_sm3 ~ '^[0-9a-f]{64}$'),
  document_sha256 text not null check (document_sha256 ~ '^[0-9a-f]{64}$'),
  document_bytes int not null,
  pages int not null check (pages >= 1),
  records int not null,
  -- Size of the chain at the signed head that bears the records out.
  head_size bigint not null,
  sealed_at timestamptz not null
);
call tenant_table('dossier', true);
call append_only('dossier');

-- Changes that ended and have none yet, oldest first, where a signed head covers their last record: work of the scheduler, of all tenants.
create function dossier_due(most int) returns table (tenant_id uuid, change_id uuid) language sql stable security definer set search_path = public as $$
  select c.tenant_id, c.id from change_request c
  where c.state in ('closed', 'rejected', 'withdrawn', 'expired') and not exists (select 1 from dossier d where d.change_id = c.id)
    and (select max(h.size) from ledger_tree_head h where h.tenant_id = c.tenant_id and h.plane = c.plane)
      >= (select max(r.seq) from ledger_record r where r.tenant_id = c.tenant_id and r.plane = c.plane and r.change_id = c.id)
  order by c.state_since limit most
$$;
create index change_request_ended on change_request (state_since) where state in ('closed', 'rejected', 'withdrawn', 'expired');

-- Everything that is known of one change, by whoever asks as its own tenant. Names of members are those of the dossier's format, version 1.
create function dossier_facts(of_change uuid) returns jsonb language sql stable security definer set search_path = public set timezone = 'UTC' as $$
  with c as (select * from change_request where id = of_change and tenant_id = app_tenant()),
  head as (select h.* from ledger_tree_head h join c on h.tenant_id = c.tenant_id and h.plane = c.plane order by h.size desc limit 1)
  select jsonb_build_object(
    'change', jsonb_build_object('id', c.id, 'no', c.no, 'tenant', c.tenant_id, 'plane', c.plane, 'title', c.title, 'reason', c.reason, 'source', c.source, 'state', c.state,
      'endedAt', c.state_since, 'outcome', c.outcome, 'urgency', c.urgency, 'risk', c.risk, 'categories', to_jsonb(c.categories), 'requester', c.requester_id, 'manager', c.manager_id,
      'assessor', c.assessor_id, 'tester', c.tester_id, 'executor', c.executor_id, 'reviewer', c.reviewer_id, 'windowStart', c.window_start, 'windowEnd', c.window_end,
      'planVersion', c.plan_version, 'planHash', c.plan_hash, 'approvedPlanHash', c.approved_plan_hash, 'rolledBack', c.rolled_back, 'createdAt', c.created_at,
      'systems', (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'name', s.name, 'unit', (select n.name_zh from pub_tenant_name n where n.tenant_id = s.tenant_id limit 1)) order by s.id), '[]') from information_system s where s.id = any (c.system_ids)),
      'unit', (select n.name_zh from pub_tenant_name n where n.tenant_id = c.tenant_id limit 1), 'parties', to_jsonb(c.party_ids)),
    'plan', c.plan,
    'targets', (select coalesce(jsonb_agg(jsonb_build_object('id', t.target_id, 'name', t.name, 'host', t.host, 'port', t.port, 'hostKeySha256', t.host_key_sha256, 'batch', t.batch) order by t.batch, t.target_id), '[]')
      from change_step_target t where t.change_id = c.id and t.plan_hash = coalesce(c.approved_plan_hash, c.plan_hash)),
    'versions', (select coalesce(jsonb_agg(jsonb_build_object('version', v.version, 'hash', v.hash, 'boundText', v.bound_text, 'author', v.author_id, 'at', v.at, 'plan', v.plan) order by v.version), '[]') from change_plan_version v where v.change_id = c.id),
    'standard', (select jsonb_build_object('model', m.no, 'name', v.body ->> 'name', 'version', v.version, 'hash', v.hash, 'parameters', i.parameters, 'planSm3', i.plan_sm3,
        'testedBy', v.tester_id, 'testedAt', v.tested_at, 'reviewedBy', v.reviewed_by, 'reviewedAt', v.reviewed_at, 'publishedBy', v.published_by, 'publishedAt', v.published_at)
      from template_instance i join template_version v on v.id = i.version_id join template_model m on m.id = i.model_id where i.change_id = c.id),
    'tests', (select coalesce(jsonb_agg(jsonb_build_object('planHash', t.plan_hash, 'environment', t.environment, 'verdict', t.verdict, 'tester', t.tester_id, 'note', t.note, 'at', t.at) order by t.at), '[]') from change_test t where t.change_id = c.id),
    'approvals', (select coalesce(jsonb_agg(jsonb_build_object('hash', a.subject_hash, 'openedAt', a.opened_at, 'voidedAt', a.voided_at, 'voidReason', a.void_reason, 'excluded', to_jsonb(a.excluded_ids),
        'stages', (select coalesce(jsonb_agg(jsonb_build_object('key', s ->> 'key', 'duty', s ->> 'duty', 'quorum', (s ->> 'quorum')::int) order by n), '[]') from jsonb_array_elements(a.stages) with ordinality as x (s, n)),
        'decisions', (select coalesce(jsonb_agg(jsonb_build_object('stage', d.stage, 'person', d.person_id, 'verdict', d.verdict, 'hash', d.hash, 'note', d.note, 'at', d.at) order by d.at, d.person_id), '[]') from approval_decision d where d.approval_id = a.id),
        'seats', (select coalesce(jsonb_agg(jsonb_build_object('stage', g.stage, 'kind', g.kind, 'from', g.from_id, 'to', g.to_id, 'by', g.by_id, 'reason', g.reason, 'at', g.at) order by g.seq), '[]') from approval_assignment g where g.approval_id = a.id)) order by a.opened_at), '[]')
      from approval a where a.subject_kind = 'change' and a.subject_id = c.id),
    'consents', (select coalesce(jsonb_agg(jsonb_build_object('planHash', k.plan_hash, 'system', k.system_id, 'person', k.person_id, 'verdict', k.verdict, 'waivesNotice', k.waive_notice, 'note', k.note, 'at', k.at) order by k.at, k.system_id), '[]') from change_consent k where k.change_id = c.id),
    'preauthorisations', (select coalesce(jsonb_agg(distinct jsonb_build_object('id', p.id, 'name', p.name, 'maxRisk', p.max_risk, 'notBefore', p.not_before, 'notAfter', p.not_after, 'givenBy', p.given_by, 'givenAt', p.given_at)), '[]')
      from ledger_record r, jsonb_array_elements(coalesce(r.body::jsonb -> 'data' -> 'preauthorised', '[]')) u join consent_preauthorisation p on p.id = (u ->> 'preauthorisationId')::uuid
      where r.tenant_id = c.tenant_id and r.plane = c.plane and r.change_id = c.id and r.act = 'change.scheduled'),
    'freezeExceptions', (select coalesce(jsonb_agg(jsonb_build_object('freeze', f.name, 'from', f.starts_at, 'to', f.ends_at, 'planHash', e.plan_hash, 'reason', e.reason, 'requestedBy', e.requested_by, 'requestedAt', e.requested_at,
        'firstBy', e.first_by, 'firstAt', e.first_at, 'secondBy', e.second_by, 'secondAt', e.second_at, 'refusedBy', e.refused_by, 'refusedAt', e.refused_at) order by e.requested_at), '[]')
      from freeze_exception e join freeze_declaration f on f.id = e.freeze_id where e.change_id = c.id),
    'announcements', (select coalesce(jsonb_agg(jsonb_build_object('unit', (select n.name_zh from pub_tenant_name n where n.tenant_id = a.unit_id limit 1), 'planHash', a.plan_hash, 'sentAt', a.sent_at,
        'receipts', (select coalesce(jsonb_agg(jsonb_build_object('person', r.person_id, 'waives', r.waives, 'note', r.note, 'at', r.at) order by r.at), '[]') from announcement_receipt r where r.announcement_id = a.id)) order by a.sent_at, a.unit_id), '[]')
      from announcement a where a.change_id = c.id),
    'releases', (select coalesce(jsonb_agg(distinct jsonb_build_object('sha256', ra.sha256, 'product', rl.product, 'version', rl.version, 'state', rl.state, 'statement', rl.envelope)), '[]')
      from change_step s join release_artifact ra on ra.tenant_id = c.tenant_id and ra.sha256 = s.action ->> 'sha256' join release rl on rl.id = ra.release_id and rl.issued_at is not null
      where s.change_id = c.id and s.plan_hash = coalesce(c.approved_plan_hash, c.plan_hash)),
    'sessions', (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'mode', s.mode, 'state', s.state, 'executor', s.executor_id, 'reviewer', s.reviewer_id, 'targets', to_jsonb(s.target_names), 'door', s.door, 'gateway', s.gateway_id,
        'openedAt', s.opened_at, 'closedAt', s.closed_at, 'closeReason', s.close_reason, 'sealedAt', s.sealed_at, 'manifestSm3', s.manifest_sm3,
        'segments', (select coalesce(jsonb_agg(jsonb_build_object('index', g.index, 'sm3', g.sm3, 'sha256', g.sha256, 'bytes', g.bytes) order by g.index), '[]') from session_segment g where g.session_id = s.id)) order by s.requested_at), '[]')
      from session_record s where s.change_id = c.id),
    'runs', (select coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'planHash', r.plan_hash, 'step', r.step_key, 'phase', r.phase, 'batch', r.batch, 'target', r.target_name, 'attempt', r.attempt, 'state', r.state, 'executor', r.executor_id,
        'cosignedBy', r.cosigned_by, 'session', r.session_id, 'issuedAt', r.issued_at, 'startedAt', r.started_at, 'endedAt', r.ended_at, 'exitCode', r.exit_code, 'outputSha256', r.output_sha256, 'durationMs', r.duration_ms,
        'detail', r.detail, 'verdicts', r.verdicts) order by r.issued_at, r.id), '[]') from change_step_run r where r.change_id = c.id),
    'transfers', (select coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'person', t.person_id, 'channel', t.channel, 'direction', t.direction, 'state', t.state, 'refusal', t.refusal, 'step', t.step_key, 'targets', to_jsonb(t.target_names),
        'path', t.path, 'bytes', t.bytes, 'sm3', t.sm3, 'sha256', t.sha256, 'openedAt', t.opened_at, 'endedAt', t.ended_at) order by t.opened_at, t.id), '[]') from transfer_record t where t.change_id = c.id),
    'violations', (select coalesce(jsonb_agg(jsonb_build_object('no', v.no, 'entry', v.entry, 'severity', v.severity, 'intent', v.intent, 'person', v.person_id, 'rule', v.rule, 'code', v.code, 'raisedAt', v.raised_at, 'state', v.state, 'verdict', v.verdict) order by v.raised_at, v.no), '[]') from violation_case v where v.change_id = c.id),
    'timeline', (select coalesce(jsonb_agg(jsonb_build_object('seq', e.seq, 'at', e.at, 'act', e.act, 'actor', e.actor_name, 'role', e.role, 'from', e.from_state, 'to', e.to_state, 'note', e.note, 'rule', e.rule) order by e.seq), '[]') from change_event e where e.change_id = c.id),
    'ledger', jsonb_build_object('chain', c.tenant_id || '/' || c.plane, 'head', (select jsonb_build_object('size', h.size, 'root', h.root, 'last', h.last, 'payload', h.payload, 'signatures', h.signatures) from head h),
      'records', (select coalesce(jsonb_agg(jsonb_build_object('seq', r.seq, 'act', r.act, 'at', r.at, 'hash', r.hash) order by r.seq), '[]') from ledger_record r
        where r.tenant_id = c.tenant_id and r.plane = c.plane and r.change_id = c.id and r.seq <= (select h.size from head h))))
  from c
$$;
grant execute on function dossier_due(int), dossier_facts(uuid) to huabiao_app;
