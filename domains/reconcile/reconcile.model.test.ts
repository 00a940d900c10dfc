import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { forcedLine } from '../session/session-lifeline.model.ts'
import {
  claimsOn,
  type Execution,
  executionsIn,
  type Kin,
  outlived,
  sessionOpenedBy,
  settleMs,
  type Told,
  verdictOf,
  type Word,
  waitMs,
} from './reconcile.model.ts'

const session = '01900000-0000-7000-8000-000000000001'
const other = '01900000-0000-7000-8000-000000000002'
const forced = (sessionId: string): string => forcedLine({ command: { kind: 'interactive', purpose: '' }, sessionId })
const call = (serial: number, fields = 'ppid=10 pid=11 auid=1000 uid=1000 euid=1000 tty=pts3 ses=5') =>
  `type=SYSCALL msg=audit(1795992819.118:${serial}): arch=c000003e syscall=59 success=yes exit=0 a0=55a items=2 ${fields} comm="sh" exe="/usr/bin/dash" key="hb-exec"`
const args = (serial: number, text: string) => `type=EXECVE msg=audit(1795992819.118:${serial}): ${text}`
const hex = (text: string) => Buffer.from(text).toString('hex').toUpperCase()

describe('audit lines', () => {
  test('a call and its arguments are one execution; quotes and hex are read', () => {
    const word = forced(session)
    const { executions, pending } = executionsIn([
      call(56),
      'type=BPRM_FCAPS msg=audit(1795992819.118:56): fver=0',
      args(56, `argc=3 a0="sh" a1="-c" a2=${hex(word)}`),
      'type=CWD msg=audit(1795992819.118:56): cwd="/"',
    ])
    expect(executions).toMatchObject([
      { serial: '56', pid: 11, ppid: 10, uid: 1000, ses: 5, tty: 'pts3', exe: '/usr/bin/dash', argv: ['sh', '-c', word] },
    ])
    expect(executions[0]!.at.toISOString()).toBe(new Date(1795992819118).toISOString())
    expect(sessionOpenedBy(executions[0]!)).toBe(session)
    expect(pending).toEqual({})
  })
  test('arguments that come with the next lines find their call', () => {
    const first = executionsIn([call(7), call(8, 'ppid=1 pid=2 uid=0 euid=0 tty=(none) ses=4294967295')])
    expect(first.executions).toEqual([])
    const second = executionsIn([args(8, 'argc=1 a0="id"')], first.pending)
    expect(second.executions).toMatchObject([{ serial: '8', tty: undefined, ses: undefined, argv: ['id'] }])
    expect(Object.keys(second.pending)).toEqual(['7'])
  })
  test('what failed, other calls and words that imitate a record are no executions', () => {
    const failed = call(1).replace('success=yes', 'success=no')
    const other = call(2).replace('syscall=59', 'syscall=257')
    const forged = call(3).replace('comm="sh"', `comm=${hex('type=EXECVE msg=audit(1795992819.118:1): a0="id"')}`)
    expect(executionsIn([failed, other, forged, args(1, 'argc=1 a0="id"'), args(2, 'argc=1 a0="id"')]).executions).toEqual([])
  })
  test('executions of 32 bits and with a personality of their own are seen; other architectures’ numbers are other calls', () => {
    const as = (text: string): string => call(1).replace('arch=c000003e syscall=59', text)
    for (const text of ['arch=40000003 syscall=11', 'arch=40000003 syscall=358', 'arch=c000003e syscall=59 per=40000'])
      expect(executionsIn([as(text), args(1, 'argc=1 a0="id"')]).executions, text).toHaveLength(1)
    expect(executionsIn([as('arch=c000003e syscall=11'), args(1, 'argc=1 a0="id"')]).executions).toEqual([])
  })
  test('arguments that stand in several records, or in pieces, are read whole', () => {
    const [one, two] = ['x'.repeat(600), 'é y'.repeat(100)]
    const lines = [
      call(1),
      args(1, `argc=3 a0="sh" a1_len=${2 * one.length} a1[0]=${hex(one.slice(0, 200))}`),
      args(1, `a1[1]=${hex(one.slice(200))}`),
      call(2),
      args(2, 'argc=1 a0="id"'),
      args(1, ` a2=${hex(two)}`),
    ]
    expect(executionsIn(lines).executions).toMatchObject([{ argv: ['id'] }, { argv: ['sh', one, two] }])
    const first = executionsIn(lines.slice(0, 2))
    expect(first.executions).toEqual([])
    expect(executionsIn(lines.slice(2), first.pending).executions.at(-1)).toMatchObject({ argv: ['sh', one, two] })
    const huge = executionsIn([
      call(3),
      args(3, `argc=2 a0="sh" a1_len=90000 a1[0]=${hex('z'.repeat(3_000))}`),
      args(3, 'a1[1]=7A'),
    ])
    expect(huge.executions).toHaveLength(1)
    expect(huge.executions[0]!.argv[1]).toMatch(/^z{1,2000}…$/)
  })
  test('what was started is known although its arguments never come', () => {
    const { executions, pending } = executionsIn(Array.from({ length: 201 }, (_, index) => call(index + 1)))
    expect(executions).toMatchObject([{ serial: '1', exe: '/usr/bin/dash', argv: ['…'] }])
    expect(Object.keys(pending)).toHaveLength(200)
  })
  test('only the very line that a certificate forces begins a terminal', () => {
    expect(sessionOpenedBy({ argv: ['bash', '-c', forced(session)] })).toBe(session)
    for (const argv of [
      ['sh', '-c', `: hb-session=${session}; id`],
      ['sh', '-c', `${forced(session)} id`],
      ['sh', '-c', forced(session), 'x'],
      ['echo', `: hb-session=${session}; `],
      ['sh', '-c', `echo ": hb-session=${session}; "`],
      ['sh', '-c', ': hb-session=x; '],
    ])
      expect(sessionOpenedBy({ argv }), argv.join(' ')).toBeUndefined()
  })
  test('any text is read without throwing, and arguments without end are cut', () => {
    fc.assert(fc.property(fc.array(fc.string({ maxLength: 300 })), (lines) => void executionsIn(lines)))
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (text) => void executionsIn([call(1), args(1, text)])))
    const long = executionsIn([call(1), args(1, `argc=2 a0="${'x'.repeat(5_000)}" a1="y"`)]).executions[0]!
    expect(long.argv.join(' ').length).toBeLessThanOrEqual(2_010)
  })
})

describe('whose it is', () => {
  const of = (over: Partial<Execution>): Execution => ({
    serial: '1',
    at: new Date(1_000_000),
    pid: 50,
    ppid: 40,
    uid: 0,
    euid: 0,
    ses: undefined,
    tty: undefined,
    exe: '/bin/x',
    argv: ['x'],
    ...over,
  })
  const kin = (over: Partial<Kin>): Kin => ({
    sessionId: session,
    pid: 1,
    ppid: 0,
    ses: undefined,
    tty: undefined,
    endedAt: undefined,
    ...over,
  })
  test('its parent’s, its audit session’s or its terminal’s', () => {
    const mine = [{ sessionId: session, opens: false }]
    expect(claimsOn(of({ ppid: 7 }), [kin({ pid: 7 })])).toEqual(mine)
    expect(claimsOn(of({ ses: 9 }), [kin({ ses: 9 })])).toEqual(mine)
    expect(claimsOn(of({ tty: 'pts1' }), [kin({ tty: 'pts1' })])).toEqual(mine)
    expect(claimsOn(of({ tty: 'pts1', ses: 8 }), [kin({ tty: 'pts2', ses: 9 })])).toEqual([])
    expect(claimsOn(of({}), [kin({})])).toEqual([])
  })
  test('a number that came back is another process: it has another audit session, or another parent', () => {
    const known = kin({ pid: 50, ppid: 7 })
    expect(claimsOn(of({ ppid: 7 }), [known])).toHaveLength(1)
    expect(claimsOn(of({ ppid: 1 }), [known]), 'its parent has ended').toHaveLength(1)
    expect(claimsOn(of({ ppid: 8 }), [known])).toEqual([])
    expect(claimsOn(of({ ppid: 50, pid: 51 }), [kin({ pid: 50, ses: 9 })])).toEqual([])
  })
  test('what descends from a session is its own, whatever name it gives itself', () => {
    const argv = ['bash', '-c', forced(other)]
    const opens = { sessionId: other, opens: true }
    expect(claimsOn(of({ argv }), [])).toEqual([opens])
    for (const known of [kin({ pid: 40 }), kin({ pid: 40, ses: 9, endedAt: new Date(0) })])
      expect(claimsOn(of({ argv, ses: known.ses }), [known])[0]).toEqual({ sessionId: session, opens: false })
    // Where the target gives no audit sessions, the parent's number may have come back since, and the terminal's name has.
    expect(claimsOn(of({ argv }), [kin({ pid: 40, endedAt: new Date(0) })])[0]).toEqual(opens)
    expect(claimsOn(of({ argv, tty: 'pts1' }), [kin({ tty: 'pts1' })])[0]).toEqual(opens)
  })
  test('a terminal’s name proves nothing once the session has ended; its children do', () => {
    const ended = kin({ pid: 7, tty: 'pts1', endedAt: new Date(900_000) })
    expect(claimsOn(of({ tty: 'pts1' }), [ended])).toEqual([])
    expect(claimsOn(of({ ppid: 7 }), [ended])).toHaveLength(1)
    expect(outlived(of({}), ended.endedAt)).toBe(true)
    expect(outlived(of({}), new Date(996_000))).toBe(false)
  })
})

describe('the verdict', () => {
  const closedAt = new Date(0)
  const judge = (told: Partial<Told>, ms: number, word: Partial<Word> = {}) =>
    verdictOf(
      { executions: 5, opened: 1, outlived: 0, elevated: 0, ...told },
      { closedAt, heardAt: closedAt, wholeAt: new Date(60_000), lost: false, terminals: 1, ...word },
      new Date(ms),
    )
  test('a terminal of which the target told nothing is unknown, never agreed', () => {
    expect(judge({ executions: 0, opened: 0 }, waitMs - 1)).toBeUndefined()
    expect(judge({ executions: 0, opened: 0 }, waitMs)).toBe('unknown')
    expect(judge({}, 1_000)).toBeUndefined()
    expect(judge({}, 60_000)).toBe('agrees')
    expect(judge({ elevated: 1 }, 60_000)).toBe('elevated')
    expect(judge({ elevated: 1, outlived: 1 }, 60_000)).toBe('outlived')
  })
  test('a part of the word is no agreement: lost, without a beginning, or not read to the end of the session', () => {
    expect(judge({}, 60_000, { lost: true })).toBe('partial')
    expect(judge({ opened: 0 }, 60_000)).toBe('partial')
    expect(judge({ opened: 1 }, 60_000, { terminals: 2 })).toBe('partial')
    for (const wholeAt of [null, new Date(-1)]) {
      expect(judge({}, 60_000, { wholeAt })).toBeUndefined()
      expect(judge({}, waitMs, { wholeAt })).toBe('partial')
    }
    expect(judge({ outlived: 1 }, 60_000, { lost: true })).toBe('outlived')
  })
  test('what comes late is waited for as what came in time', () => {
    const heardAt = new Date(3_600_000)
    expect(judge({ outlived: 1 }, heardAt.getTime() + settleMs - 1, { heardAt })).toBeUndefined()
    expect(judge({ outlived: 1 }, heardAt.getTime() + settleMs, { heardAt })).toBe('outlived')
  })
})
