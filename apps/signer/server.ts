import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { releaseRefusals } from '@huabiao/domains/release/release.model'
import { sessionRefusals } from '@huabiao/domains/session/session.model'
import { grantRefusals } from '@huabiao/domains/session/session-grant.model'
import { vaultRefusals } from '@huabiao/domains/vault/vault.model'
import type { SignerKeys } from '@huabiao/kit/crypto/signer-client'
import { signerRefusals } from '@huabiao/kit/crypto/signer-refusals'
import { kitRefusals, Refusal, type RefusalTable, refuseIf } from '@huabiao/kit/errors/errors'
import { parseInput, readJson, sendJson, sendRefusal } from '@huabiao/kit/http/json-exchange'
import type { Checks } from './checks.ts'
import type { Grants } from './grants.ts'
import type { IdTokens } from './id-tokens.ts'
import type { Releases } from './releases.ts'
import {
  CheckBody,
  ExecutionGrantBody,
  IdTokenBody,
  KeepBody,
  KeystrokesBody,
  ReleaseBody,
  RotationBody,
  SecretBody,
  SshCertificateBody,
  TreeHeadBody,
} from './requests.ts'
import type { TreeHeads } from './tree-heads.ts'
import type { Vault } from './vault.ts'

const bodyMaxBytes = 64 * 1024
const refusalTable: RefusalTable = {
  ...kitRefusals,
  ...signerRefusals,
  ...grantRefusals,
  ...releaseRefusals,
  ...sessionRefusals,
  ...vaultRefusals,
}

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly event: string
  readonly [field: string]: unknown
}
export interface SignerParts {
  readonly token: string
  readonly keys: SignerKeys
  readonly treeHeads: TreeHeads
  readonly grants: Grants
  readonly checks: Checks
  readonly vault: Vault
  readonly releases: Releases
  readonly idTokens: IdTokens
  readonly openKeystrokes: (body: KeystrokesBody) => Promise<{ key: string }>
  readonly log: (line: LogLine) => void
}

/** The signer's HTTP face: a few typed requests and nothing else. Refusals are `{ code, rule?, params }`. */
export function signerServer(parts: SignerParts): Server {
  const routes: Readonly<Record<string, (body: unknown) => Promise<unknown>>> = {
    'GET /keys': async () => parts.keys,
    'POST /sign/tree-head': (body) => parts.treeHeads.sign(parseInput(TreeHeadBody, body)),
    'POST /sign/execution-grant': (body) => parts.grants.signGrant(parseInput(ExecutionGrantBody, body).grant),
    'POST /sign/release': (body) => parts.releases.sign(parseInput(ReleaseBody, body).statement),
    'POST /sign/id-token': (body) => parts.idTokens.sign(parseInput(IdTokenBody, body).input),
    'POST /sign/check-certificates': async (body) => ({ certificates: await parts.checks.sign(parseInput(CheckBody, body)) }),
    'POST /vault/keep': async (body) => parts.vault.keep(parseInput(KeepBody, body)),
    'POST /vault/release': async (body) => ({ boxed: await parts.grants.releaseSecret(parseInput(SecretBody, body)) }),
    'POST /vault/rotate': (body) => parts.vault.rotate(parseInput(RotationBody, body)),
    'POST /open/keystrokes': (body) => parts.openKeystrokes(parseInput(KeystrokesBody, body)),
    'POST /sign/ssh-certificate': async (body) => ({
      certificate: await parts.grants.signCertificate(parseInput(SshCertificateBody, body)),
    }),
  }
  const expected = digestOf(`Bearer ${parts.token}`)
  const answer = async (request: IncomingMessage): Promise<unknown> => {
    const route = `${request.method} ${request.url}`
    if (route === 'GET /health') return { ok: true }
    refuseIf(timingSafeEqual(digestOf(request.headers.authorization ?? ''), expected) ? undefined : 'signer.token_wrong')
    if (!Object.hasOwn(routes, route)) throw new Refusal('request.not_found')
    return routes[route]!(request.method === 'POST' ? await readJson(request, bodyMaxBytes) : undefined)
  }
  return createServer({ requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 1_000 }, (request, response) => {
    answer(request).then(
      (value) => {
        parts.log({ level: 'info', event: 'answered', route: request.url })
        sendJson(response, 200, value)
      },
      (error: unknown) => refuse(parts, request, response, error),
    )
  })
}

function refuse(parts: SignerParts, request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const route = request.url?.slice(0, 100)
  if (sendRefusal(response, error, refusalTable)) {
    parts.log({ level: 'warn', event: 'refused', route, code: error.code })
    return
  }
  const cause = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown'
  parts.log({ level: 'error', event: 'failed', route, error: cause })
  sendJson(response, 503, { code: 'signer.unavailable' })
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest()
