import {
  gmSuite,
  hmacSm3,
  internationalSuite,
  matchesDigest,
  sha256,
  sm3,
  suiteOf,
  taggedDigest,
} from '@huabiao/kit/crypto/suite'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import { expect, test } from 'vitest'

test('SM3 answers the two vectors of GB/T 32905 appendix A', () => {
  expect(toHex(sm3(utf8('abc')))).toBe('66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0')
  expect(toHex(sm3(utf8('abcd'.repeat(16))))).toBe('debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732')
})

test('a digest of parts is the digest of their concatenation', () => {
  expect(sm3(utf8('ab'), utf8('c'))).toEqual(sm3(utf8('abc')))
  expect(sha256(utf8('ab'), utf8('c'))).toEqual(sha256(utf8('abc')))
})

test('HMAC-SM3 is RFC 2104 over SM3', () => {
  const key = utf8('k'.repeat(32))
  const block = new Uint8Array(64)
  block.set(key)
  const inner = sm3(
    block.map((byte) => byte ^ 0x36),
    utf8('message'),
  )
  expect(toHex(hmacSm3(key, utf8('mess'), utf8('age')))).toBe(
    toHex(
      sm3(
        block.map((byte) => byte ^ 0x5c),
        inner,
      ),
    ),
  )
})

test('a tagged digest is checked with the algorithm that it names', () => {
  for (const alg of ['sm3', 'sha256'] as const) expect(matchesDigest(taggedDigest(alg, utf8('x')), utf8('x'))).toBe(true)
  const wrong = [
    taggedDigest('sm3', utf8('y')),
    taggedDigest('sm3', utf8('x')).replace('sm3', 'sha256'),
    'md5:00',
    'toString:00',
    '',
  ]
  for (const tagged of wrong) expect(matchesDigest(tagged, utf8('x'))).toBe(false)
})

test('a suite is chosen by its configured id', () => {
  expect([suiteOf('gm'), suiteOf('international')]).toEqual([gmSuite, internationalSuite])
  expect(internationalSuite.mac(utf8('k'), utf8('m'))).toHaveLength(32)
})
