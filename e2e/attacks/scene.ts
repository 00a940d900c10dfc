import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import * as contract from '@huabiao/domains/change/change.contract'
import * as execution from '@huabiao/domains/change/change-execution.contract'
import type { ChangePlan } from '@huabiao/domains/change/change-plan.model'
import pg from 'pg'
import type { Deployment } from '../deployment.ts'
import { bePresent, look, may, prepareChange, runNext, until } from '../portal-change.ts'

/** Changes in every state in which a red line can be met, made by the people whose duty it is. */
export const parts = {
  plan: { title: '攻击：无方案', executor: '', note: 'planning, no plan yet' },
  test: { title: '攻击：未测试', executor: 'zhao.ming', note: 'testing' },
  approve: { title: '攻击：未批准', executor: 'zhao.ming', note: 'approving; requested by li.na' },
  consent: { title: '攻击：未授权', executor: 'zhao.ming', note: 'consenting' },
  window: { title: '攻击：未到窗口', executor: 'wu.di', note: 'ready; its window begins in two hours' },
  ready: { title: '攻击：复核人', executor: 'zhao.ming', note: 'ready, within its window' },
  run: { title: '攻击：执行中', executor: 'wang.lu', note: 'under way; next is look @ portal-app-02' },
  soak: { title: '攻击：观察期', executor: 'zheng.hao', note: 'first batch soaking for fifteen minutes' },
} as const
export type Part = keyof typeof parts
const names = Object.keys(parts) as Part[]

export interface Scene {
  readonly on: Deployment
  readonly owner: pg.Client
  readonly changes: Readonly<Record<Part, ChangeDetail>>
  /** By login. */
  readonly personIds: Readonly<Record<string, string>>
  readonly targetIds: Readonly<Record<string, string>>
  readonly tenantId: string
}

export async function setScene(on: Deployment): Promise<Scene> {
  const owner = new pg.Client({ connectionString: on.database.owner })
  // The deployment may be stopped before a failed journey has said goodbye.
  owner.on('error', () => undefined)
  await owner.connect()
  const one = ['portal-web-01']
  const later = { window: [6_000, 6_060] as const, version: '9.0.0' }
  const long = (plan: ChangePlan): ChangePlan => ({ ...plan, batches: plan.batches.map((b) => ({ ...b, soakSeconds: 900 })) })
  const title = (part: Part) => ({ title: parts[part].title })
  // One after the other: each act is of few people, and the machine has few cores.
  const plan = await prepareChange(on, {
    ...title('plan'),
    ...later,
    targetNames: one,
    stopAt: 'planning',
    people: { requester: 'li.na' },
  })
  const test = await prepareChange(on, { ...title('test'), ...later, targetNames: one, stopAt: 'testing' })
  const approve = await prepareChange(on, {
    ...title('approve'),
    ...later,
    targetNames: one,
    stopAt: 'approving',
    people: { requester: 'li.na' },
  })
  const consent = await prepareChange(on, { ...title('consent'), ...later, targetNames: one, stopAt: 'consenting' })
  const window = await prepareChange(on, {
    ...title('window'),
    version: '9.0.0',
    window: [120, 180],
    targetNames: one,
    people: { executor: parts.window.executor },
  })
  const ready = await prepareChange(on, { ...title('ready'), version: '9.0.0', targetNames: ['portal-app-01'] })
  const run = await prepareChange(on, {
    ...title('run'),
    version: '9.0.0',
    targetNames: ['portal-app-02'],
    people: { executor: parts.run.executor },
  })
  const soak = await prepareChange(on, {
    ...title('soak'),
    version: '9.0.0',
    targetNames: ['portal-web-01', 'portal-web-02'],
    people: { executor: parts.soak.executor, tester: 'feng.ban' },
    plan: long,
  })
  const { rows } = await owner.query<{ login: string; person_id: string; tenant_id: string }>(
    'select login, person_id, tenant_id from account',
  )
  const targets = await owner.query<{ name: string; id: string }>('select name, id from cmdb_target')
  const scene = {
    on,
    owner,
    changes: { plan, test, approve, consent, window, ready, run, soak },
    personIds: Object.fromEntries(rows.map((row) => [row.login, row.person_id])),
    targetIds: Object.fromEntries(targets.rows.map((row) => [row.name, row.id])),
    tenantId: rows.find((row) => row.login === 'zhao.ming')!.tenant_id,
  }
  await begin(scene, 'run')
  await begin(scene, 'soak')
  for (let now = await look(on, soak.id); now.state !== 'gray_soaking'; now = await look(on, soak.id))
    await runNext(on, soak.id, parts.soak.executor)
  return scene
}

async function begin(scene: Scene, part: 'run' | 'soak'): Promise<void> {
  const { on, changes } = scene
  const { id, no } = changes[part]
  const { executor } = parts[part]
  await bePresent(on, id, executor)
  await (await on.as(executor))(execution.beginChange, { params: { changeId: id }, body: { confirm: no } })
  await until(on, id, (now) => may(now, 'runNext'), executor)
}

/** Second act: the step that was under way is paused, and the reviewer of the ready change has come. */
export async function turnScene(scene: Scene): Promise<void> {
  const { on, changes } = scene
  await (await on.as('qian.wei'))(execution.pauseChange, { params: { changeId: changes.run.id }, body: { reason: '演练' } })
  await bePresent(on, changes.ready.id, parts.ready.executor)
}
/** Whoever takes part says so, as their pages would, for as long as the attacks last. */
export function keepPresent(scene: Scene, which: readonly ('run' | 'soak' | 'ready')[]): () => void {
  const timer = setInterval(() => {
    for (const part of which) void bePresent(scene.on, scene.changes[part].id, parts[part].executor).catch(() => undefined)
  }, 10_000).unref()
  return () => clearInterval(timer)
}

/** Everything that an attack which succeeded would have changed: rows of ours, and files on the targets. */
export async function stateOf(scene: Scene): Promise<Record<string, unknown>> {
  const ids = names.map((name) => scene.changes[name].id)
  const rows = async (text: string, values: unknown[] = []) => (await scene.owner.query(text, values)).rows
  return {
    changes: await rows(
      'select no, state, version, plan_hash, approved_plan_hash, current_batch, soak_until, md5(plan::text) from change_request where id = any ($1) order by no',
      [ids],
    ),
    runs: await rows('select state, count(*) from change_step_run group by 1 order by 1'),
    counted: await rows(
      `select (select count(*) from change_cosign) as cosigns, (select count(*) from change_consent) as consents, (select count(*) from change_test) as tests,
       (select count(*) from approval_decision) as decisions, (select count(*) from session_record) as sessions, (select count(*) from session_grant) as grants,
       (select count(*) from role_binding where revoked_at is null) as bindings, (select count(*) from account) as accounts`,
    ),
    targets: await rows('select name, accounts from cmdb_target order by name'),
    evidence: await rows(
      `select count(*) filter (where keep_until < created_at + interval '180 days') as short from evidence_object`,
    ),
    files: scene.on.targets.map((target) => [target.name, digestOf(join(target.root))]),
  }
}
const digestOf = (folder: string): string => {
  const hash = createHash('sha256')
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }).sort((a, b) => a.name.localeCompare(b.name)))
    if (entry.isFile()) hash.update(entry.name).update(readFileSync(join(entry.parentPath, entry.name)))
  return hash.digest('hex')
}

/** Frees the targets for whoever comes next. */
export async function strike(scene: Scene): Promise<void> {
  const { on, changes } = scene
  const reason = { reason: '演练结束' }
  for (const part of ['run', 'soak'] as const) {
    const params = { changeId: changes[part].id }
    const executor = await on.as(parts[part].executor)
    if ((await look(on, params.changeId)).state !== 'paused') await executor(execution.pauseChange, { params, body: reason })
    await executor(execution.amendChange, { params, body: reason })
  }
  for (const part of ['plan', 'test', 'approve', 'consent', 'window', 'ready'] as const) {
    const params = { changeId: changes[part].id }
    const requester = await on.as(part === 'plan' || part === 'approve' ? 'li.na' : 'zhao.ming')
    const now = await look(on, params.changeId)
    if (now.state === 'ready') {
      const { plan, windowStart, windowEnd, executor, reviewer, version } = now
      const body = { plan, windowStart, windowEnd, executorId: executor!.id, reviewerId: reviewer!.id }
      await requester(contract.savePlan, { params, ifMatch: version, body })
    }
    await requester(contract.withdrawChange, { params, body: reason })
    assert.equal((await look(on, params.changeId)).state, 'withdrawn')
  }
  await scene.owner.end()
}
