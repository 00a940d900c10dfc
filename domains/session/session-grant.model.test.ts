import type { StepAction } from '@huabiao/domains/change/change-plan.model'
import { action, after, digest, facts, grant, id, now, refusal } from '@huabiao/domains/session/session-grant.fixtures'
import {
  commandDigestOf,
  commandLine,
  ExecutionGrant,
  GrantCommand,
  type GrantFacts,
  grantCommandOf,
  grantRefusal,
  isReadOnlyLine,
  Principal,
  principalOf,
} from '@huabiao/domains/session/session-grant.model'
import { sha256 } from '@huabiao/kit/crypto/suite'
import { describe, expect, test } from 'vitest'

const target = (changed: Partial<ExecutionGrant['target']>) => ({ target: { ...grant.target, ...changed } })

describe('a planned step', () => {
  test('is granted when everything agrees', () => {
    expect(refusal()).toBeUndefined()
  })

  test('of a change that the database does not know is refused (NT-B01)', () => {
    expect(grantRefusal(grant, undefined, now, sha256)).toBe('session.grant_change_unknown')
    expect(refusal({}, { changeId: id(99) })).toBe('session.grant_change_unknown')
  })

  test('is refused in every state but those in which steps run (NT-B01)', () => {
    for (const state of [
      'draft',
      'approving',
      'scheduled',
      'ready',
      'paused',
      'rejected',
      'withdrawn',
      'closed',
      'rolling_back',
      '',
    ]) {
      expect(refusal({}, { state })).toBe('session.grant_wrong_state')
    }
  })

  test('is refused without complete approvals (RL-01)', () => {
    expect(refusal({}, { approvalsComplete: false })).toBe('session.grant_not_approved')
    expect(refusal({}, { approvedPlanHash: null })).toBe('session.grant_not_approved')
  })

  test('is refused when plan, approved plan and granted plan are not one (NT-B07)', () => {
    const other = 'cd'.repeat(32)
    expect(refusal({}, { planHash: other })).toBe('session.grant_plan_differs')
    expect(refusal({ planHash: other })).toBe('session.grant_plan_differs')
    expect(refusal({}, { planHash: other, approvedPlanHash: other })).toBe('session.grant_plan_differs')
  })

  test('is refused a second before the window and at its end, and may not outlive it (NT-B02)', () => {
    expect(refusal({}, { windowStart: after(1_000) })).toBe('session.grant_outside_window')
    expect(refusal({}, { windowEnd: now })).toBe('session.grant_outside_window')
    expect(refusal({}, { windowEnd: after(59_000) })).toBe('session.grant_outside_window')
    expect(refusal({}, { windowEnd: after(60_000), windowStart: now })).toBeUndefined()
    expect(refusal({}, { windowStart: null })).toBe('session.grant_outside_window')
    expect(refusal({}, { windowEnd: new Date(Number.NaN) })).toBe('session.grant_outside_window')
  })

  test('is refused in a freeze (RL-03), and without the customer’s consent (RL-11)', () => {
    expect(grantRefusal(grant, { ...facts, consented: false }, now, sha256)).toBe('session.grant_no_consent')
    expect(refusal({}, { frozen: true })).toBe('session.grant_frozen')
  })

  test('is refused when it is over, not yet due, or longer than five minutes', () => {
    expect(refusal({ notAfter: now.toISOString() })).toBe('session.grant_lifetime')
    expect(refusal({ notBefore: after(2_001).toISOString() })).toBe('session.grant_lifetime')
    expect(refusal({ notAfter: after(300_001).toISOString() })).toBe('session.grant_lifetime')
    expect(refusal({ notAfter: 'soon' })).toBe('session.grant_lifetime')
    expect(refusal({ notAfter: after(300_000).toISOString() })).toBeUndefined()
  })

  test('is refused when the clocks differ by more than two seconds (NT-B02)', () => {
    for (const ms of [-2_001, 2_001, 300_000]) expect(refusal({}, { clockNow: after(ms) })).toBe('session.grant_clock_skewed')
    expect(refusal({}, { clockNow: after(-2_000) })).toBeUndefined()
    expect(refusal({}, { clockNow: new Date(Number.NaN) })).toBe('session.grant_clock_skewed')
  })

  test('is refused to another executor (NT-B04)', () => {
    expect(refusal({ executor: { personId: id(9), name: '赵工' } })).toBe('session.grant_executor_differs')
    expect(refusal({}, { executorPersonId: null })).toBe('session.grant_executor_differs')
  })

  test('is refused without the reviewer of the change, present, and another person (NT-B05)', () => {
    expect(refusal({ reviewer: null })).toBe('session.grant_reviewer_differs')
    expect(refusal({ reviewer: { personId: id(9), name: '赵工' } })).toBe('session.grant_reviewer_differs')
    expect(refusal({ reviewer: grant.executor }, { reviewerPersonId: id(2) })).toBe('session.grant_reviewer_is_executor')
    expect(refusal({}, { reviewerLastSeenAt: after(-60_001) })).toBe('session.grant_reviewer_absent')
    expect(refusal({}, { reviewerLastSeenAt: null })).toBe('session.grant_reviewer_absent')
  })

  test('needs no reviewer at danger 2, but a step cannot be called harmless when the plan says otherwise', () => {
    expect(refusal({ reviewer: null, danger: 2 }, { stepDanger: 2 })).toBeUndefined()
    expect(refusal({ reviewer: null, danger: 2 })).toBe('session.grant_reviewer_differs')
    expect(refusal({ reviewer: null, danger: 2 }, { stepDanger: undefined })).toBe('session.grant_reviewer_differs')
    expect(refusal({ reviewer: null, danger: 4 }, { stepDanger: 2 })).toBe('session.grant_reviewer_differs')
  })

  test('is refused on another target, host, port, host key, account or principal (RL-07, NT-E01)', () => {
    const wrong = [
      { id: id(5) },
      { host: '10.1.0.5' },
      { port: 23 },
      { name: 'web-2' },
      { hostKeySha256: `SHA256:${'B'.repeat(43)}` },
    ]
    for (const changed of wrong) expect(refusal(target(changed))).toBe('session.grant_target_differs')
    expect(refusal(target({ principal: principalOf('web-2', 'hb-app') }))).toBe('session.grant_target_differs')
    expect(refusal(target({ principal: principalOf('web-1', 'root') }))).toBe('session.grant_target_differs')
  })

  test('is refused as root where the plan says another account (NT-B20)', () => {
    const asRoot = { account: 'root', ...target({ account: 'root', principal: principalOf('web-1', 'root') }) }
    expect(refusal(asRoot)).toBe('session.grant_step_differs')
  })

  test('is refused as another step or phase', () => {
    expect(refusal({ stepKey: 'other' })).toBe('session.grant_step_differs')
    expect(refusal({ phase: 'verify' })).toBe('session.grant_step_differs')
  })

  test('is refused when command, digest and plan are not one (RL-07)', () => {
    const other: StepAction = { kind: 'command', line: 'systemctl restart nginx ' }
    expect(refusal({ command: other })).toBe('session.grant_command_differs')
    expect(refusal({ command: other, commandDigest: commandDigestOf(sha256, other) })).toBe('session.grant_command_differs')
    expect(refusal({ commandDigest: digest })).toBe('session.grant_command_differs')
    expect(refusal({}, { stepCommandDigest: digest })).toBe('session.grant_command_differs')
  })

  test('waits for its batch (RL-08)', () => {
    expect(refusal({ batch: 2 })).toBe('session.grant_batch_locked')
    expect(refusal({ batch: 2 }, { targetBatch: 2 })).toBe('session.grant_batch_locked')
    expect(refusal({ batch: 0 }, { targetBatch: 0 })).toBe('session.grant_batch_locked')
    expect(refusal({}, { currentBatch: null })).toBe('session.grant_batch_locked')
    expect(refusal({}, { targetBatch: null })).toBe('session.grant_batch_locked')
    expect(refusal({ batch: 0, phase: 'verify' }, { targetBatch: 0, stepPhase: 'verify' })).toBeUndefined()
    expect(
      refusal({ batch: 2, phase: 'precheck' }, { targetBatch: 2, stepPhase: 'precheck', state: 'prechecking' }),
    ).toBeUndefined()
  })

  test('any single fact that is missing is a refusal: unknown is fail', () => {
    const optional = new Set(['stepAction', 'stepDanger'])
    for (const key of Object.keys(facts).filter((name) => !optional.has(name) && name !== 'frozen')) {
      const broken = { ...facts, [key]: key.endsWith('At') || key === 'clockNow' ? new Date(Number.NaN) : null }
      expect([key, grantRefusal(grant, broken as GrantFacts, now, sha256)]).not.toEqual([key, undefined])
    }
  })
})

describe('scripts and files', () => {
  const script: StepAction = { kind: 'script', interpreter: 'bash', text: 'echo 一\n' }
  const file: StepAction = { kind: 'file', path: '/etc/nginx/nginx.conf', mode: '0644', sha256: digest, text: '' }
  const as = (of: StepAction, command = grantCommandOf(sha256, of), more: Partial<GrantFacts> = {}) =>
    refusal(
      { command, commandDigest: commandDigestOf(sha256, of) },
      { stepCommandDigest: commandDigestOf(sha256, of), stepAction: of, ...more },
    )

  test('are granted when the action in the database has the digest and gives the command', () => {
    expect([as(script), as(file)]).toEqual([undefined, undefined])
  })

  test('with the approved digest but another path, mode, interpreter or text are refused', () => {
    expect(as(file, { kind: 'file', path: '/etc/shadow', mode: '0644', digest })).toBe('session.grant_command_differs')
    expect(as(file, { kind: 'file', path: '/etc/nginx/nginx.conf', mode: '0755', digest })).toBe('session.grant_command_differs')
    expect(
      as(script, {
        kind: 'script',
        interpreter: 'python3',
        digest: (grantCommandOf(sha256, script) as { digest: string }).digest,
      }),
    ).toBe('session.grant_command_differs')
    expect(as(script, { kind: 'script', interpreter: 'bash', digest })).toBe('session.grant_command_differs')
    expect(as(script, { kind: 'command', line: 'bash -s' })).toBe('session.grant_command_differs')
  })

  test('are refused when the database does not tell their action', () => {
    expect(as(script, undefined, { stepAction: undefined })).toBe('session.grant_command_differs')
  })

  test('force one fixed line on the target', () => {
    expect(commandLine({ command: action })).toBe('systemctl restart nginx')
    expect(commandLine({ command: grantCommandOf(sha256, script) })).toBe('bash -s')
    expect(commandLine({ command: { kind: 'script', interpreter: 'python3', digest } })).toBe('python3 -')
    expect(commandLine({ command: grantCommandOf(sha256, file) })).toBe(
      `cat | install -m 0644 /dev/stdin /etc/nginx/nginx.conf && echo '${file.sha256}  /etc/nginx/nginx.conf' | sha256sum -c -`,
    )
  })

  test('paths that a shell or a parent directory could bend do not parse', () => {
    const paths = ['/etc/../root', '/a b', '/a;b', '/$(x)', 'etc', '/', '/a\n', `/${'x'.repeat(201)}`, "/a'b"]
    for (const path of paths) expect(GrantCommand.safeParse({ kind: 'file', path, mode: '0644', digest }).success).toBe(false)
    expect(GrantCommand.safeParse({ kind: 'command', line: 'a\nb' }).success).toBe(false)
  })
})

describe('rollback', () => {
  const rollback = { phase: 'rollback' } as const
  const rolling = { state: 'rolling_back', stepPhase: 'rollback' }

  test('survives the end of the window, a freeze and a lost reviewer: no red line traps a half-done change', () => {
    expect(refusal(rollback, { ...rolling, windowEnd: after(-1), frozen: true, reviewerLastSeenAt: null })).toBeUndefined()
    expect(refusal({ ...rollback, reviewer: null }, { ...rolling, windowStart: null, windowEnd: null })).toBeUndefined()
    expect(refusal({ ...rollback, batch: 0 }, { ...rolling, targetBatch: 0 })).toBeUndefined()
  })

  test('is still bound to the approved plan, its target, its executor, its batch and its five minutes', () => {
    expect(refusal(rollback, { ...rolling, approvalsComplete: false })).toBe('session.grant_not_approved')
    expect(refusal({ ...rollback, planHash: '00'.repeat(32) }, rolling)).toBe('session.grant_plan_differs')
    expect(refusal({ ...rollback, ...target({ port: 2222 }) }, rolling)).toBe('session.grant_target_differs')
    expect(refusal(rollback, { ...rolling, executorPersonId: id(9) })).toBe('session.grant_executor_differs')
    expect(refusal(rollback, { ...rolling, stepCommandDigest: digest })).toBe('session.grant_command_differs')
    expect(refusal({ ...rollback, batch: 2 }, { ...rolling, targetBatch: 2 })).toBe('session.grant_batch_locked')
    expect(refusal({ ...rollback, notAfter: after(300_001).toISOString() }, rolling)).toBe('session.grant_lifetime')
    expect(refusal(rollback, { stepPhase: 'rollback' })).toBe('session.grant_wrong_state')
  })
})

describe('observe', () => {
  const look = (line: string): Partial<ExecutionGrant> => ({
    kind: 'observe',
    stepKey: 'observe',
    reviewer: null,
    danger: 1,
    command: { kind: 'command', line },
    commandDigest: commandDigestOf(sha256, { kind: 'command', line }),
  })

  test('needs a live change, its window and its executor, and no reviewer', () => {
    expect(
      refusal(look('df -h'), { state: 'paused', frozen: true, currentBatch: null, reviewerLastSeenAt: null }),
    ).toBeUndefined()
    expect(refusal(look('df -h'), { windowEnd: now })).toBe('session.grant_outside_window')
    expect(refusal(look('df -h'), { state: 'closed' })).toBe('session.grant_wrong_state')
    expect(refusal(look('df -h'), { executorPersonId: id(9) })).toBe('session.grant_executor_differs')
    expect(refusal({ ...look('df -h'), phase: 'rollback' }, { windowEnd: now })).toBe('session.grant_outside_window')
  })

  test('runs nothing but one reading program, whatever the control plane asks for', () => {
    for (const line of ['rm -rf /', 'systemctl restart nginx', 'cat /etc/passwd; reboot']) {
      expect(refusal(look(line))).toBe('session.grant_not_read_only')
    }
    expect(refusal({ ...look('df'), command: { kind: 'script', interpreter: 'sh', digest } })).toBe('session.grant_not_read_only')
    expect(refusal({ ...look('df'), commandDigest: digest })).toBe('session.grant_command_differs')
  })

  const reading = [
    `df -h|systemctl status nginx|systemctl list-units --failed|ip addr|ip -br addr show|journalctl -u nginx --since today --no-pager`,
    'ss -ltn|date +%s|rpm -q openssl|hostname|dmesg -T|printenv PATH|cat /etc/os-release|ping -c 1 10.0.0.1',
  ].flatMap((lines) => lines.split('|'))

  test.each([...reading, "grep 'a b|c; $x' /var/log/messages"])('%s only reads', (line) => {
    expect(isReadOnlyLine(line)).toBe(true)
  })

  const shells = [
    '',
    ' df',
    'df ',
    'df;id',
    'df|sh',
    'df && id',
    'df > /x',
    'df $(id)',
    'df `id`',
    'df $HOME',
    'df *',
    'df "x"',
    "df 'x",
    'df\nid',
    'df \\x',
    'df &',
  ]
  const writing = [
    `~/df|./df|/bin/df|find / -delete|sed -i s/a/b/ /x|sort -o /etc/passwd /x|FOO=bar df|systemctl --no-pager stop x|systemctl stop nginx`,
    `systemctl status -H evil|ip link s eth0 down|ip addr a 1.1.1.1/8 dev eth0|ip -batch x|journalctl --vac=1s|journalctl --cursor-=/etc/x|dmesg -C`,
    `dmesg -TC|ss -K|ss --kil|date -s now|date --s=x|date 01010000|rpm -q --eval '%(id)'|hostname evil|mount /dev/sda1|toString|__proto__ x`,
  ].flatMap((lines) => lines.split('|'))

  test.each([...shells, ...writing])('%s is not taken for reading only', (line) => {
    expect(isReadOnlyLine(line)).toBe(false)
  })
})

test('the registered principal and login go before the derived ones', () => {
  expect(refusal({}, { targetPlane: 'platform' }), 'NT-B14').toBe('session.grant_plane_differs')
  expect(refusal({}, { targetPrincipal: 'hb-7f3a' })).toBe('session.grant_target_differs')
  expect(refusal(target({ principal: 'hb-7f3a' }), { targetPrincipal: 'hb-7f3a' })).toBeUndefined()
  expect(refusal({}, { targetLogin: 'root' })).toBe('session.grant_target_differs')
  expect(refusal(target({ account: 'root' }), { targetLogin: 'hb-app' })).toBe('session.grant_target_differs')
})

test('a principal that OpenSSH could split or an operator could misread does not parse', () => {
  expect(Principal.safeParse(principalOf('web-1', 'hb-app')).success).toBe(true)
  const wrong = [
    'root',
    'hb-a,hb-b',
    'hb-',
    'hb-A',
    'hb-a b',
    'hb-a\n',
    'hb-a_b',
    principalOf('网站', 'app'),
    `hb-${'a'.repeat(81)}`,
  ]
  for (const principal of wrong) expect(Principal.safeParse(principal).success).toBe(false)
})

test('a grant with an unknown field, a foreign value or a missing one does not parse', () => {
  expect(ExecutionGrant.safeParse({ ...grant, extra: 1 }).success).toBe(false)
  for (const key of Object.keys(grant)) expect(ExecutionGrant.safeParse({ ...grant, [key]: undefined }).success).toBe(false)
  const wrong = [{ danger: 0 }, { danger: 6 }, { nonce: 'x' }, { account: 'Root' }, { account: 'a,b' }, { timeoutMs: 0 }]
  for (const changed of [...wrong, { gatewayId: 'GW' }]) {
    expect(ExecutionGrant.safeParse({ ...grant, ...changed }).success).toBe(false)
  }
})
