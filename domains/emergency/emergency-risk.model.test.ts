import { expect, test } from 'vitest'
import { emergencyRisk } from './emergency-risk.model.ts'

const account = (name: string, privileged = false) => ({ name, privileged })
const of = (mlpsLevel: number, accounts = ['app'], units = ['a']) => ({
  wanted: [{ targetId: 't', accounts }],
  targets: [{ id: 't', systemId: 's0', tier: 'edge' as const, accounts: [account('app'), account('root', true)] }],
  systems: units.map((tenantId, index) => ({ id: `s${index}`, tenantId, mlpsLevel })),
})
test('is that of a change made in terminals: the worst of level, units, account and that nothing takes it back', () => {
  expect(emergencyRisk(of(2))).toBe('R2')
  expect(emergencyRisk(of(3, ['root']))).toBe('R2')
  expect(emergencyRisk(of(4))).toBe('R1')
})
test('what is not known is R1', () => {
  expect(emergencyRisk({ ...of(2), systems: [] })).toBe('R1')
  expect(emergencyRisk({ ...of(2), targets: [] })).toBe('R1')
  expect(emergencyRisk({ ...of(2), wanted: [{ targetId: 'other', accounts: ['app'] }] })).toBe('R1')
})
