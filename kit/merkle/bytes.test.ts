import { concat, fromHex, toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const text = fc
  .array(fc.oneof(fc.nat(0x7f), fc.nat(0xd7ff), fc.integer({ min: 0xe000, max: 0x10ffff })), { maxLength: 20 })
  .map((codes) => String.fromCodePoint(...codes))

test('UTF-8 has the bytes of the platform for every well-formed string', () => {
  fc.assert(
    fc.property(text, (text) => {
      expect(toHex(utf8(text))).toBe(Buffer.from(text, 'utf8').toString('hex'))
    }),
  )
  expect(toHex(utf8('华表𠮷\u007f\u0080\u07ff\u0800\uffff'))).toBe(
    Buffer.from('华表𠮷\u007f\u0080\u07ff\u0800\uffff').toString('hex'),
  )
})

test('UTF-8 of a lone surrogate is refused', () => {
  for (const text of ['\ud800', 'a\udc00', '\ud800x', '\udc00\ud800']) expect(() => utf8(text)).toThrow(TypeError)
})

test('hex has one spelling and comes back as the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(fromHex(toHex(bytes))).toEqual(bytes)
    }),
  )
  for (const text of ['A0', 'a', '0x', ' 00', 'zz']) expect(fromHex(text)).toBeUndefined()
})

test('concatenation keeps every byte in order', () => {
  expect(concat(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3))
})
