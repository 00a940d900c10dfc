import { createHash, timingSafeEqual } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import ssh2, { type Client, type ClientChannel } from 'ssh2'
import type { Reach } from './target-reach.ts'
import { isExposedToTerrapin } from './terrapin.ts'

const certificateType = 'ssh-ed25519-cert-v01@openssh.com'
const connectMs = 10_000

/** What ssh2 keeps inside; used on one instance, nothing of the library is changed for others. */
interface Internals {
  _protocol: {
    _kex: { sessionID: Buffer }
    _packetRW: { write: { allocStart: number; alloc(bytes: number): Buffer; finalize(packet: Buffer): Buffer } }
    _cipher: { encrypt(packet: Buffer): void }
    _authsQueue: string[]
    authPK: (username: string) => void
  }
}

const text = (value: string | Uint8Array): Buffer => {
  const bytes = Buffer.from(value as string)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

export interface EphemeralKey {
  readonly private: ssh2.ParsedKey
  /** OpenSSH line of the public half. */
  readonly line: string
}
/** Length of an Ed25519 public key in SSH's wire form (RFC 8709 §4): 4 + 11 + 4 + 32. */
const publicKeyBytes = 51
/**
 * A key for one run; it never leaves memory. ssh2 1.17.0 drops a leading zero byte of about one key in two hundred and then cannot read
 * what it wrote, so a key counts only when it can be read back whole.
 */
export function ephemeralKey(): EphemeralKey {
  for (let attempt = 1; ; attempt += 1) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519')
    const parsed = ssh2.utils.parseKey(pair.private)
    if (!(parsed instanceof Error) && parsed.getPublicSSH().length === publicKeyBytes)
      return { private: parsed, line: pair.public.split(' ').slice(0, 2).join(' ') }
    if (attempt === 10) throw parsed instanceof Error ? parsed : new Error('no usable key in ten attempts')
  }
}

/** `SHA256:…` of a host key, with or without the prefix and padding. */
function isPinnedHostKey(key: Buffer, pinned: string): boolean {
  const wanted = Buffer.from(pinned.replace(/^SHA256:/, ''), 'base64')
  const found = createHash('sha256').update(key).digest()
  return wanted.length === found.length && timingSafeEqual(wanted, found)
}

export interface Leg {
  readonly client: Client
  readonly socket: Socket
  /**
   * `terminal` asks for one; the certificate decides whether there is.
   * @param take gets the channel before another byte is read: of a quick command the end is in the same packet as its beginning
   */
  exec(
    line: string,
    terminal: { columns: number; rows: number } | undefined,
    take: (channel: ClientChannel) => void,
  ): Promise<void>
  /** Cuts the connection now. */
  cut(): void
}

export interface LegOptions {
  readonly host: string
  readonly port: number
  readonly account: string
  readonly hostKeySha256: string
  readonly key: EphemeralKey
  /** Undefined only where a check tries whether the bare key opens anything. */
  readonly certificate: string | undefined
  /** A kept secret, for a target that trusts no authority. */
  readonly secret?: { readonly kind: 'password' | 'ssh-key'; readonly value: string }
  readonly signal: AbortSignal
  readonly reach: Reach
  /** Hears which ways of logging on are left after one was refused. */
  readonly onMethods?: (left: readonly string[]) => void
  /** Hears that the host has another key than the pinned one. */
  readonly onOtherHost?: () => void
}
/**
 * What is done on a leg, for as long as the signal lets it; then the leg is cut, whatever the target still owes.
 * @throws Error where it was cut
 */
export async function onLeg<T>(leg: Leg, signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const abort = (): void => {
    leg.cut()
    late.reject(new Error('cut before it had ended'))
  }
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    return await Promise.race([act(), late.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
/** Connects to a target that may be reached, with a user certificate and its pinned host key; nothing else is offered or accepted. */
export const openLeg = async (of: LegOptions): Promise<Leg> => connectLeg({ ...of, host: await of.reach(of.host, of.port) })

function connectLeg(of: LegOptions): Promise<Leg> {
  const blob = of.certificate === undefined ? undefined : Buffer.from(of.certificate.split(' ')[1] ?? '', 'base64')
  const client = new ssh2.Client()
  const socket = connect({ host: of.host, port: of.port })
  socket.setNoDelay(true)
  const cut = (): void => {
    client.destroy()
    socket.destroy()
  }
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      cut()
      reject(new Error('cut before it was connected'))
    }
    of.signal.addEventListener('abort', abort, { once: true })
    client.on('ready', () => {
      of.signal.removeEventListener('abort', abort)
      resolve({
        client,
        socket,
        cut,
        exec: (line, terminal, take) => {
          const pty = terminal && { term: 'xterm-256color', cols: terminal.columns, rows: terminal.rows, width: 0, height: 0 }
          return new Promise((done, fail) =>
            client.exec(line, pty ? { pty } : {}, (cause, channel) => {
              if (cause) return void fail(cause)
              take(channel)
              done()
            }),
          )
        },
      })
    })
    client.on('error', (cause) => {
      of.signal.removeEventListener('abort', abort)
      reject(cause)
    })
    client.on('close', () => reject(new Error('the target closed the connection')))
    client.on('handshake', (negotiated) => {
      if (!isExposedToTerrapin(client, negotiated)) return
      reject(new Error('the target knows neither strict key exchange nor AES-GCM'))
      cut()
    })
    socket.on('error', reject)
    if (of.signal.aborted) return abort()
    let offered = false
    client.connect({
      sock: socket,
      username: of.account,
      readyTimeout: connectMs,
      // A target that falls silent without a word is lost after fifteen seconds, not after the step's whole time.
      keepaliveInterval: 5_000,
      keepaliveCountMax: 3,
      hostVerifier: (key: Buffer) => {
        const pinned = isPinnedHostKey(key, of.hostKeySha256)
        if (!pinned) of.onOtherHost?.()
        return pinned
      },
      algorithms: legAlgorithms,
      // Once, with the certificate; the key itself opens nothing.
      authHandler: ((left: unknown, _partial: unknown, next: (method: unknown) => void) => {
        if (Array.isArray(left)) of.onMethods?.(left as string[])
        if (offered) return next(false)
        offered = true
        next(of.secret?.kind === 'password' ? passwordOf(of.account, of.secret.value) : keyOf(of))
      }) as never,
    })
    if (blob) signWithCertificate(client as unknown as Internals, blob, of.key.private)
  })
}

const passwordOf = (username: string, password: string) => ({ type: 'password', username, password })
function keyOf({ account, secret, key }: LegOptions) {
  const kept = secret && ssh2.utils.parseKey(secret.value)
  if (kept instanceof Error) throw new Error('the kept key cannot be read')
  return { type: 'publickey', username: account, key: kept ?? key.private }
}

/** ssh2 would strip a certificate to its bare key, and label the signature with the certificate's type, which sshd refuses. */
function signWithCertificate({ _protocol: protocol }: Internals, certificate: Buffer, key: ssh2.ParsedKey): void {
  protocol.authPK = (username) => {
    const request = Buffer.concat([
      Buffer.of(50),
      text(username),
      text('ssh-connection'),
      text('publickey'),
      Buffer.of(1),
      text(certificateType),
      text(certificate),
    ])
    const signature = key.sign(Buffer.concat([text(protocol._kex.sessionID), request]))
    if (signature instanceof Error) throw signature
    const payload = Buffer.concat([request, text(Buffer.concat([text('ssh-ed25519'), text(signature)]))])
    const packet = protocol._packetRW.write.alloc(payload.length)
    packet.set(payload, protocol._packetRW.write.allocStart)
    protocol._authsQueue.push('publickey')
    protocol._cipher.encrypt(protocol._packetRW.write.finalize(packet))
  }
}

/** Explicit, because the defaults of ssh2 still hold SHA-1. */
export const algorithms = {
  kex: ['curve25519-sha256', 'curve25519-sha256@libssh.org', 'ecdh-sha2-nistp256', 'ecdh-sha2-nistp384'],
  cipher: ['chacha20-poly1305@openssh.com', 'aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes256-ctr'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com'],
  serverHostKey: ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512', 'rsa-sha2-256'],
  compress: ['none'],
} as unknown as NonNullable<ssh2.ConnectConfig['algorithms']>

// The client's first choice decides. AES-GCM is native; chacha20-poly1305 is computed half in WebAssembly here (docs/bench.md).
const legAlgorithms = {
  ...algorithms,
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'chacha20-poly1305@openssh.com', 'aes256-ctr'],
} as unknown as typeof algorithms
