import { createHash, randomBytes } from 'node:crypto'
import type { ChangePlan } from '@huabiao/domains/change/change-plan.model'
import type { TransferView } from '@huabiao/domains/transfer/transfer.contract'
import { partBytes, quarantineMs } from '@huabiao/domains/transfer/transfer.model'
import { sm3 } from '@huabiao/kit/crypto/suite'
import { toHex } from '@huabiao/kit/merkle/bytes'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from './testing/harness.ts'
import { portalPlan } from './testing/portal-plan.ts'

/** Content of a plan by upload: decided as its step is, held against the digest thrice, and placed by the step alone. */
let h: Harness
let owner: pg.Client
const content = randomBytes(partBytes + 1_000)
const digests = (bytes: Uint8Array) => ({
  bytes: bytes.length,
  sm3: toHex(sm3(bytes)),
  sha256: createHash('sha256').update(bytes).digest('hex'),
})
const withArtifact = (targetIds: readonly string[] = []): Partial<ChangePlan> => {
  const steps = portalPlan(targetIds).steps.map((step) =>
    step.key === 'deploy'
      ? {
          ...step,
          action: {
            kind: 'artifact' as const,
            path: '/srv/app/app.tgz',
            mode: '0644' as const,
            sha256: digests(content).sha256,
            bytes: content.length,
          },
          expect: { exitCodes: [0], checks: [] },
        }
      : step,
  )
  return { steps }
}
let changeId: string
let no: string
beforeAll(async () => {
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
  await h.gateway('hello', { bootId: h.bootId, version: 'test' })
  // What is placed has been issued by the release manager (RL-12); what comes in is held against that very digest.
  const { bytes: size, sm3: ofSm3, sha256 } = digests(content)
  const artifacts = [{ name: 'app.tgz', size, sm3: ofSm3, sha256 }]
  const product = { product: '政务服务门户', version: '2.4.0', origin: '华州云研发部流水线', builderId: null, artifacts }
  const release = (await h.call('feng.ban', 'POST', '/releases', product)).body as { id: string }
  expect((await h.call('feng.ban', 'POST', `/releases/${release.id}/issue`)).status).toBe(200)
  const change = await h.scheduledChange({ plan: withArtifact() })
  changeId = change.id
  no = change.no
}, 120_000)
afterAll(async () => {
  await owner.end()
  await h.close()
})

interface Opened {
  outcome: 'admitted' | 'refused'
  transferId: string
  code?: string
  rule?: string | null
}
const place = () => `/upload/${no}/deploy/app.tgz`
async function open(login: string, path: string, over: object = {}): Promise<Opened> {
  const { status, body } = await h.call(login, 'POST', '/transfers', { channel: 'sftp', direction: 'in', path, ...over })
  expect(status, JSON.stringify(body)).toBe(200)
  return body
}
const said = async (login: string, path: string, over: object = {}) => {
  const { code, rule } = await open(login, path, over)
  return `${code} ${rule}`
}
const rowOf = async (id: string): Promise<TransferView> => (await h.call('zhu.cha', 'GET', `/transfers/${id}`)).body
const partOf = (bytes: Buffer, index: number) => ({
  index,
  data: bytes.subarray(index * partBytes, (index + 1) * partBytes).toString('base64'),
})
const records = async (id: string) =>
  (
    await owner.query(`select body from ledger_record where body::jsonb ->> 'object' = $1 order by seq`, [`transfer/${id}`])
  ).rows.map(({ body }) => JSON.parse(body))

describe('who may bring in what, and when (NT-B10)', () => {
  test('before the change is ready, nobody', async () => {
    expect(await said('zhao.ming', place())).toBe('change.wrong_state RL-01')
    await h.composed.jobs.changes()
    expect(await said('zhao.ming', place())).toBe('change.reviewer_absent RL-06')
    await h.present(changeId)
  })
  test('the executor, for what the plan places, and nobody else and nothing else', async () => {
    expect(await said('qian.wei', place())).toBe('change.not_executor RL-07')
    expect(await said('yang.an', place())).toMatch(/^access.denied/)
    expect(await said('he.chen', place()), 'NT-B13').toBe('transfer.no_change RL-15')
    expect(await said('zhao.ming', `/upload/${no}/deploy/other.tgz`)).toBe('transfer.not_in_plan RL-07')
    expect(await said('zhao.ming', `/upload/${no}/confirm/app.tgz`)).toBe('transfer.not_in_plan RL-07')
    expect(await said('zhao.ming', '/srv/app/app.tgz')).toBe('transfer.no_change RL-15')
    expect(await said('zhao.ming', '/upload/CHG-0/deploy/app.tgz')).toBe('transfer.no_change RL-15')
    expect(await said('zhao.ming', '/etc/passwd', { direction: 'out' })).toBe('transfer.no_ticket RL-22')
    expect(await said('zhao.ming', place(), { refused: 'transfer.protocol_unsupported' })).toBe(
      'transfer.protocol_unsupported RL-21',
    )
    const { items } = (await h.call('zhao.ming', 'GET', '/transfer-places')).body as { items: { path: string; held: boolean }[] }
    expect(items).toMatchObject([{ path: place(), held: false }])
    expect(((await h.call('qian.wei', 'GET', '/transfer-places')).body as { items: [] }).items).toEqual([])
  })
  test('what was refused is a row and a record with person, door, path and red line', async () => {
    const { transferId } = await open('zhao.ming', '/etc/passwd', { direction: 'out' })
    expect(await rowOf(transferId)).toMatchObject({
      state: 'refused',
      refusal: 'transfer.no_ticket',
      asked: '/etc/passwd',
      door: 'rest',
    })
    expect(await records(transferId)).toMatchObject([
      { act: 'transfer.refused', decision: 'refused', code: 'transfer.no_ticket', rule: 'RL-22', data: { asked: '/etc/passwd' } },
    ])
  })
  test('without its content nothing begins', async () => {
    expect(await h.refused('zhao.ming', changeId, 'begin', { confirm: no })).toBe('change.content_missing')
  })
})

describe('an upload', () => {
  const put = (id: string, part: object) => h.gateway<{ code: string }>(`transfers/${id}/parts`, part)
  const end = (id: string, body: object) => h.gateway<{ refusal: string | null }>(`transfers/${id}/ended`, body)

  test('that is not what the plan pins is never accepted, whatever the gateway says', async () => {
    const { transferId } = await open('zhao.ming', place())
    const other = Buffer.alloc(content.length, 7)
    for (const index of [0, 1]) expect((await put(transferId, partOf(other, index))).status).toBe(200)
    const lie = { outcome: 'complete', ...digests(content) }
    expect((await end(transferId, lie)).body).toEqual({ refusal: 'transfer.digest_mismatch' })
    expect(await rowOf(transferId)).toMatchObject({ state: 'quarantined', ...digests(other) })
    expect(await h.refused('zhao.ming', changeId, 'begin', { confirm: no })).toBe('change.content_missing')
    const forge = `update transfer_record set state = 'accepted' where id = '${transferId}'`
    await expect(owner.query(forge), 'not even for the owner of the database').rejects.toThrow(/never rewritten/)
  })
  test('comes in parts of the plan’s size, in order, once', async () => {
    const { transferId } = await open('zhao.ming', place())
    expect((await put(transferId, partOf(content, 1))).body).toMatchObject({ code: 'transfer.part_wrong' })
    expect((await put(transferId, { index: 0, data: 'AAAA' })).body).toMatchObject({ code: 'transfer.part_wrong' })
    expect((await put(transferId, partOf(content, 0))).status).toBe(200)
    expect((await put(transferId, partOf(content, 0))).status, 'safe to repeat').toBe(200)
    expect((await put(transferId, { index: 2, data: 'AAAA' })).body).toMatchObject({ code: 'transfer.part_wrong' })
    expect((await end(transferId, { outcome: 'complete', ...digests(content) })).status, 'a part is missing').toBe(409)
    const kept = { outcome: 'refused', code: 'transfer.interrupted', kept: false, ...digests(content.subarray(0, partBytes)) }
    expect((await end(transferId, kept)).status).toBe(200)
    expect(await rowOf(transferId)).toMatchObject({ state: 'failed', bytes: partBytes })
    expect((await put(transferId, partOf(content, 1))).body).toMatchObject({ code: 'transfer.wrong_state' })
  })
  test('in quarantine is shown to the security administrator and the auditor, and to nobody else', async () => {
    const { transferId } = await open('zhao.ming', place())
    const came = { outcome: 'refused', code: 'transfer.too_large', kept: true, ...digests(Buffer.from('x')) }
    await end(transferId, came)
    for (const login of ['yang.an', 'zhu.cha']) {
      const { items } = (await h.call(login, 'GET', '/quarantine')).body as { items: TransferView[] }
      expect(items.map(({ id }) => id)).toContain(transferId)
    }
    expect((await h.call('zhao.ming', 'GET', '/quarantine')).status).toBe(403)
    expect((await h.gateway(`transfers/${transferId}/purged`, {})).status).toBe(200)
    expect(await rowOf(transferId)).toMatchObject({ state: 'purged' })
    expect((await records(transferId)).map(({ act }) => act)).toEqual([
      'transfer.opened',
      'transfer.quarantined',
      'transfer.purged',
    ])
  })
  test('by the console is held against the plan the same way, and what was refused is gone after its time', async () => {
    const busy = (await h.call('zhao.ming', 'GET', `/changes/${changeId}/contents`)).body as {
      refusal: string | null
      items: { place: string }[]
    }
    expect(busy.items).toHaveLength(1)
    const where = busy.items[0]!.place
    const send = async (bytes: Buffer) => {
      const { transferId, code } = await open('zhao.ming', where, { channel: 'console' })
      expect(code).toBeUndefined()
      for (const index of [0, 1])
        expect((await h.call('zhao.ming', 'POST', `/transfers/${transferId}/parts`, partOf(bytes, index))).status).toBe(200)
      expect((await h.call('qian.wei', 'POST', `/transfers/${transferId}/finish`)).status, 'not theirs').toBe(404)
      return (await h.call('zhao.ming', 'POST', `/transfers/${transferId}/finish`)).body as TransferView
    }
    const wrong = await send(Buffer.alloc(content.length, 1))
    expect(wrong).toMatchObject({ state: 'quarantined', refusal: 'transfer.digest_mismatch', channel: 'console' })
    expect((await h.gateway(`transfers/${wrong.id}/purged`, {})).status, 'no gateway has it').toBe(403)
    expect(await send(content)).toMatchObject({ state: 'accepted' })
    const heldOf = async () =>
      (await owner.query('select count(data) as n from transfer_part where transfer_id = $1', [wrong.id])).rows[0].n
    await h.composed.jobs.transfers()
    expect(await heldOf()).toBe(2)
    await h.at(new Date(Date.now() + quarantineMs + 60_000), () => h.composed.jobs.transfers())
    expect(await heldOf()).toBe(0)
    expect(await rowOf(wrong.id)).toMatchObject({ state: 'purged' })
  })
  test('that is what the plan pins becomes the content of the step, with both digests in the ledger', async () => {
    const { transferId } = await open('zhao.ming', place())
    for (const index of [0, 1]) await put(transferId, partOf(content, index))
    expect((await end(transferId, { outcome: 'complete', ...digests(content) })).body).toEqual({ refusal: null })
    expect(await rowOf(transferId)).toMatchObject({
      state: 'accepted',
      gatewayId: 'gw-test-1',
      targetNames: ['portal-web-01', 'portal-web-02'],
      ...digests(content),
    })
    const [, accepted] = await records(transferId)
    expect(accepted).toMatchObject({
      act: 'transfer.accepted',
      data: { personName: '赵明', path: '/srv/app/app.tgz', ...digests(content) },
    })
    const { rows } = await owner.query('select count(*) as n from transfer_part where transfer_id = $1 and data is not null', [
      transferId,
    ])
    expect(rows[0].n, 'now it is evidence, and held nowhere else').toBe(0)
  })
  test('and is read by the gateway for the granted step of this change alone', async () => {
    const begun = await h.act('zhao.ming', changeId, 'begin', { confirm: no })
    const opened = (await h.claim()).find((work) => work.kind === 'open')!
    await h.gateway(`sessions/${opened.sessionId}/opened`, { bootId: h.bootId, startedAt: new Date().toISOString() })
    let at = await h.read(begun.id)
    for (const stdout of ['', '', 'state=running', 'state=running']) {
      await h.runNext(at)
      await h.carryOut({ exitCode: 0, stdout })
      at = await h.read(begun.id)
    }
    await h.runNext(at)
    const run = (await h.claim()).find((work) => work.kind === 'run')!
    if (run.kind !== 'run') throw new Error('no run')
    expect(run).toMatchObject({ stdin: '', content: { bytes: content.length, parts: 2 } })
    const grantId = h.grantOf(run).id
    const { transferId } = run.content!
    const parts = []
    for (const index of [0, 1]) {
      const { status, body } = await h.gateway<{ data: string }>(`transfers/${transferId}/parts/read`, { index, grantId })
      expect(status, JSON.stringify(body)).toBe(200)
      parts.push(Buffer.from(body.data, 'base64'))
    }
    expect(Buffer.concat(parts).equals(content)).toBe(true)
    const other = '0199c0de-0000-7000-8000-00000000beef'
    expect((await h.gateway(`transfers/${transferId}/parts/read`, { index: 0, grantId: other })).status).toBe(404)
    expect((await h.gateway(`transfers/${other}/parts/read`, { index: 0, grantId })).status).toBe(404)
    await h.gateway(`grants/${grantId}/started`, { bootId: h.bootId })
    expect(
      (await h.gateway(`transfers/${transferId}/parts/read`, { index: 0, grantId })).status,
      'a used grant opens nothing',
    ).toBe(404)
  })
})
