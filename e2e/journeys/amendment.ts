import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import * as change from '@huabiao/domains/change/change.contract'
import * as execution from '@huabiao/domains/change/change-execution.contract'
import { logOn, looksRight, looksRightInBoth, withBrowser } from '../browser.ts'
import type { Deployment } from '../deployment.ts'
import { bePresent, cast, look, may, prepareChange, runNext, until } from '../portal-change.ts'

/** The plan was wrong in the middle (itsm §2.3-A): amended on the page, approved side by side, untested on the word of two, carried on and compared. */
export async function amendment(on: Deployment): Promise<void> {
  const target = on.targets.find((one) => one.name === 'portal-app-01')!
  const version = (): string => readFileSync(join(target.root, 'app', 'VERSION'), 'utf8').trim()
  const ready = await prepareChange(on, {
    title: '应用升级，中途修订',
    targetNames: [target.name],
    version: '2.7.0',
    plan: (plan) => ({
      ...plan,
      steps: plan.steps.map((step) =>
        step.key === 'deploy'
          ? { ...step, expect: { exitCodes: [0], checks: [{ kind: 'contains', text: 'never said' }] } }
          : step,
      ),
    }),
  })
  const params = { changeId: ready.id }
  const executor = await on.as(cast.executor)
  await bePresent(on, ready.id)
  await executor(execution.beginChange, { params, body: { confirm: ready.no } })
  await until(on, ready.id, (now) => may(now, 'runNext'))
  for (let i = 0; i < 20 && (await look(on, ready.id)).state !== 'paused'; i += 1) await runNext(on, ready.id)
  const paused = await until(on, ready.id, (now) => now.state === 'paused')
  await withBrowser(async (browser) => {
    const page = await logOn(browser, on, cast.executor)
    await page.goto(`${on.url}/changes/${ready.id}`)
    await page.getByText('结果不符合期望').first().waitFor()
    await looksRightInBoth(page, 'amendment-paused')
    await page.getByRole('button', { name: '修订方案' }).click()
    await page.getByLabel('原因').fill('版本输出的写法变了，期望写错')
    await page.getByRole('dialog').getByRole('button', { name: '修订方案' }).click()
    await page.getByText('修订方案').first().waitFor()
    const amending = await until(on, ready.id, (now) => now.state === 'amending')
    const plan = {
      ...amending.plan,
      steps: amending.plan.steps.map((step) =>
        step.key === 'deploy'
          ? { ...step, expect: { exitCodes: [0], checks: [{ kind: 'contains' as const, text: 'deployed 2.7.0' }] } }
          : step,
      ),
    }
    const { windowStart, windowEnd } = amending
    await executor(change.savePlan, {
      params,
      ifMatch: amending.version,
      body: { plan, windowStart, windowEnd, executorId: amending.executor!.id, reviewerId: amending.reviewer!.id },
    })
    const { planHash } = await executor(change.finishPlan, { params, body: {} })
    assert.ok(planHash && planHash !== paused.planHash)
    await (await on.as('chu.heng'))(change.decideChange, { params, body: { planHash, verdict: 'approve' } })
    await (await on.as('sun.jie'))(execution.acceptRisk, { params, body: { planHash, note: '只改期望，命令未变' } })

    const approver = await logOn(browser, on, 'wei.shen')
    await approver.goto(`${on.url}/changes/${ready.id}?tab=approval`)
    await approver.getByText('版本输出的写法变了，期望写错').waitFor()
    await looksRightInBoth(approver, 'amendment-approval')
    await approver.getByRole('button', { name: '接受未测试风险' }).click()
    await approver.getByLabel('备注').or(approver.getByLabel('说明')).first().fill('同意，五个工作日内补测')
    await approver.getByRole('dialog').getByRole('button', { name: '接受未测试风险' }).click()
    await until(on, ready.id, (now) => now.testDebts.length === 1)
    await (await on.as('wei.shen'))(change.decideChange, { params, body: { planHash, verdict: 'approve' } })
    await (await on.as(cast.customer))(change.consentChange, { params, body: { planHash, verdict: 'consent' } })
    await until(on, ready.id, (now) => now.state === 'ready')

    // Something that nobody declared begins to listen on the machine while the change is carried out.
    const stranger = createServer().listen(20_000 + (process.pid % 10_000), '127.0.0.1')
    await bePresent(on, ready.id)
    await executor(execution.beginChange, { params, body: { confirm: ready.no } })
    for (let i = 0; i < 30; i += 1) {
      await bePresent(on, ready.id)
      const now = await until(on, ready.id, (at) => at.next !== null || at.state === 'verifying' || at.state === 'paused')
      assert.notEqual(now.state, 'paused', `${now.pauseReason} ${now.pauseDetail}`)
      if (!now.next) break
      await until(on, ready.id, (at) => may(at, 'runNext') || (at.next?.needsCosign === true && !at.next.cosigned))
      await runNext(on, ready.id)
    }
    stranger.close()
    assert.equal(version(), '2.7.0')
    await (await on.as(cast.reviewer))(execution.passVerification, { params, body: { reason: '版本与健康正常' } })
    await page.goto(`${on.url}/changes/${ready.id}?tab=cockpit`)
    await page.getByText('配置项：实施前后').waitFor()
    await page.getByText('监听端口').first().waitFor()
    await looksRightInBoth(page, 'items-before-and-after')
    await page.getByRole('button', { name: /说明 \d+ 项差异/ }).click()
    await page.getByLabel('差异原因与依据').fill('演练工具的端口，与本变更无关')
    await looksRight(page, 'items-explaining')
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /说明 \d+ 项差异/ })
      .click()
    await page.getByText('已说明').first().waitFor()
    await looksRightInBoth(page, 'items-explained')
    await approver.goto(`${on.url}/changes/${ready.id}?tab=approval`)
    await approver.getByText('已批准').first().waitFor()
    await looksRightInBoth(approver, 'amendment-approved')
  })
  await (await on.as(cast.manager))(execution.confirmItems, { params, body: { reason: '已核对' } })
  await until(on, ready.id, (now) => may(now, 'close'), cast.manager)
  const closed = await (await on.as(cast.manager))(execution.closeChange, { params, body: { reason: '修订后完成' } })
  assert.equal(closed.outcome, 'success_with_deviation')
}
