import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, chromium, type Page } from 'playwright-core'
import type { Deployment } from '../deployment.ts'
import { bePresent, cast, look, may, prepareChange, until } from '../portal-change.ts'

/** People at their browsers: logon with both factors, a plan written with lint, the cockpit with two persons, refusals in words, replay. */

export const executable = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
)
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export async function logOn(browser: Browser, on: Deployment, login: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: 'zh-CN' })
  const page = await context.newPage()
  page.on('pageerror', (error) => {
    throw error
  })
  await page.goto(`${on.url}/logon`)
  await page.locator('input[type=password]').first().waitFor()
  await page.locator('input:not([type=password])').first().fill(login)
  await page.locator('input[type=password]').first().fill(on.account(login).password)
  await page.keyboard.press('Enter')
  await page.locator('.otp input').first().waitFor()
  await page.locator('.otp input').first().focus()
  await page.keyboard.type(await on.code(login))
  await page.waitForURL((url) => !url.pathname.startsWith('/logon'))
  await page.locator('h1').first().waitFor()
  return page
}

/** Serious faults of accessibility on the page as it is. */
async function faults(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  return page.evaluate(async () => {
    const found = await (
      globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> }
      }
    ).axe.run()
    return found.violations
      .filter((one) => one.impact === 'serious' || one.impact === 'critical')
      .map((one) => `${one.id}: ${one.nodes[0]?.html.slice(0, 160)}`)
  })
}
async function fits(page: Page, name: string): Promise<void> {
  const over = await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth')
  assert.ok(over <= 0, `${name} scrolls sideways by ${over} px`)
}

export async function consoleJourney(on: Deployment): Promise<void> {
  assert.ok(executable, 'Chromium is installed')
  const browser = await chromium.launch({ executablePath: executable, args: ['--no-sandbox'] })
  try {
    await writesPlan(browser, on)
    const changeId = await runsStep(browser, on)
    await looksEverywhere(browser, on, changeId)
  } finally {
    await browser.close()
  }
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
  await executor.getByRole('button', { name: /执行下一步: look @ portal-app-01/ }).waitFor()
  await until(on, ready.id, (now) => may(now, 'runNext'))
  await executor.locator('button[aria-disabled=true]', { hasText: '执行下一步' }).waitFor({ state: 'detached' })
  await executor.getByRole('button', { name: /执行下一步: look @ portal-app-01/ }).click()
  await until(on, ready.id, (now) => now.runs.some((run) => run.state === 'succeeded'))
  // The reviewer watched it live: the bytes the target printed are on the screen.
  await reviewer.locator('.xterm-rows', { hasText: 'state=running' }).waitFor()
  await executor.getByRole('button', { name: /执行下一步: look @ portal-app-02/ }).waitFor()
  await executor.getByRole('button', { name: '暂停' }).first().click()
  await executor.getByRole('dialog').getByRole('textbox').fill('演练暂停')
  await executor.getByRole('dialog').getByRole('button', { name: '暂停' }).click()
  await executor.getByText('三种出路').waitFor()
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
