import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import { type Database, openDatabase } from '@huabiao/kit/db/db'
import { newId } from '@huabiao/kit/ids/new-id'
import { type TestDatabase, testDatabase } from '@huabiao/kit/testkit/testkit'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { attemptsMax, leaseMs, pauseAfter } from './notification.model.ts'
import {
  deliverNotices,
  NotDeliverable,
  type NoticeChannel,
  notificationModule,
  type OutgoingMessage,
} from './notification.module.ts'
import { listNotices } from './notification.store.ts'
import { listChoices } from './notification-choice.store.ts'
import { noticeTitles } from './notification-title.model.ts'

/** The outbox on real PostgreSQL, as the application's role. The channels stand outside the product, so a test may play them. */

let database: TestDatabase
let db: Database
let owner: pg.Client
let now: Date
const clock = { now: () => now }
const later = (ms: number): void => {
  now = new Date(now.getTime() + ms)
}
const tenantId = newId()
const personId = newId()
const notice = (object = newId()) => ({
  tenantId,
  personId,
  kind: 'change.expired',
  object,
  params: { no: 'CHG-20261125-0001', title: '核心库扩容' },
})
const scope = { kind: 'tenant', tenantId } as const

beforeAll(async () => {
  database = await testDatabase()
  db = openDatabase({ url: database.appUrl })
  owner = new pg.Client({ connectionString: database.ownerUrl })
  await owner.connect()
})
afterAll(async () => {
  await owner.end()
  await db.close()
})
beforeEach(async () => {
  now = new Date('2026-11-25T08:00:00Z')
  await owner.query('delete from notice_delivery')
  await owner.query('delete from notification')
  await owner.query('delete from notice_choice')
  for (const name of ['mail', 'webhook']) await chosen(name)
})
const chosen = (name: string) =>
  owner.query('insert into notice_choice (tenant_id, person_id, channel, chosen) values ($1, $2, $3, true)', [
    tenantId,
    personId,
    name,
  ])

/** A channel that keeps what it was given, and fails as often as it is told to. */
function channel(name: string, failures = 0): NoticeChannel & { readonly got: OutgoingMessage[] } {
  const got: OutgoingMessage[] = []
  let left = failures
  const deliver = async (given: OutgoingMessage): Promise<void> => {
    got.push(given)
    left -= 1
    if (left >= 0) throw new Error(`${name} is away`)
  }
  return { name, carries: 'number', got, deliver }
}
function outbox(...channels: NoticeChannel[]) {
  const recorded: DomainEvent[] = []
  const record = async (_tx: unknown, events: readonly DomainEvent[]): Promise<void> => void recorded.push(...events)
  const { notify } = notificationModule({ clock, channels, secretKey: new Uint8Array(32) })
  const tell = (given = notice()): Promise<void> => db.transact(scope, (tx) => notify(tx, [given]))
  return {
    recorded,
    notify,
    tell,
    sweep: () => deliverNotices({ db, clock, channels, link: 'https://console.test/notifications', record }),
  }
}
const rows = async () =>
  (await owner.query('select channel, state, attempts, last_error, next_at, ended_at from notice_delivery order by channel')).rows

test('what is told is told on every channel, once, and inside at once', async () => {
  const [mail, webhook] = [channel('mail'), channel('webhook')]
  const on = outbox(mail, webhook)
  const told = notice()
  await on.tell(told)
  const reader = { kind: 'person', personId, tenantId } as unknown as PersonActor
  expect(await db.read(reader, (tx) => listNotices(tx, personId, { limit: 10, unread: true }))).toMatchObject([
    { kind: told.kind, object: told.object, params: told.params },
  ])
  expect([mail.got, webhook.got]).toEqual([[], []])
  expect(await on.sweep()).toBe(2)
  expect(await on.sweep()).toBe(0)
  for (const { got } of [mail, webhook]) {
    // All of it: nothing of the notice but this leaves (RL-22).
    const message = { personId, address: null, title: noticeTitles['change.expired'], number: 'CHG-20261125-0001' }
    expect(got).toEqual([{ id: expect.any(String), link: 'https://console.test/notifications', ...message }])
    expect(got).toHaveLength(1)
  }
  expect(await rows()).toMatchObject([{ state: 'delivered', attempts: 1 }, { state: 'delivered' }])
})

test('what was undone is never told; what is told outlives whoever told it', async () => {
  const mail = channel('mail')
  const on = outbox(mail)
  const undone = db.transact(scope, async (tx) => {
    await on.notify(tx, [notice()])
    throw new Error('undone')
  })
  await expect(undone).rejects.toThrow('undone')
  expect(await on.sweep()).toBe(0)
  await on.tell()
  // Another process, which wires the same channel, finds the row.
  expect(await outbox(mail).sweep()).toBe(1)
  expect(mail.got).toHaveLength(1)
})

test('a channel that fails is asked again, later and later, and in the end given up and recorded', async () => {
  const mail = channel('mail', Number.POSITIVE_INFINITY)
  const on = outbox(mail)
  await on.tell()
  for (let attempts = 1; attempts < attemptsMax; attempts += 1) {
    expect(await on.sweep()).toBe(1)
    expect(await rows()).toMatchObject([{ state: 'due', attempts, last_error: 'mail is away' }])
    later(pauseAfter(attempts)! - 1)
    expect(await on.sweep()).toBe(0)
    later(1)
  }
  expect(on.recorded).toEqual([])
  expect(await on.sweep()).toBe(1)
  expect(await rows()).toMatchObject([{ state: 'given-up', attempts: attemptsMax, ended_at: now }])
  expect(on.recorded).toMatchObject([{ type: 'notification.given_up', channel: 'mail', attempts: attemptsMax, person: personId }])
  later(86_400_000)
  expect(await on.sweep()).toBe(0)
  expect(new Set(mail.got.map((one) => one.id)).size).toBe(1)
})

test('a no for good is not asked again, and is recorded', async () => {
  const got: string[] = []
  const mail: NoticeChannel = {
    name: 'mail',
    carries: 'title',
    deliver: async ({ id }) => {
      got.push(id)
      throw new NotDeliverable('no such mailbox')
    },
  }
  const on = outbox(mail)
  await on.tell()
  await on.sweep()
  later(86_400_000)
  expect(await on.sweep()).toBe(0)
  expect(got).toHaveLength(1)
  expect(await rows()).toMatchObject([{ state: 'given-up', attempts: 1, last_error: 'no such mailbox' }])
  expect(on.recorded).toMatchObject([{ type: 'notification.given_up', channel: 'mail', attempts: 1 }])
})

test('nothing leaves for somebody who did not choose, nor for somebody who changed their mind on the way', async () => {
  const [mail, webhook] = [channel('mail'), channel('webhook')]
  const on = outbox(mail, webhook)
  await owner.query(`update notice_choice set chosen = false where channel = 'mail'`)
  await on.tell()
  await on.tell({ ...notice(), personId: newId() })
  expect(await rows()).toMatchObject([{ channel: 'webhook', state: 'due' }])
  await owner.query('update notice_choice set chosen = false')
  expect(await on.sweep()).toBe(1)
  expect(await rows()).toMatchObject([{ state: 'withdrawn', attempts: 1, ended_at: now }])
  expect([mail.got, webhook.got, on.recorded]).toEqual([[], [], []])
})

test('an address that is not proved, or no longer in an allowed domain, is sent nothing', async () => {
  const domains = ['unit.test']
  const mail = { ...channel('mail'), addresses: { domains, sendCode: async () => {} } }
  const on = outbox(mail)
  for (const address of [null, 'li@elsewhere.test', 'li@sub.unit.test', 'li@unit.test']) {
    await owner.query('update notice_choice set address = $1', [address])
    await on.tell()
    await on.sweep()
  }
  expect(mail.got).toMatchObject([{ address: 'li@unit.test' }])
  expect((await rows()).map((row) => row.state).sort()).toEqual(['delivered', 'withdrawn', 'withdrawn', 'withdrawn'])
})

test('one channel that fails keeps nothing from another', async () => {
  const [mail, webhook] = [channel('mail', 1), channel('webhook')]
  const on = outbox(mail, webhook)
  await on.tell()
  await on.sweep()
  expect(await rows()).toMatchObject([
    { channel: 'mail', state: 'due' },
    { channel: 'webhook', state: 'delivered' },
  ])
  later(pauseAfter(1)!)
  await on.sweep()
  expect(await rows()).toMatchObject([{ state: 'delivered', attempts: 2, last_error: null }, { attempts: 1 }])
})

test('workers share the work; what one took and did not finish is taken again, under the same id', async () => {
  const mail = channel('mail')
  const on = outbox(mail)
  for (let i = 0; i < 20; i += 1) await on.tell()
  await Promise.all([on.sweep(), outbox(mail).sweep(), outbox(mail).sweep()])
  expect(mail.got).toHaveLength(20)
  expect(new Set(mail.got.map((one) => one.id)).size).toBe(20)

  const got: string[] = []
  const fallen: NoticeChannel = {
    name: 'mail',
    carries: 'title',
    // The worker dies with its attempt: the lease runs out, and its own late answer no longer counts.
    deliver: async ({ id }) => {
      got.push(id)
      later(leaseMs)
      if (got.length === 1) await outbox(fallen).sweep()
    },
  }
  await outbox(fallen).tell()
  await outbox(fallen).sweep()
  expect(got).toHaveLength(2)
  expect(new Set(got).size).toBe(1)
  expect((await rows()).filter((row) => row.attempts === 2)).toMatchObject([{ state: 'delivered' }])
})

test('a late failure of a worker that was given up on says nothing about the attempt of the next', async () => {
  const attempts: PromiseWithResolvers<void>[] = []
  const slow: NoticeChannel = {
    name: 'mail',
    carries: 'title',
    deliver: () => {
      attempts.push(Promise.withResolvers<void>())
      return attempts.at(-1)!.promise
    },
  }
  const on = outbox(slow)
  await on.tell()
  const first = on.sweep()
  await expect.poll(() => attempts.length, { timeout: 30_000 }).toBe(1)
  later(leaseMs)
  const second = on.sweep()
  await expect.poll(() => attempts.length, { timeout: 30_000 }).toBe(2)
  attempts[0]!.reject(new Error('late'))
  await first
  expect(await rows()).toMatchObject([{ state: 'due', attempts: 2, last_error: null }])
  attempts[1]!.resolve()
  await second
  expect(await rows()).toMatchObject([{ state: 'delivered', attempts: 2 }])
})

test('a deployment without channels writes no outbox; a channel that was taken away is named', async () => {
  await outbox().tell()
  expect(await rows()).toEqual([])
  await outbox(channel('mail')).tell()
  await outbox(channel('webhook')).sweep()
  expect(await rows()).toMatchObject([{ channel: 'mail', state: 'due', last_error: 'this channel is not wired' }])
})

test('a choice is its person’s alone; the outbox of the unit reads it (RL-30)', async () => {
  await owner.query('update notice_choice set address = $1', ['li@unit.test'])
  const person = (id: string, tenant = tenantId) => ({ kind: 'person', personId: id, tenantId: tenant }) as unknown as PersonActor
  const seen = async (who: Parameters<Database['read']>[0]) => (await db.read(who, (tx) => listChoices(tx, personId))).length
  expect(await seen(person(personId))).toBe(2)
  expect(await seen(person(newId()))).toBe(0)
  expect(await seen(scope)).toBe(2)
  expect(await seen({ kind: 'tenant', tenantId: newId() })).toBe(0)
})

test('no other unit sees or changes what is on its way (RL-30)', async () => {
  await outbox(channel('mail')).tell()
  const { Kysely, PostgresDialect, sql } = await import('kysely')
  const raw = new Kysely<unknown>({
    dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: database.appUrl, max: 1 }) }),
  })
  const asked = async (tenant: string) =>
    raw.transaction().execute(async (tx) => {
      await sql`select set_config('app.tenant_id', ${tenant}, true)`.execute(tx)
      const changed = await sql`update notice_delivery set kind = 'x'`.execute(tx)
      const seen = await sql`select 1 from notice_delivery`.execute(tx)
      return [seen.rows.length, Number(changed.numAffectedRows)]
    })
  expect(await asked(newId())).toEqual([0, 0])
  expect(await asked(tenantId)).toEqual([1, 1])
  await raw.destroy()
})
