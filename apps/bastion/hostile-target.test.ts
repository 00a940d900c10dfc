import { createHash, randomBytes } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import ssh2, { type Connection, type ServerChannel } from 'ssh2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { GatewayHarness, until } from './testing/gateway-harness.ts'

/**
 * NT-E02: a target is somebody else's machine, and may send anything. Whatever it sends, only the step on it ends, in bounded time and memory;
 * the gateway lives, and a step on an honest target runs beside it.
 */
const h = new GatewayHarness()
const servers: (Server | ssh2.Server)[] = []
const sockets = new Set<Socket>()
beforeAll(async () => {
  await h.prepare()
  // Known before it starts: where a gateway of this machine may go.
  const ports = await Promise.all([...corpus.map(({ speak }) => tcp(speak)), ...authenticated.map(({ serve }) => sshd(serve))])
  h.config = { ...h.config, localTargets: [h.target.port, ...ports] }
  await h.start()
})
afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  for (const server of servers) server.close()
  await h.stop()
})

const mebibyte = 1024 * 1024
/** Peers without end send gigabytes: what is kept of them is far less, whatever else this process of tests holds. */
const growthMaxBytes = 512 * mebibyte
const banner = 'SSH-2.0-OpenSSH_9.2p1\r\n'
const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
const name = (text: string): Buffer => Buffer.concat([uint32(text.length), Buffer.from(text)])
/** A packet as it goes before keys are agreed (RFC 4253 §6). */
function packet(payload: Buffer): Buffer {
  const padding = 8 - ((payload.length + 5) % 8) + 4
  const whole = padding < 4 ? padding + 8 : padding
  const fill = whole + ((8 - ((payload.length + 5 + whole) % 8)) % 8)
  return Buffer.concat([uint32(payload.length + fill + 1), Buffer.of(fill), payload, randomBytes(fill)])
}
const kexInit = (lists: readonly string[]): Buffer =>
  packet(Buffer.concat([Buffer.of(20), randomBytes(16), ...lists.map(name), Buffer.of(0), uint32(0)]))
/** Writes as long as somebody reads, and as fast. */
function endless(socket: Socket, piece: Buffer): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(piece));
  }
  socket.on('drain', more)
  more()
}

const corpus: readonly { what: string; speak: (socket: Socket) => void }[] = [
  { what: 'closes at once', speak: (socket) => socket.destroy() },
  { what: 'closes after its banner', speak: (socket) => socket.end(banner) },
  { what: 'says nothing', speak: () => undefined },
  { what: 'says its banner and nothing more', speak: (socket) => void socket.write(banner) },
  { what: 'speaks another protocol', speak: (socket) => void socket.write('HTTP/1.1 200 OK\r\n\r\n<html>') },
  { what: 'sends random bytes for a banner', speak: (socket) => void socket.write(randomBytes(mebibyte)) },
  { what: 'never ends its lines before the banner', speak: (socket) => endless(socket, Buffer.alloc(65_536, 'x')) },
  {
    what: 'never ends its banner',
    speak: (socket) => {
      socket.write('SSH-2.0-')
      endless(socket, Buffer.alloc(65_536, 'x'))
    },
  },
  { what: 'sends lines before its banner for ever', speak: (socket) => endless(socket, Buffer.from('hello\r\n'.repeat(9_000))) },
  { what: 'speaks SSH 1', speak: (socket) => void socket.write('SSH-1.5-old\r\n') },
  {
    what: 'announces a packet of 4 GiB',
    speak: (socket) => {
      socket.write(banner)
      socket.write(uint32(0xffff_ffff))
      endless(socket, Buffer.alloc(65_536))
    },
  },
  {
    what: 'announces a packet of no length',
    speak: (socket) => {
      socket.write(banner)
      socket.write(Buffer.alloc(64))
    },
  },
  {
    what: 'random bytes after its banner',
    speak: (socket) => {
      socket.write(banner)
      socket.write(randomBytes(65_536))
    },
  },
  {
    what: 'offers no key exchange that is known',
    speak: (socket) => {
      socket.write(banner)
      socket.write(kexInit(['evil-kex', 'ssh-ed25519', ...Array(4).fill('none'), 'none', 'none', '', '']))
    },
  },
  {
    what: 'offers lists of 30 KiB',
    speak: (socket) => {
      socket.write(banner)
      socket.write(kexInit(Array(10).fill('a,'.repeat(1_500))))
    },
  },
  {
    what: 'repeats its key exchange for ever',
    speak: (socket) => {
      socket.write(banner)
      endless(socket, kexInit(Array(10).fill('curve25519-sha256')))
    },
  },
  {
    what: 'sends messages of a logged-on connection before there is one',
    speak: (socket) => {
      socket.write(banner)
      for (const type of [52, 80, 90, 91, 94, 98, 99, 250])
        socket.write(packet(Buffer.concat([Buffer.of(type), randomBytes(40)])))
    },
  },
  ...Array.from({ length: 12 }, (_, i) => ({
    what: `mutated key exchange ${i}`,
    speak: (socket: Socket): void => {
      const bytes = Buffer.concat([
        kexInit([
          'curve25519-sha256',
          'ssh-ed25519',
          ...Array(2).fill('aes128-gcm@openssh.com'),
          ...Array(2).fill('hmac-sha2-256'),
          'none',
          'none',
          '',
          '',
        ]),
        randomBytes(600),
      ])
      for (let hit = 0; hit < 1 + i * 4; hit++) bytes[randomBytes(2).readUInt16BE() % bytes.length] = randomBytes(1)[0]!
      socket.write(banner)
      socket.write(bytes)
    },
  })),
]

/** Targets whose key is the pinned one, which let everybody in, and then misbehave. */
const authenticated: readonly {
  what: string
  outcome: RegExp
  serve: (channel: ServerChannel, connection: Connection) => void
}[] = [
  { what: 'ends the channel without an exit status', outcome: /^unknown$/, serve: (channel) => void channel.end() },
  { what: 'cuts the connection in the middle', outcome: /^unknown$/, serve: (_channel, connection) => void connection.end() },
  {
    what: 'an exit status beyond any',
    outcome: /^exited$/,
    serve: (channel) => {
      channel.exit(0x7fff_ffff)
      channel.end()
    },
  },
  {
    what: 'a signal with a name of 64 KiB',
    outcome: /^(signalled|unknown)$/,
    serve: (channel) => {
      channel.exit('K'.repeat(30_000), false, 'M'.repeat(30_000))
      channel.end()
    },
  },
  { what: 'output without end', outcome: /^timed-out$/, serve: (channel) => flood(channel) },
  { what: 'errors without end', outcome: /^timed-out$/, serve: (channel) => flood(channel.stderr) },
  {
    what: 'terminal controls, half characters and null bytes',
    outcome: /^exited$/,
    serve: (channel) => {
      channel.write(Buffer.from('\x1b]0;owned\x07\x1b[2J\x1b[6n\x00\xff\xfe\xc3', 'latin1'))
      channel.exit(0)
      channel.end()
    },
  },
  {
    what: 'opens channels of its own back to us',
    outcome: /^exited$/,
    serve: (channel, connection) => {
      connection.forwardOut('127.0.0.1', 1, '127.0.0.1', 2, () => undefined)
      connection.x11('127.0.0.1', 1, () => undefined)
      connection.openssh_forwardOutStreamLocal('/tmp/agent', () => undefined)
      setTimeout(() => {
        channel.exit(0)
        channel.end()
      }, 300)
    },
  },
]
function flood(stream: NodeJS.WritableStream): void {
  const piece = Buffer.alloc(32_768, 'y\n')
  const more = (): void => {
    while (stream.writable && stream.write(piece));
  }
  stream.on('drain', more)
  stream.on('error', () => undefined)
  more()
}

const portOf = new Map<unknown, number>()
const listening = (server: Server | ssh2.Server, key: unknown): Promise<number> =>
  new Promise((resolve) => {
    servers.push(server)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      portOf.set(key, port)
      resolve(port)
    })
  })
const tcp = (speak: (socket: Socket) => void): Promise<number> =>
  listening(
    createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
      // Unread bytes would keep it from seeing that the other side has gone.
      socket.resume()
      speak(socket)
    }),
    speak,
  )
const hostKey = ssh2.utils.generateKeyPairSync('ed25519')
const parsed = ssh2.utils.parseKey(hostKey.private)
if (parsed instanceof Error) throw parsed
const hostKeySha256 = `SHA256:${createHash('sha256').update(parsed.getPublicSSH()).digest('base64').replace(/=+$/, '')}`
function sshd(serve: (channel: ServerChannel, connection: Connection) => void): Promise<number> {
  const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (connection) => {
    connection.on('error', () => undefined)
    connection.on('authentication', (ctx) => ctx.accept())
    connection.on('session', (accept) => accept().on('exec', (take) => serve(take(), connection)))
  })
  return listening(server, serve)
}

/** A step on this target, beside one on an honest target. */
async function stepOn(port: number, timeoutMs: number): Promise<Record<string, unknown>> {
  const [sessionId, honest] = [await h.openSession(), await h.openSession()]
  const target = { ...h.plane.grant({ kind: 'command', line: 'id' }).target, port, hostKeySha256 }
  const grant = h.plane.giveRun({ kind: 'command', line: 'id -un' }, { target, timeoutMs }, sessionId)
  const beside = h.plane.giveRun({ kind: 'command', line: 'echo beside' }, {}, honest)
  await until(() => h.plane.finished.has(beside.id), 15_000)
  expect(h.plane.finished.get(beside.id), 'an honest target is served meanwhile').toMatchObject({ stdout: 'beside\n' })
  await until(() => h.plane.finished.has(grant.id), 30_000)
  for (const id of [sessionId, honest]) h.plane.give({ kind: 'close', sessionId: id, drain: false, reason: 'over' })
  await until(
    () => h.plane.called('sessionSealed').filter(({ params }) => [sessionId, honest].includes(params.sessionId!)).length === 2,
    30_000,
  )
  return h.plane.finished.get(grant.id)!
}
const before = process.memoryUsage.rss()

test.concurrent.each(corpus)('NT-E02 a target that $what starts nothing', async ({ speak }) => {
  expect(await stepOn(portOf.get(speak)!, 5_000)).toMatchObject({ outcome: 'not-started', stdout: '', stderr: '' })
}, 60_000)

test.each(authenticated)('NT-E02 a target that lets us in: $what', async ({ serve, outcome }) => {
  const finished = await stepOn(portOf.get(serve)!, 3_000)
  expect(finished.outcome).toMatch(outcome)
  expect(String(finished.stdout).length).toBeLessThanOrEqual(70_000)
  expect(String(finished.signal ?? '').length).toBeLessThanOrEqual(20)
}, 60_000)

test('NT-E02 afterwards it stands as it stood: no more memory than bounds allow, no connection left', async () => {
  await until(() => [...sockets].every((socket) => socket.destroyed), 5_000)
  globalThis.gc?.()
  expect(process.memoryUsage.rss() - before).toBeLessThan(growthMaxBytes)
  const sessionId = await h.openSession()
  const grant = h.plane.giveRun({ kind: 'command', line: 'echo still here' }, {}, sessionId)
  await until(() => h.plane.finished.has(grant.id))
  expect(h.plane.finished.get(grant.id)).toMatchObject({ stdout: 'still here\n' })
}, 30_000)
