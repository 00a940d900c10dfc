import assert from 'node:assert/strict'
import { savePlan, withdrawChange } from '@huabiao/domains/change/change.contract'
import { listChains, listLedger } from '@huabiao/domains/ledger/ledger.contract'
import type { Browser, Page } from 'playwright-core'
import { logOn, looksRight, looksRightInBoth, withBrowser } from '../browser.ts'
import type { Deployment } from '../deployment.ts'
import { cast, look, prepareChange } from '../portal-change.ts'

/** A read-only look at a target from the browser: with a purpose, one listed command at a time, watched live, and replayed. */
export const observe = (on: Deployment): Promise<void> =>
  withBrowser(async (browser) => {
    const change = await prepareChange(on, { title: '门户升级（先观察）', targetNames: ['portal-web-01'], version: '2.4.1' })
    const page = await logOn(browser, on, cast.executor)
    await opens(page, on, change.id)
    const auditor = await watches(browser, on)
    await looks(page)
    await auditor.locator('.xterm-rows', { hasText: 'seen-by-both' }).waitFor()
    await looksRight(auditor, 'session-watch')
    await refuses(page)
    await page.getByRole('button', { name: '结束观察' }).click()
    await page.getByText('回放').first().waitFor()
    await isReplayed(auditor)
    await fromTheTerminal(page, on)
    await page.context().close()
    await auditor.context().close()
    await isRecorded(on)
    await givesUp(on, change.id)
  })

/** Frees the target for whoever comes next: an edited plan is no longer approved, and may be withdrawn. */
async function givesUp(on: Deployment, changeId: string): Promise<void> {
  const requester = await on.as(cast.requester)
  const { plan, windowStart, windowEnd, executor, reviewer, version } = await look(on, changeId)
  const body = {
    plan: { ...plan, impact: `${plan.impact}（作废）` },
    windowStart,
    windowEnd,
    executorId: executor!.id,
    reviewerId: reviewer!.id,
  }
  await requester(savePlan, { params: { changeId }, ifMatch: version, body })
  await requester(withdrawChange, { params: { changeId }, body: { reason: '只为观察而备' } })
}

async function opens(page: Page, on: Deployment, changeId: string): Promise<void> {
  await page.goto(`${on.url}/changes/${changeId}`)
  await page.getByRole('button', { name: '只读观察' }).click()
  const dialog = page.getByRole('dialog', { name: '开启只读观察' })
  const start = dialog.getByRole('button', { name: '开始观察' })
  // No purpose, no session (RL-19).
  assert.equal(await start.getAttribute('aria-disabled'), 'true')
  await dialog.getByRole('textbox', { name: '要看什么' }).fill('升级前确认服务与磁盘')
  await looksRight(page, 'observe-dialog')
  await start.click()
  await page.waitForURL(/\/sessions\/[0-9a-f-]{36}/)
  await page.getByRole('textbox', { name: '只读命令' }).waitFor()
}

async function watches(browser: Browser, on: Deployment): Promise<Page> {
  const auditor = await logOn(browser, on, cast.auditor)
  await auditor.goto(`${on.url}/sessions?show=running`)
  await auditor
    .getByRole('link', { name: /升级前确认服务与磁盘/ })
    .first()
    .click()
  await auditor.locator('.xterm-rows').waitFor()
  return auditor
}

async function types(page: Page, line: string): Promise<void> {
  await page.getByRole('textbox', { name: '只读命令' }).fill(line)
}
async function looks(page: Page): Promise<void> {
  await types(page, `grep -c  'two words' "/etc/hosts"`)
  await page.getByText('4 个词').waitFor()
  await looksRightInBoth(page, 'observe')
  await types(page, `echo 'seen-by-both'`)
  await page.getByRole('button', { name: '执行' }).click()
  await page.locator('.xterm-rows', { hasText: 'seen-by-both' }).waitFor()
  await page.locator('.xterm-rows', { hasText: '── exit' }).waitFor()
  await types(page, 'uptime')
  await page.keyboard.press('Enter')
  await page.locator('.xterm-rows', { hasText: 'load average' }).waitFor()
}

async function refuses(page: Page): Promise<void> {
  await types(page, 'cat /etc/hosts; id')
  await page.getByText('这里没有 shell，不会发送').waitFor()
  await page.locator('button[aria-disabled=true]', { hasText: '执行' }).waitFor()
  await types(page, 'systemctl restart sshd')
  await page.getByText('带这些参数就不只是读取').waitFor()
  await types(page, 'top')
  await page.getByText('不在只读命令清单内').first().waitFor()
  await page.keyboard.press('Enter')
  await page.getByText('session.command_not_listed').waitFor()
  await types(page, 'rm -rf /')
  await page.keyboard.press('Enter')
  await page.getByText('session.mutation_refused').waitFor()
  await looksRight(page, 'observe-refused')
}

/** The seal comes within seconds; then it is replayed, searched, sped up, and entered by its index. */
async function isReplayed(auditor: Page): Promise<void> {
  await auditor.getByText('已封存').first().waitFor({ timeout: 60_000 })
  await auditor.getByRole('button', { name: '播放' }).waitFor()
  const index = auditor.locator('.marks button')
  await index.filter({ hasText: 'uptime' }).click()
  await auditor.locator('.xterm-rows', { hasText: 'seen-by-both' }).waitFor()
  await auditor.getByRole('searchbox').fill('load average')
  await auditor
    .getByRole('list', { name: '在输出中查找' })
    .getByRole('button', { name: /load average/ })
    .click()
  await looksRightInBoth(auditor, 'replay')
  await auditor.getByText('8×').click()
  await index.first().click()
  await auditor.getByRole('button', { name: '播放' }).click()
  await auditor.locator('.xterm-rows', { hasText: 'load average' }).waitFor()
}

/** Who is at the terminal already finds it there, too. */
async function fromTheTerminal(page: Page, on: Deployment): Promise<void> {
  await page.goto(`${on.url}/terminal`)
  await page.locator('.xterm-rows', { hasText: 'help' }).waitFor()
  await looksRight(page, 'terminal')
  await page.getByRole('button', { name: '只读观察' }).click()
  await page.getByRole('dialog', { name: '开启只读观察' }).getByRole('combobox', { name: '目标', exact: true }).waitFor()
}

async function isRecorded(on: Deployment): Promise<void> {
  const auditor = await on.as(cast.auditor)
  const { items: chains } = await auditor(listChains)
  const { tenantId } = chains.find((one) => one.plane === 'platform' && one.size > 20)!
  const { items } = await auditor(listLedger, { query: { tenantId, plane: 'platform', limit: 100 } })
  const commands = items.filter((row) => row.act === 'observe.command').map((row) => row.data.command)
  assert.deepEqual(commands.toReversed(), [`echo seen-by-both`, 'uptime'])
  assert.ok(items.some((row) => row.act === 'session.opened' && row.data.purpose === '升级前确认服务与磁盘'))
  for (const [code, rule] of [
    ['session.command_not_listed', 'RL-21'],
    ['session.mutation_refused', 'RL-15'],
  ] as const)
    assert.ok(
      items.some((row) => row.code === code && row.rule === rule),
      `${code} is in the ledger with ${rule}`,
    )
}
