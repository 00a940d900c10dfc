import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import type { TemplateDetail } from '@huabiao/domains/template/template.contract'
import pg from 'pg'
import { expect } from 'vitest'
import { type Harness, startHarness } from './harness.ts'
import { portalPlan } from './portal-plan.ts'

/** Standard-change models of the demo city, from their draft to a change of them. */

type Answer = { status: number; body: never }
export const testNote = '在预发布环境完整演练，含回退。'

export async function startModels() {
  const h: Harness = await startHarness()
  const owner = new pg.Client({ connectionString: h.ownerUrl })
  const app = new pg.Client({ connectionString: h.appUrl })
  await owner.connect()
  await app.connect()
  expect((await h.gateway('hello', { bootId: h.bootId, version: 'test' })).status).toBe(200)
  const portal: string = (await owner.query(`select id from information_system where code = 'portal'`)).rows[0].id
  const targetIds: string[] = (await owner.query('select id from cmdb_target order by name')).rows.map((row) => row.id)
  const idOf = async (name: string): Promise<string> =>
    (await owner.query('select id from person where name = $1', [name])).rows[0].id
  const people = { executorId: await idOf('赵明'), reviewerId: await idOf('钱伟') }

  /** The portal's plan with the version as a parameter. */
  function body(patch: object = {}) {
    const text = JSON.stringify(portalPlan([])).replaceAll('2.4.0', '{{version}}')
    const { batches: _none, ...plan } = JSON.parse(text)
    return {
      name: '门户例行升级',
      summary: '经过多次验证的门户升级步骤。',
      parameters: [{ kind: 'name', key: 'version', title: '版本', form: 'version', maxLength: 20 }],
      plan,
      grey: { batchSize: 1, soakSeconds: 0 },
      limits: {
        maxTargets: 2,
        tiers: ['inner'],
        systemIds: [portal],
        maxRisk: 'R3',
        fromMinute: null,
        toMinute: null,
        maxWindowMinutes: 120,
      },
      ...patch,
    }
  }
  const post = (login: string, url: string, payload: object = {}): Promise<Answer> =>
    h.call(login, 'POST', `/templates${url}`, payload)
  async function done(answer: Promise<Answer>): Promise<TemplateDetail> {
    const { status, body: view } = await answer
    expect(status, JSON.stringify(view)).toBe(200)
    return view
  }
  const codeOf = async (answer: Promise<Answer>): Promise<string> => ((await answer).body as { code: string }).code
  const hashOf = (template: TemplateDetail): string => template.versions[0]!.hash!
  /** From a draft to the publication. */
  async function publish(id: string): Promise<TemplateDetail> {
    const hash = hashOf(await done(post('zhao.ming', `/${id}/submit`)))
    await done(post('zheng.hao', `/${id}/tests`, { hash, environment: '预发布环境', verdict: 'pass', note: testNote }))
    await done(post('yang.an', `/${id}/decisions`, { hash, verdict: 'approve', note: '危险可控' }))
    return done(post('chu.heng', `/${id}/decisions`, { hash, verdict: 'approve', note: '发布' }))
  }
  const published = async (patch: object = {}): Promise<TemplateDetail> =>
    publish((await done(post('zhao.ming', '', { body: body(patch) }))).id)
  const useBody = (patch: object = {}) => ({
    title: '门户升级到 2.4.0',
    reason: '例行升级',
    parameters: { version: '2.4.0' },
    targetIds,
    windowStart: new Date(Date.now() - 60_000).toISOString(),
    windowEnd: new Date(Date.now() + 3_600_000).toISOString(),
    ...people,
    ...patch,
  })
  async function used(id: string, patch: object = {}): Promise<string> {
    const { status, body: view } = await post('zhao.ming', `/${id}/changes`, useBody(patch))
    expect(status, JSON.stringify(view)).toBe(200)
    return (view as { changeId: string }).changeId
  }
  async function planned(changeId: string): Promise<ChangeDetail> {
    await h.act('zhao.ming', changeId, 'submit')
    await h.act('chen.jing', changeId, 'accept')
    await h.act('zhao.ming', changeId, 'start-planning')
    return h.act('zhao.ming', changeId, 'finish-plan')
  }
  const withdraw = (id: string) => h.act('zhao.ming', id, 'withdraw', { reason: '测试结束' })
  /** Direct SQL as the application would speak for that person; nothing of it stays. */
  async function asApp(personId: string, work: () => Promise<unknown>): Promise<string> {
    const tenant = (await owner.query('select tenant_id from person where id = $1', [personId])).rows[0].tenant_id
    await app.query('begin')
    await app.query(`select set_config('app.tenant_id', $1, true), set_config('app.person_id', $2, true)`, [tenant, personId])
    try {
      await work()
      return 'done'
    } catch (error) {
      return (error as Error).message
    } finally {
      await app.query('rollback')
    }
  }
  const standsIn = async (id: string): Promise<boolean> =>
    (await owner.query('select template_stands_in(id, plan_hash) as yes from change_request where id = $1', [id])).rows[0].yes ===
    true
  const close = async (): Promise<void> => {
    await owner.end()
    await app.end()
    await h.close()
  }
  return {
    h,
    owner,
    app,
    targetIds,
    people,
    body,
    post,
    done,
    codeOf,
    hashOf,
    publish,
    published,
    useBody,
    used,
    planned,
    withdraw,
    asApp,
    standsIn,
    close,
  }
}
export type Models = Awaited<ReturnType<typeof startModels>>
