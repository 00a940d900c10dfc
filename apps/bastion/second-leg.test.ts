import { createPublicKey, verify } from 'node:crypto'
import { expect, test } from 'vitest'
import { ephemeralKey } from './second-leg.ts'

test('every key of a run can be read back whole and signs, also the one in two hundred that the library writes badly', () => {
  const spki = Buffer.from('302a300506032b6570032100', 'hex')
  for (let i = 0; i < 1500; i += 1) {
    const { private: key, line } = ephemeralKey()
    const blob = Buffer.from(line.split(' ')[1]!, 'base64')
    expect(blob.equals(key.getPublicSSH())).toBe(true)
    if (i % 50 !== 0) continue
    const signature = key.sign(Buffer.from('grant'))
    if (signature instanceof Error) throw signature
    const publicKey = createPublicKey({ key: Buffer.concat([spki, blob.subarray(-32)]), format: 'der', type: 'spki' })
    expect(verify(null, Buffer.from('grant'), publicKey, signature)).toBe(true)
  }
})
