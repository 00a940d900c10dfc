import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventLines, shownBy, WholeCharacters } from './cast.ts'

/** What terminals are sent: any bytes, and text of every width with line ends of every kind. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .string({ unit: fc.oneof(fc.constantFrom('\n', '\r', '\r\n', '\x1b[0m', '"', '\\', '事', '🏛'), fc.string()) })
    .map((text) => Buffer.from(text)),
)

test('an event says what a terminal shows, in the very bytes of JSON', () => {
  fc.assert(
    fc.property(bytes, fc.nat(), (given, ms) => {
      const text = Buffer.from(given).toString()
      const whole = Buffer.from(text)
      const lines = [...eventLines(ms / 1000, whole)]
      const shown = text.replace(/(?<!\r)\n/g, '\r\n')
      if (whole.length === 0) expect(lines).toEqual([])
      else expect(lines.map(String)).toEqual([`${JSON.stringify([ms / 1000, 'o', shown])}\n`])
    }),
  )
})

test('a long output becomes events of at most 64 KiB, cut between characters', () => {
  const text = '台账\n'.repeat(40_000)
  const lines = [...eventLines(1, Buffer.from(text))]
  expect(lines).toHaveLength(Math.ceil(Buffer.byteLength(text) / 65_534))
  expect(lines.map(shownBy).join('')).toBe(text.replaceAll('\n', '\r\n'))
})

test('characters that packets have halved come whole, and what is no UTF-8 as U+FFFD; nothing is left out', () => {
  fc.assert(
    fc.property(bytes, fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }), (given, sizes) => {
      const characters = new WholeCharacters()
      const parts: string[] = []
      for (let from = 0, i = 0; from < given.length; i += 1) {
        const size = sizes[i % sizes.length]!
        parts.push(characters.take(Buffer.from(given.subarray(from, from + size))).toString())
        from += size
      }
      parts.push(characters.end().toString())
      expect(parts.join('')).toBe(Buffer.from(given).toString())
    }),
  )
})
