import { createHash } from 'node:crypto'
import type { DocumentaryDetail } from '@huabiao/domains/documentary/documentary.contract'
import { type DocumentKind, requiredDocuments } from '@huabiao/domains/documentary/documentary.model'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from './testing/harness.ts'

/** Classes 7 and 8 by documents: four persons, the management unit before effect, and what has to be done because of it (RL-40). */
let h: Harness
let owner: pg.Client
beforeAll(async () => {
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
}, 60_000)
afterAll(async () => {
  await owner.end()
  await h.close()
})

type Answer = { status: number; body: never }
const day = 86_400_000
const body = (patch: object = {}) => ({
  class: 7,
  title: '机房运维分包商变更',
  partner: '华州机房运维公司',
  reason: '原分包合同到期',
  effectiveFrom: new Date(Date.now() - 1000).toISOString(),
  obligations: [{ title: '提交首月服务报告', dueAt: new Date(Date.now() + 40 * day).toISOString() }],
  ...patch,
})
const post = (login: string, url: string, payload: object): Promise<Answer> =>
  h.call(login, 'POST', `/documentary-changes${url}`, payload)
async function done(answer: Promise<Answer>): Promise<DocumentaryDetail> {
  const { status, body: view } = await answer
  expect(status, JSON.stringify(view)).toBe(200)
  return view
}
const codeOf = async (answer: Promise<Answer>): Promise<string> => ((await answer).body as { code: string }).code
const pdf = (text: string) => Buffer.from(`%PDF-1.7\n${text}\n%%EOF\n`)
const document = (kind: DocumentKind, bytes = pdf(kind)) => ({
  kind,
  name: `${kind}.pdf`,
  type: 'application/pdf',
  sha256: createHash('sha256').update(bytes).digest('hex'),
  content: bytes.toString('base64'),
})
const note = { note: '同意' }
async function whole(of: 7 | 8 = 7, patch: object = {}): Promise<DocumentaryDetail> {
  const { id } = await done(post('chen.jing', '', body({ class: of, ...patch })))
  for (const kind of requiredDocuments[of].before) await done(post('chen.jing', `/${id}/documents`, document(kind)))
  return done(h.call('chen.jing', 'GET', `/documentary-changes/${id}`))
}
/** As far as the management unit's review. */
async function reviewing(of: 7 | 8 = 7, patch: object = {}): Promise<DocumentaryDetail> {
  const { id } = await whole(of, patch)
  const { hash } = await done(post('wei.shen', `/${id}/review`, note))
  await done(post('jiang.ping', `/${id}/sign`, { hash, ...note }))
  return done(post('lin.guan', `/${id}/take-up`, note))
}

describe('a change of class 7 or 8', () => {
  test('is refused where changes of machines are drafted, by a code that leads here', async () => {
    const systems = (await h.call('zhao.ming', 'GET', '/information-systems')).body as { items: { id: string }[] }
    for (const category of [7, 8]) {
      const draft = { title: '更换分包商', reason: '合同到期', systemIds: [systems.items[0]!.id], categories: [category] }
      expect((await h.call('zhao.ming', 'POST', '/changes', draft)).body).toMatchObject({
        code: 'change.documentary_only',
        rule: 'RL-40',
      })
    }
  })

  test('is drafted, reviewed, signed, approved by the management unit, takes effect, is filed and closed', async () => {
    const { id } = await done(post('chen.jing', '', body()))
    expect(await codeOf(post('zhao.ming', '', body()))).toBe('access.denied')
    expect(await codeOf(h.call('he.chen', 'GET', `/documentary-changes/${id}`)), 'NT-B13').toBe('documentary.not_found')
    expect(await codeOf(post('wei.shen', `/${id}/review`, note))).toBe('documentary.document_missing')
    expect(await codeOf(post('chen.jing', `/${id}/documents`, document('contract', Buffer.from('MZ this is a program'))))).toBe(
      'documentary.document_not_of_type',
    )
    expect(await codeOf(post('chen.jing', `/${id}/documents`, { ...document('contract'), sha256: 'a'.repeat(64) }))).toBe(
      'evidence.digest_mismatch',
    )
    expect(await codeOf(post('chen.jing', `/${id}/documents`, document('legal-succession')))).toBe('documentary.document_unknown')
    for (const kind of requiredDocuments[7].before) await done(post('chen.jing', `/${id}/documents`, document(kind)))
    const reviewed = await done(post('wei.shen', `/${id}/review`, note))
    const { hash } = reviewed
    expect(reviewed).toMatchObject({ state: 'legal_reviewed', missing: [], review: { person: { name: '魏慎' } } })
    expect(await codeOf(post('chen.jing', `/${id}/documents`, document('contract', pdf('another')))), 'RL-07').toBe(
      'documentary.wrong_state',
    )
    expect(await codeOf(post('wei.shen', `/${id}/sign`, { hash, ...note })), 'RL-23').toBe('documentary.same_person')
    expect(await codeOf(post('jiang.ping', `/${id}/sign`, { hash: 'a'.repeat(64), ...note }))).toBe('documentary.hash_mismatch')
    await done(post('jiang.ping', `/${id}/sign`, { hash, ...note }))
    expect(await codeOf(post('chen.jing', `/${id}/effect`, note)), 'before the management unit').toBe('documentary.wrong_state')
    await done(post('lin.guan', `/${id}/take-up`, note))
    expect(await codeOf(post('wei.shen', `/${id}/decisions`, { hash, verdict: 'approve', ...note }))).toBe('access.denied')
    const approved = await done(post('qiao.zheng', `/${id}/decisions`, { hash, verdict: 'approve', ...note }))
    expect(approved.obligations.map((one) => one.kind).sort()).toEqual(['cmdb-owner', 'crypto', 'mlps', 'obligation'])
    await done(post('chen.jing', `/${id}/effect`, note))
    expect(await codeOf(post('chen.jing', `/${id}/file`, note))).toBe('documentary.document_missing')
    await done(post('chen.jing', `/${id}/documents`, document('effect-proof')))
    await done(post('chen.jing', `/${id}/file`, note))
    expect(await codeOf(post('lin.guan', `/${id}/close`, note))).toBe('documentary.obligation_open')
    for (const one of approved.obligations) {
      await done(post('chen.jing', `/${id}/obligations`, { obligationId: one.id, note: '已完成' }))
      expect(await codeOf(post('chen.jing', `/${id}/obligations`, { obligationId: one.id, note: '已完成' }))).toBe(
        'documentary.wrong_state',
      )
    }
    expect(await codeOf(post('chen.jing', `/${id}/close`, note))).toBe('access.denied')
    const closed = await done(post('lin.guan', `/${id}/close`, note))
    expect(closed).toMatchObject({ state: 'closed', decision: { person: { name: '乔正' } } })
    const { rows } = await owner.query(`select act as type from ledger_record where body like $1 order by seq`, [
      `%documentary/${id}%`,
    ])
    expect(rows.map((row) => row.type)).toEqual(
      expect.arrayContaining(['documentary.drafted', 'documentary.document_added', 'documentary.approved', 'documentary.closed']),
    )
  })

  test('keeps its documents as evidence, for those who may read it', async () => {
    const { id, documents } = await whole(8)
    const [one] = documents
    const read = async (login: string) =>
      h.app.inject({
        method: 'GET',
        url: `/api/v1/documentary-changes/${id}/documents/${one!.id}`,
        headers: { authorization: `Bearer ${await h.logOn(login)}` },
      })
    const own = await read('chen.jing')
    expect([own.statusCode, own.body]).toEqual([200, pdf(one!.kind).toString()])
    expect((await read('lin.guan')).statusCode, 'oversight').toBe(200)
    expect((await read('he.chen')).statusCode, 'NT-B13').toBe(404)
    const { rows } = await owner.query('select class, sm3 from evidence_object where sha256 = $1', [one!.sha256])
    expect(rows).toEqual([{ class: 'document', sm3: one!.sm3 }])
  })

  test('that the management unit rejects ends there', async () => {
    const { id, hash } = await reviewing()
    expect((await done(post('lin.guan', `/${id}/decisions`, { hash, verdict: 'reject', ...note }))).state).toBe('mu_rejected')
    expect(await codeOf(post('chen.jing', `/${id}/effect`, note))).toBe('documentary.wrong_state')
    expect(
      (await owner.query(`select 1 from documentary_obligation where case_id = $1 and kind <> 'obligation'`, [id])).rows,
    ).toEqual([])
  })

  test('direct SQL makes nothing effective that the management unit did not approve', async () => {
    const { id } = await reviewing()
    const attempt = (set: string) => asApp(id, 'chen.jing', `update documentary_case set ${set} where id = $1`)
    expect(await attempt(`state = 'effective'`)).toContain('documentary.wrong_state')
    const other = `(select id from person where name = '沈主')`
    expect(await attempt(`state = 'mu_approved', decided_by = ${other}, decided_at = now()`)).toContain(
      'documentary.not_management',
    )
    expect(await attempt(`title = 'another'`)).toContain('documentary.hash_mismatch')
  })

  test('direct SQL says no word again and adds nothing to what is signed', async () => {
    const { id, hash } = await reviewing()
    const attempt = (set: string, login = 'chen.jing') => asApp(id, login, `update documentary_case set ${set} where id = $1`)
    for (const word of ['review', 'sign'])
      expect(await attempt(`${word}_note = 'another'`)).toContain('documentary.hash_mismatch')
    expect(await attempt('signed_at = now()', 'jiang.ping')).toContain('documentary.hash_mismatch')
    expect(await attempt(`reviewed_by = app_person()`, 'wu.di')).toContain('documentary.hash_mismatch')
    expect(await attempt('decided_by = app_person(), decided_at = now()', 'lin.guan'), 'at its own step').toContain(
      'documentary.hash_mismatch',
    )
    const add = (kind: string) =>
      `insert into documentary_document (id, case_id, tenant_id, party_ids, kind, name, type, bytes, sm3, sha256, added_by, added_at)
        select gen_random_uuid(), id, tenant_id, party_ids, '${kind}', 'x', 'application/pdf', 10, repeat('a', 64), repeat('a', 64), app_person(), now() from documentary_case where id = $1`
    for (const kind of ['contract', 'effect-proof'])
      expect(await asApp(id, 'chen.jing', add(kind)), kind).toContain('documentary.wrong_state')
    const duty = `insert into documentary_obligation (id, case_id, tenant_id, party_ids, kind, title, due_at)
      select gen_random_uuid(), id, tenant_id, party_ids, 'obligation', 'x', now() + interval '1 day' from documentary_case where id = $1`
    expect(await asApp(id, 'chen.jing', duty)).toContain('documentary.hash_mismatch')
    const settle = `update documentary_obligation set done_at = now(), done_by = app_person() where case_id = $1`
    expect(await asApp(id, 'chen.jing', settle), 'before the management unit').toContain('documentary.wrong_state')
    await done(post('lin.guan', `/${id}/decisions`, { hash, verdict: 'approve', ...note }))
    expect(await attempt(`decide_note = 'another'`, 'lin.guan')).toContain('documentary.hash_mismatch')
    const others = `update documentary_obligation set done_at = now(), done_by = (select id from person where name = '沈主') where case_id = $1`
    expect(await asApp(id, 'chen.jing', others)).toContain('documentary.same_person')
  })

  test('holds so many documents, and says when it is full', async () => {
    const { id } = await done(post('chen.jing', '', body()))
    await asApp(
      id,
      'chen.jing',
      `insert into documentary_document (id, case_id, tenant_id, party_ids, kind, name, type, bytes, sm3, sha256, added_by, added_at)
        select gen_random_uuid(), c.id, c.tenant_id, c.party_ids, 'contract', n::text, 'application/pdf', 10, repeat('a', 64), repeat('a', 64), app_person(), now()
        from documentary_case c, generate_series(1, 80) n where c.id = $1`,
      'commit',
    )
    expect(await codeOf(post('chen.jing', `/${id}/documents`, document('exit-plan')))).toBe('documentary.documents_too_many')
    const full = await done(h.call('chen.jing', 'GET', `/documentary-changes/${id}`))
    expect(full.documents).toHaveLength(80)
    expect(full.acts).toContainEqual({ act: 'upload', refusal: 'documentary.documents_too_many' })
  })

  test('reminds of each duty once a week before, and tells the management unit when it passes', async () => {
    const { id, hash } = await reviewing(7, {
      obligations: [{ title: '提交报告', dueAt: new Date(Date.now() + 10 * day).toISOString() }],
    })
    await done(post('lin.guan', `/${id}/decisions`, { hash, verdict: 'approve', ...note }))
    const at = (days: number) => h.at(new Date(Date.now() + days * day), () => h.composed.jobs.obligations())
    const told = async (kind: string): Promise<number> =>
      (
        await owner.query('select count(*)::int as n from notification where kind = $1 and object = $2', [
          kind,
          `documentary/${id}`,
        ])
      ).rows[0].n
    await at(0)
    const early = await told('documentary.remind')
    await at(4)
    const reminded = await told('documentary.remind')
    expect(reminded).toBeGreaterThan(early)
    await at(4.1)
    expect(await told('documentary.remind')).toBe(reminded)
    expect(await told('documentary.overdue')).toBe(0)
    await at(10.1)
    const overdue = await told('documentary.overdue')
    expect(overdue).toBeGreaterThanOrEqual(3)
    await at(10.2)
    expect(await told('documentary.overdue')).toBe(overdue)
  })
})

/** As a control plane that was taken over would, in the unit of the case; answers what the database said. */
async function asApp(id: string, login: string, statement: string, end: 'commit' | 'rollback' = 'rollback'): Promise<string> {
  const app = new pg.Client({ connectionString: h.appUrl })
  await app.connect()
  const { rows } = await owner.query(
    'select c.tenant_id, a.person_id from documentary_case c, account a where c.id = $1 and a.login = $2',
    [id, login],
  )
  try {
    await app.query('begin')
    await app.query(`select set_config('app.tenant_id', $1, true), set_config('app.person_id', $2, true)`, [
      rows[0].tenant_id,
      rows[0].person_id,
    ])
    const { rowCount } = await app.query(statement, [id])
    await app.query(end)
    return `done on ${rowCount} rows`
  } catch (error) {
    return (error as Error).message
  } finally {
    await app.end()
  }
}
