import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Harness, startHarness } from './testing/harness.ts'

/** Session policies in the write path: two persons put one into force, and it holds at open and again before each step (S9, bastion R5). */
let h: Harness
let id = ''
let no = ''
beforeAll(async () => {
  h = await startHarness()
  expect((await h.gateway('hello', { bootId: h.bootId, version: 'test' })).status).toBe(200)
  const change = await h.scheduledChange()
  id = change.id
  no = change.no
  await h.composed.jobs.changes()
  await h.present(id)
}, 90_000)
afterAll(() => h.close())

const document = (statement: object) => ({ version: '1', statements: [{ effect: 'Deny', resources: ['*'], ...statement }] })
/** Answers how it is taken out of force. */
async function inForce(name: string, statement: object): Promise<() => Promise<void>> {
  const drafted = await h.call('yang.an', 'POST', '/policies', { name, roles: ['ENG'], document: document(statement) })
  expect(drafted.status, JSON.stringify(drafted.body)).toBe(200)
  const { id: policyId } = drafted.body as { id: string }
  const own = await h.call('yang.an', 'POST', `/policies/${policyId}/activate`)
  expect((own.body as { code: string }).code, 'S9').toBe('access.second_person_required')
  expect((await h.call('zhu.cha', 'POST', `/policies/${policyId}/activate`)).status).toBe(200)
  return async () => {
    expect((await h.call('yang.an', 'POST', `/policies/${policyId}/retire`)).status).toBe(200)
  }
}
type Problem = { code: string; rule: string; params: Record<string, unknown> }

test('at open: the session of a change does not open from another source, and the answer names policy and dimension', async () => {
  const retire = await inForce('只许运维室', { actions: ['session:open'], unless: { sourceIp: ['10.1.0.0/16'] } })
  const { status, body } = await h.call('zhao.ming', 'POST', `/changes/${id}/begin`, { confirm: no })
  expect(status).toBe(403)
  expect(body as Problem).toMatchObject({
    code: 'access.session_denied',
    rule: 'RL-18',
    params: { policy: '只许运维室', dimensions: ['source'], target: 'portal-web-01' },
  })
  await retire()
  await h.act('zhao.ming', id, 'begin', { confirm: no })
  const open = (await h.claim()).find((work) => work.kind === 'open')!
  await h.gateway(`sessions/${open.sessionId}/opened`, { bootId: h.bootId, startedAt: new Date().toISOString() })
})

test('before each step: target, port and danger; what a policy forbids after the session opened is refused at the next step', async () => {
  const { next } = await h.read(id)
  const run = () => h.call('zhao.ming', 'POST', `/changes/${id}/run-next`, { stepKey: next!.stepKey, targetId: next!.targetId })
  for (const [name, statement, dimension] of [
    ['门户目标', { actions: ['session:step'], condition: { targets: ['portal-*'] } }, 'target'],
    ['仅 22 端口', { actions: ['session:step'], unless: { ports: [22] } }, 'port'],
    ['危险级别', { actions: ['session:step'], condition: { dangerAtLeast: 1 } }, 'danger'],
    ['通道', { actions: ['session:step'], unless: { channels: ['file'] } }, 'channel'],
  ] as const) {
    const retire = await inForce(name, statement)
    const { status, body } = await run()
    expect(status, name).toBe(403)
    expect(body as Problem).toMatchObject({ code: 'access.session_denied', params: { policy: name, dimensions: [dimension] } })
    await retire()
  }
  expect((await h.read(id)).runs, 'nothing was granted').toEqual([])
  expect((await run()).status).toBe(200)
})

test('a policy that speaks of targets elsewhere is not even drafted', async () => {
  const body = {
    name: 'x',
    roles: ['ENG'],
    document: document({ actions: ['change:execute'], condition: { targets: ['portal-*'] } }),
  }
  expect(((await h.call('yang.an', 'POST', '/policies', body)).body as Problem).code).toBe('access.dimension_misplaced')
})
