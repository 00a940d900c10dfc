import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import ssh2, { type Client } from 'ssh2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { login, totp } from './testing/control-plane-double.ts'
import { GatewayHarness, until } from './testing/gateway-harness.ts'

/** Ways in that other gateways have left open (anchors/bastion.md §3.2 A). */
const h = new GatewayHarness()
beforeAll(async () => {
  await h.prepare()
  await h.start()
})
afterAll(() => h.stop())

const door = () => ({ host: '127.0.0.1', port: h.bastion!.sshPort })
const dial = (): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(door(), () => resolve(socket))
    socket.on('error', reject)
  })
const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.resume()
    socket.on('error', () => resolve())
    socket.on('close', () => resolve())
  })
interface Protocol {
  _offer: unknown
  authPK(username: string, key: unknown, algorithm?: unknown, sign?: unknown): void
}
const protocolOf = (client: Client): Protocol => (client as unknown as { _protocol: Protocol })._protocol
const fingerprintOf = (blob: Buffer): string => `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`

test('NT-A03 a key that was only asked about is nobody’s proof: who signs is who logs on', async () => {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(h.folder, 'other')])
  const [asked, signing] = ['person', 'other'].map((name) => ssh2.utils.parseKey(readFileSync(join(h.folder, name))))
  if (!asked || !signing || asked instanceof Error || signing instanceof Error) throw new Error('no keys')
  const before = h.plane.called('gatewayLogon').length
  const client = new ssh2.Client()
  const end = new Promise<string>((resolve) => {
    client.on('ready', () => resolve('ready'))
    client.on('error', ({ message }) => resolve(message))
    client.on('close', () => resolve('closed'))
  })
  let offers = 0
  const authHandler = (_left: unknown, _partial: unknown, next: (method: unknown) => void): void => {
    offers += 1
    // The question about the one goes out unsigned, right before the other is offered and signs.
    if (offers === 1) protocolOf(client).authPK(login, asked)
    const prompt = (_n: unknown, _i: unknown, _l: unknown, _p: unknown, done: (answers: string[]) => void): void => done([totp])
    if (offers === 1) next({ type: 'publickey', username: login, key: signing })
    else next(offers <= 3 && { type: 'keyboard-interactive', username: login, prompt })
  }
  client.connect({ ...door(), username: login, authHandler: authHandler as never })
  const how = await end
  client.destroy()
  const firsts = h.plane
    .called('gatewayLogon')
    .slice(before)
    .map(({ body }) => body.first as { fingerprint?: string })
  for (const { fingerprint } of firsts) expect(fingerprint).toBe(fingerprintOf(signing.getPublicSSH()))
  expect(how, 'the key that was asked about is registered, the one that signed is not').not.toBe('ready')
})

test('NT-A07 a megabyte that is no SSH, and a peer that says nothing, are let go; others are served meanwhile', async () => {
  const loud = await dial()
  const ended = closed(loud)
  const garbage = randomBytes(64 * 1024)
  const pour = setInterval(() => void (loud.writable && loud.write(garbage)), 20)
  await ended
  clearInterval(pour)
  // Of one source so many and no more: the rest is closed at once, and the places are free again afterwards.
  const silent = await Promise.all(Array.from({ length: 40 }, dial))
  let gone = 0
  for (const socket of silent) void closed(socket).then(() => gone++)
  await until(() => gone >= 20, 20_000)
  expect(gone).toBeLessThan(40)
  for (const socket of silent) socket.destroy()
  const { code } = await h.run('ssh', [...h.sshOptions, '-p', String(door().port), `${login}@127.0.0.1`, 'help'])
  expect(code).toBe(0)
}, 90_000)

test('NT-A07 thirty seconds without a logon are all there are', async () => {
  const from = Date.now()
  await closed(await dial())
  expect(Date.now() - from).toBeGreaterThan(25_000)
}, 90_000)

const { KexInit } = createRequire(import.meta.url)('ssh2/lib/protocol/kex.js') as { KexInit: new (of: object) => unknown }
/** A client that offers just this, and says that it counts anew after the key exchange, or does not. */
function handshake(cipher: string, strict: boolean): Promise<string> {
  const client = new ssh2.Client()
  const said = new Promise<string>((resolve) => {
    client.on('keyboard-interactive', () => resolve('asked for a code'))
    client.on('error', ({ message }) => resolve(message))
    client.on('close', () => resolve('closed'))
  })
  client.connect({ ...door(), username: login, tryKeyboard: true })
  const way = { cipher: [cipher], mac: ['hmac-sha2-256-etm@openssh.com'], compress: ['none'], lang: [] }
  const kex = ['curve25519-sha256', ...(strict ? ['kex-strict-c-v00@openssh.com'] : [])]
  protocolOf(client)._offer = new KexInit({ kex, serverHostKey: ['ssh-ed25519'], cs: way, sc: way })
  return said.finally(() => client.destroy())
}

test('NT-A09 without strict key exchange neither ChaCha20 nor a MAC over the encrypted is spoken (CVE-2023-48795)', async () => {
  for (const cipher of ['chacha20-poly1305@openssh.com', 'aes256-ctr']) {
    expect(await handshake(cipher, true), cipher).toBe('asked for a code')
    expect(await handshake(cipher, false), cipher).not.toBe('asked for a code')
  }
  expect(await handshake('aes128-gcm@openssh.com', false)).toBe('asked for a code')
}, 60_000)

test('NT-A09 what the door offers holds nothing of SHA-1, CBC, MD5 or RC4, and strict key exchange', async () => {
  const socket = await dial()
  let offer = ''
  socket.on('data', (chunk: Buffer) => {
    offer += chunk.toString('latin1')
  })
  socket.write('SSH-2.0-probe\r\n')
  await until(() => offer.includes('zlib') || offer.includes('none'))
  socket.destroy()
  expect(offer).toContain('kex-strict-s-v00@openssh.com')
  expect(offer).toContain('aes128-gcm@openssh.com')
  expect(offer).not.toMatch(/sha1|cbc|md5|arcfour|blowfish|3des|group1-|group14-/)
})

test('NT-A05 six failures end a connection: there is no seventh attempt', async () => {
  const before = h.plane.called('gatewayLogon').length
  let prompts = 0
  const client = new ssh2.Client()
  const end = new Promise<string>((resolve) => {
    client.on('ready', () => resolve('ready'))
    client.on('close', () => resolve('closed'))
    client.on('error', () => undefined)
  })
  const prompt = (_n: unknown, _i: unknown, _l: unknown, asked: unknown[], done: (answers: string[]) => void): void => {
    prompts += 1
    done(asked.map((_one, i) => (i === asked.length - 1 ? '000000' : 'wrong')))
  }
  const authHandler = (_left: unknown, _partial: unknown, next: (method: unknown) => void): void =>
    next({ type: 'keyboard-interactive', username: login, prompt })
  client.connect({ ...door(), username: login, authHandler: authHandler as never })
  expect(await end).toBe('closed')
  client.destroy()
  expect(prompts).toBeGreaterThan(1)
  expect(prompts).toBeLessThanOrEqual(6)
  expect(h.plane.called('gatewayLogon').length - before).toBeLessThanOrEqual(6)
}, 60_000)

test('NT-A05 a PROXY preamble from a peer nobody trusts: no logon comes from the address it names', async () => {
  const second = Buffer.concat([
    Buffer.from('0d0a0d0a000d0a515549540a2111000c', 'hex'),
    Buffer.from([10, 72, 0, 1, 127, 0, 0, 1, 0x1f, 0x90, 0x21, 0x98]),
  ])
  for (const preamble of [Buffer.from('PROXY TCP4 10.72.0.1 127.0.0.1 40000 22\r\n'), second]) {
    const before = h.plane.called('gatewayLogon').length
    const socket = await dial()
    socket.write(preamble)
    const client = new ssh2.Client()
    const end = new Promise<string>((resolve) => {
      client.on('ready', () => resolve('ready'))
      client.on('close', () => resolve('closed'))
      client.on('error', ({ message }) => resolve(message))
    })
    const prompt = (_n: unknown, _i: unknown, _l: unknown, asked: unknown[], done: (answers: string[]) => void): void =>
      done(asked.map(() => totp))
    const authHandler = (_left: unknown, _partial: unknown, next: (method: unknown) => void): void =>
      next({ type: 'keyboard-interactive', username: login, prompt })
    client.connect({ sock: socket, username: login, authHandler: authHandler as never })
    await Promise.race([end, new Promise((resolve) => setTimeout(resolve, 5_000))])
    client.destroy()
    socket.destroy()
    for (const { body } of h.plane.called('gatewayLogon').slice(before)) expect(body.sourceIp).toBe('127.0.0.1')
  }
  expect(JSON.stringify(h.log)).not.toContain('10.72.0.1')
}, 60_000)
