import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  expand,
  limitPassed,
  type Parameter,
  Parameters,
  parameterFault,
  planFault,
  sampleOf,
  slotFault,
  type TemplateBody,
  valueShape,
} from './template.model.ts'

const ok = { exitCodes: [0], checks: [] }
const step = (line: string, patch: object = {}) => ({
  key: 'deploy',
  title: '部署',
  phase: 'execute' as const,
  account: 'hb-app',
  danger: 3,
  action: { kind: 'command' as const, line },
  expect: ok,
  rollback: { kind: 'action' as const, action: { kind: 'command' as const, line: 'appctl rollback' }, expect: ok },
  timeoutSeconds: 10,
  repeat: 'idempotent' as const,
  ...patch,
})
const version: Parameter = { kind: 'name', key: 'version', title: '版本', form: 'version', maxLength: 20 }
const planOf = (...steps: ReturnType<typeof step>[]): TemplateBody['plan'] => ({
  impact: '期间不中断服务，可随时回退。',
  emergencyPlan: '失败时立即回退并通知。',
  steps,
  health: null,
})

test.each([
  ['a whole word', 'appctl deploy {{version}}', undefined],
  ['twice', 'appctl deploy {{version}} --keep {{version}}', undefined],
  ['glued to an option', 'appctl deploy --to={{version}}', 'template.slot_misplaced'],
  ['in quotes', 'appctl deploy "{{version}}"', 'template.slot_misplaced'],
  ['with a tail', 'appctl deploy {{version}};reboot', 'template.slot_misplaced'],
  ['half a slot', 'appctl deploy {{version', 'template.slot_misplaced'],
  ['another name', 'appctl deploy {{other}} {{version}}', 'template.slot_unknown'],
  ['no slot at all', 'appctl deploy 2.4.0', 'template.parameter_unused'],
])('a slot: %s', (_what, line, code) => {
  expect(slotFault({ plan: planOf(step(line)), parameters: [version] })?.code).toBe(code)
})

test('a slot stands in commands, scripts and expectations, and nowhere else', () => {
  const at = (patch: object): string | undefined =>
    slotFault({ plan: planOf(step('appctl deploy {{version}}', patch)), parameters: [version] })?.code
  expect(at({ expect: { exitCodes: [0], checks: [{ kind: 'contains', text: 'deployed {{version}}' }] } })).toBeUndefined()
  expect(
    at({ rollback: { kind: 'action', action: { kind: 'command', line: 'appctl back {{version}}' }, expect: ok } }),
  ).toBeUndefined()
  expect(at({ title: '部署 {{version}}' })).toBe('template.slot_misplaced')
  expect(at({ account: '{{version}}' })).toBe('template.slot_misplaced')
  const file = { kind: 'file', path: '/etc/app', mode: '0644', sha256: 'a'.repeat(64), text: 'v {{version}}' }
  expect(at({ rollback: { kind: 'action', action: file, expect: ok } }), 'a file is what was released').toBe(
    'template.slot_misplaced',
  )
  expect(slotFault({ plan: { ...planOf(step('x {{version}}')), impact: '{{version}}' }, parameters: [version] })?.code).toBe(
    'template.slot_misplaced',
  )
})

test('what cannot be undone, or is typed only when it runs, is never standard', () => {
  expect(planFault({ plan: planOf(step('x', { action: { kind: 'interactive', purpose: '排查' } })) })?.code).toBe(
    'template.not_standard',
  )
  expect(planFault({ plan: planOf(step('appctl deploy')) })).toBeUndefined()
  expect(planFault({ plan: planOf(step('appctl deploy', { danger: 5 })) })?.code).toBe('template.not_standard')
  expect(planFault({ plan: planOf(step('appctl deploy', { rollback: { kind: 'none', reason: '不可回退' } })) })?.code).toBe(
    'template.not_standard',
  )
})

const parameters: Parameter[] = [
  version,
  { kind: 'enum', key: 'service', title: '服务', values: ['portal', 'search'] },
  { kind: 'integer', key: 'workers', title: '进程数', min: 1, max: 8 },
  { kind: 'name', key: 'label', title: '标签', form: 'name', maxLength: 12 },
]
const given = { version: '2.4.0', service: 'portal', workers: '4', label: 'a_b-c.d' }
test.each([
  ['all of them', {}, undefined],
  ['one more', { extra: 'x' }, 'extra'],
  ['not in the list', { service: 'mail' }, 'service'],
  ['too many', { workers: '9' }, 'workers'],
  ['a leading zero', { workers: '04' }, 'workers'],
  ['not a version', { version: 'latest' }, 'version'],
  ['too long', { label: 'a'.repeat(13) }, 'label'],
  ['an option', { label: '-rf' }, 'label'],
  ['a way up', { label: 'a..b' }, 'label'],
])('parameters: %s', (_what, patch, fault) => {
  expect(parameterFault(parameters, { ...given, ...patch })).toBe(fault)
})
test('a missing parameter is named', () => {
  const { label: _label, ...rest } = given
  expect(parameterFault(parameters, rest)).toBe('label')
})

test('whatever text is given: it is refused, or it is a single word without a letter that a shell would read', () => {
  const text = fc.oneof(fc.string({ maxLength: 80 }), fc.stringMatching(/^[A-Za-z0-9._;|&$`"'\\\n {}()<>*?~!#=-]{1,20}$/))
  fc.assert(
    fc.property(text, fc.constantFrom('version', 'service', 'workers', 'label'), (value, key) => {
      if (parameterFault(parameters, { ...given, [key]: value }) !== undefined) return
      expect(value).toMatch(valueShape)
      expect(value).not.toMatch(/[^A-Za-z0-9._-]/)
      const line = 'appctl x {{version}} {{service}} {{workers}} {{label}}'
      const plan = expand({ plan: planOf(step(line)), grey: { batchSize: 2, soakSeconds: 0 } }, { ...given, [key]: value }, ['t'])
      const action = plan.steps[0]!.action
      expect(action.kind === 'command' && action.line.split(' ').length, 'as many words as the model has').toBe(6)
      expect(Parameters.safeParse({ [key]: value }).success).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

test('an expansion is the plan with its slots filled, on one target first and then in batches', () => {
  const targets = ['t1', 't2', 't3', 't4']
  const plan = expand(
    { plan: planOf(step('appctl deploy {{version}}')), grey: { batchSize: 2, soakSeconds: 60 } },
    { version: '2.4.0' },
    targets,
  )
  expect(plan.steps[0]!.action).toEqual({ kind: 'command', line: 'appctl deploy 2.4.0' })
  expect(plan.batches).toEqual([
    { targetIds: ['t1'], soakSeconds: 60 },
    { targetIds: ['t2', 't3'], soakSeconds: 60 },
    { targetIds: ['t4'], soakSeconds: 60 },
  ])
  expect(parameterFault(parameters, sampleOf(parameters))).toBeUndefined()
})

test('limits: targets, tier, system, length, hours and risk', () => {
  const limits = {
    maxTargets: 2,
    tiers: ['inner' as const],
    systemIds: ['s'],
    maxRisk: 'R3' as const,
    fromMinute: 22 * 60,
    toMinute: 2 * 60,
    maxWindowMinutes: 60,
  }
  const inner = { tier: 'inner' as const, systemId: 's' }
  // 23:00 in Beijing.
  const use = {
    targets: [inner],
    windowStart: new Date('2026-11-29T15:00:00Z'),
    windowEnd: new Date('2026-11-29T16:00:00Z'),
    risk: 'R3',
  }
  expect(limitPassed(limits, use)).toBeUndefined()
  expect(limitPassed(limits, { ...use, targets: [] })).toBe('targets')
  expect(limitPassed(limits, { ...use, targets: [inner, inner, inner] })).toBe('targets')
  expect(limitPassed(limits, { ...use, targets: [{ ...inner, tier: 'core' }] })).toBe('tier')
  expect(limitPassed(limits, { ...use, targets: [{ ...inner, systemId: 'other' }] })).toBe('system')
  expect(limitPassed(limits, { ...use, windowEnd: new Date('2026-11-29T16:00:01Z') })).toBe('window')
  expect(
    limitPassed(limits, { ...use, windowStart: new Date('2026-11-29T13:59:00Z'), windowEnd: new Date('2026-11-29T14:30:00Z') }),
  ).toBe('hours')
  expect(
    limitPassed(limits, { ...use, windowStart: new Date('2026-11-29T17:30:00Z'), windowEnd: new Date('2026-11-29T18:01:00Z') }),
  ).toBe('hours')
  expect(limitPassed(limits, { ...use, risk: 'R2' })).toBe('risk')
  expect(limitPassed({ ...limits, maxRisk: 'R4' }, use)).toBe('risk')
})
