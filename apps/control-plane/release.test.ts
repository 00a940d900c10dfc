import { createHash } from 'node:crypto'
import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import type { ChangePlan } from '@huabiao/domains/change/change-plan.model'
import type { ReleaseView } from '@huabiao/domains/release/release.contract'
import { sm3 } from '@huabiao/kit/crypto/suite'
import { newId } from '@huabiao/kit/ids/new-id'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from './testing/harness.ts'
import { portalPlan } from './testing/portal-plan.ts'

/** RL-12 at the doors, in the signer and in the database behind them: what the release manager did not issue is not placed. */
let h: Harness
let owner: pg.Client
let app: pg.Client
beforeAll(async () => {
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  app = new pg.Client({ connectionString: h.appUrl })
  await owner.connect()
  await app.connect()
  expect((await h.gateway('hello', { bootId: h.bootId, version: 'test' })).status).toBe(200)
}, 60_000)
afterAll(async () => {
  await owner.end()
  await app.end()
  await h.close()
})

const path = '/srv/app/portal.conf'
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const artifactOf = (text: string) => ({
  name: 'portal.conf',
  size: Buffer.byteLength(text),
  sm3: toHex(sm3(utf8(text))),
  sha256: sha256(text),
})
const personId = async (login: string): Promise<string> =>
  (await owner.query('select person_id from account where login = $1', [login])).rows[0].person_id

let versions = 0
async function register(text: string, patch: object = {}): Promise<ReleaseView> {
  versions += 1
  const answer = await h.call('feng.ban', 'POST', '/releases', {
    product: '政务服务门户',
    version: `2.4.${versions}`,
    origin: '华州云研发部流水线 #218',
    builderId: null,
    artifacts: [artifactOf(text)],
    ...patch,
  })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body
}
const issue = (id: string) => h.call('feng.ban', 'POST', `/releases/${id}/issue`)
async function issued(text: string): Promise<ReleaseView> {
  const answer = await issue((await register(text)).id)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body
}
const withdraw = async (id: string, login = 'feng.ban'): Promise<ReleaseView> => {
  const answer = await h.call(login, 'POST', `/releases/${id}/withdraw`, { reason: '发现缺陷' })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body
}

/** The portal's plan with a file put in place before the deployment. */
function placing(text: string): Partial<ChangePlan> {
  const { steps } = portalPlan([])
  const [look, deploy, ...rest] = steps
  return {
    steps: [
      look!,
      {
        ...deploy!,
        key: 'place',
        title: '放置配置',
        danger: 2,
        action: { kind: 'file', path, mode: '0644', sha256: sha256(text), text },
      },
      deploy!,
      ...rest,
    ],
  }
}
/** Under way, with `place` next. */
async function aboutToPlace(text: string): Promise<ChangeDetail> {
  const { id, no } = await h.scheduledChange({ plan: placing(text) })
  await h.composed.jobs.changes()
  await h.present(id)
  await h.act('zhao.ming', id, 'begin', { confirm: no })
  const opened = (await h.claim()).find((work) => work.kind === 'open')!
  await h.gateway(`sessions/${opened.sessionId}/opened`, { bootId: h.bootId, startedAt: new Date().toISOString() })
  for (let now = await h.read(id); now.next?.stepKey !== 'place'; now = await h.read(id)) {
    await h.runNext(now)
    await h.carryOut({ exitCode: 0, stdout: 'state=running' })
  }
  return h.read(id)
}
/** Ends what is under way, so that the next test finds the targets free. */
async function end(id: string): Promise<void> {
  await owner.query('delete from change_booking where change_id = $1', [id])
  await owner.query(`alter table change_request disable trigger user`)
  await owner.query(`update change_request set state = 'closed' where id = $1`, [id])
  await owner.query(`alter table change_request enable trigger user`)
}
const meant = { stepKey: 'place', targetId: '' }

describe('the register', () => {
  test('a release is issued by the release manager with the signer’s two signatures over the whole statement', async () => {
    const release = await issued('a=1')
    expect(release).toMatchObject({ state: 'issued', issuedBy: '冯版', artifacts: [{ standing: 'issued' }] })
    expect(JSON.parse(release.signed!.statement)).toMatchObject({
      kind: 'release',
      releaseId: release.id,
      issuedBy: { name: '冯版' },
      artifacts: [artifactOf('a=1')],
    })
    expect(release.signed!.signatures.map(({ alg }) => alg)).toEqual(['ed25519', 'sm2'])
    expect((await issue(release.id)).body, 'once').toMatchObject({ code: 'release.wrong_state' })
    expect((await withdraw(release.id)).artifacts).toMatchObject([{ standing: 'withdrawn' }])
    expect((await h.call('feng.ban', 'POST', `/releases/${release.id}/withdraw`, { reason: 'x' })).body).toMatchObject({
      code: 'release.wrong_state',
    })
  })

  test('S5 who built it does not issue it, and nobody else’s people built it', async () => {
    const own = await register('a=2', { builderId: await personId('feng.ban') })
    expect(own.issueRefusal).toBe('release.own_build')
    expect((await issue(own.id)).body).toMatchObject({ code: 'release.own_build' })
    const body = { product: 'x', version: '1', origin: 'x', artifacts: [artifactOf('x')] }
    const foreign = await h.call('feng.ban', 'POST', '/releases', { ...body, builderId: await personId('he.chen') })
    expect(foreign.body).toMatchObject({ code: 'release.builder_unknown' })
    expect((await h.call('zhao.ming', 'POST', '/releases', { ...body, builderId: null })).body).toMatchObject({
      code: 'access.denied',
    })
  })

  test('a version is registered once, and again only when it was withdrawn', async () => {
    const body = { product: '核心', version: '1.0', origin: '厂商', builderId: null, artifacts: [artifactOf('core')] }
    const first = (await h.call('feng.ban', 'POST', '/releases', body)).body as ReleaseView
    expect((await h.call('feng.ban', 'POST', '/releases', body)).body).toMatchObject({ code: 'release.already_registered' })
    await withdraw(first.id)
    expect((await h.call('feng.ban', 'POST', '/releases', body)).status).toBe(200)
  })

  test('another provider sees none of it', async () => {
    const { id } = await register('a=3')
    expect((await h.call('he.chen', 'GET', `/releases/${id}`)).body).toMatchObject({ code: 'release.not_found' })
    expect(((await h.call('he.chen', 'GET', '/releases')).body as { items: [] }).items).toEqual([])
  })

  test('a withdrawal outweighs every earlier release of the same bytes, and a later one brings them back', async () => {
    const standing = async (id: string) =>
      ((await h.call('feng.ban', 'GET', `/releases/${id}`)).body as ReleaseView).artifacts[0]!.standing
    const first = await issued('shared')
    const second = await issued('shared')
    await withdraw(first.id)
    expect(await standing(second.id)).toBe('withdrawn')
    const third = await issued('shared')
    expect([await standing(second.id), await standing(third.id)]).toEqual(['issued', 'issued'])
  })
})

describe('a change that places a file', () => {
  test('is told while it is typed, and not finished before the release is issued', async () => {
    await expect(h.approvingChange({ plan: placing('b=1') }), 'an error of lint').rejects.toThrow()
    const drafts = (await h.call('zhao.ming', 'GET', '/changes?limit=1')).body as { items: { id: string }[] }
    const { id } = drafts.items[0]!
    expect((await h.read(id)).lint).toMatchObject([{ severity: 'error', code: 'release.missing', params: { path } }])
    expect(await h.refused('zhao.ming', id, 'finish-plan')).toBe('change.artifact_unreleased')
    await issued('b=1')
    expect((await h.act('zhao.ming', id, 'finish-plan')).planHash).not.toBeNull()
    await end(id)
  })

  test('runs what is issued; a withdrawal stops the step, pauses the change, bars its resumption and leaves the way back open', async () => {
    const release = await issued('c=1')
    const change = await aboutToPlace('c=1')
    await h.runNext(change)
    await h.carryOut({ exitCode: 0, stdout: 'deployed 2.4.0' })
    const next = await h.read(change.id)
    expect(next.next, 'placed, and the step after it').toMatchObject({ stepKey: 'deploy' })
    expect((await withdraw(release.id, 'yang.an')).state).toBe('withdrawn')
    await h.composed.jobs.changes()
    expect(await h.read(change.id)).toMatchObject({ state: 'paused', pauseReason: 'release-withdrawn' })
    const cause = { cause: '已核对', failedStep: 'accept' }
    expect(await h.refused('li.na', change.id, 'resume', cause)).toBe('change.artifact_unreleased')
    await h.act('zhao.ming', change.id, 'roll-back', { reason: '撤回' })
    await h.claim()
    const rolling = await h.read(change.id)
    expect((await h.runNext(rolling)).runs.at(-1)).toMatchObject({ phase: 'rollback', state: 'granted' })
    await end(change.id)
  })

  test('the step is refused in its own transaction, and by the database, the moment the release is withdrawn', async () => {
    const release = await issued('d=1')
    const change = await aboutToPlace('d=1')
    await withdraw(release.id)
    const targetId = change.next!.targetId
    expect(await h.refused('zhao.ming', change.id, 'run-next', { ...meant, targetId })).toBe('change.artifact_unreleased')
    const { rows } = await owner.query('select * from change_request where id = $1', [change.id])
    const { tenant_id, plan_hash, executor_id, session_id } = rows[0]
    await app.query('begin')
    await app.query(`select set_config('app.tenant_id', $1, true), set_config('app.person_id', $2, true)`, [
      tenant_id,
      executor_id,
    ])
    await expect(
      app.query(
        `insert into change_step_run (id, change_id, tenant_id, plan_hash, step_key, phase, batch, target_id, target_name, attempt, state, executor_id, session_id, not_after, timeout_ms, issued_at)
         values ($1, $2, $3, $4, 'place', 'execute', 1, $5, 'portal-web-01', 7, 'granted', $6, $7, now() + interval '1 minute', 1000, now())`,
        [newId(), change.id, tenant_id, plan_hash, targetId, executor_id, session_id],
      ),
    ).rejects.toThrow('change.artifact_unreleased')
    await app.query('rollback')
    await end(change.id)
  })

  test('a release written past the services has no signature of the signer, and the signer places nothing under it', async () => {
    await issued('e=1')
    const change = await aboutToPlace('e=1')
    const { rows } = await owner.query(
      `select r.id, r.envelope from release r join release_artifact a on a.release_id = r.id where a.sha256 = $1`,
      [sha256('e=1')],
    )
    const [{ id, envelope }] = rows
    await owner.query('alter table release disable trigger user')
    const write = (value: object) => owner.query('update release set envelope = $2 where id = $1', [id, JSON.stringify(value)])
    const targetId = change.next!.targetId
    const attempt = () => h.refused('zhao.ming', change.id, 'run-next', { ...meant, targetId })
    // Another unit's, another artifact's, and the same text with a signature over something else.
    const statement = JSON.parse(envelope.payload)
    await write({ ...envelope, payload: JSON.stringify({ ...statement, version: '9' }) })
    expect(await attempt()).toBe('session.grant_not_released')
    const other = (await issued('e=2')).id
    const lent = (await owner.query('select envelope from release where id = $1', [other])).rows[0].envelope
    await write(lent)
    expect(await attempt(), 'a true statement about other bytes').toBe('session.grant_not_released')
    await write(envelope)
    await owner.query('alter table release enable trigger user')
    await h.runNext(await h.read(change.id))
    expect((await h.claim()).some((work) => work.kind === 'run')).toBe(true)
    await end(change.id)
  })
})

describe('the database says no a second time (RL-12)', () => {
  const asFeng = async (statement: string, person = 'feng.ban'): Promise<string> => {
    const { rows } = await owner.query('select tenant_id, person_id from account where login = $1', [person])
    await app.query('begin')
    try {
      await app.query(`select set_config('app.tenant_id', $1, true), set_config('app.person_id', $2, true)`, [
        rows[0].tenant_id,
        rows[0].person_id,
      ])
      return await app.query(statement).then(
        () => 'done',
        (error: Error) => error.message,
      )
    } finally {
      await app.query('rollback')
    }
  }
  test('nothing is registered as issued, edited, unwithdrawn, or issued by another hand', async () => {
    const draft = await register('f=1')
    const release = await issued('f=2')
    const gone = await withdraw((await issued('f=3')).id)
    const set = `issued_by = (select person_id from account where login = 'X'), issued_at = now(), envelope = '{}'`
    const issue = `update release set state = 'issued', ${set} where id = '${draft.id}'`
    const cases: [string, string, string?][] = [
      [issue.replace('X', 'zhao.ming'), 'release.not_release_manager'],
      [issue.replace('X', 'zhao.ming'), 'release.not_release_manager', 'zhao.ming'],
      [`update release set version = '9' where id = '${release.id}'`, 'release.wrong_state'],
      [`update release set envelope = '{}' where id = '${release.id}'`, 'release.wrong_state'],
      [
        `update release set state = 'issued', withdrawn_by = null, withdrawn_at = null, withdrawal_reason = null where id = '${gone.id}'`,
        'release.wrong_state',
      ],
      [`delete from release where id = '${release.id}'`, 'permission denied'],
      [`update release_artifact set sha256 = repeat('a', 64) where release_id = '${release.id}'`, 'permission denied'],
      [
        `insert into release_artifact select release_id, repeat('a', 64), tenant_id, name, size, sm3 from release_artifact where release_id = '${release.id}'`,
        'release.wrong_state',
      ],
      [
        `insert into release (id, tenant_id, product, version, origin, state, registered_by, registered_at, issued_by, issued_at, envelope)
         select gen_random_uuid(), tenant_id, 'x', 'x', 'x', 'issued', registered_by, now(), registered_by, now(), '{}' from release where id = '${draft.id}'`,
        'release.wrong_state',
      ],
    ]
    for (const [statement, answer, person] of cases) expect(await asFeng(statement, person), statement).toContain(answer)
  })
})
