import { zstdCompressSync } from 'node:zlib'
import type { EmergencyDetail } from '@huabiao/domains/emergency/emergency.contract'
import type { SessionView } from '@huabiao/domains/session/session.contract'
import { keySeal } from '@huabiao/kit/crypto/key-seal'
import { SealingKey } from '@huabiao/kit/crypto/signer-client'
import { sha256, sm3 } from '@huabiao/kit/crypto/suite'
import { expect } from 'vitest'
import type { Harness } from './harness.ts'

export const place = (emergency: EmergencyDetail, over: object = {}): object => ({
  emergencyNo: emergency.no,
  targetName: 'portal-web-01',
  account: 'hb-app',
  ...over,
})
/** Terminals of emergencies, as far as a test needs one before it comes to its point. */
export function terminals(h: Harness) {
  const codeOf = async (login: string, path: string, body: object = {}): Promise<string> => {
    const answer = await h.call(login, 'POST', path, body)
    return answer.status === 200 ? 'done' : (answer.body as unknown as { code: string }).code
  }
  const open = async (emergency: EmergencyDetail): Promise<SessionView> => {
    const answer = await h.call('zhao.ming', 'POST', '/terminal-sessions', place(emergency))
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
    return answer.body as unknown as SessionView
  }
  /** The gateway has begun to record it. */
  const recording = async (emergency: EmergencyDetail): Promise<string> => {
    const { id } = await open(emergency)
    await h.claim()
    const opened = await h.gateway(`sessions/${id}/opened`, { bootId: h.bootId, startedAt: new Date().toISOString() })
    expect(opened.status).toBe(200)
    return id
  }
  const started = async (emergency: EmergencyDetail): Promise<string> => {
    const id = await recording(emergency)
    expect(await codeOf('zhao.ming', `/terminal-sessions/${id}/start`)).toBe('done')
    return id
  }
  /** A recording with one sealed piece of keys, as the gateway would send it; answers the session, sealed. */
  const recorded = async (emergency: EmergencyDetail, keys: string): Promise<string> => {
    const id = await started(emergency)
    await h.claim()
    const { sealing } = await h.signing.keys()
    const seal = keySeal(Buffer.from(SealingKey.parse(JSON.parse(sealing.payload)).publicKey, 'base64'), id)
    const lines = [
      JSON.stringify({ version: 2, width: 120, height: 32, timestamp: 0, title: 'x' }),
      JSON.stringify([0.1, 'K', seal.announcement]),
      JSON.stringify([0.2, 'o', 'Password: ']),
      JSON.stringify([1.2, 'k', seal.seal(Buffer.from(keys))]),
    ]
    const data = zstdCompressSync(Buffer.from(`${lines.join('\n')}\n`))
    const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
    const segment = { index: 0, sm3: hex(sm3(data)), sha256: hex(sha256(data)), startedAtMs: 0, endedAtMs: 1300 }
    const sent = await h.gateway(`sessions/${id}/segments`, { ...segment, data: data.toString('base64'), marks: [] })
    expect(sent.status, JSON.stringify(sent.body)).toBe(200)
    expect(await codeOf('zhao.ming', `/sessions/${id}/close`)).toBe('done')
    await h.claim()
    await h.seal(id, [{ ...segment, bytes: data.length }])
    return id
  }
  return { codeOf, open, recording, started, recorded }
}
export type Terminals = ReturnType<typeof terminals>
