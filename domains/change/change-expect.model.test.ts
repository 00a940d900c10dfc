import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judge, type RunResult } from './change-expect.model.ts'

const exited = (stdout: string, exitCode = 0): RunResult => ({ outcome: 'exited', exitCode, stdout })
const zero = { exitCodes: [0], checks: [] }

describe('a result against the expectation of its step (G-EXPECT, RL-09)', () => {
  test('whatever did not exit by itself is never as expected, whatever it printed', () => {
    const outcomes = ['signalled', 'timed-out', 'not-started', 'killed', 'unknown'] as const
    fc.assert(
      fc.property(
        fc.constantFrom(...outcomes),
        fc.option(fc.integer({ min: 0, max: 255 })),
        fc.string(),
        (outcome, exitCode, stdout) => {
          expect(judge(zero, { outcome, exitCode, stdout }).met).toBe(false)
        },
      ),
    )
    expect(judge(zero, { outcome: 'exited', exitCode: null, stdout: '' }).met).toBe(false)
  })
  test('only the exit codes that the plan names count', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 255 }), { minLength: 1 }),
        fc.integer({ min: 0, max: 255 }),
        (codes, code) => {
          expect(judge({ exitCodes: codes, checks: [] }, exited('', code)).met).toBe(codes.includes(code))
        },
      ),
    )
  })
  test.each([
    [{ kind: 'contains', text: 'state=running' }, 'a state=running b', 'state=stopped'],
    [{ kind: 'absent', text: 'ERROR' }, 'all well', 'an ERROR came'],
    [{ kind: 'line', text: '2.4.0' }, 'version\r\n 2.4.0 \r\n', 'version 2.4.0'],
    [{ kind: 'number', after: 'connections=', min: 10, max: 20 }, 'x=1 connections= 15', 'connections=21'],
    [{ kind: 'number', after: '', min: null, max: -1 }, 'delta -2.5', 'delta 2.5'],
    [{ kind: 'number', after: 'load', min: 0, max: null }, 'load: 0.3', 'no figure'],
  ] as const)('%o', (check, good, bad) => {
    expect(judge({ exitCodes: [0], checks: [check] }, exited(good)).met).toBe(true)
    const { met, verdicts } = judge({ exitCodes: [0], checks: [check] }, exited(bad))
    expect([met, verdicts[0]!.met, verdicts[1]!.met]).toEqual([false, true, false])
  })
  test('every check is judged and told, also after the first that fails', () => {
    const checks = [
      { kind: 'contains', text: 'a' },
      { kind: 'contains', text: 'b' },
      { kind: 'absent', text: 'c' },
    ] as const
    const { verdicts } = judge({ exitCodes: [0], checks: [...checks] }, exited('c'.repeat(500), 3))
    expect(verdicts.map((verdict) => verdict.met)).toEqual([false, false, false, false])
    expect(Math.max(...verdicts.map((verdict) => verdict.found.length))).toBeLessThanOrEqual(121)
  })
})
