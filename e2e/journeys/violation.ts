import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { listChains, listLedger } from '@huabiao/domains/ledger/ledger.contract'
import { getViolation, listViolations, type ViolationView } from '@huabiao/domains/violation/violation.contract'
import { logOn, looksRight, looksRightInBoth, withBrowser } from '../browser.ts'
import type { DemoTarget, Deployment } from '../deployment.ts'
import { strayAccount, withStrayKey } from '../stray-key.ts'

/**
 * A dishonest administrator (NT-E08): with root on a target they let a key of their own in, past the bastion. The platform finds the
 * logon by the target's own log, the operator answers for it, security decides, and the customer reads the case.
 */
export const violation = (on: Deployment): Promise<void> =>
  withBrowser(async (browser) => {
    const target = on.targets.find(({ name }) => name === 'archive-db-02')!
    await withStrayKey(on, target, async () => {})
    const found = await isFound(on, target)
    await explainsOurs(on, target)
    const supervisor = await logOn(browser, on, 'wei.shen')
    await supervisor.locator('.card', { hasText: '违规待我处理' }).waitFor()
    await looksRightInBoth(supervisor, 'violation-work')
    await supervisor.goto(`${on.url}/violations/${found.id}`)
    await looksRightInBoth(supervisor, 'violation-answer')
    await supervisor.getByRole('textbox', { name: '说明经过' }).fill('值班人员私自放入个人密钥，已收回并重置目标配置。')
    await supervisor.getByRole('button', { name: '提交说明' }).click()
    await supervisor.locator('.state-badge', { hasText: '待裁定' }).waitFor()
    const security = await logOn(browser, on, 'yang.an')
    await security.goto(`${on.url}/violations?show=act`)
    await looksRightInBoth(security, 'violation-list')
    await security.getByRole('link', { name: found.no }).click()
    await looksRightInBoth(security, 'violation-decide')
    await security.getByRole('textbox', { name: '裁定' }).fill('事实清楚，绕过堡垒机登录。')
    await security.getByRole('button', { name: '认定违规' }).click()
    await security.locator('.state-badge', { hasText: '已认定' }).waitFor()
    await security
      .getByRole('link', { name: /台账第/ })
      .first()
      .click()
    await security.getByText('target.logon_unexplained').first().waitFor()
    await looksRight(security, 'violation-record')
    await security.goto(`${on.url}/violations?figures=on&show=all`)
    await security.locator('.card', { hasText: '月度数据' }).locator('tbody tr').first().waitFor()
    await looksRightInBoth(security, 'violation-figures')
    const customer = await on.as('tao.ran')
    const read = await customer(getViolation, { params: { violationId: found.id } })
    assert.equal(read.state, 'confirmed', 'whose system it is reads the case')
    for (const page of [supervisor, security]) await page.context().close()
  })

async function isFound(on: Deployment, target: DemoTarget): Promise<ViolationView> {
  const security = await on.as('yang.an')
  for (let tries = 0; tries < 240; tries += 1) {
    const { items } = await security(listViolations, { query: { show: 'open', limit: 100 } })
    const found = items.find((one) => one.detail.target === target.name)
    if (found) {
      assert.equal(found.detail.account, strayAccount)
      assert.equal(found.detail.method, 'publickey')
      assert.ok(found.entry === 'V-P4' || found.entry === 'V-P5')
      assert.equal(found.severity, 'critical')
      return found
    }
    await sleep(500)
  }
  throw new Error('no violation of the logon past the bastion')
}

/** Whatever else was done on the targets until now was done by sessions, and is explained. */
async function explainsOurs(on: Deployment, target: DemoTarget): Promise<void> {
  const auditor = await on.as('zhu.cha')
  const { items: chains } = await auditor(listChains)
  for (const { tenantId, plane } of chains) {
    for (const act of ['target.logon_unexplained', 'target.log_lost', 'recording.broken', 'ledger.head_missing']) {
      const { items } = await auditor(listLedger, { query: { tenantId, plane, act, limit: 100 } })
      const others = items.filter(({ data }) => data.target !== target.name).map(({ data }) => data)
      assert.deepEqual(others, [], `${act}, although nobody did anything wrong`)
    }
  }
}
