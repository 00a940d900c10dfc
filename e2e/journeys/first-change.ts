import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as execution from '@huabiao/domains/change/change-execution.contract'
import type { PlanStep, StepAction } from '@huabiao/domains/change/change-plan.model'
import * as release from '@huabiao/domains/release/release.contract'
import { getSession } from '@huabiao/domains/session/session.contract'
import type { Deployment } from '../deployment.ts'
import { bePresent, cast, explainOthers, look, may, prepareChange, runNext, until } from '../portal-change.ts'

/** An approved change is carried out through the bastion on real machines, and only as approved. */
export async function firstChange(on: Deployment): Promise<void> {
  const version = '2.4.0'
  const inApp = (name: string, file: string): string => join(on.targets.find((target) => target.name === name)!.root, 'app', file)
  const versionOf = (name: string): string => readFileSync(inApp(name, 'VERSION'), 'utf8').trim()
  // The demo's targets are folders of one machine, and a plan names one path for all of them.
  const config = await releasedFile(on, inApp('portal-web-01', 'portal.conf'), `version=${version}\n`)
  const ready = await prepareChange(on, {
    title: '门户升级',
    targetNames: ['portal-web-01', 'portal-web-02'],
    version,
    plan: (plan) => ({
      ...plan,
      steps: plan.steps.flatMap((step) => (step.key === 'deploy' ? [placing(step, config), step] : [step])),
    }),
  })
  const params = { changeId: ready.id }
  const executor = await on.as(cast.executor)
  const reviewer = await on.as(cast.reviewer)
  await bePresent(on, ready.id)
  const begun = await executor(execution.beginChange, { params, body: { confirm: ready.no } })
  await until(on, ready.id, (now) => may(now, 'runNext'))
  for (let i = 0; i < 60; i += 1) {
    await bePresent(on, ready.id)
    const now = await look(on, ready.id, cast.reviewer)
    assert.notEqual(now.state, 'paused', `${now.pauseReason}: ${now.pauseDetail} ${JSON.stringify(now.runs.at(-1))}`)
    if (may(now, 'passVerification')) break
    if (now.next) await runNext(on, ready.id)
    else if (may(now, 'releaseBatch')) {
      assert.equal(versionOf('portal-web-01'), version, 'the first batch has the new version')
      assert.notEqual(versionOf('portal-web-02'), version, 'the second batch is untouched before its release')
      await reviewer(execution.releaseBatch, { params, body: {} })
    } else
      await until(
        on,
        ready.id,
        (later) => later.next !== null || may(later, 'releaseBatch') || may(later, 'passVerification'),
        cast.reviewer,
      )
  }
  assert.equal(versionOf('portal-web-02'), version)
  assert.equal(readFileSync(config.path, 'utf8'), config.text, 'the released file is in place, byte for byte')
  await reviewer(execution.passVerification, { params, body: { reason: '两台均为新版本，健康检查正常。' } })
  const manager = await on.as(cast.manager)
  const outcome = await explained(on, ready.id)
  await manager(execution.confirmItems, { params, body: { reason: '配置项已更新。' } })
  // The recording is sealed within seconds; until then the evidence is not complete and the change stays open (G-EVID).
  await until(on, ready.id, (now) => may(now, 'close'), cast.manager)
  const closed = await manager(execution.closeChange, { params, body: { reason: '按计划完成。' } })
  assert.equal(closed.outcome, outcome)
  const auditor = await on.as(cast.auditor)
  const session = await auditor(getSession, { params: { sessionId: begun.sessionId! } })
  assert.equal(session.state, 'sealed')
  assert.ok(session.segments > 0 && session.marks.length >= 8, `marks: ${session.marks.length}`)
}

/**
 * Whatever else lives on the machine of a demonstration shows too, as another listening port; the file that was placed is declared, and
 * nothing else of it is (G-CIV).
 */
async function explained(on: Deployment, changeId: string): Promise<string> {
  const { items } = await look(on, changeId, cast.executor)
  assert.equal(items.length, 2, 'both targets were asked before and after')
  assert.ok(
    items.every(({ differences }) => differences.every((one) => one.declared || /^(ports|disk) /.test(one.key))),
    JSON.stringify(items),
  )
  return explainOthers(on, changeId)
}

type FileAction = Extract<StepAction, { kind: 'file' }>
/** A file that the release manager has registered and issued, as a step places it. */
async function releasedFile(on: Deployment, path: string, text: string): Promise<FileAction> {
  const digest = (algorithm: string): string => createHash(algorithm).update(text).digest('hex')
  const sha256 = digest('sha256')
  const artifacts = [{ name: 'portal.conf', size: Buffer.byteLength(text), sm3: digest('sm3'), sha256 }]
  const manager = await on.as('feng.ban')
  const body = { product: '政务服务门户', version: '2.4.0', origin: '研发部流水线 #218', builderId: null, artifacts }
  const { id } = await manager(release.registerRelease, { body })
  const issued = await manager(release.issueRelease, { params: { releaseId: id } })
  assert.deepEqual([issued.state, issued.signed?.signatures.map((one) => one.alg)], ['issued', ['ed25519', 'sm2']])
  return { kind: 'file', path, mode: '0644', sha256, text }
}
const placing = (deploy: PlanStep, action: FileAction): PlanStep => ({
  ...deploy,
  key: 'place',
  title: '放置配置',
  danger: 2,
  action,
  expect: { exitCodes: [0], checks: [] },
  rollback: {
    kind: 'action',
    action: { kind: 'command', line: `rm -f ${action.path}` },
    expect: { exitCodes: [0], checks: [] },
  },
})
