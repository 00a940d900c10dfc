import { exclusionOf, roleCodes } from '@huabiao/domains/access/access.model'
import { expect, test } from 'vitest'
import { neverWith } from '../../app/role-logic.ts'
import { accessWords } from './access-words.ts'
import { exclusionReason } from './exclusion-reason.ts'

test('every pair of roles that exclude each other has a reason, the same from both sides (RL-27)', () => {
  for (const a of roleCodes)
    for (const b of roleCodes) {
      const reason = exclusionReason(a, b)
      expect(reason === undefined, `${a} ${b}`).toBe(exclusionOf(a, b) === undefined)
      expect(exclusionReason(b, a), `${a} ${b}`).toBe(reason)
      if (reason) expect(reason.startsWith('dynamic'), `${a} ${b}`).toBe(exclusionOf(a, b) === 'dynamic')
    }
})

test('every reason that is worded is used', () => {
  const used = new Set(roleCodes.flatMap((a) => roleCodes.map((b) => exclusionReason(a, b))))
  expect(Object.keys(accessWords['zh-CN'].reasons).filter((reason) => !used.has(reason as never))).toEqual([])
})

test('an auditor can never hold any role that acts, and somebody without roles is free', () => {
  expect(neverWith(['AUD']).map(({ role }) => role)).toEqual(roleCodes.filter((role) => role !== 'AUD'))
  expect(neverWith([])).toEqual([])
  expect(neverWith(['DBA']).find(({ role }) => role === 'SYS')?.because).toEqual(['DBA'])
})
