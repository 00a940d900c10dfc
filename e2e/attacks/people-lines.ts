import { grantRole } from '@huabiao/domains/access/access.contract'
import { addTerminalNetwork, approveTerminal } from '@huabiao/domains/identity/identity-account.contract'
import { completeDeparture } from '@huabiao/domains/lifecycle/lifecycle.contract'
import { observeCommand } from '@huabiao/domains/session/session.contract'
import { beijingDay } from '@huabiao/kit/calendar/calendar'
import { noSuchAct, noteOf, type RedLine, unknownCall } from './attack.ts'
import { newcomer } from './scene.ts'

/** Red lines of what people must not do to each other or by themselves: RL-13, 14, 20, 24 and 25. */

const nobody = '00000000-0000-7000-8000-000000000000'
const inHalfAYear = (): Date => new Date(Date.now() + 180 * 86_400_000)

export const peopleLines: readonly RedLine[] = [
  {
    rule: 'RL-13',
    says: 'No concealment',
    by: 'zhu.cha',
    calls: [
      unknownCall('DELETE', `/violations/${nobody}`, 'violation.cannot_be_deleted · RL-13'),
      unknownCall('PUT', `/violations/${nobody}/hidden`, 'violation.cannot_be_deleted · RL-13'),
      unknownCall('DELETE', `/recordings/${nobody}`, 'ledger.cannot_be_disabled · RL-36'),
    ],
    console: { path: () => '/violations', offers: { absent: /删除|隐藏|清除/ } },
    exec: [{ command: () => ['forget', 'V-1'], answer: noSuchAct }],
    typed: [{ lines: () => ['forget V-1'], answer: noSuchAct }],
    sql: [
      { statement: () => 'delete from violation_case', answer: '42501 permission denied for table violation_case' },
      { statement: () => 'truncate violation_case', answer: '42501 permission denied for table violation_case' },
      { statement: () => 'delete from session_record', answer: '42501 permission denied for table session_record' },
      { statement: () => `update ledger_record set code = null`, answer: '42501 permission denied for table ledger_record' },
    ],
  },
  {
    rule: 'RL-14',
    says: 'No private restart',
    by: 'wu.di',
    calls: [
      {
        tried: 'POST /observe-sessions/{any}/commands systemctl restart portal',
        send: (api) => api(observeCommand, { params: { sessionId: nobody }, body: { argv: ['systemctl', 'restart', 'portal'] } }),
        answer: 'session.mutation_refused · RL-15',
      },
    ],
    console: { path: () => '/enrolments', offers: { absent: /重启|关机/ } },
    exec: [{ command: () => ['systemctl', 'restart', 'portal'], answer: 'session.mutation_refused · RL-15' }],
    typed: [{ lines: () => ['reboot'], answer: 'session.mutation_refused · RL-15' }],
    sql: [
      {
        statement: (
          s,
        ) => `insert into session_record (id, tenant_id, plane, mode, state, change_id, change_no, title, executor_id, executor_name, target_names, door, source_ip, gateway_id, requested_at)
          values (gen_random_uuid(), '${s.tenantId}', 'platform', 'interactive', 'requested', '${s.changes.window.id}', 'x', 'x', '${s.personIds['wu.di']}', 'x', '{portal-web-01}', 'ssh', '', 'gw', now())`,
        answer: 'HB019 session.no_purpose: no emergency admits this person here',
      },
    ],
  },
  {
    rule: 'RL-20',
    says: 'Own terminal',
    by: 'han.guan',
    calls: [
      {
        tried: 'POST /terminals/{own}/approve',
        send: (api, s) => api(approveTerminal, { params: { terminalId: s.terminalId } }),
        answer: 'identity.own_terminal · RL-20',
      },
      {
        tried: 'POST /terminals, a network of everybody',
        send: (api) => api(addTerminalNetwork, { body: { name: '任意网段', cidr: '0.0.0.0/0' } }),
        answer: 'identity.terminal_invalid · RL-20',
      },
    ],
    console: { path: () => '/terminals', offers: { disabled: /^批准/, rule: 'RL-20' } },
    exec: [{ command: () => ['approve', 'terminal'], answer: noSuchAct }],
    typed: [{ lines: () => ['approve terminal'], answer: noSuchAct }],
    sql: [
      {
        statement: (s) =>
          `update terminal set status = 'approved', decided_by = '${s.personIds['yang.an']}', decided_at = now() where id = '${s.terminalId}'`,
        answer: 'HB020 identity.own_terminal: approved in the name of another',
      },
      {
        statement: (
          s,
        ) => `insert into terminal (id, tenant_id, person_id, name, kind, token_sha256, status, requested_by, requested_at, decided_by, decided_at)
          values (gen_random_uuid(), '${s.tenantId}', '${s.personIds['han.guan']}', 'x', 'browser', 'x', 'approved', '${s.personIds['yang.an']}', now(), '${s.personIds['han.guan']}', now())`,
        answer: 'HB020 identity.own_terminal: a browser is asked for by its person, and approved afterwards',
      },
      {
        statement: (
          s,
        ) => `insert into terminal (id, tenant_id, name, kind, cidr, status, requested_by, requested_at, decided_by, decided_at)
          values (gen_random_uuid(), '${s.tenantId}', 'x', 'network', '0.0.0.0/0', 'approved', '${s.personIds['han.guan']}', now(), '${s.personIds['han.guan']}', now())`,
        answer: 'HB020 identity.terminal_invalid: a network of everybody registers nothing',
      },
      {
        statement: (s) =>
          `update account set terminal_exempt_until = now() + interval '1 day' where person_id = '${s.personIds['han.guan']}'`,
        answer: 'HB020 identity.own_account: somebody else exempts',
      },
    ],
  },
  {
    rule: 'RL-24',
    says: 'Trained first',
    by: 'yang.an',
    calls: [
      {
        tried: 'POST /role-bindings RLS to somebody without a training',
        send: (api, s) =>
          api(grantRole, {
            body: { personId: s.personIds.newcomer!, role: 'RLS', notAfter: inHalfAYear().toISOString() },
          }),
        answer: 'access.untrained · RL-24',
      },
    ],
    console: {
      path: () => '/roles/bindings',
      offers: {
        tried: 'press 授予角色, somebody without a training, RLS',
        press: async (page) => {
          await page.getByRole('button', { name: '授予角色' }).first().click()
          const dialog = page.getByRole('dialog')
          await dialog.getByRole('combobox').first().fill(newcomer.name)
          await dialog.getByRole('option', { name: newcomer.name }).click()
          await dialog.locator('select').selectOption('RLS')
          await dialog.getByRole('textbox', { name: '失效' }).fill(`${beijingDay(inHalfAYear())} 12:00`)
          await page.keyboard.press('Enter')
          await dialog.getByRole('button', { name: '授予角色' }).click()
          return noteOf(page)
        },
        answer: 'access.untrained · RL-24',
      },
    },
    exec: [{ command: () => ['grant', 'newcomer', 'RLS'], answer: noSuchAct }],
    typed: [{ lines: () => ['grant newcomer RLS'], answer: noSuchAct }],
    sql: [
      {
        statement: (s) => `insert into role_binding (id, tenant_id, person_id, role, not_before, not_after, granted_by)
          values (gen_random_uuid(), '${s.tenantId}', '${s.personIds.newcomer}', 'RLS', now(), now() + interval '1 day', '${s.personIds['yang.an']}')`,
        answer: 'HB024 access.untrained: no valid training',
      },
    ],
  },
  {
    rule: 'RL-25',
    says: 'Handover before leaving',
    by: 'han.guan',
    calls: [
      {
        tried: 'POST /departures/{departure}/complete',
        send: (api, s) => api(completeDeparture, { params: { departureId: s.departureId }, ifMatch: 1 }),
        answer: 'lifecycle.open_items · RL-25',
      },
    ],
    console: { path: (s) => `/people/departures/${s.departureId}`, offers: { disabled: /^办结/, rule: 'RL-25' } },
    exec: [{ command: () => ['leave', 'wu.di'], answer: noSuchAct }],
    typed: [{ lines: () => ['leave wu.di'], answer: noSuchAct }],
    sql: [
      {
        statement: (s) =>
          `update lifecycle_departure set version = version + 1, state = 'complete', completed_at = now(), completed_by = '${s.personIds['han.guan']}' where id = '${s.departureId}'`,
        answer: 'HB025 lifecycle.open_items: not everything is handed over',
      },
      {
        statement: (s) =>
          `insert into lifecycle_settlement (departure_id, tenant_id, item, successor_id, settled_by, settled_at) values ('${s.departureId}', '${s.tenantId}', 'change.executor/${s.changes.window.id}', '${s.personIds['zheng.hao']}', '${s.personIds['zheng.hao']}', now())`,
        answer: 'HB025 lifecycle.not_successor: the word of another',
      },
    ],
  },
]
