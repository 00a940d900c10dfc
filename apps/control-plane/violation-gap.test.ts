import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ViolationView } from '@huabiao/domains/violation/violation.contract'
import { sm3 } from '@huabiao/kit/crypto/suite'
import { toHex } from '@huabiao/kit/merkle/bytes'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from './testing/harness.ts'
import { openSession } from './testing/sessions.ts'

/** Violations that nobody was refused for: accounts in two places, lapsed training, heads that are late, recordings that do not verify. */
let h: Harness
let owner: pg.Client
beforeAll(async () => {
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
  expect((await h.gateway('hello', { bootId: h.bootId, version: 'test' })).status).toBe(200)
}, 60_000)
afterAll(async () => {
  await owner.end()
  await h.close()
})
const sweep = () => h.composed.jobs.violations()
const list = async (login: string, query = ''): Promise<ViolationView[]> => {
  const { status, body } = await h.call(login, 'GET', `/violations?limit=100${query}`)
  expect(status, JSON.stringify(body)).toBe(200)
  return (body as { items: ViolationView[] }).items
}
const casesOf = (login: string) => list(login, '&show=mine')

describe('accounts', () => {
  /** A session that somebody else of that account has, or had, somewhere. */
  async function elsewhere(login: string, from: string, agoMinutes: number): Promise<void> {
    await openSession(owner, login)
    await owner.query(
      `update logon_session set source_ip = $2, created_at = now() - $3 * interval '1 minute', last_seen_at = now() - $3 * interval '1 minute'
       where id = (select s.id from logon_session s join account a on a.id = s.account_id where a.login = $1 order by s.id desc limit 1)`,
      [login, from, agoMinutes],
    )
  }
  const logsOn = async (login: string, from: string): Promise<ViolationView[]> => {
    await h.logOn(login, from)
    await sweep()
    return casesOf(login)
  }

  test('V-D5 training lapsed: of an engineer, and not of whoever reaches no production', async () => {
    await owner.query(
      `update person set training_valid_until = '2026-01-01' where id in (select person_id from account where login in ('he.chen', 'qin.shou'))`,
    )
    expect(await logsOn('he.chen', '127.0.0.1')).toMatchObject([
      { entry: 'V-D5', rule: 'RL-24', intent: 'fact', severity: 'minor' },
    ])
    expect(await logsOn('qin.shou', '127.0.0.1')).toEqual([])
  })
  test('V-D4 two cities within the hour is a fact; two networks at once is asked about; two windows of one desk are nothing', async () => {
    await elsewhere('lv.bin', '10.9.3.4', 60)
    expect(await logsOn('lv.bin', '10.1.0.7')).toMatchObject([
      { entry: 'V-D4', intent: 'fact', severity: 'critical', detail: { otherFrom: '10.9.3.4', minutes: 60 } },
    ])
    await elsewhere('shi.lei', '172.16.0.4', 1)
    expect(await logsOn('shi.lei', '10.1.0.7')).toMatchObject([{ entry: 'V-D4', intent: 'doubt', severity: 'major' }])
    await elsewhere('jin.dang', '10.1.0.9', 1)
    await elsewhere('jin.dang', '127.0.0.1', 1)
    await elsewhere('jin.dang', '172.16.0.4', 30)
    expect(await logsOn('jin.dang', '10.1.0.7')).toEqual([])
  })
})

describe('evidence that is not whole', () => {
  const digests = (bytes: Buffer) => ({
    sm3: toHex(sm3(new Uint8Array(bytes))),
    sha256: createHash('sha256').update(bytes).digest('hex'),
  })
  async function sealed(text: string): Promise<{ sessionId: string; changeId: string; sha256: string }> {
    const { id, no } = await h.scheduledChange()
    await h.composed.jobs.changes()
    await h.present(id)
    await h.act('zhao.ming', id, 'begin', { confirm: no })
    const { sessionId } = (await h.claim()).find((work) => work.kind === 'open')!
    await h.gateway(`sessions/${sessionId}/opened`, { bootId: h.bootId, startedAt: new Date().toISOString() })
    const bytes = Buffer.from(text)
    const { sm3: own, sha256 } = digests(bytes)
    const segment = { index: 0, startedAtMs: 0, endedAtMs: 1000, sm3: own, sha256, data: bytes.toString('base64'), marks: [] }
    expect((await h.gateway(`sessions/${sessionId}/segments`, segment)).status).toBe(200)
    await h.seal(sessionId, [{ index: 0, sm3: own, sha256, bytes: bytes.length }])
    return { sessionId, changeId: id, sha256 }
  }
  const ofSession = async (id: string) => (await list('zhu.cha')).filter((view) => view.sessionId === id)

  test('a sealed recording is read back once, and one that was altered in the store is an attack', async () => {
    const { sessionId, changeId, sha256 } = await sealed('{"version":2}\n')
    const [place] = readdirSync(h.evidenceDir, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith(sha256))
    const path = join(h.evidenceDir, place!)
    const good = readFileSync(path)
    writeFileSync(path, '{"version":3}\n')
    await h.composed.jobs.gaps()
    await sweep()
    expect(await ofSession(sessionId)).toMatchObject([
      {
        entry: 'V-P4',
        intent: 'attack',
        severity: 'critical',
        changeId,
        detail: { reason: 'segment 0: evidence.digest_mismatch' },
      },
    ])
    writeFileSync(path, good)
    await h.composed.jobs.gaps()
    await sweep()
    expect(await ofSession(sessionId)).toHaveLength(1)
  })

  test('a tree head that is late is said once, and not while it is young', async () => {
    const heads = async () => (await owner.query(`select 1 from ledger_record where act = 'ledger.head_missing'`)).rows.length
    expect(await heads()).toBe(0)
    const later = new Date(Date.now() + 6 * 60_000)
    await h.at(later, h.composed.jobs.gaps)
    const chains = await heads()
    expect(chains).toBeGreaterThan(0)
    await h.at(later, h.composed.jobs.gaps)
    expect(await heads()).toBe(chains)
    await sweep()
    expect((await list('xu.jian', '&entry=V-P4')).filter(({ object }) => object.startsWith('ledger/'))).toHaveLength(chains)
  })
})
