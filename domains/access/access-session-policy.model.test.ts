import { describe, expect, test } from 'vitest'
import { judgePolicies, type Policy, type PolicyRequest, policyRefusal, type Statement } from './access-policy.model.ts'

/** Session policies: seven dimensions, deny wins, and the decision names the one that refused (bastion R5, S3-A.8-06). */
const person = '0190aaaa-aaaa-7aaa-8aaa-aaaaaaaaaaaa'
const request: PolicyRequest = {
  action: 'session:step',
  resource: 'target/portal-web-01',
  roles: ['ENG'],
  // 18:00 in Beijing, a Tuesday.
  now: new Date('2026-11-24T10:00:00Z'),
  sourceIp: '10.1.2.3',
  door: 'ssh',
  terminalRegistered: true,
  mfaAt: new Date('2026-11-24T09:59:00Z'),
  personId: person,
  session: { targetName: 'portal-web-01', port: 22, channel: 'command', danger: 3 },
  inNetwork: (address, cidr) => address.startsWith('10.1.') && cidr === '10.1.0.0/16',
}
const rule = (over: Partial<Statement>): Policy => ({
  id: 'p',
  name: 'p',
  roles: ['ENG'],
  document: { version: '1', statements: [{ effect: 'Deny', actions: ['session:step'], resources: ['*'], ...over }] },
})
const judge = (over: Partial<Statement>, of: Partial<PolicyRequest> = {}) => judgePolicies([rule(over)], { ...request, ...of })
const session = request.session!

describe('each dimension refuses by its name, and lets the others be', () => {
  const cases: [string, Statement['unless'], Partial<PolicyRequest>][] = [
    ['source', { sourceIp: ['10.1.0.0/16'] }, { sourceIp: '10.9.0.1' }],
    ['person', { persons: [person] }, { personId: '0190aaaa-bbbb-7aaa-8aaa-aaaaaaaaaaaa' }],
    ['target', { targets: ['portal-*'] }, { session: { ...session, targetName: 'archive-db-01' } }],
    ['channel', { channels: ['command', 'script'] }, { session: { ...session, channel: 'file' } }],
    ['channel', { doors: ['ssh'] }, { door: 'console' }],
    ['port', { ports: [22] }, { session: { ...session, port: 2222 } }],
    ['time', { timeOfDay: { from: '09:00', to: '20:00' } }, { now: new Date('2026-11-24T15:00:00Z') }],
    ['time', { weekdays: [1, 2, 3, 4, 5] }, { now: new Date('2026-11-28T10:00:00Z') }],
  ]
  for (const [dimension, unless, outside] of cases)
    test(`${dimension}: ${JSON.stringify(unless)}`, () => {
      expect(judge({ unless }).decision).toBe('none')
      expect(judge({ unless }, outside)).toMatchObject({ decision: 'deny', dimensions: [dimension] })
    })

  test('danger: from three on, except by night and from the operations room', () => {
    const statement = {
      condition: { dangerAtLeast: 3 },
      unless: { sourceIp: ['10.1.0.0/16'], timeOfDay: { from: '22:00', to: '06:00' } },
    }
    expect(judge(statement), 'right room, wrong hour').toMatchObject({ decision: 'deny', dimensions: ['time'] })
    expect(judge(statement, { sourceIp: '10.9.0.1' })).toMatchObject({ dimensions: ['source', 'time'] })
    expect(judge(statement, { now: new Date('2026-11-24T15:00:00Z') }).decision).toBe('none')
    expect(judge(statement, { session: { ...session, danger: 2 } }).decision).toBe('none')
    expect(judge({ condition: { dangerAtLeast: 3 } })).toMatchObject({ decision: 'deny', dimensions: ['danger'] })
  })

  test('a deny wins over any allow; what is not known is denied', () => {
    const allowed: Policy = {
      ...rule({}),
      id: 'a',
      document: { version: '1', statements: [{ effect: 'Allow', actions: ['session:step'], resources: ['*'] }] },
    }
    const denied = rule({ condition: { targets: ['portal-*'] } })
    for (const policies of [
      [allowed, denied],
      [denied, allowed],
    ])
      expect(judgePolicies(policies, request).decision).toBe('deny')
    const { session: _session, ...unknown } = request
    expect(judgePolicies([denied], unknown).decision).toBe('deny')
    const { personId: _person, ...nobody } = request
    expect(judgePolicies([rule({ unless: { persons: [person] } })], nobody)).toMatchObject({
      decision: 'deny',
      dimensions: ['person'],
    })
  })

  test('what only a session has belongs to session actions alone, an exception to a denial alone', () => {
    const of = (over: Partial<Statement>) => policyRefusal(rule(over).document, ['ENG'])
    expect(of({ condition: { ports: [22] } })).toBeUndefined()
    expect(of({ actions: ['session:open', 'session:step'], unless: { targets: ['portal-*'] } })).toBeUndefined()
    expect(of({ actions: ['change:execute'], condition: { targets: ['portal-*'] } })).toBe('access.dimension_misplaced')
    expect(of({ actions: ['session:*'], unless: { dangerAtLeast: 2 } })).toBe('access.dimension_misplaced')
    expect(of({ effect: 'Allow', actions: ['change:read'], unless: { sourceIp: ['10.1.0.0/16'] } })).toBe(
      'access.dimension_misplaced',
    )
  })
})
