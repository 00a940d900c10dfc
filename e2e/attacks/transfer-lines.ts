import { openTransfer } from '@huabiao/domains/transfer/transfer.contract'
import { ProblemError } from '@huabiao/kit/http/client'
import type { RedLine } from './attack.ts'

/** RL-22: nothing leaves without a ticket. A transfer that is refused is an answer, not an error: the matrix reads it as every other. */
export const transferLines: readonly RedLine[] = [
  {
    rule: 'RL-22',
    says: 'Data stays',
    by: 'zheng.hao',
    calls: [
      {
        tried: 'POST /transfers out /etc/passwd',
        send: async (api) => {
          const body = { channel: 'console' as const, direction: 'out' as const, path: '/etc/passwd' }
          const answer = await api(openTransfer, { body })
          if (answer.outcome === 'admitted') return answer
          const { code, rule } = answer
          throw new ProblemError({ type: '', status: 403, code, params: {}, requestId: '', ...(rule ? { rule } : {}) })
        },
        answer: 'transfer.no_ticket · RL-22',
      },
    ],
    console: { path: () => '/transfers', offers: { absent: /^下载/ } },
    exec: [{ command: () => ['tar', 'c', '/etc'], answer: 'session.transfer_refused · RL-22' }],
    typed: [{ lines: () => ['tar c /etc'], answer: 'session.transfer_refused · RL-22' }],
    sql: [
      {
        statement: (s) =>
          `insert into transfer_record (id, tenant_id, plane, person_id, person_name, door, channel, direction, state, asked, opened_at) values (gen_random_uuid(), '${s.tenantId}', 'platform', '${s.personIds['zheng.hao']}', 'x', 'ssh', 'sftp', 'out', 'open', '/etc/passwd', now())`,
        answer: 'HB022 transfer.no_ticket: no live ticket of this person for this content',
      },
      {
        statement: (s) =>
          `insert into transfer_ticket (id, tenant_id, no, plane, person_id, change_id, change_no, target_id, target_name, account, path, purpose, data_class, hours, downloads, subject_hash, decision, created_at) values (gen_random_uuid(), '${s.tenantId}', 'OUT-0', 'platform', '${s.personIds['zheng.hao']}', '${s.changes.soak.id}', 'x', '${s.targetIds['portal-web-01']}', 'x', 'x', '/etc/passwd', 'x', 'public', 1, 1, repeat('0', 64), 'approved', now())`,
        answer: 'HB013 ledger.append_only: INSERT on transfer_ticket is refused',
      },
    ],
  },
]
