import { sha256 } from '@huabiao/kit/crypto/suite'
import { describe, expect, test } from 'vitest'
import { commandDigestOf, ExecutionGrant, grantRefusal } from './session-grant.model.ts'
import { type EmergencyFacts, mandateHash, terminalGrantRefusal } from './session-terminal.model.ts'

const id = (n: number): string => `01900000-0000-7000-8000-00000000000${n}`
const now = new Date('2026-11-29T18:00:00.000Z')
const at = (ms: number): Date => new Date(now.getTime() + ms)
const target = {
  id: id(3),
  name: 'portal-web-01',
  host: '127.0.0.1',
  port: 22,
  account: 'hb-app',
  hostKeySha256: `SHA256:${'A'.repeat(43)}`,
  principal: 'hb-portal-web-01-hb-app',
}
const facts: EmergencyFacts = {
  emergencyId: id(1),
  emergencyNo: 'EC-20261129-0001',
  tenantId: id(2),
  plane: 'platform',
  state: 'executing',
  executorPersonId: id(4),
  secondPersonId: id(5),
  secondLastSeenAt: at(-5_000),
  custodianCount: 2,
  notAfter: at(60 * 60_000),
  target,
  account: 'hb-app',
  clockNow: now,
}
const command = { kind: 'interactive' as const, purpose: '门户无法访问' }
const grant = ExecutionGrant.parse({
  v: 1,
  id: id(6),
  nonce: '0'.repeat(32),
  plane: 'platform',
  tenantId: id(2),
  changeId: id(1),
  changeNo: 'EC-20261129-0001',
  planHash: mandateHash(sha256, { emergencyId: id(1), executorId: id(4), secondId: id(5), targetId: id(3), account: 'hb-app' }),
  runId: id(7),
  stepKey: 'terminal',
  phase: 'execute',
  batch: 0,
  kind: 'breakglass',
  executor: { personId: id(4), name: '赵明' },
  reviewer: { personId: id(5), name: '孙杰' },
  account: 'hb-app',
  danger: 5,
  target,
  command,
  commandDigest: commandDigestOf(sha256, command),
  timeoutMs: 60 * 60_000,
  notBefore: now.toISOString(),
  notAfter: at(150_000).toISOString(),
  issuedBecause: [],
  gatewayId: 'gw-1',
  sessionId: id(8),
})
const asked = (over: Partial<EmergencyFacts> = {}, of: Partial<ExecutionGrant> = {}, when = now) =>
  terminalGrantRefusal({ ...grant, ...of }, { ...facts, ...over }, when, sha256)

describe('a break-glass grant', () => {
  test('is signed while the emergency admits it', () => {
    expect(asked()).toBeUndefined()
  })
  test('NT-F01 is not signed without two custodians, nor before or after the hour', () => {
    expect(asked({ custodianCount: 1 })).toBe('session.grant_custodians_missing')
    expect(asked({ state: 'invoked' })).toBe('session.grant_wrong_state')
    expect(asked({ state: 'stabilised' })).toBe('session.grant_wrong_state')
    expect(asked({ notAfter: null })).toBe('session.grant_wrong_state')
    expect(asked({ notAfter: at(59 * 60_000) })).toBe('session.grant_lifetime')
    expect(asked({}, { notAfter: at(6 * 60_000).toISOString() })).toBe('session.grant_lifetime')
    expect(asked({}, { notAfter: now.toISOString() })).toBe('session.grant_lifetime')
  })
  test('NT-B05 needs its second person, present, and not its executor', () => {
    expect(asked({ secondLastSeenAt: at(-61_000) })).toBe('session.grant_reviewer_absent')
    expect(asked({ secondLastSeenAt: null })).toBe('session.grant_reviewer_absent')
    expect(asked({}, { reviewer: null })).toBe('session.grant_reviewer_differs')
    expect(asked({ secondPersonId: id(4) }, { reviewer: { personId: id(4), name: '赵明' } })).toBe(
      'session.grant_reviewer_is_executor',
    )
    expect(asked({ executorPersonId: id(9) })).toBe('session.grant_executor_differs')
  })
  test('RL-07 is for the named target and account, for a terminal, and for this emergency', () => {
    expect(asked({ account: 'root' })).toBe('session.grant_target_differs')
    expect(asked({ target: { ...target, port: 2222 } })).toBe('session.grant_target_differs')
    expect(asked({}, { command: { kind: 'command', line: 'id' } })).toBe('session.grant_command_differs')
    expect(asked({}, { planHash: 'f'.repeat(64) })).toBe('session.grant_plan_differs')
    expect(asked({ emergencyNo: 'EC-20261129-0002' })).toBe('session.grant_emergency_unknown')
    expect(asked({ tenantId: id(9) })).toBe('session.grant_emergency_unknown')
    expect(terminalGrantRefusal(grant, undefined, now, sha256)).toBe('session.grant_emergency_unknown')
  })
  test('NT-B02 is not signed while the clocks disagree', () => {
    expect(asked({ clockNow: at(2_001) })).toBe('session.grant_clock_skewed')
  })
  test('is nothing that a change could have issued', () => {
    expect(grantRefusal(grant, undefined, now, sha256)).toBe('session.grant_emergency_unknown')
  })
})
