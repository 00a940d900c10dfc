import type { ChangeDetail, ChangeSummary } from '@huabiao/domains/change/change.contract'
import { fromBase32, hotp, totpStep } from '@huabiao/kit/crypto/totp'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from './testing/harness.ts'

/** What people ask for all day long, made narrow: the heartbeat of the second person, and the list of changes. */
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

describe('presence', () => {
  let id: string
  const say = async (login: string, of = id) => (await h.call(login, 'POST', `/changes/${of}/presence`)).body as object
  beforeAll(async () => {
    id = (await h.scheduledChange()).id
  }, 60_000)

  test('each of the two says it for themselves, and is told of the other', async () => {
    expect(await say('zhao.ming')).toMatchObject({ executorPresent: true, reviewerPresent: false })
    expect(await say('qian.wei')).toMatchObject({ executorPresent: true, reviewerPresent: true })
    await owner.query('alter table change_presence disable trigger own')
    await owner.query(`update change_presence set seen_at = now() - interval '61 seconds'
      where person_id = (select reviewer_id from change_request where id = change_id)`)
    await owner.query('alter table change_presence enable trigger own')
    expect(await say('zhao.ming'), 'RL-06: a minute unseen is absent').toMatchObject({ reviewerPresent: false })
  })
  test('nobody else is present, nor anywhere that they cannot see', async () => {
    expect(await say('chen.jing')).toMatchObject({ code: 'change.not_executor' })
    expect(await say('he.chen'), 'an engineer of another provider').toMatchObject({ code: 'change.not_found' })
    expect(await say('zhao.ming', '01900000-0000-7000-8000-000000000000')).toMatchObject({ code: 'change.not_found' })
    expect((await owner.query('select count(*)::int as n from change_presence where change_id = $1', [id])).rows[0].n).toBe(2)
  })
  test('NT-B05 a browser holds one person: who logs on in it ends session and presence of whoever was there', async () => {
    const inBrowser = (method: 'GET' | 'POST', path: string, cookie: string, payload: object = {}) =>
      h.app.inject({
        method,
        url: `/api/v1/${path}`,
        headers: { 'x-huabiao-csrf': '1', cookie },
        ...(method === 'POST' ? { payload } : {}),
      })
    const logsOn = async (login: string, cookie = ''): Promise<string> => {
      const { password, totpSecret } = h.credential(login)
      await owner.query('update account_totp set last_step = 0 where account_id = (select id from account where login = $1)', [
        login,
      ])
      const { challenge } = (await inBrowser('POST', 'logon/password', cookie, { login, password })).json()
      const code = hotp(fromBase32(totpSecret), totpStep(new Date()))
      const answer = await inBrowser('POST', 'logon/totp', cookie, { challenge, code })
      expect(answer.statusCode, answer.body).toBe(200)
      return /hb_session=[^;]+/.exec(String(answer.headers['set-cookie']))![0]
    }
    const reviewer = await logsOn('qian.wei')
    expect((await inBrowser('POST', `changes/${id}/presence`, reviewer)).json()).toMatchObject({ reviewerPresent: true })
    expect(await say('zhao.ming')).toMatchObject({ reviewerPresent: true })
    // The executor sits down at it, with a password and a second factor of their own.
    const executor = await logsOn('zhao.ming', reviewer)
    expect((await inBrowser('GET', 'me', executor)).json()).toMatchObject({ account: { login: 'zhao.ming' } })
    expect((await inBrowser('GET', 'me', reviewer)).statusCode).toBe(401)
    expect(await say('zhao.ming')).toMatchObject({ reviewerPresent: false })
    const { rows } = await owner.query(
      `select r.body::json -> 'data' ->> 'replaced' as replaced, s.revoke_reason from ledger_record r join logon_session s on s.id::text = r.body::json -> 'data' ->> 'replaced'`,
    )
    expect(rows).toMatchObject([{ revoke_reason: 'replaced' }])
    // Whoever logs off is not present for the rest of the minute either.
    const again = await logsOn('qian.wei')
    expect((await inBrowser('POST', `changes/${id}/presence`, again)).json()).toMatchObject({ reviewerPresent: true })
    expect((await inBrowser('POST', 'logoff', again)).statusCode).toBeLessThan(300)
    expect(await say('zhao.ming')).toMatchObject({ reviewerPresent: false })
  })
  test('does not wait for an act under way on the change', async () => {
    await owner.query('begin')
    await owner.query('select 1 from change_request where id = $1 for update', [id])
    expect(await say('qian.wei')).toMatchObject({ reviewerPresent: true })
    await owner.query('rollback')
  })
})

describe('the list of changes', () => {
  const titles = ['门户前端扩容', '数据库扩容（第 100% 次）', 'Portal UPGRADE', '扩容后容灾演练']
  const ask = async (login: string, query: Record<string, string>): Promise<ChangeSummary[]> => {
    const { status, body } = await h.call(login, 'GET', `/changes?${new URLSearchParams(query)}`)
    expect(status, JSON.stringify(body)).toBe(200)
    return (body as { items: ChangeSummary[] }).items
  }
  const titlesOf = async (login: string, query: Record<string, string>) => (await ask(login, query)).map((item) => item.title)
  let made: ChangeDetail[]
  beforeAll(async () => {
    const systems = (await h.call('zhao.ming', 'GET', '/information-systems')).body as { items: { id: string; code: string }[] }
    const portal = systems.items.find((system) => system.code === 'portal')!
    made = []
    for (const title of titles) {
      const draft = { title, reason: '测试', systemIds: [portal.id] }
      made.push((await h.call('zhao.ming', 'POST', '/changes', draft)).body as ChangeDetail)
    }
  })

  test('finds text in number and title, whatever its case and length', async () => {
    expect(await titlesOf('zhao.ming', { text: '扩容' })).toEqual([titles[3], titles[1], titles[0]])
    expect(await titlesOf('zhao.ming', { text: '容灾' })).toEqual([titles[3]])
    expect(await titlesOf('zhao.ming', { text: '前端扩' })).toEqual([titles[0]])
    expect(await titlesOf('zhao.ming', { text: 'upg' })).toEqual([titles[2]])
    expect(await titlesOf('zhao.ming', { text: '%' })).toEqual([titles[1]])
    expect(await titlesOf('zhao.ming', { text: '0%' })).toEqual([titles[1]])
    expect(await titlesOf('zhao.ming', { text: '扩容灾' }), 'its pairs stand apart').toEqual([])
    expect(await titlesOf('zhao.ming', { text: made[2]!.no.toLowerCase() })).toEqual([titles[2]])
    const day = made[0]!.no.slice(0, 'CHG-20261124'.length)
    expect(await titlesOf('zhao.ming', { text: day })).toEqual(expect.arrayContaining(titles))
    expect(await titlesOf('zhao.ming', { text: 'CHG-1999' })).toEqual([])
  })
  test('text goes with every other filter, and page by page', async () => {
    expect(await titlesOf('zhao.ming', { text: '扩容', state: 'open' })).toHaveLength(3)
    expect(await titlesOf('zhao.ming', { text: '扩容', state: 'closed' })).toEqual([])
    expect(await titlesOf('zhao.ming', { text: '扩容', mine: 'true' })).toHaveLength(3)
    expect(await titlesOf('qian.wei', { text: '扩容', mine: 'true' })).toEqual([])
    expect(await titlesOf('zhao.ming', { text: '扩容', from: '2099-01-01T00:00:00Z' })).toEqual([])
    const [first] = await ask('kong.xin', { text: '扩容', limit: '1' })
    expect(await titlesOf('kong.xin', { text: '扩容', limit: '2', after: first!.id })).toEqual([titles[1], titles[0]])
  })
  test('the search shows to each what the list shows them, and no more', async () => {
    expect(await titlesOf('kong.xin', { text: '扩容' }), 'the owner of the system, whom it affects').toHaveLength(3)
    expect(await titlesOf('lin.guan', { text: '扩容' }), 'the management unit').toHaveLength(3)
    expect(await titlesOf('jin.dang', { text: '扩容' }), 'another unit').toEqual([])
    expect(await titlesOf('he.chen', { text: '扩容' }), 'another provider').toEqual([])
    expect(await titlesOf('he.chen', {})).toEqual([])
    const app = new pg.Client({ connectionString: h.appUrl })
    await app.connect()
    expect((await app.query(`select changes_listed(null, null, '扩容', 50)`)).rows, 'asked past the list, by nobody').toEqual([])
    await app.end()
  })
  test('pages by the key of the last row: each row once, newest first', async () => {
    const seen: string[] = []
    for (let after = ''; ; ) {
      const { body } = await h.call('zhao.ming', 'GET', `/changes?limit=2${after && `&after=${after}`}`)
      const { items, next } = body as { items: ChangeSummary[]; next: string | null }
      seen.push(...items.map((item) => item.id))
      if (next === null) break
      after = next
    }
    const all = (await ask('zhao.ming', { limit: '100' })).map((item) => item.id)
    expect(seen).toEqual(all)
    expect(all).toEqual([...all].sort().reverse())
  })
  test('filters: whose, open or not', async () => {
    expect(await titlesOf('zhao.ming', { mine: 'true' })).toEqual(expect.arrayContaining(titles))
    expect(await titlesOf('wu.di', { mine: 'true' })).toEqual([])
    await h.act('zhao.ming', made[3]!.id, 'withdraw', { reason: '测试' })
    expect(await titlesOf('zhao.ming', { state: 'open' })).not.toContain(titles[3])
    expect(await titlesOf('zhao.ming', { state: 'withdrawn' })).toContain(titles[3])
  })
})

test('who is asking is looked up once per statement in every policy, not once per row', async () => {
  const { rows } = await owner.query<{ place: string; rule: string }>(
    `select tablename || '.' || policyname as place, coalesce(qual, '') || ' ' || coalesce(with_check, '') as rule from pg_policies where schemaname = 'public'`,
  )
  expect(rows.length).toBeGreaterThan(40)
  const perRow = rows.filter(({ rule }) => /(?<!SELECT )app_(tenant|oversight)\(\)/.test(rule))
  expect(perRow).toEqual([])
})
