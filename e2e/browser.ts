import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import type { Deployment } from './deployment.ts'

/** A person at a browser: logon with both factors, and what every page must hold. */

const executable = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path))
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** A browser for what `run` does; where that fails, the error also tells what each page showed. */
export async function withBrowser<T>(run: (browser: Browser) => Promise<T>): Promise<T> {
  assert.ok(executable, 'Chromium is installed')
  const browser = await chromium.launch({ executablePath: executable, args: ['--no-sandbox'] })
  try {
    return await run(browser)
  } catch (error) {
    const pages = browser.contexts().flatMap((context) => context.pages().filter((page) => page.url() !== 'about:blank'))
    const shown = await Promise.all(pages.map((page) => whatItShows(page).catch(String)))
    throw error instanceof Error ? Object.assign(error, { stack: [error.stack, ...shown].join('\n') }) : error
  } finally {
    await browser.close()
  }
}

/** The address, refusals by their code, and what can be read, from the main part of the page on. */
async function whatItShows(page: Page): Promise<string> {
  const dialog = page.getByRole('dialog').first()
  const place = (await dialog.count()) > 0 ? dialog : page.locator('main, body').last()
  const codes = await page.locator('[data-code]').evaluateAll((all) => all.map((of) => of.getAttribute('data-code')))
  const text = (await place.innerText({ timeout: 2_000 })).replace(/\s+/g, ' ').slice(0, 1_500)
  return `page ${page.url()} ${codes.join(' ')} | ${text}`
}

export async function newPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: 'zh-CN', ...options })
  const page = await context.newPage()
  page.on('pageerror', (error) => {
    throw error
  })
  return page
}

/** The first factor; afterwards the page asks for the second. */
export async function givePassword(page: Page, on: Deployment, login: string, password?: string): Promise<void> {
  await page.goto(`${on.url}/logon`)
  await page.locator('input[type=password]').first().waitFor()
  await page.locator('input[name=username]').fill(login)
  await page
    .locator('input[type=password]')
    .first()
    .fill(password ?? on.account(login).password)
  await page.keyboard.press('Enter')
}
export async function typeCode(page: Page, code: string): Promise<void> {
  await page.locator('.otp input').first().waitFor()
  await page.locator('.otp input').first().focus()
  await page.keyboard.type(code)
}
export async function isInside(page: Page): Promise<void> {
  await page.waitForURL((url) => !url.pathname.startsWith('/logon'))
  await page.locator('h1').first().waitFor()
}
export async function logOn(browser: Browser, on: Deployment, login: string, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await newPage(browser, options)
  await givePassword(page, on, login)
  await typeCode(page, await on.code(login))
  await isInside(page)
  return page
}

/** Serious faults of accessibility on the page as it is. */
export async function faults(page: Page): Promise<string[]> {
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

/** The page as it stands, in both sizes: nothing scrolls sideways, nothing is a serious fault. Pictures where somebody wants to look. */
export async function looksRight(page: Page, name: string): Promise<void> {
  for (const viewport of [
    { width: 1920, height: 1080 },
    { width: 1366, height: 768 },
  ]) {
    await page.setViewportSize(viewport)
    await page.waitForTimeout(300)
    const folder = process.env.HUABIAO_PICTURES
    if (folder) {
      mkdirSync(folder, { recursive: true })
      await page.screenshot({ path: join(folder, `${name}-${viewport.width}.png`) })
    }
    const over = await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth')
    assert.ok(over <= 0, `${name} scrolls sideways by ${over} px at ${viewport.width}`)
  }
  assert.deepEqual(await faults(page), [], name)
}
/** The same in the other language, and back. */
export async function looksRightInBoth(page: Page, name: string): Promise<void> {
  await looksRight(page, `${name}-zh`)
  const chinese = page.getByRole('button', { name: /English/ })
  await chinese.first().click()
  await page.locator('html[lang=en]').waitFor()
  await looksRight(page, `${name}-en`)
  await page.getByRole('button', { name: /中文/ }).first().click()
  await page.locator('html[lang=zh-CN]').waitFor()
}
