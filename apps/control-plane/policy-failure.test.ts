import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from './testing/harness.ts'

/** NT-B18: a decision that fails, is none, or does not come, is no. Whoever operates the platform learns of it. */
let h: Harness
let owner: pg.Client
let authorize: Harness['composed']['ports']['authorize']
const alarms: unknown[] = []
const problems: string[] = []
beforeAll(async () => {
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
  authorize = h.composed.ports.authorize
  Object.assign(h.composed.ports, {
    onProblem: (code: string) => problems.push(code),
    log: { ...h.composed.ports.log, error: (about: unknown) => alarms.push(about) },
  })
}, 60_000)
afterEach(() => {
  Object.assign(h.composed.ports, { authorize })
  alarms.length = 0
  problems.length = 0
})
afterAll(async () => {
  await owner.end()
  await h.close()
})

const draft = async (): Promise<{ status: number; body: { code?: string } }> => {
  const systems = (await h.call('zhao.ming', 'GET', '/information-systems')).body as { items?: { id: string }[] }
  const systemIds = [systems.items?.[0]?.id ?? '01990000-0000-7000-8000-000000000000']
  return h.call('zhao.ming', 'POST', '/changes', { title: '不应存在', reason: '演练', systemIds })
}
const changes = async (): Promise<number> =>
  Number((await owner.query(`select count(*) from change_request where title = '不应存在'`)).rows[0].count)

describe('NT-B18 the decision', () => {
  test.each([
    [
      'throws',
      async () => {
        throw new Error('engine')
      },
    ],
    [
      'throws at once',
      () => {
        throw new Error('engine')
      },
    ],
    ['throws no error', () => Promise.reject('engine')],
    ['answers null', async () => null],
    ['answers an empty text', async () => ''],
    ['answers false', async () => false],
    ['answers true', async () => true],
    ['answers zero', async () => 0],
    ['answers an object', async () => ({ decision: 'allow' })],
    ['answers a refusal that nobody knows', async () => 'allow'],
    ['never answers', () => new Promise(() => undefined)],
  ])(
    '%s: refused, nothing done, told',
    async (_what, decide) => {
      await h.logOn('zhao.ming')
      const before = await changes()
      Object.assign(h.composed.ports, { authorize: decide })
      const answer = await draft()
      expect(answer).toMatchObject({ status: 403, body: { code: 'access.undecided' } })
      expect(await changes()).toBe(before)
      expect(alarms).toContainEqual(expect.objectContaining({ event: 'policy_failed' }))
      expect(problems).toContain('access.undecided')
    },
    30_000,
  )
  test('that says no is the no it says', async () => {
    Object.assign(h.composed.ports, { authorize: async () => 'access.denied' })
    expect(await draft()).toMatchObject({ status: 403, body: { code: 'access.denied' } })
    expect(alarms).toEqual([])
  })
})

test('NT-B18 a policy in force that was altered past the platform decides nothing: what it denied stays denied, and the rest as well', async () => {
  const deny = { version: '1', statements: [{ effect: 'Deny', actions: ['change:draft'], resources: ['*'] }] }
  const { rows } = await owner.query<{ tenant_id: string; person_id: string }>(
    `select tenant_id, person_id from account where login = 'zhao.ming'`,
  )
  const { tenant_id: tenantId, person_id: personId } = rows[0]!
  const put = async (document: object): Promise<void> => {
    await owner.query('delete from access_policy where tenant_id = $1', [tenantId])
    await owner.query(
      `insert into access_policy (id, tenant_id, name, roles, document, state, drafted_by, drafted_at, activated_by, activated_at)
       values (gen_random_uuid(), $1, 'deny', '{ENG}', $2, 'active', $3, now(), gen_random_uuid(), now())`,
      [tenantId, JSON.stringify(document), personId],
    )
    // Policies in force are looked up again after a second.
    await new Promise((resolve) => setTimeout(resolve, 1_100))
  }
  await put({ ...deny, statements: [{ ...deny.statements[0], effect: 'deny' }] })
  expect(await draft()).toMatchObject({ status: 403, body: { code: 'access.undecided' } })
  await put(deny)
  expect((await draft()).body.code).toBe('access.denied')
}, 30_000)
