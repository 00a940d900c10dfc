import assert from 'node:assert/strict'
import { createChange, submitChange } from '@huabiao/domains/change/change.contract'
import { listSystems } from '@huabiao/domains/infosystem/infosystem.contract'
import { listLedger } from '@huabiao/domains/ledger/ledger.contract'
import type { Browser, Page } from 'playwright-core'
import { logOn, looksRight, looksRightInBoth, withBrowser } from '../browser.ts'
import type { Deployment } from '../deployment.ts'
import { asOwner } from '../owner-database.ts'

/** A permission asked for, decided by four persons in turn, used, suspended, announced and ended: each at their own browser. */

const requester = 'feng.ban'
const chain = [
  { login: 'wei.shen', stage: '主管' },
  { login: 'shen.zhu', stage: '数据或系统所有者' },
  { login: 'yang.an', stage: '安全管理员' },
  { login: 'jiang.ping', stage: '部门' },
] as const

export const permission = (on: Deployment): Promise<void> =>
  withBrowser(async (browser) => {
    const page = await logOn(browser, on, requester)
    await cannotYet(page)
    const address = await asks(page, on)
    for (const [i, { login, stage }] of chain.entries()) await decides(browser, on, { address, login, stage, next: chain[i + 1] })
    await uses(page, on, address)
    await isHeldBack(browser, on, page, address)
    await ends(page, on, address)
    await page.context().close()
    await fallsUndecided(browser, on)
    await isRecorded(on)
  })

const ledgerLink = (page: Page) => page.getByRole('link', { name: '审计台账' })
async function cannotYet(page: Page): Promise<void> {
  assert.equal(await ledgerLink(page).count(), 0, 'a release manager reads no ledger')
}

async function asks(page: Page, on: Deployment): Promise<string> {
  await page.goto(`${on.url}/permission-requests`)
  await page.getByRole('button', { name: '申请权限' }).click()
  const dialog = page.getByRole('dialog', { name: '申请权限' })
  // What would be refused cannot be chosen, and says why.
  const refused = dialog.getByRole('option', { name: /^AUD/ })
  assert.equal(await refused.getAttribute('disabled'), '')
  assert.match((await refused.textContent()) ?? '', /由任命产生/)
  await dialog.getByRole('combobox', { name: '角色' }).selectOption('CHM')
  await dialog.getByRole('textbox', { name: '理由' }).fill('陈静休假期间代理变更经理')
  await looksRight(page, 'permission-ask')
  await dialog.getByRole('button', { name: '提交申请' }).click()
  await page.waitForURL(/\/permission-requests\/[0-9a-f-]{36}/)
  await page.getByText('待主管审批').waitFor()
  await page.getByText('可审批人 魏慎').waitFor()
  await page.getByText('轮到时间').waitFor()
  await looksRightInBoth(page, 'permission-request')
  return page.url()
}

interface Turn {
  address: string
  login: string
  stage: string
  next: { login: string; stage: string } | undefined
}
async function decides(browser: Browser, on: Deployment, { address, login, stage, next }: Turn): Promise<void> {
  const page = await logOn(browser, on, login)
  await page.goto(`${on.url}/permission-requests?show=mine`)
  await page.getByText(`${stage} · ${on.account(login).name}`).waitFor()
  if (login === 'yang.an') await looksRightInBoth(page, 'permission-list')
  await page.getByRole('link', { name: '变更经理' }).first().click()
  await page.waitForURL(address)
  await page.getByText(`待${stage}审批`).waitFor()
  await page.getByRole('textbox', { name: '意见' }).fill('期限与事由相符')
  await page.getByRole('button', { name: '同意' }).click()
  if (next) {
    await page.getByText(`待${next.stage}审批`).waitFor()
    // One person, one stage: whoever has decided is told so, and has no button any more.
    await page.getByText('同一自然人只计一次').first().waitFor()
  } else await page.getByText('已授予').first().waitFor()
  await page.context().close()
}

/** Granted, the role is put on; then it permits what it did not: the ledger, and accepting a change. */
async function uses(page: Page, on: Deployment, address: string): Promise<void> {
  await page.goto(address)
  await page.getByRole('button', { name: '使用此角色' }).waitFor()
  await looksRightInBoth(page, 'permission-granted')
  await page.getByRole('button', { name: '使用此角色' }).click()
  await page.getByText('正在使用').waitFor()
  await ledgerLink(page).click()
  await page.getByRole('heading', { name: '审计台账' }).waitFor()
  const engineer = await on.as('zhao.ming')
  const { items } = await engineer(listSystems, { query: { text: 'portal' } })
  const created = await engineer(createChange, { body: { title: '代理期间受理', reason: '验证授权', systemIds: [items[0]!.id] } })
  await engineer(submitChange, { params: { changeId: created.id }, body: {} })
  await page.goto(`${on.url}/changes/${created.id}`)
  await page.getByRole('button', { name: '受理' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '受理' }).click()
  await page.locator('.page-head, header, main').getByText('已受理').first().waitFor()
}

async function isHeldBack(browser: Browser, on: Deployment, page: Page, address: string): Promise<void> {
  const security = await logOn(browser, on, 'yang.an')
  await security.goto(address)
  await security.getByRole('button', { name: '暂停' }).click()
  await security.getByRole('dialog').getByRole('textbox', { name: '原因' }).fill('异常登录，待查')
  await security.getByRole('dialog').getByRole('button', { name: '暂停' }).click()
  await security.getByText('已暂停').first().waitFor()
  await page.goto(`${on.url}/ledger`)
  await page.locator('h1').first().waitFor()
  assert.equal(await ledgerLink(page).count(), 0, 'suspended, it counts for nothing')
  await looksRight(security, 'permission-suspended')
  await security.getByRole('button', { name: '恢复' }).click()
  await security.getByRole('dialog').getByRole('textbox', { name: '原因' }).fill('已查明，恢复')
  await security.getByRole('dialog').getByRole('button', { name: '恢复' }).click()
  await security.getByRole('button', { name: '暂停' }).waitFor()
  await security.context().close()
}

/** Weeks that no journey can wait for. The database itself lets nobody move a term: only its owner, with the guards off. */
async function moveTerm(on: Deployment, address: string, left: string): Promise<void> {
  await asOwner(on, async (client) => {
    await client.query('begin')
    await client.query('alter table role_binding disable trigger user')
    await client.query(
      `update role_binding set not_before = now() - interval '20 days', not_after = now() + $2::interval where request_id = $1`,
      [address.split('/').at(-1), left],
    )
    await client.query('alter table role_binding enable trigger user')
    await client.query('commit')
  })
}
async function ends(page: Page, on: Deployment, address: string): Promise<void> {
  await moveTerm(on, address, '6 days')
  await page.goto(`${on.url}/notifications`)
  await comes(page, '您的角色即将到期')
  await page.goto(address)
  await page.getByText('即将到期').first().waitFor()
  await moveTerm(on, address, '-1 second')
  await page.goto(address)
  await comes(page, '已到期或收回')
  assert.equal(await ledgerLink(page).count(), 0, 'ended, it permits nothing')
  await looksRight(page, 'permission-ended')
  await page.goto(`${on.url}/notifications`)
  await comes(page, '您的权限已到期或被收回')
}
/** The sweep comes within seconds. */
async function comes(page: Page, text: string): Promise<void> {
  for (let i = 0; i < 30; i += 1) {
    if (await page.getByText(text).first().isVisible()) return
    await page.waitForTimeout(1_000)
    await page.reload()
    await page.locator('h1').first().waitFor()
  }
  throw new Error(`never came: ${text}`)
}

async function fallsUndecided(browser: Browser, on: Deployment): Promise<void> {
  const page = await logOn(browser, on, 'wu.di')
  await page.goto(`${on.url}/permission-requests`)
  await page.getByRole('button', { name: '申请权限' }).click()
  const dialog = page.getByRole('dialog', { name: '申请权限' })
  await dialog.getByRole('combobox', { name: '角色' }).selectOption('NET')
  await dialog.getByRole('textbox', { name: '理由' }).fill('无人审批的申请')
  await dialog.getByRole('button', { name: '提交申请' }).click()
  await page.waitForURL(/\/permission-requests\/[0-9a-f-]{36}/)
  await asOwner(on, (client) =>
    client.query(`update permission_request set expires_at = now() - interval '1 second' where id = $1`, [
      page.url().split('/').at(-1),
    ]),
  )
  await comes(page, '逾期未决，已失效')
  await page.context().close()
}

async function isRecorded(on: Deployment): Promise<void> {
  const auditor = await on.as('zhu.cha')
  const tenantId = await asOwner(
    on,
    async (client) =>
      (await client.query('select tenant_id from account where login = $1', [requester])).rows[0].tenant_id as string,
  )
  const acts: string[] = []
  for (const act of ['permission.approved', 'permission.granted', 'permission.ended', 'permission.expired', 'role.suspended']) {
    const { items } = await auditor(listLedger, { query: { tenantId, plane: 'platform', act, limit: 100 } })
    acts.push(...items.map((row) => row.act))
  }
  assert.ok(acts.filter((act) => act === 'permission.approved').length >= chain.length, acts.join(' '))
  for (const act of ['permission.granted', 'permission.ended', 'permission.expired', 'role.suspended'])
    assert.ok(acts.includes(act), `${act} is in the ledger`)
}
