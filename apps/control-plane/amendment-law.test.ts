import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { halfDone, withReload } from './testing/half-done.ts'
import { type Harness, startHarness } from './testing/harness.ts'

/**
 * RL-01, RL-05, RL-07, RL-09, RL-11 of an amendment: no sequence of admitted acts on a change that is half done reaches a step of an amended
 * plan without every approval of that amendment. The law is written from anchors/itsm.md §2.2.2 and §2.3-A and looks only at rows.
 */
let h: Harness
let owner: pg.Client
let half: ReturnType<typeof halfDone>
let parties: Map<string, string>
beforeAll(async () => {
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
  half = halfDone(h, owner)
  expect((await h.gateway('hello', { bootId: h.bootId, version: 'test' })).status).toBe(200)
  const { rows } = await owner.query('select p.id, p.tenant_id from person p')
  parties = new Map(rows.map((row) => [row.id, row.tenant_id]))
}, 60_000)
afterAll(async () => {
  await owner.end()
  await h.close()
})

/** What the law finds missing for the runs of plans other than the one the change began with. */
async function missing(id: string, firstHash: string): Promise<string[]> {
  const [change] = (await owner.query('select * from change_request where id = $1', [id])).rows
  const { rows: runs } = await owner.query(
    `select distinct plan_hash as hash from change_step_run where change_id = $1 and plan_hash <> $2 and phase <> 'rollback'`,
    [id, firstHash],
  )
  const found: string[] = []
  const check = (holds: boolean, what: string): unknown => !holds && found.push(what)
  for (const { hash } of runs) {
    const { rows: decisions } = await owner.query(
      `select d.stage, d.person_id, d.verdict, d.hash from change_amendment m join approval a on a.subject_id = m.id and a.subject_kind = 'amendment'
         join approval_decision d on d.approval_id = a.id where m.change_id = $1 and m.to_hash = $2 and a.subject_hash = $2 and a.voided_at is null and m.state = 'approved'`,
      [id, hash],
    )
    for (const [stage, role, duty] of [
      ['technical-manager', 'APV', 'technical-manager'],
      ['change-manager', 'CHM', null],
    ]) {
      const by = decisions.filter((one) => one.stage === stage && one.verdict === 'approve' && one.hash === hash)
      check(by.length > 0, `no ${stage}`)
      for (const { person_id } of by) {
        const held = await owner.query(
          'select 1 from role_binding where person_id = $1 and role = $2 and ($3::text is null or duty = $3) and revoked_at is null',
          [person_id, role, duty],
        )
        check(held.rowCount! > 0, `${stage} without its role`)
        check(![change.requester_id, change.executor_id, change.reviewer_id].includes(person_id), `${stage} takes part`)
      }
    }
    check(!decisions.some((one) => one.verdict !== 'approve'), 'somebody said no')
    check(new Set(decisions.map((one) => one.person_id)).size === decisions.length, 'one person decided twice')
    const consents = await owner.query(
      `select person_id from change_consent where change_id = $1 and plan_hash = $2 and verdict = 'consent'`,
      [id, hash],
    )
    check(
      consents.rows.some((row) => parties.get(row.person_id) !== change.tenant_id),
      'no consent of the customer',
    )
    const tests = await owner.query(
      `select 1 from change_test where change_id = $1 and plan_hash = $2 and verdict = 'pass' and tester_id <> $3`,
      [id, hash, change.requester_id],
    )
    const risks = await owner.query(
      'select distinct person_id, part from change_risk_acceptance where change_id = $1 and plan_hash = $2',
      [id, hash],
    )
    check(
      tests.rowCount! > 0 || new Set(risks.rows.map((row) => row.person_id)).size === 2,
      'neither tested nor its risk borne by two',
    )
  }
  return found
}

const cast = [
  'zhao.ming',
  'qian.wei',
  'sun.jie',
  'li.na',
  'zheng.hao',
  'chen.jing',
  'chu.heng',
  'wei.shen',
  'jiang.ping',
  'kong.xin',
  'lin.guan',
] as const
type Login = (typeof cast)[number]
const forward: Partial<Record<string, readonly (readonly [readonly Login[], string])[]>> = {
  paused: [[['zhao.ming'], 'amend']],
  amending: [
    [['zhao.ming'], 'plan'],
    [['zhao.ming'], 'finish-plan'],
  ],
  approving: [
    [['chu.heng', 'chen.jing', 'wei.shen', 'jiang.ping'], 'decisions'],
    [['wei.shen', 'sun.jie'], 'risk-acceptances'],
  ],
  consenting: [[['kong.xin'], 'consents']],
  scheduled: [
    [['wei.shen', 'li.na'], 'risk-acceptances'],
    [['zhao.ming'], 'sweep'],
  ],
  ready: [
    [['qian.wei'], 'presence'],
    [['zhao.ming'], 'begin'],
  ],
  prechecking: [[['zhao.ming'], 'run-next']],
  gray_running: [[['zhao.ming'], 'run-next']],
}
const anyAct = [
  'amend',
  'plan',
  'finish-plan',
  'decisions',
  'tests',
  'risk-acceptances',
  'consents',
  'sweep',
  'begin',
  'run-next',
  'resume',
  'drop-amendment',
  'withdraw',
] as const

async function perform(now: ChangeDetail, login: Login, act: string, turn: number, hashes: readonly string[]): Promise<number> {
  const planHash = (turn === 9 ? hashes[0] : now.planHash) ?? hashes.at(-1)!
  const post = async (payload: object): Promise<number> =>
    (await h.call(login, 'POST', `/changes/${now.id}/${act}`, payload)).status
  switch (act) {
    case 'sweep':
      await h.composed.jobs.changes()
      return 200
    case 'plan': {
      const plan = {
        ...withReload({ ...now.plan, steps: now.plan.steps.filter((step) => step.key !== 'reload') }),
        impact: `修订后第 ${turn} 稿，期间不中断服务。`,
      }
      return (await half.save(now, { plan })).status
    }
    case 'presence':
      await h.present(now.id)
      return 200
    case 'decisions':
      return post({ planHash, verdict: turn === 8 ? 'reject' : turn === 7 ? 'return' : 'approve' })
    case 'risk-acceptances':
      return post({ planHash, note: '风险可控' })
    case 'consents':
      return post({ planHash, verdict: 'consent' })
    case 'tests':
      return post({ planHash, environment: '预发布环境', verdict: 'pass', note: '演练' })
    case 'begin': {
      await h.gateway('hello', { bootId: h.bootId, version: 'test' })
      const status = await post({ confirm: now.no })
      if (status === 200) await half.opened()
      return status
    }
    case 'run-next':
      return post({ stepKey: now.next?.stepKey ?? 'reload', targetId: now.next?.targetId ?? now.targets[0]!.id })
    case 'resume':
      return post({ cause: '已查明', failedStep: 'retry' })
    default:
      return post({ reason: '测试' })
  }
}

test('no sequence of admitted acts reaches a step of an amended plan without every approval of the amendment', async () => {
  let reached = 0
  const choice = fc.record({
    bent: fc.double({ min: 0, max: 1, noNaN: true }),
    who: fc.nat(99),
    act: fc.constantFrom(...anyAct),
    turn: fc.nat(9),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(choice, { minLength: 40, maxLength: 70 }), async (path) => {
      let now = await half.pausedInSecondBatch()
      const first = now.planHash!
      const hashes = [first]
      for (const { bent, who, act, turn } of path) {
        const ahead = (forward[now.state] ?? []).flatMap(([able, name]) => able.map((login) => [login, name] as const))
        const [login, chosen] =
          bent < 0.8 && ahead.length > 0 ? ahead[who % ahead.length]! : [cast[who % cast.length]!, act as string]
        const status = await perform(now, login, chosen, turn, hashes)
        expect(status, `${login} ${chosen} in ${now.state}`).toBeLessThan(500)
        now = await h.read(now.id)
        if (now.planHash && !hashes.includes(now.planHash)) hashes.push(now.planHash)
        expect(await missing(now.id, first), `${login} ${chosen} led to ${now.state}`).toEqual([])
        expect(['expired', 'withdrawn', 'rejected', 'planning'], 'half done').not.toContain(now.state)
        if (now.runs.some((run) => run.stepKey === 'reload')) {
          reached += 1
          break
        }
      }
      // Frees the targets for the next walk.
      await owner.query('delete from change_booking where change_id = $1', [now.id])
      await owner.query('alter table change_request disable trigger user')
      await owner.query(`update change_request set state = 'closed' where id = $1`, [now.id])
      await owner.query('alter table change_request enable trigger user')
    }),
    { numRuns: Number(process.env.HUABIAO_LAW_RUNS ?? 6), endOnFailure: true },
  )
  expect(reached, 'a walk that never arrives proves nothing').toBeGreaterThan(0)
}, 600_000)
