import { request } from 'node:http'
import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import { PublicKeyEntry, SignedEnvelope } from '@huabiao/kit/crypto/envelope'
import {
  BoxedSecret,
  KeptSecret,
  RotatedSecret,
  type RotationRequest,
  type SecretRequest,
} from '@huabiao/kit/crypto/vault-client'
import { Refusal, type RefusalCode, Unavailable } from '@huabiao/kit/errors/errors'
import { z } from 'zod'

const Coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/)
const SshLine = z.string().max(500)
/**
 * Public keys of a signer; each plane has an SSH authority of its own, one line in OpenSSH format for `TrustedUserCAKeys` of its targets;
 * `sealing` is a signed `SealingKey`, so that nobody on the way puts another in its place.
 */
export const SignerKeys = z.object({
  keys: z.array(PublicKeyEntry).min(2).max(20),
  sshCas: z.object({ platform: SshLine, tenant: SshLine }),
  sealing: SignedEnvelope,
  /** The P-256 key of ID tokens; absent in files that are older than it. */
  idToken: z.object({ x: Coordinate, y: Coordinate }).optional(),
})
export type SignerKeys = Omit<z.infer<typeof SignerKeys>, 'sealing'> & { readonly sealing: SignedEnvelope }
/** The X25519 key (RFC 8410 SPKI, base64) that what is typed at terminals is sealed to (kit/crypto/key-seal). */
export const SealingKey = z.strictObject({ v: z.literal(1), alg: z.literal('x25519'), publicKey: z.string().max(200) })
const OpenedKey = z.object({ key: z.string().regex(/^[0-9a-f]{64}$/) })
const Certificate = z.object({ certificate: z.string().max(20_000) })
const Signature = z.object({ signature: z.string().regex(/^[A-Za-z0-9_-]{86}$/) })
const CheckCertificates = z.object({
  certificates: z
    .array(z.object({ probe: z.string().max(40), account: z.string().max(40), certificate: z.string().max(20_000) }))
    .max(40),
})
export type CheckCertificate = z.infer<typeof CheckCertificates>['certificates'][number]
const answerMaxBytes = 1_048_576

export interface TreeHeadRequest {
  readonly tenantId: string
  readonly plane: 'platform' | 'tenant'
  readonly size: number
  readonly root: string
  readonly last: string
  readonly at: string
}

export interface CertificateRequest {
  readonly envelope: SignedEnvelope
  /** OpenSSH line of the gateway's ephemeral key: `ssh-ed25519 AAAA…`. */
  readonly publicKey: string
  readonly gatewayId: string
  /** base64 of the Ed25519 signature by the gateway's registered key over utf8(`certificateProofText(…)`). */
  readonly proof: string
}

/** What a gateway signs to prove that it holds its registered key: the grant, the ephemeral key and itself, in one text. */
export const certificateProofText = (of: Pick<CertificateRequest, 'envelope' | 'publicKey' | 'gatewayId'>): string =>
  `huabiao/certificate-request/v1\n${canonicalJson({ grant: of.envelope.payload, publicKey: of.publicKey, gatewayId: of.gatewayId })}`

export interface CheckRequest {
  readonly checkId: string
  /** OpenSSH line of the gateway's ephemeral key. */
  readonly publicKey: string
  readonly gatewayId: string
  /** base64 of the signature by the gateway's registered key over utf8(`checkProofText(…)`). */
  readonly proof: string
}
/** What a gateway signs to ask for the certificates of one check of one target. */
export const checkProofText = (of: Omit<CheckRequest, 'proof'>): string =>
  `huabiao/check-request/v1\n${canonicalJson({ checkId: of.checkId, publicKey: of.publicKey, gatewayId: of.gatewayId })}`

/** The signer as the control plane sees it. Each call throws `Refusal` (the signer said no) or `Unavailable('signer', …)`. */
export interface SignerClient {
  health(): Promise<void>
  keys(): Promise<SignerKeys>
  signTreeHead(head: TreeHeadRequest): Promise<SignedEnvelope>
  /** @param grant an `ExecutionGrant` of the session domain */
  signExecutionGrant(grant: object): Promise<SignedEnvelope>
  /** @param statement a `ReleaseStatement` of the release domain */
  signRelease(statement: object): Promise<SignedEnvelope>
  /** @param input header and claims of an ID token as they are signed; answers the signature in base64url */
  signIdToken(input: string): Promise<string>
  /** Answers the certificate as an OpenSSH line (`ssh-ed25519-cert-v01@openssh.com AAAA…`). */
  signSshCertificate(of: CertificateRequest): Promise<string>
  /** Certificates that a check of a target needs: right ones and wrong ones, each with a harmless command forced, for a minute. */
  signCheckCertificates(of: CheckRequest): Promise<readonly CheckCertificate[]>
  /** Seals a credential so that only the signer opens it again. */
  keepSecret(of: { accountId: string; kind: 'password' | 'ssh-key'; secret: string }): Promise<KeptSecret>
  releaseSecret(of: SecretRequest): Promise<string>
  rotateSecret(of: RotationRequest): Promise<RotatedSecret>
  /** The key, 32 bytes, of what was typed in one recording; given only while two persons' request for it stands (S8). */
  openKeystrokes(of: { requestId: string; sessionId: string; announcement: string }): Promise<Uint8Array>
}

export interface SignerClientOptions {
  /** Path of a unix socket, or `host:port` (`[::1]:7001`). */
  readonly socket: string
  readonly token: string
  readonly timeoutMs?: number
}

/** A client without connection pooling: a signer that restarts leaves no stale connection behind. */
export function signerClient(options: SignerClientOptions): SignerClient {
  const call = async <T>(method: 'GET' | 'POST', path: string, schema: z.ZodType<T>, body?: object): Promise<T> => {
    const { status, text } = await exchange(options, method, path, body)
    const answer = parseJson(text)
    if (status >= 400 && status < 500) throw refusalOf(answer, status)
    if (status !== 200) throw new Unavailable('signer', true, `status ${status}`)
    const parsed = schema.safeParse(answer)
    if (!parsed.success) throw new Unavailable('signer', false, parsed.error)
    return parsed.data
  }
  return {
    health: async () => {
      await call('GET', '/health', z.object({ ok: z.literal(true) }))
    },
    keys: () => call('GET', '/keys', SignerKeys),
    signTreeHead: (head) => call('POST', '/sign/tree-head', SignedEnvelope, head),
    signExecutionGrant: (grant) => call('POST', '/sign/execution-grant', SignedEnvelope, { grant }),
    signRelease: (statement) => call('POST', '/sign/release', SignedEnvelope, { statement }),
    signIdToken: async (input) => (await call('POST', '/sign/id-token', Signature, { input })).signature,
    signSshCertificate: async (of) => (await call('POST', '/sign/ssh-certificate', Certificate, of)).certificate,
    keepSecret: (of) => call('POST', '/vault/keep', KeptSecret, of),
    releaseSecret: async (of) => (await call('POST', '/vault/release', BoxedSecret, of)).boxed,
    rotateSecret: (of) => call('POST', '/vault/rotate', RotatedSecret, of),
    signCheckCertificates: async (of) => (await call('POST', '/sign/check-certificates', CheckCertificates, of)).certificates,
    openKeystrokes: async (of) => Buffer.from((await call('POST', '/open/keystrokes', OpenedKey, of)).key, 'hex'),
  }
}

/** `/path` is a unix socket, anything else `host:port`. Throws RangeError for a port that is none. */
export function socketAddress(socket: string): { socketPath: string } | { host: string; port: number } {
  if (socket.startsWith('/')) return { socketPath: socket }
  const colon = socket.lastIndexOf(':')
  const written = socket.slice(colon + 1)
  const port = Number(written)
  if (colon < 1 || !/^\d{1,5}$/.test(written) || port > 65_535) throw new RangeError(`not a path and not host:port: ${socket}`)
  return { host: socket.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port }
}

function exchange(
  options: SignerClientOptions,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; text: string }> {
  const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
  const headers = {
    authorization: `Bearer ${options.token}`,
    ...(payload ? { 'content-type': 'application/json', 'content-length': payload.length } : {}),
  }
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => reject(cause instanceof Unavailable ? cause : new Unavailable('signer', true, cause))
    const signal = AbortSignal.timeout(options.timeoutMs ?? 2_000)
    const outgoing = request({ ...socketAddress(options.socket), method, path, headers, signal, agent: false }, (answer) => {
      const chunks: Buffer[] = []
      let bytes = 0
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > answerMaxBytes) answer.destroy(new Unavailable('signer', false, 'answer too large'))
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
  return parsed.success ? new Refusal(parsed.data.code as RefusalCode) : new Unavailable('signer', false, `status ${status}`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
