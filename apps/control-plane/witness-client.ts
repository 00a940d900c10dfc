import { request } from 'node:https'
import type { TreeHead } from '@huabiao/domains/ledger/ledger.model'
import type { HeadWitness } from '@huabiao/domains/ledger/ledger.module'
import { type HeadOffer, SeenHead, SignedTreeHead, WitnessedHead } from '@huabiao/domains/ledger/ledger-witness.model'
import { PublicKeyEntry, type SignedEnvelope } from '@huabiao/kit/crypto/envelope'
import { verifyEnvelope } from '@huabiao/kit/crypto/signature'
import { Refusal, type RefusalCode, Unavailable } from '@huabiao/kit/errors/errors'
import { z } from 'zod'

/** How to reach a witness and what to believe of it: all of it was handed over by the supervision side, none of it learnt. */
export const WitnessPeer = z.strictObject({
  url: z.url({ protocol: /^https$/ }).max(300),
  /** PEM texts: the authority of the witness's certificate, and our own certificate with its key. */
  ca: z.string().max(100_000),
  cert: z.string().max(100_000),
  key: z.string().max(20_000),
  /** The keys it counter-signs with. */
  keys: z.array(PublicKeyEntry).min(2).max(20),
})
export type WitnessPeer = z.infer<typeof WitnessPeer>

const answerMaxBytes = 262_144
const timeoutMs = 5_000

export interface WitnessClient extends HeadWitness {
  /** How many contradictions it remembers of this platform. */
  health(): Promise<{ contradictions: number }>
}

/** A client over mutual TLS, without pooling: a witness that restarts leaves no stale connection behind. */
export function witnessClient(peer: WitnessPeer): WitnessClient {
  const call = async <T>(method: 'GET' | 'POST', path: string, schema: z.ZodType<T>, body?: object): Promise<T> => {
    const { status, text } = await exchange(peer, method, path, body)
    const answer = parseJson(text)
    if (status >= 400 && status < 500) throw refusalOf(answer, status)
    const parsed = schema.safeParse(answer)
    if (status !== 200 || !parsed.success) throw new Unavailable('witness', status !== 200, `status ${status}`)
    return parsed.data
  }
  return {
    health: () => call('GET', '/health', z.object({ ok: z.literal(true), contradictions: z.number() })),
    last: async ({ tenantId, plane }) => {
      try {
        const seen = await call('GET', `/heads/last?${new URLSearchParams({ tenantId, plane })}`, SeenHead)
        return witnessedHead(peer, seen)
      } catch (error) {
        if (error instanceof Refusal && error.code === 'witness.chain_unknown') return undefined
        throw error
      }
    },
    counterSign: async (offer) => {
      const seen = await call('POST', '/heads', SeenHead, offer)
      return checkedAnswer(peer, offer, seen)
    },
  }
}

/** The head in an answer of the witness, with its signature over that very head. An answer that does not hold is no answer. */
function witnessedHead(peer: WitnessPeer, seen: SeenHead): TreeHead {
  const verdict = verifyEnvelope('witnessed-head', seen.witnessed, peer.keys)
  const witnessed = verdict.ok ? WitnessedHead.safeParse(verdict.payload) : undefined
  const head = SignedTreeHead.safeParse(parseJson(seen.head.payload))
  const same =
    head.success &&
    witnessed?.success &&
    (['chain', 'size', 'root', 'last'] as const).every((field) => head.data[field] === witnessed.data[field])
  if (!same) throw new Unavailable('witness', false, 'an answer that its keys do not bear out')
  return head.data
}

function checkedAnswer(peer: WitnessPeer, offer: HeadOffer, seen: SeenHead): SignedEnvelope {
  const offered = SignedTreeHead.parse(parseJson(offer.head.payload))
  const answered = witnessedHead(peer, seen)
  // The head may have been signed twice, as after a crash; what it says of the chain is the same.
  if ((['chain', 'size', 'root', 'last'] as const).some((field) => offered[field] !== answered[field]))
    throw new Unavailable('witness', false, 'an answer to another question')
  return seen.witnessed
}

function exchange(
  { url, ca, cert, key }: WitnessPeer,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; text: string }> {
  const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
  const headers = payload ? { 'content-type': 'application/json', 'content-length': payload.length } : {}
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => reject(cause instanceof Unavailable ? cause : new Unavailable('witness', true, cause))
    const signal = AbortSignal.timeout(timeoutMs)
    const options = { method, headers, ca, cert, key, signal, agent: false, minVersion: 'TLSv1.3' } as const
    const outgoing = request(new URL(path, url), options, (answer) => {
      const chunks: Buffer[] = []
      let bytes = 0
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > answerMaxBytes) answer.destroy(new Unavailable('witness', false, 'answer too large'))
        else chunks.push(chunk)
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }))
      answer.on('error', fail)
    })
    outgoing.on('error', fail)
    outgoing.end(payload)
  })
}

function refusalOf(answer: unknown, status: number): Error {
  const parsed = z.object({ code: z.string().regex(/^[a-z_]+\.[a-z_]+$/) }).safeParse(answer)
  return parsed.success ? new Refusal(parsed.data.code as RefusalCode) : new Unavailable('witness', false, `status ${status}`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
