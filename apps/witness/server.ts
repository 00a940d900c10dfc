import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { Chain, HeadOffer, witnessRefusals } from '@huabiao/domains/ledger/ledger-witness.model'
import { publicKeysOf } from '@huabiao/kit/crypto/signature'
import { kitRefusals, notFound, Refusal, type RefusalTable } from '@huabiao/kit/errors/errors'
import { parseInput, readJson, sendJson, sendRefusal } from '@huabiao/kit/http/json-exchange'
import type { WitnessConfig } from './config.ts'
import { counterSign, lastSeen, type SubmittingPlatform, type WitnessingParts } from './witnessing.ts'

/** A head is two signatures over half a kilobyte; a path at most 64 nodes. */
const bodyMaxBytes = 32 * 1024
const connectionsMax = 64
const refusalTable: RefusalTable = { ...kitRefusals, ...witnessRefusals }

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly event: string
  readonly [field: string]: unknown
}
export interface ServerParts extends WitnessingParts {
  readonly config: WitnessConfig
  readonly log: (line: LogLine) => void
}
/** A peer by its certificate. One that submits sees its own chains; a reader those of the platform that it names. */
type Peer = { readonly id: string } & ({ readonly platform: SubmittingPlatform } | { readonly platform: undefined })

/** The witness over TLS 1.3 with client certificates: whoever is not a pinned peer is cut off before a byte of theirs is read. */
export function witnessServer(parts: ServerParts): Server {
  const { tls } = parts.config
  const peers = peersOf(parts.config)
  const server = createServer(
    {
      key: readFileSync(tls.keyFile),
      cert: readFileSync(tls.certFile),
      ca: readFileSync(tls.clientCaFile),
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.3',
      handshakeTimeout: 5_000,
      requestTimeout: 10_000,
      headersTimeout: 5_000,
      keepAliveTimeout: 5_000,
      maxHeaderSize: 8 * 1024,
    },
    (request, response) => {
      const peer = peers.get(spkiOf(request.socket as TLSSocket))!
      answer(parts, peer, request, response).catch((error: unknown) =>
        refuse(parts, { peer: peer.id, route: (request.url ?? '').slice(0, 100) }, response, error),
      )
    },
  )
  server.maxConnections = connectionsMax
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    if (peers.has(spkiOf(socket))) return
    parts.log({ level: 'warn', event: 'stranger', from: socket.remoteAddress ?? '' })
    socket.destroy()
  })
  server.on('tlsClientError', (error, socket) => {
    parts.log({
      level: 'warn',
      event: 'no_handshake',
      from: socket.remoteAddress ?? '',
      code: (error as { code?: string }).code ?? '',
    })
  })
  return server
}

function peersOf({ platforms, readers }: WitnessConfig): Map<string, Peer> {
  const peers = new Map<string, Peer>()
  for (const platform of platforms) for (const spki of platform.clientSpkiSha256) peers.set(spki, { id: platform.id, platform })
  for (const { id, clientSpkiSha256 } of readers)
    for (const spki of clientSpkiSha256) peers.set(spki, { id, platform: undefined })
  return peers
}

/** SHA-256 of the peer's public key, as `openssl x509 -pubkey | openssl pkey -pubin -outform der | sha256sum` has it. */
function spkiOf(socket: TLSSocket): string {
  const key = socket.getPeerX509Certificate()?.publicKey.export({ format: 'der', type: 'spki' })
  return key ? createHash('sha256').update(key).digest('hex') : ''
}

async function answer(parts: ServerParts, peer: Peer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://witness')
  const chain = (): Chain =>
    parseInput(Chain, { tenantId: url.searchParams.get('tenantId'), plane: url.searchParams.get('plane') })
  const platform = peer.platform?.id ?? url.searchParams.get('platform') ?? parts.config.platforms[0]!.id
  const visible = (of: { platform: string }): boolean => !peer.platform || of.platform === peer.platform.id
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /health':
      return sendJson(response, 200, { ok: true, contradictions: parts.contradictions.all.filter(visible).length })
    case 'GET /keys':
      return sendJson(response, 200, { keys: publicKeysOf(parts.keys) })
    case 'GET /chains':
      return sendJson(response, 200, {
        items: parts.seen
          .lastOfAll()
          .filter(visible)
          .map(({ platform, head }) => ({ platform, head })),
      })
    case 'GET /contradictions':
      return sendJson(response, 200, { items: parts.contradictions.all.filter(visible) })
    case 'GET /heads/last':
      return sendJson(response, 200, lastSeen(parts, platform, chain()).seen)
    case 'GET /heads':
      return sendHeads(parts, platform, chain(), response)
    case 'POST /heads': {
      if (!peer.platform) throw new Refusal('witness.reader_only')
      const seen = counterSign(parts, peer.platform, parseInput(HeadOffer, await readJson(request, bodyMaxBytes)))
      return sendJson(response, 200, seen)
    }
    default:
      throw notFound('request')
  }
}

function sendHeads(parts: ServerParts, platform: string, chain: Chain, response: ServerResponse): void {
  const lines = parts.seen.read(platform, chain)
  if (!lines) throw new Refusal('witness.chain_unknown')
  response.writeHead(200, { 'content-type': 'application/jsonl; charset=utf-8', 'cache-control': 'no-store' })
  lines.on('error', () => response.destroy()).pipe(response)
}

function refuse(parts: ServerParts, about: { peer: string; route: string }, response: ServerResponse, error: unknown): void {
  if (sendRefusal(response, error, refusalTable)) {
    parts.log({ level: 'warn', event: 'refused', ...about, code: error.code })
    return
  }
  const cause = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown'
  parts.log({ level: 'error', event: 'failed', ...about, error: cause })
  if (response.headersSent) response.destroy()
  else sendJson(response, 503, { code: 'witness.unavailable' })
}
