import type { Statement } from '@huabiao/domains/access/access-policy.model'
import { expect, test } from 'vitest'
import { statementSentence } from './policy-sentence.ts'

const names = { role: (code: string) => code, person: () => '王工', moment: (at: string) => at.slice(0, 10) }
const night: Statement = {
  effect: 'Deny',
  actions: ['session:open', 'session:step'],
  resources: ['*'],
  condition: { targets: ['portal-*'], dangerAtLeast: 4 },
  unless: { sourceIp: ['10.1.0.0/16'], timeOfDay: { from: '22:00', to: '06:00' }, weekdays: [6, 7], ports: [22] },
}
test('a statement is said whole, in both languages', () => {
  expect(statementSentence(night, ['ENG'], names, 'zh-CN')).toBe(
    '以「ENG」角色开启会话、执行会话中的步骤，当危险级别不低于 4，且目标为 portal-* 时，一律拒绝；但来源地址在 10.1.0.0/16，且端口为 22，且北京时间在每日 22:00 至次日 06:00，且当日为周六、周日时除外。',
  )
  expect(statementSentence(night, ['ENG'], names, 'en')).toBe(
    'Whoever acts as ENG may not open a session or take a step in a session where danger is 4 or more and the target is portal-*, except where the source address is in 10.1.0.0/16 and the port is 22 and the time in Beijing is from 22:00 to 06:00 on the next day and the day is Saturday or Sunday.',
  )
})
test('an allowance on certain objects, for a person and until a day', () => {
  const of: Statement = {
    effect: 'Allow',
    actions: ['change:read'],
    resources: ['change/1*'],
    condition: { persons: ['0190aaaa-aaaa-7aaa-8aaa-aaaaaaaaaaaa'], before: '2027-01-01T00:00:00Z' },
  }
  expect(statementSentence(of, [], names, 'zh-CN')).toBe(
    '以适用角色执行 change:read 操作（对象 change/1*），当人员为王工，且时间早于 2027-01-01 时，予以允许。',
  )
  expect(statementSentence({ ...of, unless: {} }, [], names, 'en')).toContain('except always')
})
