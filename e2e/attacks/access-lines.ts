import { grantRole } from '@huabiao/domains/access/access.contract'
import { decideChange } from '@huabiao/domains/change/change.contract'
import { type CallAttempt, noSuchAct, type RedLine, unknownCall } from './attack.ts'
import type { Scene } from './scene.ts'

/** Red lines of people and of the audit: RL-23, 27, 28 and 36. The bastion has no act of this kind, and says so (RL-21). */

const inYears = (years: number): string => new Date(Date.now() + years * 365 * 86_400_000).toISOString()
const grant = (
  tried: string,
  of: { login: string; role: 'AUD' | 'ENG' | 'RLS'; years?: number },
  answer: string,
): CallAttempt => ({
  tried: `POST /role-bindings ${tried}`,
  send: (api, s) =>
    api(grantRole, { body: { personId: s.personIds[of.login]!, role: of.role, notAfter: inYears(of.years ?? 0.5) } }),
  answer,
})
const insertBinding = (s: Scene, login: string, role: string, notAfter: string): string =>
  `insert into role_binding (id, tenant_id, person_id, role, not_before, not_after, granted_by)
   values (gen_random_uuid(), '${s.tenantId}', '${s.personIds[login]}', '${role}', now(), ${notAfter}, '${s.personIds['yang.an']}')`
export const accessLines: readonly RedLine[] = [
  {
    rule: 'RL-23',
    says: 'Own account',
    by: 'li.na',
    calls: [
      {
        tried: 'POST /changes/{approve}/decisions approve, by its requester',
        send: (api, s) =>
          api(decideChange, {
            params: { changeId: s.changes.approve.id },
            body: { planHash: s.changes.approve.planHash!, verdict: 'approve' },
          }),
        answer: 'change.own_approval · RL-23',
      },
    ],
    console: { path: (s) => `/changes/${s.changes.approve.id}?tab=overview`, offers: { disabled: /^审批/, rule: 'RL-23' } },
    exec: [{ command: (s) => ['approve', s.changes.approve.no], answer: noSuchAct }],
    typed: [{ lines: (s) => [`approve ${s.changes.approve.no}`], answer: noSuchAct }],
    sql: [
      {
        statement: (s) => `insert into approval_decision (approval_id, tenant_id, stage, person_id, verdict, hash, at)
          select id, tenant_id, 'l2', '${s.personIds['li.na']}', 'approve', subject_hash, now() from approval where subject_id = '${s.changes.approve.id}'`,
        answer: 'HB001 approval.own_item: excluded person',
      },
      {
        statement: (s) => `insert into approval_decision (approval_id, tenant_id, stage, person_id, verdict, hash, at)
          select id, tenant_id, 'l2', '${s.personIds['sun.jie']}', 'approve', subject_hash, now() from approval where subject_id = '${s.changes.approve.id}'`,
        answer: 'HB001 approval.not_candidate: not the acting person',
      },
      {
        statement: (s) => `insert into account (id, tenant_id, person_id, login, created_at)
          values (gen_random_uuid(), '${s.tenantId}', '${s.personIds['li.na']}', 'second', now())`,
        answer: '23505 duplicate key value violates unique constraint "account_person_id_key"',
      },
    ],
  },
  {
    rule: 'RL-27',
    says: 'O&M and audit apart; DBA and SA apart',
    by: 'yang.an',
    calls: [
      grant('AUD to an engineer', { login: 'zhao.ming', role: 'AUD' }, 'access.exclusive_roles · RL-27'),
      grant('ENG to the auditor', { login: 'zhu.cha', role: 'ENG' }, 'access.exclusive_roles · RL-27'),
    ],
    console: {
      path: () => '/roles/bindings',
      offers: {
        tried: 'press 授予角色, 赵明, AUD',
        press: async (page) => {
          await page.getByRole('button', { name: '授予角色' }).first().click()
          const dialog = page.getByRole('dialog')
          await dialog.getByRole('combobox').first().fill('赵明')
          await dialog.getByRole('option', { name: '赵明' }).click()
          await dialog.locator('select').selectOption('AUD')
          await dialog.locator('button[aria-disabled=true]', { hasText: '授予角色' }).waitFor()
          return `disabled, and says ${/RL-\d\d/.exec(await dialog.locator('.field-error').first().innerText())?.[0]}`
        },
        answer: 'disabled, and says RL-27',
      },
    },
    exec: [{ command: () => ['grant', 'zhao.ming', 'AUD'], answer: noSuchAct }],
    typed: [{ lines: () => ['grant zhao.ming AUD'], answer: noSuchAct }],
    sql: [
      {
        statement: (s) => insertBinding(s, 'zhao.ming', 'AUD', `now() + interval '1 day'`),
        answer: 'HB027 access.exclusive_roles: ENG excludes AUD',
      },
      {
        statement: (s) => insertBinding(s, 'wu.di', 'SYS', `now() + interval '1 day'`),
        answer: 'HB027 access.exclusive_roles: DBA excludes SYS',
      },
      { statement: () => `delete from role_exclusion`, answer: '42501 permission denied for table role_exclusion' },
    ],
  },
  {
    rule: 'RL-28',
    says: 'Grants by chain',
    by: 'yang.an',
    calls: [
      grant('ENG without a request', { login: 'feng.ban', role: 'ENG' }, 'access.chain_required · RL-28'),
      grant('RLS for a hundred years', { login: 'chen.jing', role: 'RLS', years: 100 }, 'access.window_invalid · RL-28'),
    ],
    console: { path: () => '/permission-requests', offers: { absent: /直接授予/ } },
    exec: [{ command: () => ['grant', 'feng.ban', 'ENG'], answer: noSuchAct }],
    typed: [{ lines: () => ['grant feng.ban ENG'], answer: noSuchAct }],
    sql: [
      {
        statement: (s) => insertBinding(s, 'feng.ban', 'ENG', `now() + interval '1 day'`),
        answer: 'HB028 access.chain_required: the stages of the request are not complete',
      },
      {
        statement: (s) => insertBinding(s, 'chen.jing', 'RLS', `'infinity'`),
        answer: 'HB028 access.window_invalid: a grant without an end',
      },
    ],
  },
  {
    rule: 'RL-36',
    says: 'Audit is whole',
    by: 'zhu.cha',
    calls: [
      unknownCall('DELETE', '/ledger/records/1', 'ledger.cannot_be_disabled · RL-36'),
      unknownCall('PUT', '/ledger/retention', 'ledger.cannot_be_disabled · RL-36'),
    ],
    console: { path: () => '/ledger', offers: { absent: /删除|清空|关闭审计|停用/ } },
    exec: [{ command: () => ['auditctl', '-e', '0'], answer: noSuchAct }],
    typed: [{ lines: () => ['auditctl -e 0'], answer: noSuchAct }],
    sql: [
      { statement: () => 'delete from ledger_record', answer: '42501 permission denied for table ledger_record' },
      { statement: () => 'alter table ledger_record disable trigger all', answer: '42501 must be owner of table ledger_record' },
      {
        statement: () => 'update evidence_object set keep_until = now()',
        answer: '42501 permission denied for table evidence_object',
      },
      { statement: () => 'delete from session_segment', answer: '42501 permission denied for table session_segment' },
    ],
  },
]
