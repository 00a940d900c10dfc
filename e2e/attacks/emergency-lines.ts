import { approveFiling, closeEmergency } from '@huabiao/domains/emergency/emergency.contract'
import { noSuchAct, type RedLine } from './attack.ts'

/** RL-10: an emergency is over when it is filed, signed and approved, and not before. */
export const emergencyLines: readonly RedLine[] = [
  {
    rule: 'RL-10',
    says: 'Emergency is completed',
    by: 'chen.jing',
    calls: [
      {
        tried: 'POST /emergencies/{emergency}/close, nothing filed',
        send: (api, s) => api(closeEmergency, { params: { emergencyId: s.emergency.id }, body: { review: '已复盘' } }),
        answer: 'emergency.not_filed · RL-10',
      },
      {
        tried: 'POST /emergencies/{emergency}/approve-filing, nothing filed',
        send: (api, s) =>
          api(approveFiling, { params: { emergencyId: s.emergency.id }, body: { version: 1, note: '与记录一致' } }),
        answer: 'emergency.not_filed · RL-10',
      },
    ],
    console: { path: (s) => `/emergencies/${s.emergency.id}`, offers: { absent: /批准补填|复盘|关闭应急/ } },
    exec: [{ command: (s) => ['close', s.emergency.no], answer: noSuchAct }],
    typed: [{ lines: (s) => [`close ${s.emergency.no}`], answer: noSuchAct }],
    sql: [
      {
        statement: (s) => `update emergency_case set version = version + 1, state = 'closed' where id = '${s.emergency.id}'`,
        answer: 'HB001 emergency.wrong_state: retro_draft to closed',
      },
      {
        statement: (s) => `update emergency_case set version = version + 1, state = 'retro_filed' where id = '${s.emergency.id}'`,
        answer: 'HB010 emergency.not_countersigned: the second person signs the filing',
      },
      {
        statement: (s) => `insert into emergency_word (emergency_id, kind, person_id, tenant_id, verdict, at)
          values ('${s.emergency.id}', 'close', '${s.personIds['chen.jing']}', '${s.tenantId}', 'yes', now())`,
        answer: 'HB001 emergency.wrong_state: not now',
      },
    ],
  },
]
