import * as execution from '@huabiao/domains/change/change-execution.contract'
import type { RedLine } from './attack.ts'
import { type Part, parts, type Scene } from './scene.ts'

/** Red lines that a register keeps: RL-03, when nothing is changed; RL-12, what is released. */

const begins = (part: Part, rule: string, code: string) => {
  const answer = `${code} · ${rule}`
  return {
    calls: [
      {
        tried: `POST /changes/{${part}}/begin`,
        send: (api: Parameters<RedLine['calls'][number]['send']>[0], s: Scene) =>
          api(execution.beginChange, { params: { changeId: s.changes[part].id }, body: { confirm: s.changes[part].no } }),
        answer,
      },
    ],
    exec: [{ command: (s: Scene) => ['begin', s.changes[part].no, s.changes[part].no], answer }],
    typed: [{ lines: (s: Scene) => [`begin ${s.changes[part].no}`, s.changes[part].no], answer }],
    console: { path: (s: Scene) => `/changes/${s.changes[part].id}`, offers: { disabled: /开始实施/, rule } },
  }
}

export const registerLines: readonly RedLine[] = [
  {
    rule: 'RL-03',
    says: 'Freeze period',
    by: parts.frozen.executor,
    ...begins('frozen', 'RL-03', 'change.frozen'),
    sql: [
      {
        statement: (s) => `update change_request set version = version + 1, state = 'ready' where id = '${s.changes.frozen.id}'`,
        answer: 'HB003 change.frozen: a freeze period holds',
      },
      {
        statement: (s) => `update freeze_declaration set ends_at = starts_at + interval '1 second' where id = '${s.freezeId}'`,
        answer: 'HB003 freeze.wrong_state: a freeze is not edited',
      },
      {
        statement: (s) =>
          `update freeze_declaration set lifted_at = now(), lifted_by = '${s.personIds[parts.frozen.executor]}', lift_reason = 'x' where id = '${s.freezeId}'`,
        answer: 'HB003 freeze.not_speaker: only who may declare lifts',
      },
      {
        statement: (s) =>
          `insert into freeze_exception (id, freeze_id, change_id, change_no, plan_hash, tenant_id, party_person_ids, reason, requested_by, requested_at, first_by, first_at, second_by, second_at)
          select gen_random_uuid(), '${s.freezeId}', id, no, plan_hash, tenant_id, '{}', 'x', '${s.personIds['qian.wei']}', now(), '${s.personIds['lin.guan']}', now(), '${s.personIds['chu.heng']}', now() from change_request where id = '${s.changes.frozen.id}'`,
        answer: 'HB003 freeze.not_excepted: an exception begins as a request',
      },
    ],
  },
  {
    rule: 'RL-12',
    says: 'Released versions only',
    by: parts.recalled.executor,
    ...begins('recalled', 'RL-12', 'change.artifact_unreleased'),
    sql: [
      {
        statement: (s) =>
          `update change_request set version = version + 1, state = 'ready' where id = '${s.changes.recalled.id}'`,
        answer: 'HB012 change.artifact_unreleased: a file of the plan is not released',
      },
      {
        statement: (s) =>
          `update release set state = 'issued', withdrawn_at = null, withdrawn_by = null, withdrawal_reason = null where id = '${s.releaseId}'`,
        answer: 'HB012 release.wrong_state: withdrawn to issued',
      },
      {
        statement: (
          s,
        ) => `insert into release (id, tenant_id, product, version, origin, state, registered_by, registered_at, issued_by, issued_at, envelope)
          select gen_random_uuid(), tenant_id, product, '9.9.9', origin, 'issued', '${s.personIds[parts.recalled.executor]}', now(), '${s.personIds['feng.ban']}', now(), envelope from release where id = '${s.releaseId}'`,
        answer: 'HB012 release.wrong_state: a release begins as a draft of who registers it',
      },
    ],
  },
]
