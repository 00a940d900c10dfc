import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { savePlan, withdrawChange } from '@huabiao/domains/change/change.contract'
import { listDepartures } from '@huabiao/domains/lifecycle/lifecycle.contract'
import { getSession, openObserve } from '@huabiao/domains/session/session.contract'
import { beijingDay } from '@huabiao/kit/calendar/calendar'
import type { Browser, Page } from 'playwright-core'
import { logOn, looksRight, looksRightInBoth, withBrowser } from '../browser.ts'
import { eventually } from '../crash-deployment.ts'
import { type Deployment, startDeployment } from '../deployment.ts'
import { asOwner } from '../owner-database.ts'
import { look, prepareChange } from '../portal-change.ts'
import { registered, type SshClient } from '../ssh-client.ts'

/** Somebody leaves: the list blocks the exit, each thing leaves their hands by its own act, and then browser, session and key are dead. */

const leaver = 'wang.lu'
const successor = 'zheng.hao'
const administrator = 'han.guan'

/** A deployment of its own: the person does not come back. */
export async function leaverJourney(): Promise<void> {
  const on = await startDeployment()
  try {
    await withBrowser((browser) => wholeWay(browser, on))
  } finally {
    await on.stop()
  }
}

async function wholeWay(browser: Browser, on: Deployment): Promise<void> {
  const client = await registered(on, leaver)
  const people = { requester: leaver, executor: leaver }
  const ready = await prepareChange(on, { title: '网络参数调整', targetNames: ['portal-web-01'], version: '2.6.0', people })
  const sessionId = await observes(on, ready.id)
  const terminal = await atTheTerminal(on, client)
  const page = await logOn(browser, on, leaver)
  const admin = await logOn(browser, on, administrator)
  const address = await declares(admin, on)
  await isBlocked(admin)
  await givesUp(on, ready.id)
  await handsOver(browser, on, admin, address)
  await admin.getByRole('button', { name: '办结' }).click()
  const dialog = admin.getByRole('dialog', { name: /办结/ })
  await looksRight(admin, 'departure-complete')
  await dialog.getByRole('button', { name: '办结' }).click()
  await admin.locator('.state-badge', { hasText: '已办结' }).waitFor()
  await isDead({ on, client, terminal, page, sessionId })
  await looksRightInBoth(admin, 'departure-done')
  await isRecorded(on)
}

/** A look at a target that is still open when they go. */
async function observes(on: Deployment, changeId: string): Promise<string> {
  const { targets } = await look(on, changeId, leaver)
  const body = { targetId: targets[0]!.id, changeId, purpose: '离岗前核对参数' }
  const { id } = await (await on.as(leaver))(openObserve, { body })
  await comesTo(on, id, 'live')
  return id
}
async function comesTo(on: Deployment, sessionId: string, state: string): Promise<void> {
  const reader = await on.as('yang.an')
  await eventually(`the session is ${state}`, async () => (await reader(getSession, { params: { sessionId } })).state === state)
}

/** Their own OpenSSH client, at the bastion's prompt. */
async function atTheTerminal(on: Deployment, client: SshClient) {
  const { ended, type, says } = await client.start('ssh', ['-tt', '-p', String(on.sshPort), `${leaver}@127.0.0.1`])
  return { type, says, ended, at: await says(/help/) }
}

async function declares(admin: Page, on: Deployment): Promise<string> {
  await admin.goto(`${on.url}/people`)
  await admin.getByText('没有办理中的离岗或转岗').waitFor()
  await looksRightInBoth(admin, 'departures-none')
  await admin.getByRole('button', { name: '登记离岗或转岗' }).click()
  const dialog = admin.getByRole('dialog', { name: '登记离岗或转岗' })
  const person = dialog.getByRole('combobox', { name: '人员' })
  await person.fill(on.account(leaver).name)
  // Before the list answers what was typed, Enter takes nobody: least of all whoever stood first before it.
  await person.press('Enter')
  await dialog.getByRole('option', { name: on.account(leaver).name }).click()
  await dialog.getByRole('textbox', { name: '最后工作日' }).fill(beijingDay(new Date()))
  await admin.keyboard.press('Enter')
  await dialog.getByRole('textbox', { name: '原因' }).fill('合同到期')
  await looksRight(admin, 'departure-declare')
  await dialog.getByRole('button', { name: '登记离岗或转岗' }).click()
  await admin.waitForURL(/\/people\/departures\/[0-9a-f-]{36}/)
  await admin.getByText('待移交').first().waitFor()
  await looksRightInBoth(admin, 'departure-list')
  return admin.url()
}
/** The button says why not, and the change is on the list. */
async function isBlocked(admin: Page): Promise<void> {
  await admin.getByText('待实施的变更').waitFor()
  assert.equal(await admin.getByRole('button', { name: '办结' }).getAttribute('aria-disabled'), 'true')
  await admin.getByText('运维会话').first().waitFor()
}
/** The way out is the act that exists: an edited plan is no longer approved, and may be withdrawn. */
async function givesUp(on: Deployment, changeId: string): Promise<void> {
  const requester = await on.as(leaver)
  const { plan, windowStart, windowEnd, executor, reviewer, version } = await look(on, changeId, leaver)
  const edited = { ...plan, impact: `${plan.impact}（改由他人另提）` }
  const body = { plan: edited, windowStart, windowEnd, executorId: executor!.id, reviewerId: reviewer!.id }
  await requester(savePlan, { params: { changeId }, ifMatch: version, body })
  await requester(withdrawChange, { params: { changeId }, body: { reason: '离岗' } })
}

async function handsOver(browser: Browser, on: Deployment, admin: Page, address: string): Promise<void> {
  await admin.reload()
  await admin.getByRole('button', { name: '统一指定接收人' }).click()
  const dialog = admin.getByRole('dialog', { name: '指定接收人' })
  await dialog.getByRole('combobox', { name: '接收人' }).fill(on.account(successor).name)
  await dialog.getByRole('option', { name: on.account(successor).name }).click()
  await looksRight(admin, 'departure-offer')
  await dialog.getByRole('button', { name: '指定接收人' }).click()
  await dialog.waitFor({ state: 'detached' })
  const next = await logOn(browser, on, successor)
  // It waits among their own work.
  await next.getByRole('link', { name: /接收移交/ }).waitFor({ timeout: 60_000 })
  await looksRight(next, 'departure-work')
  await next.getByRole('link', { name: /接收移交/ }).click()
  await next.waitForURL(address)
  for (;;) {
    const accept = next.getByRole('button', { name: /^确认接收/ })
    await next.locator('.lifecycle-layout').waitFor()
    const before = await accept.count()
    if (before === 0) break
    await accept.first().click()
    while ((await accept.count()) >= before) await sleep(100)
  }
  await looksRight(next, 'departure-successor')
  await next.context().close()
  await admin.reload()
  await admin.getByText('已全部移交，可以办结').waitFor()
}

async function isDead(of: {
  on: Deployment
  client: SshClient
  terminal: Awaited<ReturnType<typeof atTheTerminal>>
  page: Page
  sessionId: string
}): Promise<void> {
  const { on, client, terminal, page, sessionId } = of
  await comesTo(on, sessionId, 'sealed')
  // The prompt that was open answers nothing any more, and a new logon with the same key finds nobody.
  terminal.type('changes')
  await terminal.says(/登录已失效|重新登录/, terminal.at)
  const again = await client.run('ssh', ['-p', String(on.sshPort), `${leaver}@127.0.0.1`, 'changes'])
  assert.notEqual(again.code, 0, again.out)
  assert.doesNotMatch(again.out, /CHG-/)
  await page.goto(`${on.url}/changes`)
  await page.waitForURL(/\/logon/)
}

async function isRecorded(on: Deployment): Promise<void> {
  const { rows } = await asOwner(on, (owner) =>
    owner.query<{ act: string }>(
      `select distinct act from ledger_record where act in ('departure.declared', 'departure.completed', 'account.closed', 'role.revoked', 'session.killed')`,
    ),
  )
  assert.equal(rows.length, 5, JSON.stringify(rows))
  const { items } = await (await on.as(administrator))(listDepartures, { query: { show: 'all' } })
  assert.deepEqual(
    items.map((one) => one.state),
    ['complete'],
  )
}
