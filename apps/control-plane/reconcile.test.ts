import { createHash } from 'node:crypto'
import type { EmergencyDetail } from '@huabiao/domains/emergency/emergency.contract'
import { reportExecLog } from '@huabiao/domains/reconcile/reconcile.contract'
import { settleMs } from '@huabiao/domains/reconcile/reconcile.model'
import type { SessionView } from '@huabiao/domains/session/session.contract'
import { forcedLine } from '@huabiao/domains/session/session-lifeline.model'
import { apiClient, ProblemError } from '@huabiao/kit/http/client'
import { serviceHeaders } from '@huabiao/kit/http/service-auth'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from './testing/harness.ts'
import { type Night, night } from './testing/night.ts'
import { place, type Terminals, terminals } from './testing/terminals.ts'

/** What a target's kernel tells of a terminal: kept with its session, judged after its end, and taken into the filing. */
let h: Harness
let n: Night
let on: Terminals
let owner: pg.Client
let url: string
beforeAll(async () => {
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
  n = night(h, owner)
  on = terminals(h)
  expect((await h.gateway('hello', { bootId: h.bootId, version: 'test' })).status).toBe(200)
  url = await h.app.listen({ host: '127.0.0.1', port: 0 })
}, 60_000)
afterEach(() => n.settle())
afterAll(async () => {
  await owner.end()
  await h.close()
})
const auditor = 'zhu.cha'

describe('what ran on the target', () => {
  let stream = createHash('md5').update('demo').digest('hex')
  const report = (
    lines: string[],
    from: number,
    { aheadMs = 0, ...over }: { lost?: boolean; whole?: boolean; aheadMs?: number } = {},
  ) => {
    const headers = serviceHeaders(h.follower.id, h.follower.privateKey, () => new Date(Date.now() + aheadMs))
    const to = from + lines.join('\n').length + 1
    const body = { source: 'demo', stream, from, to, lines, lost: false, ...over }
    return apiClient({ baseUrl: url, headers })(reportExecLog, { body })
  }
  const taken = async () => Number((await owner.query('select taken from reconcile_position')).rows[0]?.taken ?? 0)
  const opening = (id: string): string[] => [
    'bash',
    '-c',
    forcedLine({ command: { kind: 'interactive', purpose: '' }, sessionId: id }),
  ]
  const later = async (ms: number) => h.at(new Date(Date.now() + ms), async () => h.composed.jobs.reconciliation())
  const verdicts = async (id: string): Promise<string[]> =>
    (
      await owner.query(
        `select body::jsonb -> 'data' ->> 'verdict' as verdict from ledger_record where object = $1 and act = 'session.reconciled' order by seq`,
        [`session/${id}`],
      )
    ).rows.map((row) => row.verdict)
  const execution = (serial: number, pid: number, ppid: number, argv: string[], over = '', at = Date.now()) => {
    const seconds = (at / 1000).toFixed(3)
    const words = argv.map((word, index) => `a${index}=${Buffer.from(word).toString('hex').toUpperCase()}`).join(' ')
    return [
      `type=SYSCALL msg=audit(${seconds}:${serial}): arch=c000003e syscall=59 success=yes exit=0 ppid=${ppid} pid=${pid} auid=4294967295 uid=1001 ${over || 'euid=1001'} tty=pts9 ses=4294967295 comm="x" exe="/usr/bin/x" key="hb-exec"`,
      `type=EXECVE msg=audit(${seconds}:${serial}): argc=${argv.length} ${words}`,
    ]
  }
  const executions = async (id: string, login = 'zhao.ming') =>
    (await h.call(login, 'GET', `/sessions/${id}/executions`)).body as never

  test('is kept with its session, judged when it has ended, and taken into the filing', async () => {
    const emergency = await n.executing()
    const id = await on.recorded(emergency, 'systemctl restart portal\r')
    const lines = [
      ...execution(1, 100, 99, opening(id)),
      // Words that look like ours are somebody's own, and hide nothing.
      ...execution(2, 101, 100, ['systemctl', 'restart', 'portal', `: hb-session=${id}; `]),
      ...execution(3, 900, 800, ['vi', '/etc/shadow']),
      ...execution(4, 102, 101, ['sudo', '-s'], 'euid=0'),
    ].map((line) => line.replace('pid=900 auid=4294967295 uid=1001 euid=1001 tty=pts9', 'pid=900 auid=0 uid=0 euid=0 tty=pts1'))
    const first = await report(lines, 0)
    await expect(report(lines, 0), 'told again, it is passed over').resolves.toMatchObject({ taken: first.taken })
    await expect(report(lines, first.taken + 5)).rejects.toThrow(ProblemError)
    expect(await executions(id)).toMatchObject({
      verdict: null,
      total: 3,
      items: [
        {},
        { command: `systemctl restart portal : hb-session=${id}; `, elevated: false },
        { command: 'sudo -s', elevated: true },
      ],
    })
    await later(settleMs + 1_000)
    expect(await executions(id, auditor)).toMatchObject({ verdict: 'elevated' })
    expect(await verdicts(id)).toEqual(['elevated'])
    // Root that nobody granted is a case of its own, of the executor (V-P5).
    await h.composed.jobs.violations()
    const cases = await owner.query(`select entry, rule from violation_case where session_id = $1`, [id])
    expect(cases.rows).toMatchObject([{ entry: 'V-P5', rule: 'RL-17' }])
    await n.stabilised(emergency.id)
    await h.at(new Date(Date.now() + 20_000), async () => h.composed.jobs.emergencies())
    const draft = (await h.call('zhao.ming', 'GET', `/emergencies/${emergency.id}`)).body as unknown as EmergencyDetail
    expect(JSON.stringify(draft)).toContain('systemctl restart portal')
    expect(JSON.stringify(draft)).not.toContain('pkill')
  })

  test('that comes after the verdict is judged anew: what outlived a terminal that agreed is a case all the same', async () => {
    const id = await on.recorded(await n.executing(), 'x')
    await report([...execution(20, 200, 199, opening(id)), ...execution(21, 201, 200, ['ls'])], await taken())
    await later(settleMs + 1_000)
    expect(await executions(id), 'nobody knows whether the log was read to its end').toMatchObject({ verdict: null })
    await h.at(new Date(Date.now() + 10_000), async () => report([], await taken(), { whole: true, aheadMs: 10_000 }))
    await later(settleMs + 11_000)
    expect(await executions(id)).toMatchObject({ verdict: 'agrees' })
    const late = execution(22, 202, 201, ['nc', '-l', '4444'], '', Date.now() + 60_000)
    await h.at(new Date(Date.now() + 61_000), async () => report(late, await taken(), { aheadMs: 61_000 }))
    await later(61_000 + settleMs + 1_000)
    expect(await verdicts(id)).toEqual(['agrees', 'outlived'])
    await later(200_000)
    expect(await verdicts(id), 'once for each change of it').toHaveLength(2)
    await h.composed.jobs.violations()
    expect((await owner.query('select entry from violation_case where session_id = $1', [id])).rows).toEqual([{ entry: 'V-P3' }])
  })

  test('of which something was lost is no more than a part, whatever was told', async () => {
    const id = await on.recorded(await n.executing(), 'x')
    await report([...execution(30, 300, 299, opening(id)), ...execution(31, 301, 300, ['ls'])], await taken(), { whole: true })
    stream = createHash('md5').update('emptied').digest('hex')
    await report([], 0, { lost: true, whole: true })
    await later(settleMs + 1_000)
    expect(await executions(id)).toMatchObject({ verdict: 'partial' })
  })

  test('under a number that came back is another process’s, and so is what descends from it', async () => {
    const id = await on.recorded(await n.executing(), 'x')
    const lines = [
      ...execution(40, 400, 399, opening(id)),
      ...execution(41, 401, 400, ['ls']),
      ...execution(42, 401, 7, ['postgres'], 'euid=1001'),
      ...execution(43, 402, 401, ['archive']),
    ].map((line) => (/:4[23]\)/.test(line) ? line.replace('tty=pts9', 'tty=(none)') : line))
    await report(lines, await taken())
    expect(await executions(id)).toMatchObject({ total: 2, items: [{}, { command: 'ls' }] })
  })

  test('of a terminal of which the target tells nothing, nobody can vouch for it', async () => {
    const id = await on.recorded(await n.executing(), 'x')
    await later(4 * 60_000)
    expect(await executions(id)).toMatchObject({ verdict: null })
    await later(6 * 60_000)
    expect(await executions(id)).toMatchObject({ verdict: 'unknown', total: 0 })
  })

  test('only followers speak, and what one says of another’s target is nobody’s record', async () => {
    expect((await h.call('zhao.ming', 'POST', '/target-executions', {})).status).toBe(403)
    const emergency = await n.executing('zhao.ming', 'qian.wei', {
      targets: [{ targetId: await n.targetId('portal-web-02'), accounts: ['hb-app'] }],
    })
    const answer = await h.call('zhao.ming', 'POST', '/terminal-sessions', place(emergency, { targetName: 'portal-web-02' }))
    const { id } = answer.body as unknown as SessionView
    await report(execution(9, 900, 899, opening(id)), await taken())
    expect(await executions(id)).toMatchObject({ total: 0 })
  })
})
