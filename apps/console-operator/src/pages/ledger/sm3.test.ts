import { sm3 as nativeSm3 } from '@huabiao/kit/crypto/suite'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sm3 } from './sm3.ts'

test('SM3 in the browser answers the vectors of GB/T 32905', () => {
  expect(toHex(sm3(utf8('abc')))).toBe('66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0')
  expect(toHex(sm3(utf8('abcd'.repeat(16))))).toBe('debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732')
})

test('SM3 in the browser agrees with the platform’s for any bytes in any parts', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 4 }), (parts) => {
      expect(toHex(sm3(...parts))).toBe(toHex(nativeSm3(...parts)))
    }),
  )
})
