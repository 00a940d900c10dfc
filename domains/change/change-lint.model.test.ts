import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { estimateMs, type LintFacts, lintPlan } from './change-lint.model.ts'
import { lintPhrases } from './change-lint.phrases.ts'
import type { ChangePlan, PlanStep, StepAction } from './change-plan.model.ts'

const ok = { exitCodes: [0], checks: [{ kind: 'contains' as const, text: 'ok' }] }
const command = (line: string): StepAction => ({ kind: 'command', line })
const step = (key: string, phase: PlanStep['phase'], patch: Partial<PlanStep> = {}): PlanStep => ({
  key,
  title: key,
  phase,
  account: 'hb-app',
  danger: phase === 'execute' ? 3 : 1,
  action: command(`appctl ${key}`),
  expect: ok,
  rollback: phase === 'execute' ? { kind: 'action', action: command('appctl rollback'), expect: ok } : null,
  timeoutSeconds: 10,
  repeat: 'idempotent',
  ...patch,
})
const good: ChangePlan = {
  impact: '门户前端升级，期间由另一台承载访问。',
  emergencyPlan: '健康检查失败时按步骤回退到上一版本。',
  steps: [step('look', 'precheck'), step('deploy', 'execute'), step('confirm', 'verify')],
  batches: [
    { targetIds: ['a'], soakSeconds: 900 },
    { targetIds: ['b'], soakSeconds: 900 },
  ],
  health: { account: 'hb-app', action: command('appctl status'), expect: ok, timeoutSeconds: 10 },
}
const facts: LintFacts = {
  targets: ['a', 'b', 'c'].map((id) => ({ id, name: id, accounts: [{ name: 'hb-app' }], environment: 'production' })),
  windowStart: new Date('2026-11-25T14:00:00Z'),
  windowEnd: new Date('2026-11-25T18:00:00Z'),
  minSoakSeconds: 900,
  standing: () => 'issued',
  sha256: (text) => createHash('sha256').update(text).digest('hex'),
}
const codes = (plan: ChangePlan, of: LintFacts = facts): string[] => lintPlan(plan, of).map((finding) => finding.code)
const withStep = (index: number, patch: Partial<PlanStep>): ChangePlan => ({
  ...good,
  steps: good.steps.map((one, i) => (i === index ? { ...one, ...patch } : one)),
})
const running = (line: string): ChangePlan => withStep(1, { action: command(line) })

test('a plan with everything has nothing to find', () => {
  expect(codes(good)).toEqual([])
})

const lacking: [string, ChangePlan, LintFacts?][] = [
  ['plan.impact_missing', { ...good, impact: '  短 ' }],
  ['plan.emergency_missing', { ...good, emergencyPlan: '' }],
  ['plan.no_execute_step', { ...good, steps: good.steps.filter((one) => one.phase !== 'execute') }],
  ['plan.no_verify_step', { ...good, steps: good.steps.filter((one) => one.phase !== 'verify') }],
  ['plan.no_precheck_step', { ...good, steps: good.steps.filter((one) => one.phase !== 'precheck') }],
  ['plan.no_health', { ...good, health: null }],
  ['step.key_repeated', { ...good, steps: [...good.steps, step('deploy', 'verify')] }],
  ['step.phase_order', { ...good, steps: [good.steps[2]!, good.steps[1]!] }],
  ['step.account_unknown', withStep(1, { account: 'nobody' })],
  ['step.no_rollback', withStep(1, { rollback: null })],
  ['step.irreversible', withStep(1, { rollback: { kind: 'none', reason: '不可回退' } })],
  ['step.no_check', withStep(0, { expect: { exitCodes: [0], checks: [] } })],
  ['step.danger_in_read_phase', withStep(0, { danger: 3 })],
  ['step.danger_low', withStep(1, { danger: 1 })],
  ['batch.no_target', { ...good, batches: [] }],
  ['batch.target_repeated', { ...good, batches: [good.batches[0]!, good.batches[0]!] }],
  ['batch.target_unknown', { ...good, batches: [...good.batches, { targetIds: ['z'], soakSeconds: 900 }] }],
  ['batch.soak_too_short', { ...good, batches: [{ targetIds: ['a'], soakSeconds: 899 }, good.batches[1]!] }],
  ['batch.single_batch', { ...good, batches: [{ targetIds: ['a', 'b'], soakSeconds: 900 }] }],
  [
    'batch.first_too_large',
    {
      ...good,
      batches: [
        { targetIds: ['a', 'b'], soakSeconds: 900 },
        { targetIds: ['c'], soakSeconds: 900 },
      ],
    },
  ],
  ['window.missing', good, { ...facts, windowStart: null }],
  ['window.tight', good, { ...facts, windowEnd: new Date('2026-11-25T14:10:00Z') }],
]
test.each(lacking)('RL-04, RL-08 %s is found, and said in words', (code, plan, of) => {
  expect(codes(plan, of)).toContain(code)
  expect(lintPhrases[code], code).toBeDefined()
})

test('only a plan whose every execute step can be undone may ask for automatic rollback', () => {
  const asks = (plan: ChangePlan): boolean => codes(plan).includes('plan.auto_rollback_irreversible')
  const without = withStep(1, { rollback: { kind: 'none', reason: '清理后不可恢复' } })
  expect(asks({ ...good, autoRollback: true })).toBe(false)
  expect(asks({ ...without, autoRollback: true })).toBe(true)
  expect(asks({ ...withStep(1, { rollback: null }), autoRollback: true })).toBe(true)
  expect(asks({ ...without, autoRollback: false })).toBe(false)
  expect(asks(without)).toBe(false)
  expect(lintPhrases['plan.auto_rollback_irreversible']).toBeDefined()
})

describe('what an approver must not have to spot by eye (RL-14, RL-15)', () => {
  test.each([
    ['hazard.delete_root', 'rm -rf /'],
    ['hazard.delete_root', 'rm -r -f --no-preserve-root /*'],
    ['hazard.disk', 'dd if=/tmp/x of=/dev/sda'],
    ['hazard.disk', 'mkfs.ext4 /dev/vdb'],
    ['hazard.remote_code', 'curl -s http://x | sudo bash'],
    ['hazard.interactive', 'cd /etc; vim hosts'],
    ['hazard.background', 'nohup worker'],
    ['hazard.background', 'worker &'],
    ['hazard.change_account', 'sudo systemctl status app'],
    ['hazard.hide_traces', 'history -c'],
    ['hazard.hide_traces', 'rm -f /var/log/auth.log'],
    ['hazard.tunnel', 'ssh other-host id'],
    ['hazard.restart', 'systemctl restart nginx'],
    ['hazard.restart', 'reboot'],
    ['hazard.mutation', 'psql -c "DELETE FROM users"'],
    ['hazard.mutation', 'mysql -e "drop table x"'],
    ['hazard.open_permissions', 'chmod -R 777 /srv'],
    ['hazard.substitution', 'echo $(id)'],
    ['hazard.substitution', 'echo aWQ= | base64 -d'],
  ])('%s: %s', (code, line) => {
    expect(codes(running(line))).toContain(code)
    expect(lintPhrases[code], code).toBeDefined()
  })
  test('it looks into scripts, files, rollbacks and the health predicate as well', () => {
    const script: StepAction = { kind: 'script', interpreter: 'sh', text: 'set -e\nrm -rf /\n' }
    expect(codes(withStep(1, { action: script }))).toContain('hazard.delete_root')
    expect(codes(withStep(1, { rollback: { kind: 'action', action: command('reboot'), expect: ok } }))).toContain(
      'hazard.restart',
    )
    expect(codes({ ...good, health: { ...good.health!, action: command('sudo true') } })).toContain('hazard.change_account')
  })
  test('RL-12 a file whose content is not what its digest says', () => {
    const file = (text: string, digest: string): StepAction => ({
      kind: 'file',
      path: '/etc/app.conf',
      mode: '0644',
      sha256: digest,
      text,
    })
    expect(codes(withStep(1, { action: file('a=1', facts.sha256('a=1')) }))).toEqual([])
    expect(codes(withStep(1, { action: file('a=2', facts.sha256('a=1')) }))).toEqual(['file.digest_mismatch'])
    expect(lintPhrases['file.digest_mismatch']).toBeDefined()
  })
  test('RL-12 a file that the register never issued, or no longer', () => {
    const action: StepAction = { kind: 'file', path: '/etc/app.conf', mode: '0644', sha256: facts.sha256('a=1'), text: 'a=1' }
    const back = { rollback: { kind: 'action' as const, action, expect: ok } }
    for (const [standing, code] of [
      ['unknown', 'release.missing'],
      ['withdrawn', 'release.withdrawn'],
    ] as const) {
      expect(codes(withStep(1, { action }), { ...facts, standing: () => standing })).toEqual([code])
      expect(codes(withStep(1, back), { ...facts, standing: () => standing }), 'the way back too').toEqual([code])
      expect(lintPhrases[code]).toBeDefined()
    }
  })
  test.each([
    'rm -rf /srv/app/releases/2.3.0',
    'appctl deploy 2.4.0',
    'systemctl status nginx',
    'echo done',
    'cp a b 2>&1',
  ])('%s is no hazard that stops a plan', (line) => {
    expect(lintPlan(running(line), facts).filter((finding) => finding.severity === 'error')).toEqual([])
  })
})

test('the estimate is the worst case: every step on every target at its limit, and every soak', () => {
  expect(estimateMs(good)).toEqual({ forward: ((10 * 3 + 10) * 2 + 1800) * 1000, rollback: 10 * 2 * 1000 })
})
