import fc from 'fast-check'
import { expect, test } from 'vitest'
import { commandsMost, draftWaitMs } from './emergency.model.ts'
import {
  commandsOf,
  draftSteps,
  explanationsRefusal,
  filingsRefusal,
  isAlarm,
  mayDraft,
  type RecordedSession,
} from './emergency-filing.model.ts'

const at = new Date('2026-11-29T02:00:00Z')
const session = (over: Partial<RecordedSession>): RecordedSession => ({
  sessionId: 's1',
  state: 'sealed',
  openedAt: at,
  targetNames: ['portal-web-01'],
  commands: [],
  ...over,
})
const command = (text: string, atMs = 0) => ({ atMs, text, source: 'execve' })

test('every command of every session is numbered once, in the order of their beginning', () => {
  const later = session({ sessionId: 's2', openedAt: new Date(at.getTime() + 60_000), commands: [command('c')] })
  const first = session({ commands: [command('a'), command('b', 5)] })
  expect(commandsOf([later, first]).commands.map(({ seq, text, sessionId }) => [seq, text, sessionId])).toEqual([
    [1, 'a', 's1'],
    [2, 'b', 's1'],
    [3, 'c', 's2'],
  ])
})
test('what is too much is left out and counted, never lost in silence', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3_000 }), (count) => {
      const { commands, leftOut } = commandsOf([session({ commands: Array.from({ length: count }, () => command('x')) })])
      expect(commands.length + leftOut).toBe(count)
      expect(commands.length).toBeLessThanOrEqual(commandsMost)
    }),
    { numRuns: 30 },
  )
})
test('the draft of the steps holds in a note, however long the night was', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 300 }), { maxLength: 200 }), (texts) => {
      const sessions = [session({ commands: texts.map((text) => command(text)) })]
      expect(draftSteps(commandsOf(sessions).commands, sessions).length).toBeLessThanOrEqual(4_000)
    }),
  )
  const sessions = [session({ commands: [command('systemctl restart portal', 61_000)] })]
  expect(draftSteps(commandsOf(sessions).commands, sessions)).toBe('1. 10:01:01 portal-web-01$ systemctl restart portal')
})
test('a draft waits for the seal, but not for ever', () => {
  const open = [session({ state: 'sealed' }), session({ state: 'closed' })]
  expect(mayDraft([], at, at)).toBe(true)
  expect(mayDraft([session({ state: 'gap' })], at, at)).toBe(true)
  expect(mayDraft(open, at, new Date(at.getTime() + draftWaitMs - 1))).toBe(false)
  expect(mayDraft(open, at, new Date(at.getTime() + draftWaitMs))).toBe(true)
})
test('an explanation is of a recorded command, once', () => {
  const recorded = [{ seq: 1 }, { seq: 2 }]
  expect(explanationsRefusal([{ seq: 2 }, { seq: 1 }], recorded)).toBeUndefined()
  expect(explanationsRefusal([{ seq: 3 }], recorded)).toBe('emergency.command_unknown')
  expect(explanationsRefusal([{ seq: 1 }, { seq: 1 }], recorded)).toBe('emergency.command_unknown')
})
test('a twentieth filing within a day is written, a twenty-first waits', () => {
  const hours = (count: number): Date => new Date(at.getTime() + count * 3_600_000)
  const written = Array.from({ length: 20 }, () => at)
  expect(filingsRefusal(written.slice(1), hours(1))).toBeUndefined()
  expect(filingsRefusal(written, hours(23))).toBe('emergency.filings_too_many')
  expect(filingsRefusal(written, hours(24))).toBeUndefined()
})
test('more than five in a hundred changes, or two in a hundred sessions, is an alarm of itself', () => {
  const month = { emergencies: 5, changes: 100, emergencySessions: 2, sessions: 100 }
  expect(isAlarm(month)).toEqual({ changes: false, sessions: false })
  expect(isAlarm({ ...month, emergencies: 6 })).toEqual({ changes: true, sessions: false })
  expect(isAlarm({ ...month, emergencySessions: 3 })).toEqual({ changes: false, sessions: true })
  expect(isAlarm({ emergencies: 0, changes: 0, emergencySessions: 0, sessions: 0 })).toEqual({ changes: false, sessions: false })
})
