import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as change from '@huabiao/domains/change/change.contract'
import * as execution from '@huabiao/domains/change/change-execution.contract'
import { listTargets } from '@huabiao/domains/cmdb/cmdb.contract'
import { getDossier } from '@huabiao/domains/dossier/dossier.contract'
import { listSystems } from '@huabiao/domains/infosystem/infosystem.contract'
import { listChains, listLedger } from '@huabiao/domains/ledger/ledger.contract'
import * as template from '@huabiao/domains/template/template.contract'
import { ProblemError } from '@huabiao/kit/http/client'
import { eventually } from '../crash-deployment.ts'
import { auditorBytes, provedByHead } from '../crash-proof.ts'
import type { Deployment } from '../deployment.ts'
import { bePresent, cast, explainOthers, look, may, portalPlan, runNext, until } from '../portal-change.ts'

const verifier = join(import.meta.dirname, '..', '..', 'apps', 'verify', 'huabiao-verify.mjs')

/** A published model, used once on a real machine without an approval of its own; and what remains of it, checked by who trusts nobody. */
export async function standardChange(on: Deployment): Promise<void> {
  const target = on.targets.find((one) => one.name === 'portal-app-02')!
  const requester = await on.as(cast.requester)
  const { items: systems } = await requester(listSystems, { query: { text: 'portal' } })
  const { items: targets } = await requester(listTargets, { query: { systemId: systems[0]!.id } })
  const params = { templateId: await publishModel(on, systems[0]!.id) }
  const { executors, reviewers } = await requester(template.listTemplateCandidates, { params })
  const idOf = (all: readonly { id: string; name: string }[], login: string) =>
    all.find((one) => one.name === on.account(login).name)!.id
  const used = await requester(template.useTemplate, {
    params,
    body: {
      title: '应用例行升级',
      reason: '例行',
      parameters: { version: '2.7.1' },
      targetIds: [targets.find((one) => one.name === target.name)!.id],
      windowStart: new Date(Date.now() - 60_000).toISOString(),
      windowEnd: new Date(Date.now() + 3_600_000).toISOString(),
      executorId: idOf(executors, cast.executor),
      reviewerId: idOf(reviewers, cast.reviewer),
    },
  })
  const of = { params: { changeId: used.changeId } }
  await requester(change.submitChange, { ...of, body: {} })
  await (await on.as(cast.manager))(change.acceptChange, { ...of, body: {} })
  await requester(change.startPlanning, { ...of, body: {} })
  const admitted = await requester(change.finishPlan, { ...of, body: {} })
  assert.equal(admitted.state, 'consenting', 'assessment, test and approval are not asked for again')
  assert.equal(admitted.approval, null)
  await (await on.as(cast.customer))(change.consentChange, {
    ...of,
    body: { planHash: admitted.planHash!, verdict: 'consent', waiveNotice: true },
  })
  await until(on, used.changeId, (now) => now.state === 'ready')
  await carryOut(on, used.changeId, used.no)
  assert.equal(readFileSync(join(target.root, 'app', 'VERSION'), 'utf8').trim(), '2.7.1', 'the machine has it')
  const { standing } = await requester(template.getTemplate, { params })
  assert.deepEqual([standing.good, standing.failures], [true, 0])
  await checkDossier(on, used.changeId)
}

async function publishModel(on: Deployment, systemId: string): Promise<string> {
  const { batches: _none, ...plan } = JSON.parse(
    JSON.stringify(portalPlan([], '{{version}}')).replace('部署 {{version}}', '部署'),
  )
  const body = {
    name: '应用例行升级',
    summary: '多次验证过的升级步骤。',
    parameters: [{ kind: 'name' as const, key: 'version', title: '版本', form: 'version' as const, maxLength: 20 }],
    plan,
    grey: { batchSize: 1, soakSeconds: 10 },
    limits: {
      maxTargets: 2,
      tiers: ['inner' as const],
      systemIds: [systemId],
      maxRisk: 'R3' as const,
      fromMinute: null,
      toMinute: null,
      maxWindowMinutes: 120,
    },
  }
  const { id } = await (await on.as(cast.requester))(template.draftTemplate, { body: { body } })
  const params = { templateId: id }
  const { versions } = await (await on.as(cast.requester))(template.submitTemplate, { params, body: {} })
  const { hash } = versions[0]!
  assert.ok(hash)
  const note = '完整演练，含回退。'
  await (await on.as(cast.tester))(template.testTemplate, {
    params,
    body: { hash, environment: '预发布环境', verdict: 'pass', note },
  })
  for (const login of ['yang.an', 'chu.heng'])
    await (await on.as(login))(template.decideTemplate, { params, body: { hash, verdict: 'approve', note: '同意' } })
  return id
}

async function carryOut(on: Deployment, changeId: string, no: string): Promise<void> {
  const params = { changeId }
  await bePresent(on, changeId)
  await (await on.as(cast.executor))(execution.beginChange, { params, body: { confirm: no } })
  await until(on, changeId, (now) => may(now, 'runNext'))
  for (let i = 0; i < 40; i += 1) {
    const now = await look(on, changeId, cast.reviewer)
    if (may(now, 'passVerification')) break
    await bePresent(on, changeId)
    if (may(now, 'releaseBatch')) await (await on.as(cast.reviewer))(execution.releaseBatch, { params })
    else if (may(await look(on, changeId), 'runNext') || now.next) await runNext(on, changeId)
    else await sleep(500)
  }
  await (await on.as(cast.reviewer))(execution.passVerification, { params, body: { reason: '版本与健康检查正常。' } })
  const outcome = await explainOthers(on, changeId)
  await (await on.as(cast.manager))(execution.confirmItems, { params, body: { reason: '配置项版本已更新。' } })
  await until(on, changeId, (now) => may(now, 'close'), cast.manager)
  const closed = await (await on.as(cast.manager))(execution.closeChange, { params, body: { reason: '按计划完成。' } })
  assert.equal(closed.outcome, outcome)
}

async function checkDossier(on: Deployment, changeId: string): Promise<void> {
  const params = { changeId }
  const auditor = await on.as(cast.auditor)
  const sealed = await eventually('the dossier seals itself', () =>
    auditor(getDossier, { params }).catch((cause: unknown) => {
      if (cause instanceof ProblemError && cause.problem.code === 'dossier.not_sealed') return undefined
      throw cause
    }),
  )
  const chain = (await auditor(listChains)).items.find((one) => one.plane === 'platform' && one.size > 20)!
  const { items } = await auditor(listLedger, {
    query: { tenantId: chain.tenantId, plane: 'platform', act: 'dossier.sealed', limit: 1 },
  })
  await provedByHead(auditor, { tenantId: chain.tenantId, plane: 'platform' }, items[0]!.seq)
  const read = await auditorBytes(on)
  const text = (await read(`/changes/${changeId}/dossier/data`)).toString('utf8')
  const pdf = await read(`/changes/${changeId}/dossier/document`)
  assert.equal(pdf.subarray(0, 5).toString(), '%PDF-')
  const [tenant, plane] = (JSON.parse(text).ledger.chain as string).split('/')
  const ledger = join(on.state, 'dossier-ledger.jsonl')
  writeFileSync(ledger, await read(`/ledger/export?tenantId=${tenant}&plane=${plane}`))
  const file = join(on.state, 'dossier.json')
  const verify = (content: string) => {
    writeFileSync(file, content)
    return spawnSync(process.execPath, [verifier, ledger, '--keys', join(on.state, 'signer', 'keys.json'), '--dossier', file], {
      encoding: 'utf8',
    })
  }
  const whole = verify(text)
  assert.equal(whole.status, 0, whole.stdout + whole.stderr)
  assert.ok(whole.stdout.includes(sealed.data.sm3))
  const altered = verify(text.replaceAll('appctl deploy 2.7.1', 'appctl deploy 2.7.2'))
  assert.equal(altered.status, 1)
  assert.match(altered.stdout, /dossier_plan_hash/)
}
