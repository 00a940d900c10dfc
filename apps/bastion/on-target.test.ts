import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto'
import type { Seen } from '@huabiao/domains/enrolment/enrolment.model'
import type { RotationSecret } from '@huabiao/domains/vault/vault.model'
import { boxFor } from '@huabiao/kit/crypto/box'
import type { ApiClient } from '@huabiao/kit/http/client'
import ssh2, { type ServerChannel } from 'ssh2'
import { afterEach, expect, test } from 'vitest'
import type { SessionsOptions } from './live-sessions.ts'
import { checkTarget } from './target-check.ts'
import { rotateTarget } from './target-rotation.ts'

/** What a check and a rotation make of a target that lets them in and does not do what was asked. */
const hostKey = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 })
const parsed = ssh2.utils.parseKey(hostKey.private)
if (parsed instanceof Error) throw parsed
const hostKeySha256 = `SHA256:${createHash('sha256').update(parsed.getPublicSSH()).digest('base64').replace(/=+$/, '')}`
const servers: ssh2.Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A target with these passwords; bare keys and certificates open it too. */
async function target(passwords: ReadonlySet<string>, serve: (channel: ServerChannel) => void) {
  const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (connection) => {
    connection.on('error', () => undefined)
    connection.on('authentication', (ctx) => {
      if (ctx.method === 'password' && !passwords.has(ctx.password)) ctx.reject(['password'])
      else ctx.accept()
    })
    connection.on('session', (accept) => accept().on('exec', (take) => serve(take())))
    // A request to forward is never answered.
    connection.on('tcpip', () => undefined)
  })
  servers.push(server)
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
  )
  return { name: 'portal-web-01', host: '127.0.0.1', port, hostKeySha256 }
}
function gateway(answers: Readonly<Record<string, (body: Record<string, string>) => unknown>>) {
  const stop = new AbortController()
  const told: Record<string, unknown>[] = []
  const api = (async (endpoint: { name: string }, { body }: { body: Record<string, string> }) => {
    const answer = answers[endpoint.name]
    if (answer) return answer(body)
    told.push(body)
    return {}
  }) as unknown as ApiClient
  const { privateKey: serviceKey } = generateKeyPairSync('ed25519')
  const clock = { now: () => new Date() }
  const of = { id: 'gw-1', serviceKey, gateway: api, clock, signal: stop.signal, reach: async (host: string) => host }
  return { of: of as unknown as SessionsOptions, stop, told }
}
/** A rotation from `old` to `new` on a target with these passwords, whose exec does what the test says. */
async function rotated(passwords: Set<string>, serve: (channel: ServerChannel, stop: AbortController) => void): Promise<unknown> {
  const rotationId = randomUUID()
  const secret: RotationSecret = {
    kind: 'password',
    login: 'ops',
    secrets: ['old'],
    next: 'new',
    nextPublic: null,
    oldPublic: [],
  }
  const { of, stop, told } = gateway({
    rotationMaterial: ({ boxKey }) => ({ boxed: boxFor(boxKey!, Buffer.from(JSON.stringify(secret)), `rotation/${rotationId}`) }),
  })
  const on = await target(passwords, (channel) => serve(channel, stop))
  await rotateTarget({ kind: 'rotate', workId: randomUUID(), rotationId, login: 'ops', target: on }, of)
  return told[0]
}
const exits = (code: number) => (channel: ServerChannel) => {
  channel.exit(code)
  channel.end()
}

test('a target that lets a rotation in and never ends holds it no longer than its time, and nobody knows', async () => {
  expect(await rotated(new Set(['old']), (_channel, stop) => stop.abort())).toEqual({
    outcome: 'failed',
    detail: 'cut before it had ended',
  })
}, 30_000)

test('which secret opens the target is looked up whatever the line answered, and never guessed', async () => {
  const [fails, passwords] = [exits(1), new Set(['old'])]
  expect(await rotated(new Set(['old']), fails)).toMatchObject({ outcome: 'unchanged', detail: 'not put in place: exit 1: ' })
  expect(await rotated(new Set(['old', 'new']), fails)).toMatchObject({ outcome: 'both-work' })
  expect(await rotated(new Set(), fails)).toMatchObject({ outcome: 'failed' })
  const changes = (to: readonly string[]) => (channel: ServerChannel) => {
    passwords.clear()
    for (const password of to) passwords.add(password)
    fails(channel)
  }
  expect(await rotated(passwords, changes(['new'])), 'it was put in place all the same').toEqual({
    outcome: 'rotated',
    detail: '',
  })
  passwords.add('old')
  expect(await rotated(passwords, changes(['third'])), 'nor is the old one believed to be left').toMatchObject({
    outcome: 'failed',
  })
}, 60_000)

test('a target that lets a check in and answers nothing: what was not seen is unreached, not refused and not opened', async () => {
  const { of, stop, told } = gateway({
    checkCertificates: () => ({
      certificates: ['enters', 'forwarding'].map((probe) => ({ probe, account: 'hb-app', certificate: undefined })),
    }),
  })
  const on = await target(new Set(), () => stop.abort())
  const accounts = [{ name: 'hb-app', login: 'hb-app' }]
  await checkTarget({ kind: 'check', workId: randomUUID(), checkId: randomUUID(), target: on, accounts }, of)
  const { seen } = told[0] as { seen: Seen[] }
  const at = (probe: string) => seen.find((one) => one.probe === probe)
  expect(at('enters')).toMatchObject({ sighting: 'entered' })
  expect(at('forced-command')).toMatchObject({ sighting: 'unreached', detail: 'cut before it had ended' })
}, 30_000)
