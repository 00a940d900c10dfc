import { expect, test } from 'vitest'
import { refusalBook, refusalCodes } from './phrases.ts'

test('every refusal of the platform has words and a next step in both languages', () => {
  expect(refusalCodes.length).toBeGreaterThan(100)
  expect(refusalCodes.filter((code) => !refusalBook[code])).toEqual([])
  for (const [code, said] of Object.entries(refusalBook)) {
    for (const words of [said.zh, said.nextZh]) expect(words, code).toMatch(/\p{Script=Han}/u)
    for (const words of [said.en, said.nextEn]) expect(words, code).toMatch(/^[^\p{Script=Han}]{8,}$/u)
  }
})

test('a refusal that enforces a red line says which (RL-06, RL-17)', () => {
  expect(refusalBook['access.denied']?.rule).toBe('RL-17')
  expect(Object.values(refusalBook).filter((said) => said.rule?.startsWith('RL-')).length).toBeGreaterThan(30)
})
