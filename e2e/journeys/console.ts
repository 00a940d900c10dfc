import assert from 'node:assert/strict'
import { abandonChange } from '@huabiao/domains/change/change-execution.contract'
import type { Browser, Page } from 'playwright-core'
import { faults, logOn, withBrowser } from '../browser.ts'
import type { Deployment } from '../deployment.ts'
import { bePresent, cast, look, may, prepareChange, takeSnapshots, until } from '../portal-change.ts'

/** People at their browsers: logon with both factors, a plan written with lint, the cockpit with two persons, refusals in words, replay. */

async function fits(page: Page, name: string): Promise<void> {
  const over = await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth')
  assert.ok(over <= 0, `${name} scrolls sideways by ${over} px`)
}

export async function consoleJourney(on: Deployment): Promise<void> {
  await withBrowser(async (browser) => {
    await writesPlan(browser, on)
    const changeId = await runsStep(browser, on)
    await looksEverywhere(browser, on, changeId)
    // Gives the targets back to whoever comes next.
    const over = { params: { changeId }, body: { reason: '演练结束' } }
    await (await on.as(cast.executor))(abandonChange, over)
  })
}

async function writesPlan(browser: Browser, on: Deployment): Promise<void> {
  const page = await logOn(browser, on, 'wang.lu')
  await page.goto(`${on.url}/changes`)
  await page.getByRole('button', { name: '新建变更' }).click()
  await page.getByRole('textbox', { name: '标题', exact: true }).fill('门户配置调整')
  await page.getByRole('textbox', { name: '原因' }).fill('连接数不足')
  await page.getByRole('dialog').getByText('政务服务门户').click()
  await page.getByRole('button', { name: '创建' }).click()
  await page.waitForURL(/\/changes\/[0-9a-f-]{36}/)
  await page.getByRole('link', { name: '编辑方案' }).first().click()
  await page.getByRole('button', { name: '载入示例方案' }).click()
  // Lint while typing: the window is missing, and a command that deletes the root is an error at once.
  await page.getByText('未填写变更窗口').waitFor()
  await page.getByRole('textbox', { name: '命令' }).first().fill('rm -rf /')
  await page.getByText('删除根目录的命令').first().waitFor()
  await page.getByRole('textbox', { name: '命令' }).first().fill('appctl status')
  await page.getByText('删除根目录的命令').first().waitFor({ state: 'detached' })
  await page.getByRole('button', { name: '保存方案' }).click()
  // The button under the pointer says the same in its tooltip.
  await page.getByText('方案已保存').first().waitFor()
  await page.context().close()
}

/** Answers the change it leaves paused: a page with much to look at. */
async function runsStep(browser: Browser, on: Deployment): Promise<string> {
  const ready = await prepareChange(on, {
    title: '门户应用升级',
    targetNames: ['portal-app-01', 'portal-app-02'],
    version: '3.1.0',
  })
  const executor = await logOn(browser, on, cast.executor)
  await executor.goto(`${on.url}/changes/${ready.id}?tab=cockpit`)
  // Nobody else is here yet: the button says why it may not be pressed, and which red line says so (RL-06).
  const begin = executor.getByRole('button', { name: '开始实施' })
  await begin.waitFor()
  await until(on, ready.id, (now) => now.presence.executorSeenAt !== null)
  await begin.hover()
  await executor.getByText('复核人不在场').first().waitFor()
  const reviewer = await logOn(browser, on, cast.reviewer)
  await reviewer.goto(`${on.url}/changes/${ready.id}?tab=cockpit`)
  await until(on, ready.id, (now) => may(now, 'begin'))
  await executor.locator('button[aria-disabled=true]', { hasText: '开始实施' }).waitFor({ state: 'detached' })
  await begin.click()
  await executor.getByRole('textbox').last().fill(ready.no)
  await executor.getByRole('dialog').getByRole('button', { name: '开始实施' }).click()
  await executor.getByRole('button', { name: /执行下一步: snapshot @ portal-app-01/ }).waitFor()
  await until(on, ready.id, (now) => may(now, 'runNext'))
  await takeSnapshots(on, ready.id)
  await executor.getByRole('button', { name: /执行下一步: look @ portal-app-01/ }).waitFor()
  await until(on, ready.id, (now) => may(now, 'runNext'))
  await executor.locator('button[aria-disabled=true]', { hasText: '执行下一步' }).waitFor({ state: 'detached' })
  await executor.getByRole('button', { name: /执行下一步: look @ portal-app-01/ }).click()
  await until(on, ready.id, (now) => now.runs.some((run) => run.phase === 'precheck' && run.state === 'succeeded'))
  // The reviewer watched it live: the bytes the target printed are on the screen.
  await reviewer.locator('.xterm-rows', { hasText: 'state=running' }).waitFor()
  await executor.getByRole('button', { name: /执行下一步: look @ portal-app-02/ }).waitFor()
  await executor.getByRole('button', { name: '暂停' }).first().click()
  await executor.getByRole('dialog').getByRole('textbox').fill('演练暂停')
  await executor.getByRole('dialog').getByRole('button', { name: '暂停' }).click()
  await executor.getByText('可选出路').waitFor()
  assert.equal((await look(on, ready.id)).state, 'paused')
  await bePresent(on, ready.id)
  for (const page of [executor, reviewer]) await page.context().close()
  return ready.id
}

/** Every page in both languages and two sizes: it opens, fits, and has no serious fault of accessibility. */
async function looksEverywhere(browser: Browser, on: Deployment, changeId: string): Promise<void> {
  const tabs = ['overview', 'plan', 'approval', 'cockpit', 'timeline'].map((tab) => `/changes/${changeId}?tab=${tab}`)
  const pages: Readonly<Record<string, readonly string[]>> = {
    [cast.auditor]: [
      '/',
      '/changes',
      ...tabs,
      '/calendar',
      '/calendar?view=month',
      '/emergencies',
      '/emergencies?show=all&figures=on',
      '/sessions',
      '/ledger',
      '/roles',
      '/roles/matrix',
      '/permission-requests',
      '/notifications',
      '/account',
    ],
    'han.guan': ['/organizations', '/accounts', '/terminals'],
  }
  const wrong: string[] = []
  for (const [login, paths] of Object.entries(pages)) {
    const page = await logOn(browser, on, login)
    for (const language of ['zh-CN', 'en'])
      for (const path of paths) {
        await page.setViewportSize(language === 'en' ? { width: 1920, height: 1080 } : { width: 1366, height: 768 })
        await page.goto(on.url + path)
        await page.locator('h1').first().waitFor()
        await page.waitForTimeout(400)
        if (language === 'en' && (await page.locator('html').getAttribute('lang')) !== 'en')
          await page.getByRole('button', { name: /English/ }).click()
        await fits(page, `${path} ${language}`)
        for (const fault of await faults(page)) wrong.push(`${path} ${language} ${fault}`)
      }
    // The language is the account's own, and the next journey meets the same person.
    await page.getByRole('button', { name: /中文/ }).click()
    await page.locator('html[lang^=zh]').waitFor()
    await page.context().close()
  }
  assert.deepEqual([...new Set(wrong)], [])
}
