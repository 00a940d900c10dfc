import { expect, test } from 'vitest'
import { allRefusals } from './all-refusals.ts'
import { everyPhrase } from './testing/words.ts'

const words = await everyPhrase()

test('every refusal that any door may answer is worded in both languages, with what to do next', () => {
  for (const code of Object.keys(allRefusals)) {
    const phrase = words.get(code)
    expect(phrase, code).toBeDefined()
    for (const text of [phrase!.zh, phrase!.nextZh]) expect(text, code).toMatch(/[\u4e00-\u9fff].*。$/)
    for (const text of [phrase!.en, phrase!.nextEn]) expect(text, code).toMatch(/^[A-Z].*\.$/)
  }
})
test('Chinese texts use Chinese punctuation', () => {
  for (const [code, { zh, nextZh }] of words) expect(`${zh}${nextZh}`, code).not.toMatch(/[\u4e00-\u9fff][,;:?!]/)
})
