import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import * as contract from '@huabiao/domains/change/change.contract'
import * as execution from '@huabiao/domains/change/change-execution.contract'
import type { ChangePlan } from '@huabiao/domains/change/change-plan.model'
import { listTargets } from '@huabiao/domains/cmdb/cmdb.contract'
import * as emergency from '@huabiao/domains/emergency/emergency.contract'
import { listSeconds } from '@huabiao/domains/emergency/emergency-overview.contract'
import { declareFreeze, liftFreeze } from '@huabiao/domains/freeze/freeze.contract'
import { requestTerminal } from '@huabiao/domains/identity/identity.contract'
import { revokeTerminal } from '@huabiao/domains/identity/identity-account.contract'
import { cancelDeparture, declareDeparture } from '@huabiao/domains/lifecycle/lifecycle.contract'
import { createPerson } from '@huabiao/domains/organization/organization.contract'
import * as release from '@huabiao/domains/release/release.contract'
import { beijingDay } from '@huabiao/kit/calendar/calendar'
import pg from 'pg'
import { eventually } from '../crash-deployment.ts'
import type { Deployment } from '../deployment.ts'
import { bePresent, keepPresent, look, may, prepareChange, runNext, takeSnapshots, until } from '../portal-change.ts'

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
  recalled: {
    title: '攻击：版本撤回',
    executor: 'zhao.ming',
    note: 'was ready; the release of the file that it places was withdrawn',
  },
  frozen: { title: '攻击：封网期', executor: 'zhao.ming', note: 'scheduled; a freeze of its target holds in its window' },
} as const
export type Part = keyof typeof parts
const names = Object.keys(parts) as Part[]

/** Somebody who was registered and has no training yet. */
export const newcomer = { name: '邵新', nameEn: 'Shao Xin', identityNumber: '110101199003070054' } as const

export interface Scene {
  readonly on: Deployment
  readonly owner: pg.Client
  readonly changes: Readonly<Record<Part, ChangeDetail>>
  /** By login. */
  readonly personIds: Readonly<Record<string, string>>
  readonly targetIds: Readonly<Record<string, string>>
  readonly tenantId: string
  /** Of the other provider. */
  readonly otherTenantId: string
  readonly releaseId: string
  readonly freezeId: string
  /** Its hour is over and nothing is filed; of people and a target that no change here needs. */
  readonly emergency: { readonly id: string; readonly no: string }
  /** A browser that an administrator asks to have registered for themselves. */
  readonly terminalId: string
  /** Whoever carries out the change of `window` leaves in sixty days. */
  readonly departureId: string
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
  const recalled = await recalledChange(on)
  const frozen = await frozenChange(on)
  const { rows } = await owner.query<{ login: string; person_id: string; tenant_id: string }>(
    'select login, person_id, tenant_id from account',
  )
  const targets = await owner.query<{ name: string; id: string }>('select name, id from cmdb_target')
  const personIds = Object.fromEntries(rows.map((row) => [row.login, row.person_id]))
  const scene = {
    on,
    owner,
    changes: { plan, test, approve, consent, window, ready, run, soak, recalled: recalled.change, frozen: frozen.change },
    releaseId: recalled.releaseId,
    freezeId: frozen.freezeId,
    personIds: { ...personIds, newcomer: await registered(on) },
    emergency: await burning(on),
    terminalId: (await (await on.as(administrator))(requestTerminal, { body: { name: '攻击演练' } })).id,
    departureId: await leaving(on, personIds[parts.window.executor]!),
    targetIds: Object.fromEntries(targets.rows.map((row) => [row.name, row.id])),
    tenantId: rows.find((row) => row.login === 'zhao.ming')!.tenant_id,
    otherTenantId: rows.find((row) => row.login === 'he.chen')!.tenant_id,
  }
  await begin(scene, 'run')
  await begin(scene, 'soak')
  for (let now = await look(on, soak.id); now.state !== 'gray_soaking'; now = await look(on, soak.id))
    await runNext(on, soak.id, parts.soak.executor)
  return scene
}

/** A file that was issued when the change became ready, and is withdrawn now. */
async function recalledChange(on: Deployment): Promise<{ change: ChangeDetail; releaseId: string }> {
  const text = 'listen=8080\n'
  const digest = (algorithm: string): string => createHash(algorithm).update(text).digest('hex')
  const file = { kind: 'file' as const, path: '/srv/portal.conf', mode: '0644' as const, sha256: digest('sha256'), text }
  const manager = await on.as('feng.ban')
  const artifacts = [{ name: 'portal.conf', size: text.length, sm3: digest('sm3'), sha256: file.sha256 }]
  const product = { product: '政务服务门户', version: '9.0.0', origin: '攻击演练' }
  const { id } = await manager(release.registerRelease, { body: { ...product, builderId: null, artifacts } })
  const params = { releaseId: id }
  await manager(release.issueRelease, { params })
  const { id: changeId } = await prepareChange(on, {
    title: parts.recalled.title,
    version: '9.0.0',
    window: [7_000, 7_060],
    targetNames: ['portal-web-01'],
    people: { executor: parts.recalled.executor },
    plan: (plan) => ({
      ...plan,
      steps: plan.steps.map((step) => (step.phase === 'execute' ? { ...step, key: 'place', action: file } : step)),
    }),
  })
  await manager(release.withdrawRelease, { params, body: { reason: '发现缺陷' } })
  return { change: await until(on, changeId, (now) => now.state === 'scheduled'), releaseId: id }
}

async function frozenChange(on: Deployment): Promise<{ change: ChangeDetail; freezeId: string }> {
  const { id } = await prepareChange(on, {
    title: parts.frozen.title,
    version: '9.0.0',
    window: [8_000, 8_060],
    targetNames: ['portal-web-02'],
    people: { executor: parts.frozen.executor },
  })
  const at = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString()
  const { targets } = await look(on, id)
  const freeze = await (await on.as('lin.guan'))(declareFreeze, {
    body: {
      name: '重要时期封网',
      reason: '攻击演练',
      startsAt: at(7_900),
      endsAt: at(8_100),
      scope: 'targets',
      scopeIds: targets.map((target) => target.id),
    },
  })
  return { change: await until(on, id, (now) => now.state === 'scheduled'), freezeId: freeze.id }
}

const administrator = 'han.guan'
async function registered(on: Deployment): Promise<string> {
  return (await (await on.as(administrator))(createPerson, { body: newcomer })).id
}
async function leaving(on: Deployment, personId: string): Promise<string> {
  const lastDay = beijingDay(new Date(Date.now() + 60 * 86_400_000))
  const body = { kind: 'leave' as const, personId, lastDay, reason: '攻击演练' }
  return (await (await on.as(administrator))(declareDeparture, { body })).id
}

/** By whom an emergency is done and ended here. */
const fire = { executor: 'zhao.ming', second: 'li.na', keys: ['qin.shou', 'shen.zhu'], target: 'archive-db-02', account: 'hb-db' }
async function burning(on: Deployment): Promise<Scene['emergency']> {
  const executor = await on.as(fire.executor, 60_000)
  const target = (await executor(listTargets)).items.find(({ name }) => name === fire.target)!
  const { people } = await executor(listSeconds)
  const secondId = people.find(({ name }) => name === on.account(fire.second).name)!.id
  const targets = [{ targetId: target.id, accounts: [fire.account] }]
  const why = { title: '攻击：未补填', reason: '攻击演练', incidentNo: 'INC-0', incidentLevel: 'P2' as const }
  const { id, no } = await executor(emergency.invokeEmergency, { body: { ...why, secondId, targets } })
  const params = { emergencyId: id }
  await (await on.as(fire.second, 60_000))(emergency.confirmEmergency, { params, body: {} })
  for (const key of fire.keys) await (await on.as(key, 30_000))(emergency.allowEmergency, { params, body: { note: '演练' } })
  await executor(emergency.stabiliseEmergency, { params, body: { reason: '恢复' } })
  await eventually('the filing is owed', async () =>
    (await executor(emergency.getEmergency, { params })).state === 'retro_draft' ? true : undefined,
  )
  return { id, no }
}
/** Filed, signed, approved by whoever is asked, and called over: it holds nobody back. */
async function extinguished({ on, emergency: { id } }: Scene): Promise<void> {
  const params = { emergencyId: id }
  const filing = {
    cause: '演练',
    impact: '无',
    steps: '无',
    verification: '无',
    rollback: 'kept' as const,
    rollbackNote: '无',
    explanations: [],
  }
  const { filing: filed } = await (await on.as(fire.executor))(emergency.fileEmergency, { params, body: filing })
  const { version } = filed!
  await (await on.as(fire.second))(emergency.countersignFiling, { params, body: { version } })
  for (const login of ['chen.jing', 'wei.shen', 'lin.guan']) {
    const api = await on.as(login)
    if ((await api(emergency.getEmergency, { params })).state !== 'retro_filed') break
    await api(emergency.approveFiling, { params, body: { version, note: '与记录一致' } })
  }
  const closed = await (await on.as('chen.jing'))(emergency.closeEmergency, { params, body: { review: '演练结束' } })
  assert.equal(closed.state, 'closed')
}

async function begin(scene: Scene, part: 'run' | 'soak'): Promise<void> {
  const { on, changes } = scene
  const { id, no } = changes[part]
  const { executor } = parts[part]
  await bePresent(on, id, executor)
  await (await on.as(executor))(execution.beginChange, { params: { changeId: id }, body: { confirm: no } })
  await until(on, id, (now) => may(now, 'runNext'), executor)
  await takeSnapshots(on, id, executor)
}

/** Second act: the step that was under way is paused, and the reviewer of the ready change has come. */
export async function turnScene(scene: Scene): Promise<void> {
  const { on, changes } = scene
  await (await on.as('qian.wei'))(execution.pauseChange, { params: { changeId: changes.run.id }, body: { reason: '演练' } })
  await bePresent(on, changes.ready.id, parts.ready.executor)
}
/** Whoever takes part says so, as their pages would, for as long as the attacks last. */
export function keepPartsPresent(scene: Scene, which: readonly ('run' | 'soak' | 'ready')[]): () => void {
  const ends = which.map((part) => keepPresent(scene.on, scene.changes[part].id, parts[part].executor))
  return () => {
    for (const end of ends) end()
  }
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
    people: await rows('select id, status, training_valid_until from person order by id'),
    departures: await rows('select id, state, version from lifecycle_departure order by id'),
    freezes: await rows('select name, ends_at, lifted_at, scope, scope_ids from freeze_declaration order by id'),
    emergencies: await rows('select no, state, version, filing from emergency_case order by no'),
    terminals: await rows('select id, status, cidr from terminal order by id'),
    exempt: await rows('select count(terminal_exempt_until) from account'),
    exceptions: await rows(
      'select (select count(*) from freeze_exception) as exceptions, (select count(*) from consent_preauthorisation) as words, (select count(*) from announcement_receipt) as receipts',
    ),
    releases: await rows('select product, version, state from release order by product, version'),
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
    await executor(execution.abandonChange, { params, body: reason })
  }
  for (const part of ['plan', 'test', 'approve', 'consent', 'window', 'ready', 'recalled', 'frozen'] as const) {
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
  const params = { departureId: scene.departureId }
  await (await on.as(administrator))(cancelDeparture, { params, ifMatch: 1, body: reason })
  await (await on.as(administrator))(revokeTerminal, { params: { terminalId: scene.terminalId } })
  await extinguished(scene)
  const lifting = await on.as('qiao.zheng')
  await lifting(liftFreeze, { params: { freezeId: scene.freezeId }, body: reason })
  await scene.owner.end()
}
