import { expect, test } from 'vitest'
import { boxFor, newBoxKey, openBox } from './box.ts'
import { gmSealer } from './seal-gm.ts'

const key = new Uint8Array(32).fill(9)

test('SM4 with HMAC-SM3: opens as it was sealed, and nothing altered, moved or of another key does', () => {
  const vault = gmSealer(key, 'vault')
  const sealed = vault.seal(Buffer.from('口令'), 'account/1')
  expect(vault.open(sealed, 'account/1').toString()).toBe('口令')
  expect(sealed.includes(Buffer.from('口令'))).toBe(false)
  expect(() => vault.open(sealed, 'account/2')).toThrow('altered or moved')
  expect(() => gmSealer(new Uint8Array(32).fill(8), 'vault').open(sealed, 'account/1')).toThrow('altered or moved')
  expect(() => gmSealer(key, 'other').open(sealed, 'account/1')).toThrow('altered or moved')
  for (let at = 0; at < sealed.length; at++) {
    const flipped = Buffer.from(sealed)
    flipped[at]! ^= 1
    expect(() => vault.open(flipped, 'account/1')).toThrow(TypeError)
  }
})

test('a box is opened by its reader alone, and only as what it is about', () => {
  const [mine, other] = [newBoxKey(), newBoxKey()]
  const box = boxFor(mine.publicKey, Buffer.from('secret'), 'grant/1')
  expect(openBox(mine.privateKey, box, 'grant/1').toString()).toBe('secret')
  expect(() => openBox(other.privateKey, box, 'grant/1')).toThrow()
  expect(() => openBox(mine.privateKey, box, 'grant/2')).toThrow()
  expect(() => boxFor('AAAA', Buffer.from('x'), '')).toThrow()
})
