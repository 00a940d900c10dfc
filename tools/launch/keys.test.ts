import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import ssh2 from 'ssh2'
import { expect, test } from 'vitest'
import { openSshKeyPair } from './keys.ts'

test('every Ed25519 key is written so that another implementation signs and verifies with it', () => {
  for (let round = 0; round < 300; round += 1) {
    const key = generateKeyPairSync('ed25519').privateKey
    const written = openSshKeyPair(key)
    const parsed = ssh2.utils.parseKey(written.privateKey)
    const publicPart = ssh2.utils.parseKey(written.publicKey)
    if (parsed instanceof Error || publicPart instanceof Error) throw new Error('not parsed')
    expect(publicPart.verify('text', parsed.sign('text') as Buffer)).toBe(true)
    const spki = createPublicKey(key).export({ type: 'spki', format: 'pem' })
    expect(publicPart.getPublicPEM().replace(/\s/g, '')).toBe(spki.toString().replace(/\s/g, ''))
  }
})
