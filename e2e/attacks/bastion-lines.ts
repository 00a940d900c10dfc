import * as execution from '@huabiao/domains/change/change-execution.contract'
import { observeCommand, openObserve } from '@huabiao/domains/session/session.contract'
import { requestCertificate } from '@huabiao/domains/session/session-gateway.contract'
import { noteOf, type RedLine } from './attack.ts'
import { parts } from './scene.ts'

/** Red lines of the way to the targets: RL-15, 17, 18, 19 and 21. */

const nobody = '00000000-0000-7000-8000-000000000000'
const wrongNo = 'CHG-0'

export const bastionLines: readonly RedLine[] = [
  {
    rule: 'RL-15',
    says: 'No unconfirmed mutation',
    by: 'wu.di',
    calls: [
      {
        tried: 'POST /observe-sessions/{any}/commands rm -rf /srv/app',
        send: (api) => api(observeCommand, { params: { sessionId: nobody }, body: { argv: ['rm', '-rf', '/srv/app'] } }),
        answer: 'session.mutation_refused · RL-15',
      },
    ],
    console: { path: () => '/sessions', offers: { absent: /执行|删除/ } },
    exec: [{ command: () => ['rm -rf /srv/app'], answer: 'session.mutation_refused · RL-15' }],
    typed: [{ lines: () => ['delete from citizen'], answer: 'session.mutation_refused · RL-15' }],
    sql: [
      { statement: () => 'delete from change_request', answer: '42501 permission denied for table change_request' },
      { statement: () => 'truncate change_step_run', answer: '42501 permission denied for table change_step_run' },
      { statement: () => 'drop table change_request', answer: '42501 must be owner of table change_request' },
    ],
  },
  {
    rule: 'RL-17',
    says: 'No root without grant',
    by: parts.run.executor,
    calls: [
      {
        tried: 'POST /observe-sessions as root',
        send: (api, s) =>
          api(openObserve, {
            body: { changeId: s.changes.run.id, targetId: s.targetIds['portal-app-02']!, account: 'root' },
          }),
        answer: 'session.root_refused · RL-17',
      },
    ],
    console: { path: (s) => `/changes/${s.changes.run.id}`, offers: { absent: /root|特权/ } },
    exec: [{ command: () => ['sudo', '-i'], answer: 'session.root_refused · RL-17' }],
    typed: [
      { lines: (s) => [`open ${s.changes.run.no}`, 'observe portal-app-02 root'], answer: 'session.root_refused · RL-17' },
      { lines: () => ['sudo -i'], answer: 'session.root_refused · RL-17' },
    ],
    sql: [
      {
        statement: () => `update cmdb_target set accounts = '[{"name":"root","login":"root","privileged":false}]'`,
        answer: '42501 permission denied for table cmdb_target',
      },
      {
        statement: () => `set local role postgres`,
        answer: '42501 permission denied to set role "postgres"',
      },
    ],
  },
  {
    rule: 'RL-18',
    says: 'Bastion only',
    by: 'zhou.yan',
    calls: [
      {
        tried: 'POST /gateway/certificates, as a person',
        send: (api) => api(requestCertificate, { body: {} as never }),
        answer: 'access.service_only · RL-18',
      },
    ],
    console: { path: () => '/terminal', offers: { absent: /下载|上传|凭据/ } },
    exec: [
      {
        options: (s) => ['-W', `127.0.0.1:${s.on.targets[0]!.port}`],
        command: () => [],
        answer: 'session.forwarding_refused · RL-18',
        prints: /open failed|forwarding failed/,
      },
      { command: () => ['ssh', 'hb-app@portal-web-01'], answer: 'session.other_way_refused · RL-18' },
    ],
    typed: [{ lines: () => ['ssh hb-app@portal-web-01'], answer: 'session.other_way_refused · RL-18' }],
    sql: [
      {
        statement: () => `copy (select 1) to program 'ssh hb-app@portal-web-01'`,
        answer: '42501 permission denied to COPY to or from an external program',
      },
      { statement: () => `select pg_read_file('ssh-ca')`, answer: '42501 permission denied for function pg_read_file' },
    ],
  },
  {
    rule: 'RL-19',
    says: 'Work purpose only',
    by: 'sun.jie',
    calls: [
      {
        tried: 'POST /observe-sessions for an unapproved change',
        send: (api, s) => api(openObserve, { body: { changeId: s.changes.test.id, targetId: s.targetIds['portal-web-01']! } }),
        answer: 'session.observe_needs_purpose · RL-19',
      },
    ],
    console: { path: (s) => `/changes/${s.changes.test.id}`, offers: { absent: /观察/ } },
    exec: [
      { command: () => ['observe', 'portal-web-01'], answer: 'session.no_purpose · RL-19' },
      { command: () => ['cat /etc/passwd'], answer: 'session.no_purpose · RL-19' },
    ],
    typed: [
      {
        lines: (s) => [`open ${s.changes.test.no}`, 'observe portal-web-01'],
        answer: 'session.observe_needs_purpose · RL-19',
      },
      { lines: () => ['cat /etc/passwd'], answer: 'session.no_purpose · RL-19' },
    ],
    sql: [
      {
        statement: (
          s,
        ) => `insert into session_record (id, tenant_id, plane, mode, state, change_id, change_no, title, executor_id, executor_name, target_names, door, source_ip, gateway_id, requested_at)
          values (gen_random_uuid(), '${s.tenantId}', 'platform', 'observe', 'requested', '${s.changes.test.id}', 'x', 'x', '${s.personIds['sun.jie']}', 'x', '{portal-web-01}', 'ssh', '', 'gw', now())`,
        answer: 'HB019 session.no_purpose: no approved change of this executor',
      },
    ],
  },
  {
    rule: 'RL-21',
    says: 'Unclear command or button',
    by: parts.ready.executor,
    later: true,
    calls: [
      {
        tried: 'POST /changes/{ready}/begin, another number typed',
        send: (api, s) => api(execution.beginChange, { params: { changeId: s.changes.ready.id }, body: { confirm: wrongNo } }),
        answer: 'change.confirmation_mismatch · RL-21',
      },
    ],
    console: {
      path: (s) => `/changes/${s.changes.ready.id}`,
      offers: {
        tried: 'press 开始实施 and type another number',
        press: async (page) => {
          const begin = page.locator('button:not([aria-disabled])', { hasText: '开始实施' })
          await begin.first().click()
          await page.getByRole('dialog').getByRole('textbox').fill(wrongNo)
          await page.getByRole('dialog').getByRole('button', { name: '开始实施' }).click()
          return noteOf(page)
        },
        answer: 'change.confirmation_mismatch · RL-21',
      },
    },
    exec: [
      { command: (s) => ['begin', s.changes.ready.no, wrongNo], answer: 'change.confirmation_mismatch · RL-21' },
      { command: () => ['frobnicate'], answer: 'session.direct_shell_refused · RL-21' },
    ],
    typed: [
      { lines: (s) => [`begin ${s.changes.ready.no}`, wrongNo], answer: 'change.confirmation_mismatch · RL-21' },
      { lines: () => ['frobnicate; id'], answer: 'session.direct_shell_refused · RL-21' },
    ],
    sql: [
      {
        statement: () => 'set log_min_error_statement = panic',
        answer: '42501 permission denied to set parameter "log_min_error_statement"',
      },
      { statement: () => 'alter role huabiao_app superuser', answer: '42501 permission denied to alter role' },
    ],
  },
]
