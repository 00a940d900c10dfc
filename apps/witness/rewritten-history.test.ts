import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { genesisPrev, type LedgerBody, recordHash } from '@huabiao/domains/ledger/ledger.model'
import {
  ledgerModule,
  noteSignerRefusal,
  signDueHeads,
  submitHeads,
  type WitnessAlarm,
} from '@huabiao/domains/ledger/ledger.module'
import type { ServiceActor } from '@huabiao/kit/actor/actor'
import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import { type SignerClient, signerClient } from '@huabiao/kit/crypto/signer-client'
import { gmSuite, sm3 } from '@huabiao/kit/crypto/suite'
import { type Database, openDatabase } from '@huabiao/kit/db/db'
import type { Refusal } from '@huabiao/kit/errors/errors'
import { newId } from '@huabiao/kit/ids/new-id'
import { testDatabase } from '@huabiao/kit/testkit/testkit'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { witnessClient } from '../control-plane/witness-client.ts'
import { postgresFacts } from '../signer/facts.ts'
import { type RunningSigner, startSigner } from '../signer/signer.ts'
import { type WitnessPlace, witnessPlace } from './testing/place.ts'

/**
 * The owner of the database rewrites a ledger and links it anew. Real PostgreSQL, a real signer, a real witness over mutual TLS: what
 * the signer remembers is lost or kept, and the witness does not depend on it (RL-13).
 */

const dir = mkdtempSync(join(tmpdir(), 'huabiao-rewritten-'))
const token = 't'.repeat(40)
const actor: ServiceActor = {
  kind: 'service',
  service: 'scheduler',
  serviceId: 'test',
  plane: 'platform',
  door: 'system',
  sourceIp: '',
}
let database: Awaited<ReturnType<typeof testDatabase>>
let db: Database
let owner: pg.Client
let signer: RunningSigner
let signing: SignerClient
let place: WitnessPlace
/** Heads may be signed every ten seconds: each act of a test is a minute later. */
let minutes = 0
const clock = { now: () => new Date(Date.now() + minutes) }
let tenantId = ''
let alarms: WitnessAlarm[] = []
let errors: string[] = []

const startSigning = async (stateDir: string): Promise<void> => {
  const config = { stateDir, socket: '127.0.0.1:0', token, database: { url: database.signerUrl } }
  // The signer allows a minute between clocks; days pass here between two heads.
  const anyTime = { now: () => clock.now() }
  signer = await startSigner(
    { ...config, authorizedGateways: [], gatewaySourceAddresses: ['127.0.0.1/32'] },
    postgresFacts(database.signerUrl),
    anyTime,
    () => {},
  )
  signing = signerClient({ socket: signer.socket, token, timeoutMs: 20_000 })
}

beforeAll(async () => {
  database = await testDatabase()
  db = openDatabase({ url: database.appUrl })
  owner = new pg.Client({ connectionString: database.ownerUrl })
  await owner.connect()
  mkdirSync(join(dir, 'signer'), { mode: 0o700 })
  await startSigning(join(dir, 'signer'))
  place = await witnessPlace((await signing.keys()).keys)
}, 60_000)
afterAll(async () => {
  await place.remove()
  await signer.close()
  await owner.end()
  await db.close()
  rmSync(dir, { recursive: true })
})
beforeEach(async () => {
  tenantId = newId()
  alarms = []
  errors = []
  minutes += 3_600_000
})

const headSigner = () => ({ signTreeHead: signing.signTreeHead, publicKeys: async () => (await signing.keys()).keys })
async function append(count: number): Promise<void> {
  const { append } = ledgerModule({ clock, suite: gmSuite, signer: headSigner(), hasWitness: true })
  const events = Array.from({ length: count }, (_, i) => ({
    type: 'change.approved',
    object: `change/${i}`,
    tenantId,
    plane: 'platform' as const,
  }))
  await db.transact({ kind: 'tenant', tenantId }, (tx) => append(tx, actor, events))
}
/** One round of the scheduler: a head for what grew, then the witness's signature. Answers how many were signed by each. */
async function round(): Promise<{ signed: number; witnessed: number }> {
  minutes += 60_000
  const alarm = async (_tx: unknown, of: WitnessAlarm) => void alarms.push(of)
  const onError = (_: unknown, error: unknown) => void errors.push((error as { code?: string }).code ?? String(error))
  const refused: Promise<void>[] = []
  const signed = await signDueHeads({ db, clock, suite: gmSuite, signer: headSigner() }, (chain, error) => {
    onError(chain, error)
    refused.push(
      noteSignerRefusal(
        { db, clock, alarm },
        { tenantId: chain.tenant_id, plane: chain.plane, size: chain.size },
        (error as Refusal).code,
      ),
    )
  })
  await Promise.all(refused)
  const witnessed = await submitHeads({ db, clock, suite: gmSuite, witness: witnessClient(place.platform()), alarm }, onError)
  return { signed, witnessed }
}
const stateNow = async (): Promise<string> => {
  const { witnessHealth } = ledgerModule({ clock, suite: gmSuite, signer: headSigner(), hasWitness: true })
  return (await db.read({ kind: 'nobody' }, witnessHealth)).state
}
const sizesOf = async (table: string): Promise<number[]> =>
  (await owner.query<{ size: string }>(`select size from ${table} where tenant_id = $1 order by size`, [tenantId])).rows.map(
    (row) => Number(row.size),
  )

/** What the owner of the database can do: every trigger off, one record altered, everything after it linked anew. */
async function rewrite(seq: number, alter: (body: LedgerBody) => LedgerBody, headsToo = true): Promise<void> {
  const { rows } = await owner.query<{ seq: number; body: string }>(
    'select seq, body from ledger_record where tenant_id = $1 order by seq',
    [tenantId],
  )
  await owner.query('alter table ledger_record disable trigger user; alter table ledger_tree_head disable trigger user')
  let prev = genesisPrev
  for (const row of rows) {
    const body = JSON.parse(row.body) as LedgerBody
    const now = body.seq === seq ? alter(body) : body
    const hash = recordHash(sm3, prev, now)
    await owner.query(
      'update ledger_record set body = $4, prev = $5, hash = $6, object = $7 where tenant_id = $1 and plane = $2 and seq = $3',
      [tenantId, 'platform', body.seq, canonicalJson(now), prev, hash, now.object],
    )
    prev = hash
  }
  await owner.query('update ledger_chain set last = $2 where tenant_id = $1', [tenantId, prev])
  if (headsToo) await owner.query('delete from ledger_tree_head where tenant_id = $1', [tenantId])
  await owner.query('alter table ledger_record enable trigger user; alter table ledger_tree_head enable trigger user')
}
const approvedByNobody = (body: LedgerBody): LedgerBody => ({ ...body, object: 'change/another' })

/** A signer with the same keys that remembers nothing of what it signed: restored from a backup, or cleaned by whoever owns its machine. */
async function signerForgets(): Promise<void> {
  await signer.close()
  rmSync(join(dir, 'signer', 'tree-heads.jsonl'))
  await startSigning(join(dir, 'signer'))
}

test('a ledger that grows is witnessed head after head, also after heads that the witness never saw', async () => {
  await append(5)
  expect(await round()).toEqual({ signed: 1, witnessed: 1 })
  await append(3)
  await signDueHeads(
    { db, clock: { now: () => new Date(clock.now().getTime() + 30_000) }, suite: gmSuite, signer: headSigner() },
    () => {},
  )
  await append(4)
  expect((await round()).witnessed).toBe(1)
  expect(await sizesOf('ledger_witnessed_head')).toEqual([5, 12])
  expect((await round()).witnessed).toBe(0)
})

test('while the witness is away nothing else stops, it is asked less and less often, and then it signs the newest head', async () => {
  await append(2)
  const stopped = place.platform()
  await place.stop()
  const away = {
    db,
    clock,
    suite: gmSuite,
    witness: witnessClient(stopped),
    alarm: async (_: unknown, of: WitnessAlarm) => void alarms.push(of),
  }
  await signDueHeads({ db, clock, suite: gmSuite, signer: headSigner() }, () => {})
  expect(await submitHeads(away, () => {})).toBe(0)
  // Not yet again: the pause has only begun.
  expect(await submitHeads(away, () => void errors.push('asked'))).toBe(0)
  expect(errors).toEqual([])
  await append(2)
  await place.restart()
  expect(await round()).toMatchObject({ signed: 1, witnessed: 1 })
  expect(await sizesOf('ledger_witnessed_head')).toEqual([4])
  expect(alarms).toEqual([])
})

test('rewritten by the owner of the database, with a signer that has forgotten: the signer signs, the witness refuses and tells once', async () => {
  await append(8)
  await round()
  await append(4)
  await round()
  await rewrite(6, approvedByNobody)
  await signerForgets()
  await append(1)
  expect(await round()).toMatchObject({ signed: 1, witnessed: 0 })
  expect(errors).toEqual(['witness.history_rewritten'])
  expect(alarms).toEqual([{ tenantId, plane: 'platform', code: 'witness.history_rewritten', size: 13, seen: 12 }])
  expect(await sizesOf('ledger_witnessed_head')).toEqual([8, 12])
  // Hours later it is refused again, and whoever was told is not told each time.
  minutes += 7_200_000
  await append(1)
  await round()
  expect(alarms.length).toBe(1)
  expect(await stateNow()).toBe('refused')
})

test('with heads left as they were, or with the witness’s own rows deleted too, it is refused all the same', async () => {
  await append(6)
  await round()
  await rewrite(2, approvedByNobody)
  await owner.query('alter table ledger_witnessed_head disable trigger user')
  await owner.query('delete from ledger_witnessed_head where tenant_id = $1', [tenantId])
  await owner.query('alter table ledger_witnessed_head enable trigger user')
  await signerForgets()
  // Exactly as long as what was seen: two heads over one length.
  await round()
  expect(alarms.map((alarm) => alarm.code)).toEqual(['witness.history_forked'])
})

test('a ledger cut short, signer and heads with it, is refused as shortened', async () => {
  await append(9)
  await round()
  await owner.query('alter table ledger_record disable trigger user; alter table ledger_tree_head disable trigger user')
  await owner.query('delete from ledger_record where tenant_id = $1 and seq > 5', [tenantId])
  await owner.query('delete from ledger_tree_head where tenant_id = $1', [tenantId])
  await owner.query(
    `update ledger_chain c set size = 5, last = (select hash from ledger_record r where r.tenant_id = c.tenant_id and r.plane = c.plane and r.seq = 5) where tenant_id = $1`,
    [tenantId],
  )
  await owner.query('alter table ledger_record enable trigger user; alter table ledger_tree_head enable trigger user')
  await signerForgets()
  await round()
  expect(alarms.map((alarm) => alarm.code)).toEqual(['witness.history_shortened'])
})

test('a signer that remembers signs nothing of it, and that is told and shown as well', async () => {
  await append(6)
  await round()
  await rewrite(3, approvedByNobody)
  await append(1)
  expect(await round()).toMatchObject({ signed: 0 })
  await round()
  expect(alarms).toEqual([{ tenantId, plane: 'platform', code: 'signer.history_rewritten', size: 7, seen: 0 }])
  expect(await stateNow()).toBe('refused')
})
