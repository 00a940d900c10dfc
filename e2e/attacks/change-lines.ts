import { decideChange, finishPlan } from '@huabiao/domains/change/change.contract'
import * as execution from '@huabiao/domains/change/change-execution.contract'
import type { CallAttempt, ExecAttempt, RedLine, SqlAttempt, TypedAttempt } from './attack.ts'
import { type Part, parts, type Scene } from './scene.ts'

/** Red lines around a change: RL-01, 02, 04 … 09 and 11. */

const params = (scene: Scene, part: Part) => ({ changeId: scene.changes[part].id })
const beginCall = (part: Part, answer: string): CallAttempt => ({
  tried: `POST /changes/{${part}}/begin`,
  send: (api, s) => api(execution.beginChange, { params: params(s, part), body: { confirm: s.changes[part].no } }),
  answer,
})
const beginExec = (part: Part, answer: string): ExecAttempt => ({
  command: (s) => ['begin', s.changes[part].no, s.changes[part].no],
  answer,
})
const beginTyped = (part: Part, answer: string): TypedAttempt => ({
  lines: (s) => [`begin ${s.changes[part].no}`, s.changes[part].no],
  answer,
})
/** Begun by whoever may not, at every door that has the act. */
const begins = (part: Part, answer: string) => ({
  calls: [beginCall(part, answer)],
  exec: [beginExec(part, answer)],
  typed: [beginTyped(part, answer)],
})
const runCall = (part: Part, stepKey: string, answer: string): CallAttempt => ({
  tried: `POST /changes/{${part}}/run-next ${stepKey}`,
  send: (api, s) =>
    api(execution.runNext, { params: params(s, part), body: { stepKey, targetId: s.changes[part].targets.at(-1)!.id } }),
  answer,
})
const runs = (part: Part, stepKey: string, answer: string) => ({
  calls: [runCall(part, stepKey, answer)],
  exec: [{ command: (s: Scene) => ['run', s.changes[part].no, stepKey], answer }],
  typed: [{ lines: (s: Scene) => [`run ${s.changes[part].no} ${stepKey}`], answer }],
})
const page = (part: Part) => (s: Scene) => `/changes/${s.changes[part].id}`

/** As the application writes a change, for the person who attacks. */
const update = (part: Part, set: string, answer: string): SqlAttempt => ({
  statement: (s) => `update change_request set version = version + 1, ${set} where id = '${s.changes[part].id}'`,
  answer,
})
const aRun = (part: Part, by: string, phase: string, step: string, answer: string): SqlAttempt => ({
  statement: (
    s,
  ) => `insert into change_step_run (id, change_id, tenant_id, plan_hash, step_key, phase, batch, target_id, target_name, attempt, state, executor_id, session_id, not_after, timeout_ms, issued_at)
    select gen_random_uuid(), c.id, c.tenant_id, coalesce(c.plan_hash, repeat('0', 64)), '${step}', '${phase}', 2, '${s.changes[part].targets.at(-1)!.id}', 'portal-web-02', 9, 'granted', '${s.personIds[by]}',
    coalesce(c.session_id, c.id), now() + interval '1 minute', 1000, now() from change_request c where c.id = '${s.changes[part].id}'`,
  answer,
})

export const changeLines: readonly RedLine[] = [
  {
    rule: 'RL-01',
    says: 'No approval, no change',
    by: 'zhou.yan',
    ...begins('approve', 'change.not_approved · RL-01'),
    console: { path: page('approve'), offers: { absent: /开始实施/ } },
    sql: [
      update(
        'approve',
        `state = 'consenting', approved_plan_hash = plan_hash`,
        'HB001 change.not_approved: approvals are not complete',
      ),
      update('approve', `state = 'prechecking'`, 'HB001 change.wrong_state: approving to prechecking'),
      aRun('approve', 'zhou.yan', 'execute', 'deploy', 'HB001 change.not_approved: no approved plan under way'),
    ],
  },
  {
    rule: 'RL-02',
    says: 'No window, no change',
    by: parts.window.executor,
    ...begins('window', 'change.outside_window · RL-02'),
    console: { path: page('window'), offers: { disabled: /开始实施/, rule: 'RL-02' } },
    sql: [update('window', `state = 'prechecking'`, 'HB002 change.outside_window: now is outside the window')],
  },
  {
    rule: 'RL-04',
    says: 'No plan, no change',
    by: 'li.na',
    calls: [
      {
        tried: 'POST /changes/{plan}/finish-plan',
        send: (api, s) => api(finishPlan, { params: params(s, 'plan'), body: {} }),
        answer: 'change.plan_incomplete · RL-04',
      },
      beginCall('plan', 'change.plan_incomplete · RL-04'),
    ],
    exec: [beginExec('plan', 'change.plan_incomplete · RL-04')],
    typed: [beginTyped('plan', 'change.plan_incomplete · RL-04')],
    console: { path: page('plan'), offers: { disabled: /方案完成/, rule: 'RL-04' } },
    sql: [
      update(
        'plan',
        `state = 'assessing', plan_hash = repeat('a', 64)`,
        'HB004 change.plan_incomplete: no plan whole enough to be judged',
      ),
    ],
  },
  {
    rule: 'RL-05',
    says: 'Untested plan',
    by: 'sun.jie',
    ...begins('test', 'change.not_tested · RL-05'),
    calls: [
      beginCall('test', 'change.not_tested · RL-05'),
      {
        tried: 'POST /changes/{test}/decisions approve',
        send: (api, s) =>
          api(decideChange, {
            params: params(s, 'test'),
            body: { planHash: s.changes.test.planHash!, verdict: 'approve' },
          }),
        answer: 'change.not_tested · RL-05',
      },
    ],
    console: { path: page('test'), offers: { absent: /开始实施|^审批/ } },
    sql: [
      update('test', `state = 'approving'`, 'HB005 change.not_tested: no passed test of this plan by another person'),
      {
        statement: (
          s,
        ) => `insert into change_test (id, change_id, tenant_id, plan_hash, environment, verdict, tester_id, note, at)
          values (gen_random_uuid(), '${s.changes.test.id}', '${s.tenantId}', '${s.changes.test.planHash}', 'x', 'pass', '${s.personIds['zheng.hao']}', 'x', now())`,
        answer: 'HB005 change.not_tested: the test of another person',
      },
    ],
  },
  {
    rule: 'RL-06',
    says: 'Two persons',
    by: parts.ready.executor,
    ...begins('ready', 'change.reviewer_absent · RL-06'),
    console: { path: page('ready'), offers: { disabled: /开始实施/, rule: 'RL-06' } },
    sql: [
      update('ready', `state = 'prechecking'`, 'HB006 change.reviewer_absent: the second person is not present'),
      {
        statement: (s) =>
          `insert into change_presence (change_id, person_id, tenant_id, logon_session_id, seen_at) values ('${s.changes.ready.id}', '${s.personIds['qian.wei']}', '${s.tenantId}', 'x', now())`,
        answer: 'HB006 change.reviewer_absent: presence of another person',
      },
    ],
  },
  {
    rule: 'RL-07',
    says: 'Nothing beyond the plan',
    by: parts.run.executor,
    ...runs('run', 'deploy', 'change.not_next_step · RL-07'),
    console: { path: page('run'), offers: { absent: /执行下一步: deploy/ } },
    sql: [
      update(
        'run',
        `plan = jsonb_set(plan, '{steps,1,action,line}', '"rm -rf /srv"')`,
        'HB007 change.hash_mismatch: the plan is bound in state prechecking',
      ),
      aRun('run', parts.run.executor, 'execute', 'extra', 'HB007 change.not_next_step: no step or target of the plan'),
      {
        statement: (
          s,
        ) => `insert into change_step select change_id, plan_hash, 'extra', phase, tenant_id, party_ids, account, danger, action, command_digest
          from change_step where change_id = '${s.changes.run.id}' limit 1`,
        answer: 'HB007 change.hash_mismatch: the steps of this hash are frozen',
      },
    ],
  },
  {
    rule: 'RL-08',
    says: 'Grey first',
    by: parts.soak.executor,
    ...runs('soak', 'deploy', 'change.soaking · RL-08'),
    console: { path: page('soak'), offers: { absent: /执行下一步/ } },
    sql: [
      update(
        'soak',
        `state = 'rolling', current_batch = 2, soak_until = null`,
        'HB008 change.soaking: the batch is still observed',
      ),
      update('soak', `soak_until = now() - interval '1 hour'`, 'HB008 change.soaking: a soak is not shortened'),
      aRun('soak', parts.soak.executor, 'execute', 'deploy', 'HB008 change.batch_locked: the batch is not released'),
    ],
  },
  {
    rule: 'RL-09',
    says: 'The unexpected stops',
    by: parts.run.executor,
    later: true,
    ...runs('run', 'look', 'change.paused · RL-09'),
    console: { path: page('run'), offers: { absent: /执行下一步/ } },
    sql: [
      update('run', `state = paused_from, paused_from = null`, 'HB009 change.paused: only L2 or CRE who took no part resumes'),
      aRun('run', parts.run.executor, 'precheck', 'look', 'HB009 change.paused: nothing runs while it is paused'),
    ],
  },
  {
    rule: 'RL-11',
    says: 'Customer consent',
    by: 'qian.wei',
    ...begins('consent', 'change.no_consent · RL-11'),
    console: { path: page('consent'), offers: { absent: /开始实施|客户授权/ } },
    sql: [
      update('consent', `state = 'scheduled'`, 'HB011 change.no_consent: the customer has not consented'),
      {
        statement: (s) => `insert into change_consent (change_id, plan_hash, system_id, tenant_id, person_id, verdict, note, at)
          select id, plan_hash, system_ids[1], tenant_id, '${s.personIds['qian.wei']}', 'consent', '', now() from change_request where id = '${s.changes.consent.id}'`,
        answer: 'HB011 change.no_consent: not the word of the unit that owns the system',
      },
      {
        statement: (
          s,
        ) => `insert into consent_preauthorisation (id, tenant_id, name, reason, system_ids, categories, max_risk, waives_notice, not_before, not_after, given_by, given_at)
          select gen_random_uuid(), tenant_id, 'x', 'x', system_ids, '{}', 'R2', true, now(), now() + interval '1 day', '${s.personIds['qian.wei']}', now() from change_request where id = '${s.changes.consent.id}'`,
        answer: 'HB011 consent.not_customer: not the word of the unit that owns the systems',
      },
      {
        statement: (s) => `insert into announcement_receipt (announcement_id, waives, tenant_id, party_ids, person_id, note, at)
          select id, true, tenant_id, party_ids, '${s.personIds['qian.wei']}', 'x', now() from announcement where change_id = '${s.changes.window.id}'`,
        answer: 'HB011 announcement.not_addressee: not the word of the unit that was told',
      },
    ],
  },
]
