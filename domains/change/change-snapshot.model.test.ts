import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ChangePlan, emptyPlan, type PlanStep, type StepAction } from './change-plan.model.ts'
import type { StepRun } from './change-run.model.ts'
import {
  declaredBy,
  differenceId,
  differencesOf,
  isSnapshotAction,
  itemReviews,
  questionKeys,
  questions,
  readSnapshot,
  snapshotAction,
  snapshotRun,
  unexplained,
} from './change-snapshot.model.ts'

const digest = (letter: string): string => letter.repeat(64)
const place: StepAction = { kind: 'file', path: '/srv/app/app.conf', mode: '0644', sha256: digest('b'), text: 'x' }
const step = (key: string, action: StepAction): PlanStep => ({
  key,
  title: key,
  phase: 'execute',
  account: 'hb-app',
  danger: 2,
  action,
  expect: { exitCodes: [0], checks: [] },
  rollback: null,
  timeoutSeconds: 10,
  repeat: 'idempotent',
})
const plan: ChangePlan = {
  ...emptyPlan,
  steps: [step('place', place), step('restart', { kind: 'command', line: 'systemctl restart portal' })],
  batches: [
    { targetIds: ['a'], soakSeconds: 0 },
    { targetIds: ['b'], soakSeconds: 0 },
  ],
  health: {
    account: 'hb-look',
    action: { kind: 'command', line: 'x' },
    expect: { exitCodes: [0], checks: [] },
    timeoutSeconds: 5,
  },
}
interface Said {
  boot?: string
  packages?: string
  services?: string
  ports?: string
  files?: string
  disk?: string
}
const said = (of: Said = {}): string =>
  `${questionKeys
    .map(
      (key) =>
        `== ${key}\n${{ boot: 'f7a1', packages: digest('1'), services: 'portal.service 100\nsshd.service 90', ports: '00000000:0016', files: `/srv/app/app.conf ${digest('a')}`, disk: '/ 40%', ...of }[key]}\n`,
    )
    .join('\n')}\n== end\n`
const diff = (before: Said, after: Said, done = ['place', 'restart']) =>
  differencesOf(readSnapshot(said(before)), readSnapshot(said(after)), declaredBy(plan, new Set(done)))
const placed = { files: `/srv/app/app.conf ${digest('b')}` }

describe('the questions (G-CIV)', () => {
  test('only read, are bounded, and are told from every other script', () => {
    const action = snapshotAction(plan)
    expect(isSnapshotAction(action)).toBe(true)
    expect(action.kind === 'script' && action.text.split('\n')[0]).toBe(`set -- '/srv/app/app.conf'`)
    if (action.kind !== 'script') throw new Error('a script')
    for (const key of questionKeys) expect(action.text).toContain(`head -c ${questions[key].maxBytes}`)
    expect(action.text).not.toMatch(/\b(rm|mv|cp|tee|install|kill|restart|sudo)\b|>\s*[^/&]|>\s*\/(?!dev\/null)/)
    for (const text of [
      `${action.text}reboot\n`,
      action.text.replace('df -P', 'rm -rf'),
      `set -- '/a' \`id\`\n${action.text.split('\n').slice(1).join('\n')}`,
      `set -- '/a;id'\n`,
    ])
      expect(isSnapshotAction({ ...action, text }), text.slice(-20)).toBe(false)
    expect(isSnapshotAction({ ...action, interpreter: 'bash' })).toBe(false)
    expect(isSnapshotAction(snapshotAction(emptyPlan)), 'a plan without files').toBe(true)
  })
  test('property: whatever a target answers is read or is no snapshot, and never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.constantFrom(...questionKeys), (noise, key) => {
        expect(readSnapshot(noise.replaceAll('== end', ''))).toBeUndefined()
        const snapshot = readSnapshot(said({ [key]: noise.replaceAll('==', '') }))
        expect(snapshot?.size).toBe(questionKeys.length)
        for (const answers of snapshot!.values()) for (const value of answers.values()) expect(typeof value).toBe('string')
      }),
    )
  })
  test('half an answer is none', () => {
    expect(readSnapshot(said().slice(0, -8))).toBeUndefined()
  })
})

describe('what differs, and what of it the plan declares', () => {
  test.each<[string, Said, Said, object[]]>([
    ['nothing', placed, placed, []],
    [
      'the file that was to be placed',
      {},
      placed,
      [{ key: 'files /srv/app/app.conf', before: digest('a'), after: digest('b'), declared: true }],
    ],
    [
      'the same file with other bytes',
      {},
      { files: `/srv/app/app.conf ${digest('c')}` },
      [{ key: 'files /srv/app/app.conf', declared: false }],
    ],
    [
      'a file that should have come and did not',
      {},
      {},
      [{ key: 'files /srv/app/app.conf', before: digest('a'), after: digest('a'), declared: false }],
    ],
    [
      'the service that was to be restarted',
      placed,
      { ...placed, services: 'portal.service 200\nsshd.service 90' },
      [{ key: 'services portal.service', declared: true }],
    ],
    [
      'another service',
      placed,
      { ...placed, services: 'portal.service 100\nsshd.service 95' },
      [{ key: 'services sshd.service', declared: false }],
    ],
    [
      'a service that is gone',
      placed,
      { ...placed, services: 'portal.service 100' },
      [{ key: 'services sshd.service', after: null, declared: false }],
    ],
    [
      'a port that listens',
      placed,
      { ...placed, ports: '00000000:0016\n00000000:1F90' },
      [{ key: 'ports tcp/8080', before: null, declared: false }],
    ],
    ['a port for whoever asks', placed, { ...placed, ports: '00000000:0016\n00000000:D431' }, []],
    ['packages', placed, { ...placed, packages: digest('2') }, [{ key: 'packages', declared: false }]],
    ['another boot', placed, { ...placed, boot: 'beef' }, [{ key: 'boot', declared: false }]],
    ['a disk as on any day', placed, { ...placed, disk: '/ 44%' }, []],
    [
      'a disk that filled',
      placed,
      { ...placed, disk: '/ 72%' },
      [{ key: 'disk /', before: '40%', after: '72%', declared: false }],
    ],
  ])('%s', (_, before, after, expected) => {
    const found = diff(before, after)
    expect(found).toHaveLength(expected.length)
    expect(found).toMatchObject(expected)
  })
  test('what commands say they do: packages, restarts, another boot with all its services', () => {
    const of = (line: string) => declaredBy({ ...plan, steps: [step('x', { kind: 'command', line })] }, new Set(['x']))
    expect(of('apt-get -y install portal=2.4').packages).toBe(true)
    expect(of('rpm -Uvh portal.rpm').packages).toBe(true)
    expect(of('appctl deploy 2.4.0').packages).toBe(false)
    expect([...of('service nginx restart && systemctl stop portal.service').services]).toEqual([
      'nginx.service',
      'portal.service',
    ])
    const reboot = of('shutdown -r now')
    expect(reboot.boot).toBe(true)
    const found = differencesOf(
      readSnapshot(said(placed)),
      readSnapshot(said({ ...placed, boot: 'beef', services: 'portal.service 5\nsshd.service 4' })),
      reboot,
    )
    expect(found.every((one) => one.declared)).toBe(true)
  })
})

describe('a change as a whole', () => {
  const run = (
    phase: StepRun['phase'],
    targetId: string,
    patch: Partial<StepRun & { stdout: string; current: boolean }> = {},
  ) => ({
    stepKey: phase === 'execute' || phase === 'rollback' ? 'place' : 'snapshot',
    phase,
    batch: 1,
    targetId,
    attempt: 1,
    state: 'succeeded' as const,
    stdout: '',
    current: true,
    ...patch,
  })
  const before = run('before', 'a', { stdout: said() })
  test('only targets on which something was done; the first before and the last after count', () => {
    const runs = [
      before,
      run('before', 'b', { stdout: said() }),
      run('execute', 'a'),
      run('after', 'a', { stdout: said({ boot: 'x' }) }),
      run('after', 'a', { stdout: said(placed) }),
    ]
    expect(itemReviews(plan, runs)).toMatchObject([
      { targetId: 'a', differences: [{ key: 'files /srv/app/app.conf', declared: true }] },
    ])
  })
  test('undone, nothing is declared any more', () => {
    const undone = [before, run('execute', 'a'), run('rollback', 'a')]
    expect(itemReviews(plan, [...undone, run('after', 'a', { stdout: said() })])).toEqual([{ targetId: 'a', differences: [] }])
    const left = itemReviews(plan, [...undone, run('after', 'a', { stdout: said(placed) })])
    expect(left[0]!.differences).toMatchObject([{ declared: false }])
    expect(unexplained(left, new Set())).toEqual([{ targetId: 'a', key: 'files /srv/app/app.conf' }])
    expect(unexplained(left, new Set([differenceId('a', 'files /srv/app/app.conf')]))).toEqual([])
  })
  test('a snapshot that is not there has to be explained like a difference', () => {
    expect(unexplained(itemReviews(plan, [before, run('execute', 'a')]), new Set())).toEqual([{ targetId: 'a', key: 'missing' }])
    expect(
      unexplained(itemReviews(plan, [before, run('execute', 'a'), run('after', 'a', { state: 'accepted' })]), new Set()),
    ).toHaveLength(1)
  })
  test('asked before anything was touched and after the last step, once each, as whom the health is asked', () => {
    expect(snapshotRun(plan, 'prechecking', 0, [])).toMatchObject({
      phase: 'before',
      targetId: 'a',
      account: 'hb-look',
      danger: 1,
    })
    expect(snapshotRun(plan, 'prechecking', 0, [before])).toMatchObject({ targetId: 'b' })
    expect(snapshotRun(plan, 'prechecking', 0, [before, run('execute', 'b')])).toBeUndefined()
    expect(snapshotRun(plan, 'verifying', 1, [])).toMatchObject({ phase: 'after', targetId: 'a' })
    expect(snapshotRun(plan, 'verifying', 1, [run('after', 'a')]), 'batch 2 was never reached').toBeUndefined()
    expect(snapshotRun(plan, 'verifying', 2, [run('after', 'a', { current: false })]), 'of an earlier plan').toMatchObject({
      targetId: 'a',
    })
  })
})
