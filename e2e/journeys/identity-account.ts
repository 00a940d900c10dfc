import assert from 'node:assert/strict'
import { createAccount } from '@huabiao/domains/identity/identity-account.contract'
import { createPerson, recordTraining } from '@huabiao/domains/organization/organization.contract'
import { fromBase32, hotp, totpStep } from '@huabiao/kit/crypto/totp'
import type { Browser, Page } from 'playwright-core'
import { givePassword, isInside, logOn, looksRight, looksRightInBoth, newPage, typeCode } from '../browser.ts'
import type { Deployment } from '../deployment.ts'

/** An account from its first logon to its lock-out, its sessions and its terminal; and a grant that the matrix does not allow. */

const administrator = 'han.guan'
const person = 'qin.shou'

export async function accounts(browser: Browser, on: Deployment): Promise<void> {
  await firstLogon(browser, on)
  const admin = await logOn(browser, on, administrator)
  await isLocked(browser, on, admin)
  const page = await logOn(browser, on, person)
  await endsAnother(browser, on, page)
  await registersTerminal(on, page, admin)
  await page.context().close()
  await admin.context().close()
  await excludes(browser, on)
}

async function firstLogon(browser: Browser, on: Deployment): Promise<void> {
  const api = await on.as(administrator)
  const { id: personId } = await api(createPerson, {
    body: { name: '马新', nameEn: 'Ma Xin', identityNumber: '110101199003070011' },
  })
  await api(recordTraining, { params: { personId }, body: { validUntil: '2099-12-31', certificate: '数据安全培训 2026-118' } })
  const { oneTimePassword } = await api(createAccount, { body: { personId, login: 'ma.xin' } })
  const page = await newPage(browser)
  await givePassword(page, on, 'ma.xin', oneTimePassword)
  await page.getByRole('heading', { name: '登记身份验证器' }).waitFor()
  const secret = ((await page.locator('.qr-secret').textContent()) ?? '').replaceAll(' ', '')
  await looksRight(page, 'logon-enrol')
  await typeCode(page, hotp(fromBase32(secret), totpStep(new Date())))
  // Nothing else opens before the initial password is changed.
  await page.getByRole('heading', { name: '修改口令' }).waitFor()
  await page.goto(`${on.url}/changes`)
  await page.waitForURL(/\/password/)
  const field = (name: string) => page.getByRole('textbox', { name, exact: true })
  await field('当前口令').fill(oneTimePassword)
  for (const [weak, words] of [
    ['Kx7-wombat', '口令过短'],
    ['kettle-orbit-wombat', '口令过于简单'],
    ['Ma.Xin-Kettle-9', '口令含有账号或姓名'],
    ['Password-123456', '口令过于常见'],
  ] as const) {
    await field('新口令').fill(weak)
    await page.getByText(words).first().waitFor()
  }
  await looksRight(page, 'password-forced')
  await field('新口令').fill('tall-Kettle-9-orbit')
  await field('再次输入新口令').fill('tall-Kettle-9-orbit')
  await page.getByRole('button', { name: '修改口令' }).click()
  await isInside(page)
  await page.context().close()
}

/** Five wrong passwords; then the right one is refused, too, until an administrator unlocks the account. */
async function isLocked(browser: Browser, on: Deployment, admin: Page): Promise<void> {
  const page = await newPage(browser)
  for (let i = 0; i < 5; i += 1) {
    await givePassword(page, on, person, `wrong-${i}`)
    await page.getByText('账号、口令或第二因子不正确').waitFor()
  }
  await givePassword(page, on, person)
  await page.getByText('账号已锁定十五分钟').waitFor()
  await looksRight(page, 'logon-locked')
  await page.context().close()
  await admin.goto(`${on.url}/accounts`)
  await admin.getByRole('searchbox', { name: '登录名或姓名' }).fill(person)
  await admin.getByRole('row', { name: /qin\.shou/ }).click()
  await admin.getByRole('button', { name: '解除锁定' }).click()
  await admin
    .getByRole('dialog', { name: /解除锁定/ })
    .getByRole('textbox')
    .fill('本人来电核实')
  await admin
    .getByRole('dialog', { name: /解除锁定/ })
    .getByRole('button', { name: '确认' })
    .click()
  await admin.getByRole('button', { name: '解除锁定' }).waitFor({ state: 'detached' })
  await looksRight(admin, 'account-drawer')
}

/** A logon that is not known is ended from the account page, and its browser is outside at its next step. */
async function endsAnother(browser: Browser, on: Deployment, page: Page): Promise<void> {
  const other = await logOn(browser, on, person)
  await page.goto(`${on.url}/account`)
  const sessions = page.getByRole('region', { name: '登录会话' })
  await sessions.getByText('本次').waitFor()
  await looksRightInBoth(page, 'account-sessions')
  await sessions.getByRole('button', { name: '结束' }).first().click()
  await page.getByText('该登录已结束').waitFor()
  await other.goto(`${on.url}/account`)
  await other.waitForURL(/\/logon/)
  await other.context().close()
}

async function registersTerminal(on: Deployment, page: Page, admin: Page): Promise<void> {
  await page.getByRole('button', { name: '登记本终端' }).click()
  await page.getByRole('dialog').getByRole('textbox', { name: '终端名称' }).fill('保管室工作站')
  await page.getByRole('dialog').getByRole('button', { name: '确认' }).click()
  const own = page.locator('.credential', { hasText: '保管室工作站' })
  await own.getByText('待批准').waitFor()
  await admin.goto(`${on.url}/terminals`)
  const row = admin.getByRole('row', { name: /保管室工作站/ })
  await row.getByRole('button', { name: '批准' }).click()
  await row.getByText('已登记').waitFor()
  await looksRight(admin, 'terminals')
  await page.reload()
  await own.getByText('已登记').waitFor()
}

/** The security administrator is told before they press what the matrix does not allow (RL-27). */
async function excludes(browser: Browser, on: Deployment): Promise<void> {
  const page = await logOn(browser, on, 'yang.an')
  await page.goto(`${on.url}/roles/bindings`)
  await page.getByRole('button', { name: '授予角色' }).click()
  const dialog = page.getByRole('dialog', { name: '授予角色' })
  await dialog.getByRole('combobox', { name: '人员' }).fill('郑浩')
  await dialog.getByRole('option', { name: /郑浩/ }).click()
  await dialog.getByRole('combobox', { name: '角色' }).selectOption('AUD')
  await dialog.getByText('静态互斥，不能授予（RL-27）').waitFor()
  const button = dialog.getByRole('button', { name: '授予角色' })
  assert.equal(await button.getAttribute('aria-disabled'), 'true')
  await looksRight(page, 'grant-excluded')
  await page.keyboard.press('Escape')
  await looksRightInBoth(page, 'bindings')
  await page.goto(`${on.url}/roles/matrix`)
  await page.locator('table.matrix').waitFor()
  await looksRight(page, 'matrix')
  await page.context().close()
}
