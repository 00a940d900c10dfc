import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { keySeal, openPiece, recordingKey } from './key-seal.ts'

const signer = generateKeyPairSync('x25519')
const spki = signer.publicKey.export({ format: 'der', type: 'spki' })

test('NT-D08 what was typed opens with the private key, piece by piece', () => {
  const seal = keySeal(spki, 'session-1')
  const pieces = ['sudo -s\r', 'Passw0rd!\r'].map((text) => seal.seal(Buffer.from(text)))
  expect(pieces.join(' ')).not.toContain('Passw0rd')
  const key = recordingKey(signer.privateKey, seal.announcement, 'session-1')
  expect(pieces.map((piece, index) => openPiece(key, piece, index, 'session-1').toString())).toEqual(['sudo -s\r', 'Passw0rd!\r'])
})

test('an altered, moved or foreign piece does not open', () => {
  const seal = keySeal(spki, 'session-1')
  const [first, second] = ['one', 'two'].map((text) => seal.seal(Buffer.from(text))) as [string, string]
  const key = recordingKey(signer.privateKey, seal.announcement, 'session-1')
  expect(() => openPiece(key, second, 0, 'session-1')).toThrow()
  expect(() => openPiece(key, first, 0, 'session-2')).toThrow()
  const altered = Buffer.from(first, 'base64')
  altered[altered.length - 1]! ^= 1
  expect(() => openPiece(key, altered.toString('base64'), 0, 'session-1')).toThrow()
  const other = recordingKey(generateKeyPairSync('x25519').privateKey, seal.announcement, 'session-1')
  expect(() => openPiece(other, first, 0, 'session-1')).toThrow()
  const elsewhere = recordingKey(signer.privateKey, seal.announcement, 'session-2')
  expect(() => openPiece(elsewhere, first, 0, 'session-1')).toThrow()
})

test('a key of another kind is refused', () => {
  const ed = generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' })
  expect(() => keySeal(ed, 'session-1')).toThrow(TypeError)
  expect(() => recordingKey(signer.privateKey, 'rot13:AAAA', 'session-1')).toThrow(TypeError)
})
