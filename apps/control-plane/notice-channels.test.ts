import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { attemptsMax } from '@huabiao/domains/notification/notification.model'
import {
  deliverNotices,
  NotDeliverable,
  type NoticeChannel,
  notificationModule,
} from '@huabiao/domains/notification/notification.module'
import type { PersonActor } from '@huabiao/kit/actor/actor'
import { systemClock } from '@huabiao/kit/clock/system-clock'
import { type Database, openDatabase } from '@huabiao/kit/db/db'
import { newId } from '@huabiao/kit/ids/new-id'
import { utf8 } from '@huabiao/kit/merkle/bytes'
import { networksOf } from '@huabiao/kit/net/reach'
import { type TestDatabase, testDatabase } from '@huabiao/kit/testkit/testkit'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { serverCertificate } from '../../tools/launch/deployment-ca.ts'
import { type MailRelay, mailChannel } from './mail-channel.ts'
import { type SmtpPeer, startSmtpPeer } from './testing/smtp-peer.ts'
import { webhookChannel, webhookSignature } from './webhook-channel.ts'

/** One suite for every channel of notices: inside, mail to a real relay over TLS, and a webhook to a real HTTPS receiver. */

const dir = mkdtempSync(join(tmpdir(), 'huabiao-channels-'))
const key = new Uint8Array(32).fill(9)
const places = {
  hosts: ['mail.test', 'hooks.test'],
  networks: networksOf(['127.0.0.0/8']),
  resolve: async () => ['127.0.0.1'],
}
let database: TestDatabase
let db: Database
let owner: pg.Client
let now: Date
const clock = { now: () => now }
const tenantId = newId()
const personId = newId()
const kept: { headers: IncomingHttpHeaders; body: string; path: string }[] = []
let status = 204
const relays: SmtpPeer[] = []
const tls = { key: '', cert: '', ca: '', strange: { key: '', cert: '' } }

const receiver = () =>
  createServer({ key: tls.key, cert: tls.cert }, (request, response) => {
    let body = ''
    request.on('data', (bytes) => {
      body += bytes
    })
    request.on('end', () => {
      kept.push({ headers: request.headers, body, path: request.url ?? '' })
      // Any longer answer would do as well: none of it is read.
      response.writeHead(status, { location: 'https://hooks.test/elsewhere' }).end(status === 204 ? '' : 'x'.repeat(5_000_000))
    })
  })
let hooks: ReturnType<typeof receiver>
let relay: SmtpPeer

async function certificate(name: string) {
  const files = { keyFile: join(dir, `${name}.key`), certFile: join(dir, `${name}.pem`), clientCaFile: join(dir, `${name}.ca`) }
  mkdirSync(join(dir, name))
  await serverCertificate(join(dir, name), files, ['mail.test', 'hooks.test'])
  const [of, cert, ca] = [files.keyFile, files.certFile, files.clientCaFile].map((file) => readFileSync(file, 'utf8'))
  return { key: of!, cert: cert!, ca: ca! }
}
async function peer(options: Partial<Parameters<typeof startSmtpPeer>[0]> = {}): Promise<SmtpPeer> {
  const started = await startSmtpPeer({ key: tls.key, cert: tls.cert, ...options })
  relays.push(started)
  return started
}
beforeAll(async () => {
  Object.assign(tls, await certificate('ours'), { strange: await certificate('strange') })
  database = await testDatabase()
  db = openDatabase({ url: database.appUrl })
  owner = new pg.Client({ connectionString: database.ownerUrl })
  await owner.connect()
  hooks = receiver()
  await new Promise<void>((resolve) => hooks.listen(0, '127.0.0.1', resolve))
  relay = await peer()
}, 60_000)
afterAll(async () => {
  hooks.closeAllConnections()
  hooks.close()
  for (const one of relays) await one.close()
  await owner.end()
  await db.close()
  rmSync(dir, { recursive: true })
})
beforeEach(async () => {
  now = new Date('2026-11-25T08:00:00Z')
  status = 204
  kept.length = 0
  relay.letters.length = 0
  relay.answerRcpt('250 ok')
  for (const table of ['notice_delivery', 'notification', 'notice_choice']) await owner.query(`delete from ${table}`)
  for (const name of ['mail', 'webhook'])
    await owner.query(
      'insert into notice_choice (tenant_id, person_id, channel, chosen, address) values ($1, $2, $3, true, $4)',
      [tenantId, personId, name, 'li.gong@unit.test'],
    )
})

const portOf = (): number => (hooks.address() as AddressInfo).port
const webhook = (more: object = {}, to: object = {}): NoticeChannel =>
  webhookChannel(
    { name: 'webhook', carries: 'number', url: `https://hooks.test:${portOf()}/in`, keyId: 'k1', key, ca: tls.ca, ...more },
    { ...places, ...to },
    systemClock,
  )
const mail = (more: Partial<MailRelay> = {}, to: object = {}): NoticeChannel =>
  mailChannel(
    {
      name: 'mail',
      carries: 'number',
      host: 'mail.test',
      port: relay.port,
      tls: 'starttls',
      from: 'huabiao@unit.test',
      domains: ['unit.test'],
      ca: tls.ca,
      ...more,
    },
    { ...places, ...to },
  )
const link = 'https://console.test/notifications'
const secret = '核心库口令 hunter2 张三'
function outbox(channels: NoticeChannel[]) {
  const { notify, levels } = notificationModule({ clock, channels, secretKey: key })
  const recorded: object[] = []
  return {
    recorded,
    levels: async () =>
      (await db.read({ kind: 'nobody' }, levels)).flatMap(({ samples }) =>
        samples.map((sample) => [sample.labels, sample.value]),
      ),
    tell: (who = personId, undone = false) =>
      db.transact({ kind: 'tenant', tenantId }, async (tx) => {
        const params = { no: 'CHG-20261125-0001', title: secret, reason: secret }
        await notify(tx, [{ tenantId, personId: who, kind: 'change.approve', object: `change/${secret}`, params }])
        if (undone) throw new Error('undone')
      }),
    sweep: () => deliverNotices({ db, clock, channels, link, record: async (_tx, events) => void recorded.push(...events) }),
  }
}
const stateOf = async (): Promise<{ state: string; attempts: number; last_error: string | null }[]> =>
  (await owner.query('select state, attempts, last_error from notice_delivery')).rows
const message = { id: newId(), personId, address: 'li.gong@unit.test', title: { zh: '变更', en: 'Change' }, number: null, link }
const send = (channel: NoticeChannel): Promise<void> => channel.deliver(message, AbortSignal.timeout(30_000))

interface Way {
  readonly channels: () => NoticeChannel[]
  /** All that came, as text. */
  readonly arrived: () => Promise<string[]>
}
const reader = { kind: 'person', personId, tenantId } as unknown as PersonActor
/** A letter as it is read: quoted-printable, and encoded words in its head (RFC 2045 §6.7, RFC 2047). */
const quoted = (text: string): string => {
  const bytes = text
    .replace(/=\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
const letterText = (raw: string): string =>
  quoted(
    raw.replace(/\?=\s+=\?UTF-8\?Q\?/g, '').replace(/=\?UTF-8\?Q\?(.*?)\?=/g, (_, words: string) => words.replaceAll('_', ' ')),
  )
const ways: Record<string, Way> = {
  inside: {
    channels: () => [],
    arrived: async () =>
      (await db.read(reader, (tx) => tx.selectFrom('notification').select('kind').execute())).map(({ kind }) => `change ${kind}`),
  },
  mail: { channels: () => [mail()], arrived: async () => relay.letters.map(({ text }) => letterText(text)) },
  webhook: { channels: () => [webhook()], arrived: async () => kept.map(({ body }) => body) },
}

describe.each(Object.entries(ways))('channel %s', (_name, { channels, arrived }) => {
  test('what was told arrives once, at its person; what was undone does not', async () => {
    const on = outbox(channels())
    await on.tell()
    await on.tell(newId())
    await expect(on.tell(personId, true)).rejects.toThrow('undone')
    await on.sweep()
    await on.sweep()
    const all = await arrived()
    expect(all).toHaveLength(1)
    expect(all[0]).toMatch(/change/i)
    expect(on.recorded).toEqual([])
  })
})

describe.each([
  ['mail', ways.mail!],
  ['webhook', ways.webhook!],
])('%s leads out of the product', (name, { channels, arrived }) => {
  const no = (answer: 'later' | 'never' | 'yes'): void => {
    status = { later: 503, never: 410, yes: 204 }[answer]
    relay.answerRcpt({ later: '451 greylisted', never: '550 no such mailbox <li.gong@unit.test>', yes: '250 ok' }[answer])
  }
  test('it carries title, number and link, and nothing that was typed (RL-22)', async () => {
    const on = outbox(channels())
    await on.tell()
    await on.sweep()
    const [text] = await arrived()
    for (const part of ['变更待您审批', 'A change waits for your approval', 'CHG-20261125-0001', link])
      expect(text).toContain(part)
    for (const part of ['hunter2', '口令', '张三']) expect(text).not.toContain(part)
  })
  test('a peer that says later is asked again; one that says no is not, and the ledger is told', async () => {
    const on = outbox(channels())
    await on.tell()
    no('later')
    await on.sweep()
    expect(await stateOf()).toMatchObject([{ state: 'due', attempts: 1 }])
    no('yes')
    now = new Date(now.getTime() + 3_600_000)
    expect(await on.levels(), 'one that waits, for an hour').toEqual([
      [{ channel: name }, 1],
      [{ channel: name }, 3_600],
    ])
    await on.sweep()
    expect(await on.levels()).toEqual([])
    expect(await stateOf()).toMatchObject([{ state: 'delivered', attempts: 2 }])
    await owner.query('delete from notice_delivery')
    no('never')
    await on.tell()
    await on.sweep()
    const [row] = await stateOf()
    expect(row).toMatchObject({ state: 'given-up', attempts: 1 })
    expect(row!.attempts).toBeLessThan(attemptsMax)
    expect(row!.last_error).not.toContain('li.gong')
    expect(on.recorded).toMatchObject([{ type: 'notification.given_up', channel: name }])
  })
  test('a certificate of an authority that is not ours, or of another name, is not sent to (NT-A11)', async () => {
    const make = name === 'mail' ? mail : webhook
    const other = name === 'mail' ? { host: 'hooks.other' } : { url: `https://hooks.other:${portOf()}/in` }
    const rejected = [make({ ca: tls.strange.cert }), make({ ca: undefined }), make(other, { hosts: ['hooks.other'] })]
    for (const channel of rejected) await expect(send(channel)).rejects.toThrow()
    expect(await arrived()).toEqual([])
    await send(make())
    expect(await arrived()).toHaveLength(1)
  })
  test('a name that leads to an address of our own is not followed, nor one that leads there too or next time', async () => {
    const make = name === 'mail' ? mail : webhook
    const asked: string[] = []
    for (const addresses of [
      ['127.0.0.1'],
      ['10.0.0.7'],
      ['169.254.169.254'],
      ['100.100.100.200'],
      ['::1'],
      ['::ffff:127.0.0.1'],
    ])
      await expect(send(make({}, { networks: networksOf([]), resolve: async () => addresses }))).rejects.toThrow('not admitted')
    await expect(send(make({}, { resolve: async () => ['127.0.0.1', '10.0.0.7'] }))).rejects.toThrow('not admitted')
    // Rebinding: the name is asked once, and what is connected to is what was admitted.
    const rebinding = async (host: string): Promise<string[]> => [asked.push(host) === 1 ? '127.0.0.1' : '10.0.0.7']
    await send(make({}, { resolve: rebinding }))
    expect(asked).toHaveLength(1)
    expect(await arrived()).toHaveLength(1)
  })
  test('a host that the management unit did not allow is no channel', () => {
    const make = name === 'mail' ? mail : webhook
    expect(() => make({}, { hosts: ['other.test'] })).toThrow('not an allowed host')
  })
})

describe('webhook', () => {
  test('the receiver can tell that it is ours, whole and new', async () => {
    await send(webhook())
    await send(webhook())
    const [first, second] = kept
    for (const { headers, body } of kept) {
      const [timestamp, nonce] = [String(headers['huabiao-timestamp']), String(headers['huabiao-nonce'])]
      expect(headers['huabiao-signature']).toBe(webhookSignature(key, timestamp, nonce, utf8(body)))
      expect(headers['huabiao-signature']).not.toBe(webhookSignature(key, timestamp, nonce, utf8(`${body} `)))
      expect(Math.abs(Number(timestamp) * 1000 - Date.now())).toBeLessThan(300_000)
      expect(headers).toMatchObject({ 'huabiao-key-id': 'k1', host: `hooks.test:${portOf()}` })
      expect(JSON.parse(body)).toEqual({ id: message.id, person: personId, title: message.title, number: null, link })
    }
    expect(first!.headers['huabiao-nonce']).not.toBe(second!.headers['huabiao-nonce'])
  })
  test('a redirect is an answer, not a way', async () => {
    for (status of [301, 302, 307, 308]) await expect(send(webhook())).rejects.toThrow(NotDeliverable)
    expect(kept.map(({ path }) => path)).toEqual(['/in', '/in', '/in', '/in'])
  })
  test('plain http is no webhook', () => {
    expect(() => webhook({ url: 'http://hooks.test/in' })).toThrow('https')
  })
})

describe('mail', () => {
  test('a relay without STARTTLS, or one that drops it, gets no letter, no address and no sender', async () => {
    const bare = await peer({ withoutTls: true })
    await expect(send(mail({ port: bare.port }))).rejects.toThrow()
    expect(bare.plain.join('\n')).not.toMatch(/MAIL|RCPT|DATA|AUTH|li\.gong/)
    expect(bare.plain.join('\n')).toMatch(/EHLO/)
    await expect(send(mail({ port: bare.port, tls: 'implicit' }))).rejects.toThrow()
    expect(bare.letters).toEqual([])
  })
  test('before TLS only greetings; TLS from the first byte works too', async () => {
    relay.plain.length = 0
    await send(mail())
    expect(relay.plain.map((line) => line.slice(0, 4))).toEqual(['EHLO', 'STAR'])
    expect(relay.letters).toMatchObject([{ from: 'huabiao@unit.test', to: 'li.gong@unit.test' }])
    expect(relay.letters[0]!.text).toContain(`<${message.id}@unit.test>`)
    const implicit = await peer({ implicit: true })
    await send(mail({ port: implicit.port, tls: 'implicit' }))
    expect(implicit.letters).toHaveLength(1)
  })
})
