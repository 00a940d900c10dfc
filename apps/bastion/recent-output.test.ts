import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventLines } from './cast.ts'
import { RecentOutput } from './recent-output.ts'

const linesOf = (text: string): Buffer[] => [...eventLines(1, Buffer.from(text), true)]

test('shows the end of what was recorded, and holds little more', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 400 }), { maxLength: 60 }), (texts) => {
      const recent = new RecentOutput(2_000)
      for (const text of texts) for (const line of linesOf(text)) recent.add(line)
      const all = texts.map((text) => Buffer.from(text).toString()).join('')
      expect(all.endsWith(recent.shown)).toBe(true)
      expect(recent.shown.length).toBeLessThanOrEqual(2_000)
      if (all.length <= 200) expect(recent.shown).toBe(all)
    }),
  )
})
test('a line larger than everything is shown by its end, and goes when others have come', () => {
  const recent = new RecentOutput(1_000)
  for (const line of linesOf(`${'x'.repeat(60_000)}end`)) recent.add(line)
  expect(recent.shown).toMatch(/^x{997}end$/)
  for (let i = 0; i < 2_000; i++) for (const line of linesOf('a\n')) recent.add(line)
  expect(recent.shown).toMatch(/^(a\n){50,}$/)
})
