import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { chainOf, genesisPrev, recordLeaf } from '@huabiao/domains/ledger/ledger.model'
import type { HeadOffer } from '@huabiao/domains/ledger/ledger-witness.model'
import { loadSigningKeys, newSigningKeys, publicKeysOf, signEnvelope, verifyEnvelope } from '@huabiao/kit/crypto/signature'
import { sm3 } from '@huabiao/kit/crypto/suite'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import { consistencyProof, treeRoot } from '@huabiao/kit/merkle/merkle'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type WitnessPeer, witnessClient } from '../control-plane/witness-client.ts'
import { contradictionsPerChain } from './contradictions.ts'
import { type WitnessPlace, witnessPlace } from './testing/place.ts'

/** The witness as its peers meet it: over mutual TLS, with real certificates, keys and files (RL-13, NT-D11). */

const signer = loadSigningKeys(newSigningKeys())
const tenantId = '0190aaaa-0000-7000-8000-000000000001'
const chain = { tenantId, plane: 'platform' } as const
const hashOf = (record: string): string => toHex(sm3(utf8(record)))
const leaves = (history: readonly string[]) => history.map((record) => recordLeaf(hashOf(record)))

/** The head over a history, signed as the platform's signer signs it. */
const headOver = (history: readonly string[], more: object = {}, keys = signer) =>
  signEnvelope(
    'tree-head',
    {
      v: 1,
      kind: 'tree-head',
      chain: chainOf(tenantId, 'platform'),
      size: history.length,
      root: toHex(treeRoot(sm3, leaves(history))),
      last: history.length > 0 ? hashOf(history.at(-1)!) : genesisPrev,
      at: new Date(1_790_000_000_000 + history.length * 10_000).toISOString(),
      ...more,
    },
    keys,
  )
const offer = (history: readonly string[], from = 0): HeadOffer => ({
  head: headOver(history) as HeadOffer['head'],
  proof: from > 0 && from < history.length ? consistencyProof(sm3, leaves(history), from).map(toHex) : [],
})

let place: WitnessPlace
beforeEach(async () => {
  place = await witnessPlace(publicKeysOf(signer), { headsPerChainMax: 16 })
})
afterEach(() => place.remove())

/** One request as it comes over the wire: its status, or why there was none. */
const ask = (
  peer: WitnessPeer,
  method: string,
  path: string,
  body?: string,
): Promise<{ status: number; text: string } | string> =>
  new Promise((resolve) => {
    const options = { method, ca: peer.ca, cert: peer.cert, key: peer.key, agent: false, timeout: 20_000 }
    const outgoing = request(new URL(path, peer.url), options, (answer) => {
      let text = ''
      answer.on('data', (chunk) => {
        text += chunk
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
    })
    outgoing.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    outgoing.end(body)
  })

describe('what it signs', () => {
  test('a history that grows is counter-signed head by head, with both its keys, and asked again it gives the same signature', async () => {
    const client = witnessClient(place.platform())
    const first = await client.counterSign(offer(['a', 'b', 'c']))
    expect(verifyEnvelope('witnessed-head', first, place.keys)).toMatchObject({
      ok: true,
      payload: { platform: 'city', size: 3 },
    })
    expect(await client.counterSign(offer(['a', 'b', 'c']))).toEqual(first)
    await client.counterSign(offer(['a', 'b', 'c', 'd', 'e'], 3))
    expect(await client.last(chain)).toMatchObject({ size: 5, last: hashOf('e') })
  })

  test('a rewritten, a forked and a shortened history are refused, remembered across a restart, and both signed heads are the proof', async () => {
    await witnessClient(place.platform()).counterSign(offer(['a', 'b', 'c']))
    const refused = async (history: string[], code: string) => {
      await expect(witnessClient(place.platform()).counterSign(offer(history, 3))).rejects.toMatchObject({ code })
    }
    await refused(['a', 'X', 'c', 'd'], 'witness.history_rewritten')
    await refused(['a', 'X', 'c'], 'witness.history_forked')
    await refused(['a', 'b'], 'witness.history_shortened')
    await place.restart()
    await refused(['a', 'X', 'c', 'd', 'e'], 'witness.history_rewritten')
    const answer = await ask(place.reader(), 'GET', '/contradictions')
    const { items } = JSON.parse((answer as { text: string }).text) as {
      items: { code: string; offered: object; seen: { head: object } }[]
    }
    expect(items.map((item) => item.code)).toEqual([
      'witness.history_rewritten',
      'witness.history_forked',
      'witness.history_shortened',
      'witness.history_rewritten',
    ])
    for (const { offered, seen } of items)
      for (const head of [offered, seen.head]) expect(verifyEnvelope('tree-head', head, publicKeysOf(signer)).ok).toBe(true)
    expect(await witnessClient(place.platform()).health()).toEqual({ ok: true, contradictions: 4 })
    // What is true goes on all the same: the contradiction stays, the chain need not stand still.
    await witnessClient(place.platform()).counterSign(offer(['a', 'b', 'c', 'd'], 3))
  })

  test('a proof of the wrong length and a first head with a proof are refused, and are no contradiction (NT-D11)', async () => {
    const client = witnessClient(place.platform())
    await expect(client.counterSign({ ...offer(['a']), proof: [hashOf('x')] })).rejects.toMatchObject({
      code: 'witness.proof_malformed',
    })
    await client.counterSign(offer(['a', 'b', 'c']))
    const good = offer(['a', 'b', 'c', 'd'], 3)
    for (const proof of [[], good.proof.slice(1), [...good.proof, hashOf('x')]])
      await expect(client.counterSign({ ...good, proof })).rejects.toMatchObject({ code: 'witness.proof_malformed' })
    expect((await client.health()).contradictions).toBe(0)
  })

  test('a head that the pinned signer did not sign is refused: another key, another kind, another chain’s name', async () => {
    const client = witnessClient(place.platform())
    const stranger = loadSigningKeys(newSigningKeys())
    const heads = [
      headOver(['a'], {}, stranger),
      headOver(['a'], { chain: '../../etc/passwd' }),
      headOver(['a'], { size: 1.5 }),
      signEnvelope('recording-manifest', JSON.parse(headOver(['a']).payload), signer),
    ]
    for (const head of heads)
      await expect(client.counterSign({ head: head as HeadOffer['head'], proof: [] })).rejects.toMatchObject({
        code: 'witness.head_not_signed',
      })
    expect(readdirSync(join(place.stateDir, 'heads'))).toEqual([])
  })
})

describe('who is answered', () => {
  test('nobody without a certificate, with one of another authority, or with one that is not pinned', async () => {
    const anonymous = { ...place.platform(), cert: '', key: '' }
    const foreign = place.as(await place.certificateOf('foreign', place.caDirOf('foreign')))
    const unpinned = place.as(await place.certificateOf('unpinned'))
    for (const peer of [anonymous, foreign, unpinned])
      for (const path of ['/health', '/keys', '/heads/last']) expect(typeof (await ask(peer, 'GET', path)), path).toBe('string')
    expect(place.log.filter((line) => line.event === 'stranger').length).toBeGreaterThan(0)
    await expect(witnessClient(unpinned).counterSign(offer(['a']))).rejects.toMatchObject({ part: 'witness' })
  })

  test('TLS below 1.3 finds no handshake', async () => {
    const { port } = new URL(place.platform().url)
    const error = await new Promise<string>((resolve) => {
      const socket = connect({ ...place.platform(), host: '127.0.0.1', port: Number(port), maxVersion: 'TLSv1.2' }, () =>
        resolve('connected'),
      )
      socket.on('error', (cause: NodeJS.ErrnoException) => resolve(cause.code ?? ''))
    })
    expect(error).not.toBe('connected')
  })

  test('a reader sees heads and contradictions and submits nothing; what is no request is refused by name', async () => {
    await witnessClient(place.platform()).counterSign(offer(['a', 'b']))
    await expect(witnessClient(place.reader()).counterSign(offer(['a', 'b', 'c'], 2))).rejects.toMatchObject({
      code: 'witness.reader_only',
    })
    const heads = (await ask(place.reader(), 'GET', `/heads?${new URLSearchParams(chain)}`)) as { text: string }
    expect(
      heads.text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(JSON.parse(line).head.payload).size),
    ).toEqual([2])
    expect(await ask(place.platform(), 'GET', '/heads?tenantId=../x&plane=platform')).toMatchObject({ status: 400 })
    expect(await ask(place.platform(), 'GET', '/nothing')).toMatchObject({ status: 404 })
    expect(await ask(place.platform(), 'POST', '/heads', '{')).toMatchObject({ status: 400 })
    const tooLarge = await ask(place.platform(), 'POST', '/heads', 'x'.repeat(40_000))
    expect(typeof tooLarge === 'string' || tooLarge.status === 413).toBe(true)
  })

  test('an answer that the witness’s keys do not bear out is none', async () => {
    const keys = publicKeysOf(loadSigningKeys(newSigningKeys()))
    await expect(witnessClient({ ...place.platform(), keys }).counterSign(offer(['a']))).rejects.toMatchObject({
      part: 'witness',
    })
  })
})

describe('what it keeps', () => {
  test('a head cut short by a crash is forgotten, and the chain goes on from the one before', async () => {
    await witnessClient(place.platform()).counterSign(offer(['a', 'b']))
    await place.stop()
    const [file] = readdirSync(join(place.stateDir, 'heads'))
    appendFileSync(join(place.stateDir, 'heads', file!), '{"head":{"payl')
    await place.restart()
    expect(await witnessClient(place.platform()).last(chain)).toMatchObject({ size: 2 })
    await witnessClient(place.platform()).counterSign(offer(['a', 'b', 'c'], 2))
  })

  test('heads and contradictions are bounded, and the first head stays', async () => {
    const client = witnessClient(place.platform())
    const history: string[] = []
    for (let n = 1; n <= 40; n++) {
      history.push(`r${n}`)
      await client.counterSign(offer(history, n - 1))
    }
    const [file] = readdirSync(join(place.stateDir, 'heads'))
    const lines = readFileSync(join(place.stateDir, 'heads', file!), 'utf8')
      .trimEnd()
      .split('\n')
    const sizes = lines.map((line) => (JSON.parse(JSON.parse(line).head.payload) as { size: number }).size)
    expect(sizes.length).toBeLessThanOrEqual(16)
    expect([sizes[0], sizes.at(-1)]).toEqual([1, 40])
    for (let n = 1; n <= contradictionsPerChain + 3; n++)
      await client.counterSign(offer(['X', ...history.slice(0, n)])).catch(() => {})
    expect((await client.health()).contradictions).toBe(contradictionsPerChain)
  }, 60_000)

  test('no more chains than it may hold', async () => {
    await place.remove()
    place = await witnessPlace(publicKeysOf(signer), { chainsMax: 1 })
    const client = witnessClient(place.platform())
    await client.counterSign(offer(['a']))
    const other = headOver(['a'], { chain: chainOf(tenantId, 'tenant') }) as HeadOffer['head']
    await expect(client.counterSign({ head: other, proof: [] })).rejects.toMatchObject({ code: 'witness.too_many_chains' })
  })
})
