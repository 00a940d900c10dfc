import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DossierView } from '@huabiao/domains/dossier/dossier.contract'
import { sm3 } from '@huabiao/kit/crypto/suite'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyDossier } from '../verify/huabiao-verify.mjs'
import { halfDone } from './testing/half-done.ts'
import { type Harness, startHarness } from './testing/harness.ts'

/** The dossier of a change that ran: sealed once, read by who may, and checked offline against the ledger. */
let h: Harness
let owner: pg.Client
let changeId: string
let data: string
let exported: string
const dir = mkdtempSync(join(tmpdir(), 'huabiao-dossier-'))
beforeAll(async () => {
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
}, 60_000)
afterAll(async () => {
  await owner.end()
  await h.close()
})

/** A change carried out to its close, with a failed step that L2 let be tried again. */
async function closedChange(): Promise<string> {
  expect((await h.gateway('hello', { bootId: h.bootId, version: 'test' })).status).toBe(200)
  const { begun, carryOn } = halfDone(h, owner)
  const { id } = await h.scheduledChange()
  const before = await carryOn((await begun(id)).id, (at) => at.next?.stepKey === 'deploy')
  await h.runNext(before)
  await h.carryOut({ exitCode: 1, stdout: 'timeout' })
  await h.present(id)
  await h.act('li.na', id, 'resume', { cause: '网络抖动，可重试', failedStep: 'retry' })
  const at = await carryOn(id, () => false)
  expect(at.state).toBe('verifying')
  await h.act('qian.wei', id, 'pass-verification', { reason: '正常' })
  await h.confirmItems(id, '已更新')
  const bytes = Buffer.from('{"version":2,"width":80,"height":24}\n[0.1,"o","ok\\r\\n"]\n')
  const digests = { sm3: toHex(sm3(bytes)), sha256: createHash('sha256').update(bytes).digest('hex') }
  const segment = { index: 0, startedAtMs: 0, endedAtMs: 900, ...digests, data: bytes.toString('base64'), marks: [] }
  expect((await h.gateway(`sessions/${at.sessionId}/segments`, segment)).status).toBe(200)
  await h.seal(at.sessionId!, [{ index: 0, ...digests, bytes: bytes.length }])
  await h.act('chen.jing', id, 'close', { reason: '按计划完成' })
  return id
}
const view = async (login: string) => h.call(login, 'GET', `/changes/${changeId}/dossier`)
const file = async (login: string, part: string) =>
  h.app.inject({
    method: 'GET',
    url: `/api/v1/changes/${changeId}/dossier/${part}`,
    headers: { authorization: `Bearer ${await h.logOn(login)}` },
  })
const write = (name: string, text: string): string => {
  const path = join(dir, name)
  writeFileSync(path, text)
  return path
}
/** A head is due every ten seconds. */
let ahead = 0
const signed = (): Promise<void> => {
  ahead += 11_000
  return h.at(new Date(Date.now() + ahead), () => h.composed.jobs.heads())
}
async function exportChain(): Promise<string> {
  await signed()
  const tenant = (await owner.query('select tenant_id from change_request where id = $1', [changeId])).rows[0].tenant_id
  const answer = await h.app.inject({
    method: 'GET',
    url: `/api/v1/ledger/export?tenantId=${tenant}&plane=platform`,
    headers: { authorization: `Bearer ${await h.logOn('zhu.cha')}` },
  })
  expect(answer.statusCode, answer.body.slice(0, 200)).toBe(200)
  return write('export.jsonl', answer.body)
}

describe('the dossier', () => {
  test('is sealed by itself once the change has ended and a signed head covers it, once', async () => {
    changeId = await closedChange()
    expect((await view('zhao.ming')).body).toMatchObject({ code: 'dossier.not_sealed' })
    await signed()
    expect(await h.composed.jobs.dossiers()).toBe(1)
    expect(await h.composed.jobs.dossiers(), 'made once').toBe(0)
    const sealed = (await view('zhao.ming')).body as DossierView
    expect(sealed.pages).toBeGreaterThan(4)
    const { rows } = await owner.query(
      `select body::json -> 'data' as data from ledger_record where act = 'dossier.sealed' and change_id = $1`,
      [changeId],
    )
    expect(rows).toMatchObject([{ data: { data: sealed.data, document: sealed.document } }])
    expect((await owner.query(`select count(*)::int as n from evidence_object where class = 'dossier'`)).rows[0].n).toBe(2)
  })

  test('is read by those who may read the change, as it was kept, and that is recorded', async () => {
    const sealed = (await view('kong.xin')).body as DossierView
    const answer = await file('kong.xin', 'data')
    data = answer.body
    expect(answer.statusCode).toBe(200)
    expect(toHex(sm3(utf8(data)))).toBe(sealed.data.sm3)
    const pdf = await file('zhu.cha', 'document')
    expect(createHash('sha256').update(pdf.rawPayload).digest('hex')).toBe(sealed.document.sha256)
    expect(pdf.rawPayload.subarray(0, 8).toString()).toBe('%PDF-1.7')
    for (const part of ['data', 'document']) expect((await file('he.chen', part)).json().code, 'NT-B13').toBe('dossier.not_found')
    expect((await owner.query(`select 1 from ledger_record where act = 'dossier.read'`)).rows).toHaveLength(2)
    if (process.env.HUABIAO_LOOK) writeFileSync(join(process.env.HUABIAO_LOOK, 'dossier.pdf'), pdf.rawPayload)
  })

  test('says everything: plan, test, approvals, consent, runs with the failure, sessions, timeline, records', async () => {
    const dossier = JSON.parse(data)
    expect(dossier).toMatchObject({
      v: 1,
      kind: 'change-dossier',
      change: { state: 'closed', outcome: 'success_with_deviation' },
    })
    expect(dossier.approvals[0].decisions).toHaveLength(2)
    expect(dossier.tests).toHaveLength(1)
    expect(dossier.consents).toHaveLength(1)
    expect(dossier.announcements.length).toBeGreaterThan(0)
    expect(dossier.runs.filter((run: { state: string }) => run.state === 'failed')).toHaveLength(1)
    expect(dossier.sessions[0].segments).toHaveLength(1)
    expect(Object.values(dossier.people)).toContain('赵明')
    expect(dossier.ledger.records.length).toBeGreaterThan(20)
    expect(dossier.timeline.length).toBeGreaterThan(15)
  })

  test('holds against an export of the ledger, and the verifier says so', async () => {
    exported = await exportChain()
    const path = write('dossier.json', data)
    const verdict = await verifyDossier(exported, path)
    expect(verdict.findings).toEqual([])
    expect(verdict.records).toBe(JSON.parse(data).ledger.records.length)
    const out = execFileSync(
      process.execPath,
      [join(import.meta.dirname, '../verify/huabiao-verify.mjs'), exported, '--dossier', path],
      { encoding: 'utf8' },
    )
    expect(out).toContain(verdict.sm3)
  })

  test.each<[string, (dossier: ReturnType<typeof JSON.parse>) => void, string]>([
    ['a plan', (d) => (d.versions.at(-1).boundText = d.versions.at(-1).boundText.replace('2.4.0', '2.4.1')), 'dossier_plan_hash'],
    ['the plan that is shown', (d) => (d.plan.impact = '没有影响'), 'dossier_plan_differs'],
    [
      'an approval that was never given',
      (d) => d.approvals[0].decisions.push({ ...d.approvals[0].decisions[0], person: d.change.requester }),
      'dossier_approval_differs',
    ],
    ['an approval that was given', (d) => d.approvals[0].decisions.pop(), 'dossier_approval_differs'],
    [
      'the result of a step',
      (d) => (d.runs.find((r: { state: string }) => r.state === 'failed').exitCode = 0),
      'dossier_run_differs',
    ],
    ['a step', (d) => d.runs.shift(), 'dossier_run_differs'],
    ['a segment of the recording', (d) => (d.sessions[0].segments[0].sm3 = 'a'.repeat(64)), 'dossier_session_differs'],
    ['the outcome', (d) => (d.change.outcome = 'success'), 'dossier_outcome_differs'],
    ['a record', (d) => (d.ledger.records[3].hash = 'a'.repeat(64)), 'dossier_record_differs'],
    ['a record left out', (d) => d.ledger.records.splice(3, 1), 'dossier_record_left_out'],
    [
      'the tree head',
      (d) => (d.ledger.head.payload = d.ledger.head.payload.replace(/"size":\d+/, '"size":1')),
      'dossier_head_differs',
    ],
    ['a word of the timeline', (d) => (d.timeline[4].note = '改过'), 'dossier_seal_differs'],
  ])('%s that was altered is named', async (what, alter, code) => {
    const dossier = JSON.parse(data)
    alter(dossier)
    const { canonicalJson } = await import('@huabiao/kit/canonical/canonical')
    const verdict = await verifyDossier(exported, write('altered.json', canonicalJson(dossier)))
    expect(
      verdict.findings.map((finding) => finding.code),
      what,
    ).toContain(code)
  })

  test('is made of a change that was withdrawn as well', async () => {
    const { id } = await h.draftChange()
    await h.act('zhao.ming', id, 'withdraw', { reason: '不做了' })
    await signed()
    expect(await h.composed.jobs.dossiers()).toBe(1)
    changeId = id
    const answer = await file('zhao.ming', 'data')
    expect(JSON.parse(answer.body)).toMatchObject({ change: { state: 'withdrawn', outcome: null }, runs: [], sessions: [] })
    const verdict = await verifyDossier(await exportChain(), write('withdrawn.json', answer.body))
    expect(verdict.findings).toEqual([])
  })

  test('that cannot be sealed waits, and holds up no other', async () => {
    const withdrawn = async (): Promise<string> => {
      const { id } = await h.draftChange()
      await h.act('zhao.ming', id, 'withdraw', { reason: '不做了' })
      return id
    }
    const broken = [await withdrawn(), await withdrawn(), await withdrawn()]
    const whole = await withdrawn()
    const plans = async (plan: string | null): Promise<void> => {
      await owner.query('alter table change_request disable trigger user')
      await owner.query('update change_request set plan = $2 where id = any ($1)', [broken, plan])
      await owner.query('alter table change_request enable trigger user')
    }
    const kept = (await owner.query('select plan from change_request where id = $1', [broken[0]])).rows[0].plan
    const sealed = async (ids: readonly string[]): Promise<number> =>
      (await owner.query('select count(*)::int as n from dossier where change_id = any ($1)', [ids])).rows[0].n
    await plans('"of no shape"')
    await signed()
    for (let i = 0; i < 3; i += 1) await h.composed.jobs.dossiers()
    expect([await sealed([whole]), await sealed(broken)]).toEqual([1, 0])
    const failures = async () =>
      (await owner.query('select failures from dossier_wait where change_id = any ($1)', [broken])).rows.map(
        (row) => row.failures,
      )
    expect(await failures(), 'not tried again at once').toEqual([1, 1, 1])
    await h.at(new Date(Date.now() + 11_000), () => h.composed.jobs.dossiers())
    expect(await failures()).toEqual([2, 2, 2])
    await plans(kept && JSON.stringify(kept))
    await h.at(new Date(Date.now() + 60_000), () => h.composed.jobs.dossiers())
    expect(await sealed(broken)).toBe(3)
  })
})
