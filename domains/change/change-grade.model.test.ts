import { describe, expect, test } from 'vitest'
import { categoryFloor, expeditedStages, type GradeFacts, riskOf, riskReasons, stagePolicies } from './change-grade.model.ts'
import { emptyPlan, type PlanStep } from './change-plan.model.ts'

const step = (patch: Partial<PlanStep>): PlanStep => ({
  key: 'deploy',
  title: 'deploy',
  phase: 'execute',
  account: 'hb-app',
  danger: 2,
  action: { kind: 'command', line: 'appctl deploy 2.4.0' },
  expect: { exitCodes: [0], checks: [] },
  rollback: { kind: 'action', action: { kind: 'command', line: 'appctl rollback' }, expect: { exitCodes: [0], checks: [] } },
  timeoutSeconds: 10,
  repeat: 'idempotent',
  ...patch,
})
const target = (id: string, tier: 'edge' | 'inner' | 'core' = 'inner') => ({
  id,
  tier,
  accounts: [
    { name: 'hb-app', privileged: false },
    { name: 'root', privileged: true },
  ],
})
const facts = (patch: Partial<GradeFacts> = {}, steps: PlanStep[] = [step({})]): GradeFacts => ({
  plan: { ...emptyPlan, steps },
  categories: [],
  systems: [{ id: 'portal', tenantId: 'unit-a', mlpsLevel: 2 }],
  targets: [target('a'), target('b')],
  ...patch,
})
const grade = (of: GradeFacts) => riskOf(riskReasons(of))

describe('risk is the worst factor, never a sum (itsm §2.2.1)', () => {
  test.each([
    ['no system', facts({ systems: [] }), 'R4'],
    ['MLPS 2', facts(), 'R3'],
    ['MLPS 3', facts({ systems: [{ id: 'a', tenantId: 'u', mlpsLevel: 3 }] }), 'R2'],
    ['MLPS 4', facts({ systems: [{ id: 'a', tenantId: 'u', mlpsLevel: 4 }] }), 'R1'],
    ['two units', facts({ systems: ['u', 'v'].map((tenantId) => ({ id: tenantId, tenantId, mlpsLevel: 1 })) }), 'R2'],
    ['danger 3', facts({ systems: [] }, [step({ danger: 3 })]), 'R3'],
    ['danger 5', facts({}, [step({ danger: 5 })]), 'R1'],
    ['no way back', facts({ systems: [] }, [step({ rollback: { kind: 'none', reason: 'x' } })]), 'R2'],
    ['root', facts({ systems: [] }, [step({ account: 'root' })]), 'R2'],
    [
      'root asks the health',
      { ...facts({ systems: [] }), plan: { ...emptyPlan, health: { ...step({}), account: 'root' } } },
      'R2',
    ],
    ['one core target', facts({ systems: [], targets: [target('a', 'core')] }), 'R2'],
    ['two core targets', facts({ systems: [], targets: [target('a', 'core'), target('b', 'core')] }), 'R4'],
  ] as const)('%s', (_what, of, risk) => {
    expect(grade(of as GradeFacts)).toBe(risk)
  })
  test('many small factors stay small, and every category has its floor', () => {
    expect(grade(facts({}, [step({ danger: 3 }), step({ danger: 3 }), step({ danger: 4 })]))).toBe('R3')
    for (const [category, floor] of Object.entries(categoryFloor))
      expect(grade(facts({ systems: [], categories: [Number(category)] })), category).toBe(floor)
  })
})

describe('who approves (itsm §2.2.2)', () => {
  const stages = (risk: 'R1' | 'R2' | 'R3' | 'R4', of: GradeFacts = facts()) => stagePolicies(risk, of).map((stage) => stage.key)
  test('more risk, more stages, and L2 always first', () => {
    expect(stages('R4')).toEqual(['l2'])
    expect(stages('R3')).toEqual(['l2', 'change-manager'])
    expect(stages('R2')).toEqual(['l2', 'technical-manager', 'change-manager', 'owner'])
    expect(stages('R1')).toEqual(['l2', 'change-manager', 'advisory-board', 'owner', 'security', 'management-unit'])
  })
  test('an urgent change and an amendment are asked of all at once, by risk; no urgency waives security or the management unit', () => {
    const urgent = (risk: 'R1' | 'R2' | 'R3' | 'R4', of: GradeFacts = facts()) => {
      const found = expeditedStages(risk, of)
      expect(found.every((stage) => stage.parallel)).toBe(true)
      return found.map((stage) => stage.key)
    }
    expect(urgent('R4')).toEqual(['change-manager'])
    expect(urgent('R3')).toEqual(['technical-manager', 'change-manager'])
    expect(urgent('R2')).toEqual(['technical-manager', 'change-manager', 'owner'])
    expect(urgent('R1')).toEqual(['technical-manager', 'change-manager', 'management-unit', 'security'])
    expect(urgent('R3', facts({}, [step({ account: 'root' })])), 'RL-17').toContain('security')
    expect(urgent('R2', facts({ categories: [5] }))).toEqual([
      'technical-manager',
      'change-manager',
      'owner',
      'security',
      'management-unit',
    ])
  })
  test('RL-17 a privileged account is approved by the security administrator, whatever the risk', () => {
    expect(stages('R3', facts({}, [step({ account: 'root' })]))).toContain('security')
    expect(stages('R3')).not.toContain('security')
  })
  test.each([1, 5])('category %i changes a security control: security approves', (category) => {
    expect(stages('R2', facts({ categories: [category] }))).toContain('security')
  })
  test.each([2, 4, 5, 7, 8, 11])('of category %i the management unit is asked', (category) => {
    expect(stages('R2', facts({ categories: [category] }))).toContain('management-unit')
  })
})
