import { roleCodes, roles } from '@huabiao/domains/access/access.model'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  judgeCondition,
  judgePolicies,
  matches,
  type Policy,
  type PolicyRequest,
  policyRefusal,
  type Statement,
} from './access-policy.model.ts'

const request: PolicyRequest = {
  action: 'change:read',
  resource: 'change/1',
  roles: ['ENG'],
  now: new Date('2026-11-24T10:00:00Z'),
  sourceIp: '10.1.2.3',
  door: 'console',
  terminalRegistered: false,
  mfaAt: undefined,
  inNetwork: (address, cidr) => (cidr === 'broken' ? undefined : address.startsWith('10.1.') && cidr === '10.1.0.0/16'),
}
const statement = (effect: Statement['effect'], over: Partial<Statement> = {}): Statement => ({
  effect,
  actions: ['change:*'],
  resources: ['*'],
  ...over,
})
const policy = (id: string, ...statements: Statement[]): Policy => ({
  id,
  name: id,
  roles: ['ENG'],
  document: { version: '1', statements },
})
const statements = fc.array(
  fc.record({
    effect: fc.constantFrom('Allow' as const, 'Deny' as const),
    actions: fc.constantFrom<string[]>(['change:*'], ['change:read'], ['session:read'], ['*']),
    resources: fc.constantFrom<string[]>(['*'], ['change/*'], ['change/2']),
  }),
  { maxLength: 6 },
)

describe('RAM policies', () => {
  test('an explicit deny wins, in whatever order and policy it stands', () => {
    fc.assert(
      fc.property(statements, statements, (one, two) => {
        const policies = [policy('a', ...one), policy('b', ...two)]
        const applies = [...one, ...two].filter(
          (s) => s.actions.some((p) => matches(p, request.action)) && s.resources.some((p) => matches(p, request.resource)),
        )
        const due = applies.some((s) => s.effect === 'Deny') ? 'deny' : applies.length > 0 ? 'allow' : 'none'
        expect(judgePolicies(policies, request).decision).toBe(due)
        expect(judgePolicies([...policies].reverse(), request).decision).toBe(due)
      }),
    )
  })
  test('what cannot be judged never allows and always denies', () => {
    for (const condition of [{ mfaWithinSeconds: 60 }, { sourceIp: ['broken'] }]) {
      expect(judgeCondition(condition, request)).toBe('unknown')
      expect(judgePolicies([policy('a', statement('Allow', { condition }))], request).decision).toBe('none')
      expect(judgePolicies([policy('a', statement('Deny', { condition }))], request).decision).toBe('deny')
    }
  })
  test('conditions: hours over midnight in Beijing, weekdays, network, door, terminal, age of the second factor', () => {
    // 18:00 on a Tuesday in Beijing.
    expect(judgeCondition({ timeOfDay: { from: '17:30', to: '19:00' } }, request)).toBe('holds')
    expect(judgeCondition({ timeOfDay: { from: '22:00', to: '06:00' } }, request)).toBe('fails')
    expect(judgeCondition({ timeOfDay: { from: '17:00', to: '06:00' } }, request)).toBe('holds')
    expect(judgeCondition({ weekdays: [2] }, request)).toBe('holds')
    expect(judgeCondition({ weekdays: [6, 7] }, request)).toBe('fails')
    expect(judgeCondition({ sourceIp: ['10.1.0.0/16'] }, request)).toBe('holds')
    expect(judgeCondition({ sourceIp: ['10.2.0.0/16'] }, request)).toBe('fails')
    expect(judgeCondition({ doors: ['ssh'] }, request)).toBe('fails')
    expect(judgeCondition({ terminalRegistered: true }, request)).toBe('fails')
    expect(judgeCondition({ mfaWithinSeconds: 60 }, { ...request, mfaAt: new Date(request.now.getTime() - 59_000) })).toBe(
      'holds',
    )
    expect(judgeCondition({ mfaWithinSeconds: 60 }, { ...request, mfaAt: new Date(request.now.getTime() - 61_000) })).toBe(
      'fails',
    )
  })
  test('a policy reaches only those who wear its role', () => {
    expect(judgePolicies([policy('a', statement('Deny'))], { ...request, roles: ['AUD'] }).decision).toBe('none')
  })
  test('a pattern is a star for any text and every other character for itself', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z:/]{0,12}$/),
        fc.stringMatching(/^[a-z:/]{0,12}$/),
        (a, b) => matches(`${a}*${b}`, `${a}x${b}`) && matches(`${a}*${b}`, a + b),
      ),
    )
    for (const [pattern, text] of [
      ['change:read', 'change:reads'],
      ['change:*:x', 'change:x'],
      ['a*b*c', 'acb'],
      ['ab*ba', 'aba'],
    ] as const)
      expect(matches(pattern, text), `${pattern} ${text}`).toBe(false)
  })
  test('NT-B19 no policy lets an auditor act, an administrator approve, or anybody do what nobody knows', () => {
    const allow = (action: string) => ({ version: '1' as const, statements: [statement('Allow', { actions: [action] })] })
    for (const action of ['change:execute', 'change:approve', 'change:review', 'role:grant'])
      expect(policyRefusal(allow(action), ['AUD']), action).toBe('access.policy_breaks_separation')
    expect(policyRefusal(allow('change:execute'), ['PAD'])).toBe('access.policy_breaks_separation')
    expect(policyRefusal(allow('change:*'), ['ENG'])).toBe('access.action_unknown')
    expect(policyRefusal(allow('recording:audit'), ['ENG'])).toBeUndefined()
    for (const code of roleCodes)
      for (const action of roles[code].actions) expect(policyRefusal(allow(action), [code])).toBeUndefined()
  })
})
