import { createHash, generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keptDays, retentionFloorDays, retentionRefusal } from '@huabiao/domains/evidence/evidence.model'
import { signDueHeads } from '@huabiao/domains/ledger/ledger.module'
import { recheckEveryMs, recheckLateMs, recheckState } from '@huabiao/domains/ledger/ledger-recheck.model'
import { systemClock } from '@huabiao/kit/clock/system-clock'
import { gmSuite, sm3 } from '@huabiao/kit/crypto/suite'
import { fromHex, toHex } from '@huabiao/kit/merkle/bytes'
import { treeRoot } from '@huabiao/kit/merkle/merkle'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Retention } from '../control-plane/config.ts'
import { type Harness, startHarness } from '../control-plane/testing/harness.ts'
import { RecheckConfig } from './config.ts'
import { recheckAll } from './round.ts'

/** The daily re-verification reads every sealed recording anew, and one turned byte is an alarm (NT-D05). */

const dir = mkdtempSync(join(tmpdir(), 'huabiao-recheck-'))
let h: Harness
let config: RecheckConfig
let sessionId: string
/** The stored files of the segments, in order. */
let stored: string[]
let logged: { event: string }[] = []
/** Ten seconds lie between two heads of a chain: the first is signed a while ago. */
let ahead = -50_000

beforeAll(async () => {
  const key = generateKeyPairSync('ed25519')
  const keyFile = join(dir, 'service-key.pem')
  writeFileSync(keyFile, key.privateKey.export({ type: 'pkcs8', format: 'pem' }))
  h = await startHarness({ inspectorKey: key.publicKey.export({ format: 'der', type: 'spki' }).toString('base64') })
  const controlPlaneUrl = await h.app.listen({ host: '127.0.0.1', port: 0 })
  config = RecheckConfig.parse({
    stateDir: dir,
    id: 'inspector-1',
    serviceKeyFile: keyFile,
    controlPlaneUrl,
    signerKeys: (await h.signing.keys()).keys,
    evidence: { folder: h.evidenceDir },
  })
  await recordSession()
}, 120_000)
afterAll(async () => {
  await h.close()
  rmSync(dir, { recursive: true })
})
beforeEach(() => {
  logged = []
})

/** A session with two recorded segments, sealed as its gateway seals it. */
async function recordSession(): Promise<void> {
  expect((await h.gateway('hello', { bootId: h.bootId, version: 'test' })).status).toBe(200)
  const { id, no } = await h.scheduledChange()
  await h.composed.jobs.changes()
  await h.present(id)
  sessionId = String((await h.act('zhao.ming', id, 'begin', { confirm: no })).sessionId)
  await h.claim()
  await h.gateway(`sessions/${sessionId}/opened`, { bootId: h.bootId, startedAt: new Date().toISOString() })
  const segments = ['{"version":2}\n[0.1,"o","一\\r\\n"]\n', '[4.2,"o","二\\r\\n"]\n'].map((text, index) => {
    const bytes = Buffer.from(text)
    return {
      index,
      sm3: toHex(sm3(bytes)),
      sha256: createHash('sha256').update(bytes).digest('hex'),
      bytes: bytes.length,
      sent: { data: bytes.toString('base64'), startedAtMs: index * 5000, endedAtMs: index * 5000 + 5000, marks: [] },
    }
  })
  for (const { index, sm3, sha256, sent } of segments) {
    const answer = await h.gateway(`sessions/${sessionId}/segments`, { index, sm3, sha256, ...sent })
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  }
  await h.seal(sessionId, segments)
  const { tenant } = (await h.call('zhao.ming', 'GET', '/me')).body as { tenant: { id: string } }
  stored = segments.map(({ sha256 }) => join(h.evidenceDir, tenant.id, sha256.slice(0, 2), sha256))
}

/** A round as the inspector makes it; a head is signed over everything before, as it is every ten seconds. */
async function round(): Promise<{ held: number; failed: number }> {
  ahead += 11_000
  const clock = { now: () => new Date(Date.now() + ahead) }
  const signer = { ...h.signing, publicKeys: async () => (await h.signing.keys()).keys }
  await signDueHeads({ db: h.db, clock, suite: gmSuite, signer }, (_, error) => {
    throw error
  })
  return recheckAll(config, systemClock, (line) => logged.push(line))
}
const health = async () =>
  ((await h.app.inject({ method: 'GET', url: '/api/v1/health' })).json() as { recheck: { state: string; lastAt: string | null } })
    .recheck
const chainShown = async () => {
  const { items } = (await h.call('zhu.cha', 'GET', '/ledger/chains')).body as {
    items: { recheck: { faults: number; segments: number } | null; plane: string }[]
  }
  return items.find((one) => one.recheck && one.recheck.segments > 0)?.recheck
}
const noticesOf = async (login: string) =>
  ((await h.call(login, 'GET', '/notifications?limit=50')).body as { items: { kind: string; params: object }[] }).items.filter(
    (one) => one.kind === 'ledger.recheck_failed',
  )

test('whole evidence holds: every chain and every segment was read anew, and it is in the ledger and on the page', async () => {
  expect((await health()).state).toBe('never')
  const { held, failed } = await round()
  expect(failed, JSON.stringify(logged)).toBe(0)
  expect(held).toBeGreaterThan(1)
  expect(await chainShown()).toMatchObject({ faults: 0, segments: 2 })
  expect((await health()).state).toBe('current')
  const { tenant } = (await h.call('zhu.cha', 'GET', '/me')).body as { tenant: { id: string } }
  const { items } = (
    await h.call('zhu.cha', 'GET', `/ledger/records?tenantId=${tenant.id}&plane=platform&act=ledger.rechecked&limit=5`)
  ).body as { items: { data: object; actorName: string }[] }
  expect(items[0]).toMatchObject({ actorName: 'inspector/inspector-1', data: { recordings: 1, segments: 2, faults: 0 } })
})

test('one byte of a stored segment turned: it is named, told to security, audit and supervision, and health says so (NT-D05)', async () => {
  const whole = readFileSync(stored[1]!)
  const turned = Buffer.from(whole)
  turned[3]! ^= 1
  writeFileSync(stored[1]!, turned)
  expect((await round()).failed).toBe(1)
  expect(logged.find((line) => line.event === 'findings')).toMatchObject({
    findings: [{ code: 'evidence_altered', object: `session/${sessionId}` }],
  })
  expect((await health()).state).toBe('failed')
  expect(await chainShown()).toMatchObject({ faults: 1 })
  for (const login of ['yang.an', 'zhu.cha', 'xu.jian'])
    expect(await noticesOf(login), login).toMatchObject([{ params: { code: 'evidence_altered', faults: 1 } }])
  expect(await noticesOf('zhao.ming')).toEqual([])
  writeFileSync(stored[1]!, whole)
  expect((await round()).failed).toBe(0)
  expect((await health()).state).toBe('current')
})

test('a segment that is gone is named too', async () => {
  renameSync(stored[0]!, `${stored[0]}.away`)
  await round()
  expect(logged.find((line) => line.event === 'findings')).toMatchObject({ findings: [{ code: 'evidence_missing' }] })
  renameSync(`${stored[0]}.away`, stored[0]!)
})

describe('retention (RL-36)', () => {
  const asOwner = async <T>(run: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = new pg.Client({ connectionString: h.ownerUrl })
    await client.connect()
    return run(client).finally(() => client.end())
  }
  const sha256 = () => stored[0]!.slice(-64)

  test('before its term nothing goes, and neither the application nor the owner of the database can say that it is over', async () => {
    expect(await h.composed.jobs.evidence()).toBe(0)
    const app = new pg.Client({ connectionString: h.appUrl })
    await app.connect()
    for (const statement of [
      'delete from evidence_object',
      'update evidence_object set expired_at = now()',
      'update evidence_class set floor_days = 181',
    ])
      await expect(app.query(statement), statement).rejects.toThrow(/permission denied/)
    await app.end()
    await asOwner(async (client) => {
      for (const set of ['expired_at = now()', 'keep_until = now()', "created_at = now() - interval '200 days'"])
        await expect(client.query(`update evidence_object set ${set}`), set).rejects.toMatchObject({ code: 'HB036' })
      await expect(client.query('update evidence_class set floor_days = 30')).rejects.toThrow(/check constraint/)
    })
    expect(existsSync(stored[0]!)).toBe(true)
  })

  test('after it the segment goes, with a tombstone first; that its owner only dated it back is found by the ledger’s own time', async () => {
    await asOwner((client) =>
      client.query(
        `alter table evidence_object disable trigger user;
         update evidence_object set created_at = now() - interval '181 days', keep_until = now() - interval '1 day' where sha256 = '${sha256()}';
         alter table evidence_object enable trigger user`,
      ),
    )
    expect(await h.composed.jobs.evidence()).toBe(1)
    expect(existsSync(stored[0]!)).toBe(false)
    expect(existsSync(stored[1]!)).toBe(true)
    expect(await h.composed.jobs.evidence(), 'once').toBe(0)
    const { tenant } = (await h.call('zhu.cha', 'GET', '/me')).body as { tenant: { id: string } }
    const { items } = (
      await h.call('zhu.cha', 'GET', `/ledger/records?tenantId=${tenant.id}&plane=platform&act=evidence.expired&limit=5`)
    ).body as { items: { data: { root: string; digests: string[] } }[] }
    expect(items.map(({ data }) => data)).toMatchObject([{ class: 'recording', count: 1, floorDays: 180, digests: [sha256()] }])
    expect(items[0]!.data.root).toBe(toHex(treeRoot(sm3, [fromHex(sha256())!])))
    await round()
    expect(logged.find((line) => line.event === 'findings')).toMatchObject({ findings: [{ code: 'evidence_expired_early' }] })
  })

  test('a wish below a floor is refused, a longer one is kept', () => {
    expect(retentionRefusal({ recording: 179 })).toBe('ledger.retention_below_floor')
    expect(retentionRefusal({ recording: 400, dossier: 3650 })).toBeUndefined()
    expect([keptDays('recording'), keptDays('recording', { recording: 400 }), keptDays('document', { document: 1 })]).toEqual([
      180, 400, 365,
    ])
    expect(Retention.safeParse({ recording: 90 }).success).toBe(false)
  })

  test('the floors of the database are those of the model', async () => {
    const { rows } = await asOwner((client) =>
      client.query<{ class: string; floor_days: number }>('select class, floor_days from evidence_class'),
    )
    expect(Object.fromEntries(rows.map((row) => [row.class, row.floor_days]))).toEqual(retentionFloorDays)
  })
})

test('nobody but the inspector reaches its doors, and a result with a strange chain or too many findings is refused', async () => {
  for (const login of ['zhu.cha', 'xu.jian', 'han.guan'])
    expect((await h.call(login, 'GET', '/inspector/chains')).body).toMatchObject({ code: 'access.service_only' })
  expect((await h.app.inject({ method: 'GET', url: '/api/v1/inspector/chains' })).statusCode).toBe(401)
  const authorization = h.gatewayProof({ method: 'GET', url: '/api/v1/inspector/chains', body: '' })
  const answer = await h.app.inject({ method: 'GET', url: '/api/v1/inspector/chains', headers: { authorization } })
  expect(answer.json()).toMatchObject({ code: 'access.service_only' })
})

test('a failure outweighs lateness; a chain that was never looked at is late after a day and two hours', () => {
  const now = new Date('2026-11-25T12:00:00.000Z')
  const ago = (ms: number) => new Date(now.getTime() - ms)
  expect(recheckState({ oldestAt: null, unchecked: false, failed: false }, now)).toBe('never')
  expect(recheckState({ oldestAt: null, unchecked: true, failed: false }, now)).toBe('late')
  expect(recheckState({ oldestAt: ago(recheckEveryMs), unchecked: false, failed: false }, now)).toBe('current')
  expect(recheckState({ oldestAt: ago(recheckLateMs + 1), unchecked: false, failed: false }, now)).toBe('late')
  expect(recheckState({ oldestAt: ago(0), unchecked: true, failed: false }, now)).toBe('late')
  expect(recheckState({ oldestAt: ago(recheckLateMs + 1), unchecked: true, failed: true }, now)).toBe('failed')
})
