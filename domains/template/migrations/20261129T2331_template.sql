-- Standard-change models (标准变更模型, itsm §2.1). Only the approval meeting is ever skipped, and only by a plan that is, to the byte, what a
-- published model makes of its parameters. The database makes that plan itself, so that nobody's word is needed for it (RL-01, RL-05, RL-07).

create table template_number (tenant_id uuid primary key, last int not null);
create function next_template_no(of_tenant uuid) returns text language sql security definer set search_path = public as $$
  insert into template_number values (of_tenant, 1) on conflict (tenant_id) do update set last = template_number.last + 1
  returning 'STD-' || lpad(last::text, 4, '0')
$$;
grant execute on function next_template_no(uuid) to huabiao_app;

create table template_model (
  id uuid primary key,
  tenant_id uuid not null,
  no text not null,
  created_by uuid not null,
  created_at timestamptz not null,
  unique (tenant_id, no)
);
create index template_model_page on template_model (tenant_id, id desc);
call tenant_table('template_model');
call append_only('template_model');

create table template_version (
  id uuid primary key,
  model_id uuid not null references template_model (id),
  version int not null check (version >= 1),
  tenant_id uuid not null,
  state text not null check (state in ('draft', 'testing', 'reviewing', 'published', 'superseded', 'rejected', 'retired')),
  body jsonb not null,
  -- SM3 of the canonical body with model and version: what is tested, reviewed and published.
  hash text check (hash ~ '^[0-9a-f]{64}$'),
  author_id uuid not null,
  created_at timestamptz not null,
  tester_id uuid,
  test_environment text,
  test_note text,
  tested_at timestamptz,
  reviewed_by uuid,
  reviewed_at timestamptz,
  published_by uuid,
  published_at timestamptz,
  ended_by uuid,
  ended_at timestamptz,
  end_reason text,
  unique (model_id, version),
  check (state = 'rejected' or (state = 'draft') = (hash is null)),
  check ((published_at is null) = (published_by is null) and (reviewed_at is null) = (reviewed_by is null) and (tested_at is null) = (tester_id is null)),
  check (published_at is null or reviewed_at is not null and tested_at is not null),
  check (author_id is distinct from tester_id and author_id is distinct from reviewed_by and author_id is distinct from published_by)
);
create unique index template_version_live on template_version (model_id) where state = 'published';
create unique index template_version_open on template_version (model_id) where state in ('draft', 'testing', 'reviewing');
call tenant_table('template_version');
revoke delete on template_version from huabiao_app;

-- Who tested, reviewed, published and ended a version is said at that step by whoever acts, and stays (RL-05, RL-07, RL-23): good standing and
-- the signer live by these columns. A review is the decision of that person on this very text; the approval of the stage is asked for where it
-- is published.
create function template_version_guard() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if tg_op = 'INSERT' then
    if new.state <> 'draft' or app_person() is distinct from new.author_id
       or num_nonnulls(new.hash, new.tester_id, new.test_environment, new.test_note, new.tested_at, new.reviewed_by, new.reviewed_at, new.published_by, new.published_at, new.ended_by, new.ended_at, new.end_reason) > 0 then
      raise exception 'template.wrong_state: a model begins as a draft of its author' using errcode = 'HB001', hint = 'RL-01';
    end if;
    return new;
  end if;
  if (new.id, new.model_id, new.version, new.tenant_id, new.author_id, new.created_at) is distinct from (old.id, old.model_id, old.version, old.tenant_id, old.author_id, old.created_at)
     or (old.state <> 'draft' and (new.body, new.hash) is distinct from (old.body, old.hash)) then
    raise exception 'template.wrong_state: what is tested is never edited' using errcode = 'HB007', hint = 'RL-07';
  end if;
  if new.state = old.state and old.state <> 'draft'
     or new.state <> old.state and (old.state, new.state) not in (('draft', 'testing'), ('draft', 'rejected'), ('testing', 'reviewing'), ('testing', 'rejected'),
       ('reviewing', 'published'), ('reviewing', 'rejected'), ('published', 'superseded'), ('published', 'retired')) then
    -- The review is noted while its approval goes on.
    if not (old.state = 'reviewing' and new.state = 'reviewing' and old.reviewed_at is null) then
      raise exception 'template.wrong_state: % to %', old.state, new.state using errcode = 'HB001', hint = 'RL-01';
    end if;
  end if;
  if new.state = 'reviewing' and old.state = 'testing' and app_person() is distinct from new.tester_id then
    raise exception 'change.not_tested: the test of another person' using errcode = 'HB005', hint = 'RL-05';
  end if;
  if (new.tester_id, new.test_environment, new.test_note, new.tested_at) is distinct from (old.tester_id, old.test_environment, old.test_note, old.tested_at)
     and not (old.state = 'testing' and new.state in ('reviewing', 'rejected') and app_person() is not distinct from new.tester_id) then
    raise exception 'change.not_tested: a test is noted once, by whoever made it' using errcode = 'HB005', hint = 'RL-05';
  end if;
  if new.state = 'published' and (app_person() is distinct from new.published_by or not approval_complete('template', new.id, new.hash)
      or not exists (select 1 from pub_role_holder h where h.person_id = new.published_by and h.tenant_id = new.tenant_id and h.role = 'CHM'
        and clock_timestamp() >= h.not_before and clock_timestamp() < h.not_after)) then
    raise exception 'template.not_published: published by a change manager after the review' using errcode = 'HB001', hint = 'RL-01';
  end if;
  if (new.reviewed_by, new.reviewed_at) is distinct from (old.reviewed_by, old.reviewed_at)
     and not (old.state = 'reviewing' and new.state = 'reviewing' and app_person() is not distinct from new.reviewed_by and new.reviewed_at is not null
       and exists (select 1 from approval a join approval_decision d on d.approval_id = a.id
         where a.subject_kind = 'template' and a.subject_id = new.id and a.subject_hash = new.hash and a.voided_at is null
           and d.stage = 'review' and d.person_id = new.reviewed_by and d.verdict = 'approve' and d.hash = new.hash)) then
    raise exception 'template.not_published: a review is noted once, by whoever made it' using errcode = 'HB001', hint = 'RL-23';
  end if;
  if (new.published_by, new.published_at) is distinct from (old.published_by, old.published_at) and not (old.state = 'reviewing' and new.state = 'published') then
    raise exception 'template.not_published: it is published once' using errcode = 'HB001', hint = 'RL-07';
  end if;
  if (new.ended_by, new.ended_at, new.end_reason) is distinct from (old.ended_by, old.ended_at, old.end_reason)
     and not (new.state <> old.state and new.state in ('rejected', 'superseded', 'retired') and app_person() is not distinct from new.ended_by) then
    raise exception 'template.wrong_state: an end is noted once, by whoever made it' using errcode = 'HB001', hint = 'RL-07';
  end if;
  return new;
end $$;
create trigger guard before insert or update on template_version for each row execute function template_version_guard();

-- A change that was made of a model. What it may claim by that is asked anew each time (template_stands_in).
create table template_instance (
  change_id uuid primary key references change_request (id),
  version_id uuid not null references template_version (id),
  model_id uuid not null references template_model (id),
  tenant_id uuid not null,
  party_ids uuid[] not null default '{}',
  parameters jsonb not null,
  target_ids uuid[] not null check (cardinality(target_ids) between 1 and 20),
  plan_sm3 text not null check (plan_sm3 ~ '^[0-9a-f]{64}$'),
  created_by uuid not null,
  created_at timestamptz not null
);
create index template_instance_model on template_instance (model_id, change_id);
create index template_instance_version on template_instance (version_id);
call tenant_table('template_instance', true);
call append_only('template_instance');

-- Exactly the declared parameters, each within what it declares, and of an alphabet that means nothing to a shell.
create function template_parameters_fit(body jsonb, given jsonb) returns boolean language sql immutable as $$
  select jsonb_typeof(given) = 'object'
    and not exists (select 1 from jsonb_each(given) g where jsonb_typeof(g.value) <> 'string' or g.value #>> '{}' !~ '^[A-Za-z0-9](\.?[A-Za-z0-9_-]){0,63}$' or length(g.value #>> '{}') > 64
      or not exists (select 1 from jsonb_array_elements(body -> 'parameters') p where p ->> 'key' = g.key and case p ->> 'kind'
        when 'enum' then p -> 'values' ? (g.value #>> '{}')
        when 'integer' then case when g.value #>> '{}' ~ '^(0|[1-9][0-9]{0,9})$' then (g.value #>> '{}')::bigint between (p ->> 'min')::bigint and (p ->> 'max')::bigint else false end
        else length(g.value #>> '{}') <= (p ->> 'maxLength')::int and g.value #>> '{}' ~ case p ->> 'form'
          when 'word' then '^[a-z][a-z0-9-]{0,63}$' when 'version' then '^[0-9]{1,9}(\.[0-9]{1,9}){0,3}(-[a-z0-9]{1,20})?$' else '^.+$' end end))
    and (select count(*) from jsonb_object_keys(given)) = jsonb_array_length(body -> 'parameters')
$$;
-- The plan of model, parameters and targets: `expand` of template.model.ts. Values cannot end a JSON text nor open another slot.
create function template_expansion(body jsonb, given jsonb, targets uuid[]) returns jsonb language plpgsql immutable as $$
declare
  plan text := (body -> 'plan')::text;
  size int := (body -> 'grey' ->> 'batchSize')::int;
  one record;
begin
  if not template_parameters_fit(body, given) then return null; end if;
  for one in select key, value from jsonb_each_text(given) loop
    plan := replace(plan, '{{' || one.key || '}}', one.value);
  end loop;
  return plan::jsonb || jsonb_build_object('batches', (
    select jsonb_agg(jsonb_build_object('targetIds', b.ids, 'soakSeconds', (body -> 'grey' ->> 'soakSeconds')::int) order by b.batch) from (
      select case when t.n = 1 then 0 else 1 + (t.n - 2) / size end as batch, jsonb_agg(t.id order by t.n) as ids
      from unnest(targets) with ordinality as t (id, n) group by 1) b));
end $$;

create function template_instance_admit() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if app_person() is distinct from new.created_by or not exists (
      select 1 from template_version v join change_request c on c.id = new.change_id
      where v.id = new.version_id and v.model_id = new.model_id and v.tenant_id = new.tenant_id and v.state = 'published'
        and c.tenant_id = new.tenant_id and c.requester_id = new.created_by and c.state = 'draft' and c.urgency = 'U4'
        and c.plan = template_expansion(v.body, new.parameters, new.target_ids)) then
    raise exception 'template.not_published: not what a published model makes of these parameters' using errcode = 'HB001', hint = 'RL-01';
  end if;
  return new;
end $$;
create trigger admit before insert on template_instance for each row execute function template_instance_admit();

-- Uses of a model that came to something, newest first.
create function template_outcomes(of_model uuid) returns table (at timestamptz, failed boolean) language sql stable security definer set search_path = public as $$
  select coalesce(o.failed_at, o.closed_at), o.failed_at is not null
  from template_instance i join pub_change_outcome o on o.change_id = i.change_id
  where i.model_id = of_model and coalesce(o.failed_at, o.closed_at) is not null order by 1 desc
$$;
create function template_uses(of_model uuid) returns table (change_id uuid, change_no text, version int, at timestamptz, closed_at timestamptz, failed_at timestamptz)
  language sql stable security definer set search_path = public as $$
  select i.change_id, o.no, v.version, i.created_at, o.closed_at, o.failed_at
  from template_instance i join template_version v on v.id = i.version_id join pub_change_outcome o on o.change_id = i.change_id
  where i.model_id = of_model and (i.tenant_id = app_tenant() or app_oversight()) order by i.created_at desc limit 50
$$;
grant execute on function template_uses(uuid) to huabiao_app;
-- The facts that `standingOf` of template-standing.model.ts judges, for the services; and the judgement, for triggers and signer.
create function template_standing_facts(of_models uuid[]) returns table (model_id uuid, uses int, failures int, last_failed_at timestamptz)
  language sql stable security definer set search_path = public as $$
  select m.id, (select count(*)::int from (select 1 from template_outcomes(m.id) limit 50) o),
    (select count(*) filter (where o.failed)::int from (select failed from template_outcomes(m.id) limit 50) o),
    (select max(o.at) from template_outcomes(m.id) o where o.failed)
  from template_model m where m.id = any (of_models) and (m.tenant_id = app_tenant() or app_oversight())
$$;
create function template_in_standing(of_version uuid) returns boolean language sql stable security definer set search_path = public as $$
  select exists (select 1 from template_version v where v.id = of_version and v.state = 'published'
    and clock_timestamp() <= v.reviewed_at + interval '180 days'
    and not exists (select 1 from template_outcomes(v.model_id) o where o.failed and (o.at >= v.published_at or o.at > clock_timestamp() - interval '30 days'))
    and (select coalesce(count(*) filter (where not o.failed)::numeric / nullif(count(*), 0), 1) from (select failed from template_outcomes(v.model_id) limit 50) o) >= 0.98)
$$;
create function template_within_limits(limits jsonb, of_change uuid, targets uuid[]) returns boolean language sql stable security definer set search_path = public as $$
  select cardinality(targets) <= (limits ->> 'maxTargets')::int
    and not exists (select 1 from unnest(targets) i where not exists (
      select 1 from cmdb_target t where t.id = i and limits -> 'tiers' ? t.tier and limits -> 'systemIds' ? t.system_id::text))
    and exists (select 1 from change_request c where c.id = of_change
      and c.window_end - c.window_start <= make_interval(mins => (limits ->> 'maxWindowMinutes')::int)
      and consent_hours_hold((limits ->> 'fromMinute')::int, (limits ->> 'toMinute')::int, c.window_start, c.window_end)
      and (c.risk = 'R4' or c.risk = 'R3' and limits ->> 'maxRisk' = 'R3'))
$$;

-- What the signer will read of this hash is what the plan says: steps and targets, each and no other.
-- The platform's own questions before and after (G-CIV) are frozen with every plan and are of no model. What may be signed under their names the
-- signer itself knows (isSnapshotAction).
create function template_frozen_equals(of_change uuid, of_hash text, plan jsonb) returns boolean language sql stable security definer set search_path = public as $$
  with said as (
    select s ->> 'key' as step_key, s ->> 'phase' as phase, s ->> 'account' as account, (s ->> 'danger')::int as danger, s -> 'action' as action from jsonb_array_elements(plan -> 'steps') s
    union all select s ->> 'key', 'rollback', s ->> 'account', (s ->> 'danger')::int, s -> 'rollback' -> 'action' from jsonb_array_elements(plan -> 'steps') s where s -> 'rollback' ->> 'kind' = 'action'
    union all select 'health', 'health', plan -> 'health' ->> 'account', 1, plan -> 'health' -> 'action' where jsonb_typeof(plan -> 'health') = 'object'
  ), kept as (select step_key, phase, account, danger, action from change_step where change_id = of_change and plan_hash = of_hash and phase not in ('before', 'after')),
  places as (select (t #>> '{}')::uuid as target_id, b.n::int as batch from jsonb_array_elements(plan -> 'batches') with ordinality as b (value, n), jsonb_array_elements(b.value -> 'targetIds') t),
  frozen as (select target_id, batch from change_step_target where change_id = of_change and plan_hash = of_hash)
  select not exists (select * from said except select * from kept) and not exists (select * from kept except select * from said)
    and not exists (select * from places except select * from frozen) and not exists (select * from frozen except select * from places)
    and exists (select 1 from kept)
    and not exists (select 1 from change_step q where q.change_id = of_change and q.plan_hash = of_hash and q.phase in ('before', 'after')
      and (q.account is distinct from plan -> 'health' ->> 'account' or q.step_key <> 'snapshot' or q.action ->> 'kind' <> 'script'))
$$;

-- Whether a published model stands in for the approvals of this very plan now. Until execution begins the model must be in good standing and
-- the change within its limits; after that the plan alone counts: the rollback of a model's first failure is not barred by that failure.
create function template_stands_in(of_change uuid, of_hash text) returns boolean language sql stable security definer set search_path = public as $$
  select exists (select 1 from template_instance i join template_version v on v.id = i.version_id join change_request c on c.id = i.change_id
    where i.change_id = of_change and c.urgency = 'U4' and c.plan_hash = of_hash
      -- Nobody's own word stands in for their own change (RL-23).
      and v.published_by not in (c.requester_id, c.executor_id, c.reviewer_id) and v.reviewed_by not in (c.requester_id, c.executor_id, c.reviewer_id)
      and c.plan = template_expansion(v.body, i.parameters, i.target_ids) and template_frozen_equals(c.id, of_hash, c.plan)
      and (c.state in ('prechecking', 'gray_running', 'gray_soaking', 'rolling', 'verifying', 'rolling_back', 'paused', 'ci_reviewing', 'reviewing', 'closed')
        or template_in_standing(v.id) and template_within_limits(v.body -> 'limits', c.id, i.target_ids)))
$$;
-- The same in parts, for who may see the change: which model, and what of it holds.
create function template_authority(of_change uuid) returns table (model_id uuid, no text, name text, version int, state text, published_by uuid, published_at timestamptz,
    reviewed_by uuid, reviewed_at timestamptz, parameters jsonb, equal boolean, within_limits boolean, own_word boolean, uses int, failures int, last_failed_at timestamptz)
  language sql stable security definer set search_path = public as $$
  select m.id, m.no, v.body ->> 'name', v.version, v.state, v.published_by, v.published_at, v.reviewed_by, v.reviewed_at, i.parameters,
    c.plan = template_expansion(v.body, i.parameters, i.target_ids) and (c.plan_hash is null or template_frozen_equals(c.id, c.plan_hash, c.plan)),
    template_within_limits(v.body -> 'limits', c.id, i.target_ids),
    v.published_by in (c.requester_id, c.executor_id, c.reviewer_id) or v.reviewed_by in (c.requester_id, c.executor_id, c.reviewer_id),
    (select count(*)::int from (select 1 from template_outcomes(m.id) limit 50) o),
    (select count(*) filter (where o.failed)::int from (select failed from template_outcomes(m.id) limit 50) o),
    (select max(o.at) from template_outcomes(m.id) o where o.failed)
  from template_instance i join template_version v on v.id = i.version_id join template_model m on m.id = i.model_id join change_request c on c.id = i.change_id
  where i.change_id = of_change and (c.tenant_id = app_tenant() or app_tenant() = any (c.party_ids) or app_oversight())
$$;
grant execute on function template_authority(uuid), template_standing_facts(uuid[]), template_expansion(jsonb, jsonb, uuid[]), template_stands_in(uuid, text) to huabiao_app;

-- As in approval_seat, and a published model may stand in for the persons of a change: what asks for approvals (change_guard,
-- change_run_admit, pub_grant_facts and with it the signer) asks here, whatever its newest version is.
create or replace function approval_complete(of_kind text, of_subject uuid, of_hash text) returns boolean language sql stable security definer set search_path = public as $$
  select coalesce(bool_and(
    (select count(distinct d.person_id) from approval_decision d where d.approval_id = a.id and d.stage = s->>'key' and d.verdict = 'approve' and d.hash = a.subject_hash
       and approval_may_decide(a.id, s->>'key', d.person_id) and not d.person_id = any (a.excluded_ids)) >= greatest((s->>'quorum')::int, 1)
    and not exists (select 1 from approval_decision d where d.approval_id = a.id and d.verdict <> 'approve')), of_kind = 'change' and template_stands_in(of_subject, of_hash))
  from approval a, jsonb_array_elements(a.stages) s
  where a.subject_kind = of_kind and a.subject_id = of_subject and a.subject_hash = of_hash and a.voided_at is null
$$;
