import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import * as execution from '@huabiao/domains/change/change-execution.contract'
import type { ChangePlan } from '@huabiao/domains/change/change-plan.model'
import { listChains, listLedger, proveRecord } from '@huabiao/domains/ledger/ledger.contract'
import * as release from '@huabiao/domains/release/release.contract'
import { listTransfers } from '@huabiao/domains/transfer/transfer.contract'
import * as tickets from '@huabiao/domains/transfer/transfer-ticket.contract'
import type { Page } from 'playwright-core'
import { logOn, withBrowser } from '../browser.ts'
import type { Deployment } from '../deployment.ts'
import { bePresent, cast, keepPresent, look, prepareChange, runNext, takeSnapshots, until } from '../portal-change.ts'
import { registered, type SshClient } from '../ssh-client.ts'

/** A new version as a file: pinned by the plan, brought in by real clients and by the console, placed by the step, proved on the target. */

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const binary = (): Buffer => randomBytes(1_600_000)

export async function files(on: Deployment): Promise<void> {
  const target = on.targets.find(({ name }) => name === 'portal-app-01')!
  const [program, rules] = [binary(), binary()]
  const at = (name: string): string => join(target.root, 'app', name)
  const artifact = (name: string, content: Buffer) =>
    ({ kind: 'artifact', path: at(name), mode: '0644', sha256: sha256(content), bytes: content.length }) as const
  const placing = (plan: ChangePlan): ChangePlan => {
    const [look, deploy, confirm] = plan.steps
    const place = { ...deploy!, expect: { exitCodes: [0], checks: [] } }
    const steps = [
      look!,
      { ...place, key: 'program', title: '放置程序包', action: artifact('program.bin', program) },
      { ...place, key: 'rules', title: '放置规则包', action: artifact('rules.bin', rules) },
      { ...confirm!, action: { kind: 'command' as const, line: 'appctl status' }, expect: look!.expect },
    ]
    return { ...plan, steps }
  }
  // What the plan places has been issued by the release manager (RL-12).
  const manager = await on.as('feng.ban')
  const digest = (bytes: Buffer, algorithm: string): string => createHash(algorithm).update(bytes).digest('hex')
  const artifacts = Object.entries({ 'program.bin': program, 'rules.bin': rules }).map(([name, bytes]) => {
    return { name, size: bytes.length, sm3: digest(bytes, 'sm3'), sha256: digest(bytes, 'sha256') }
  })
  const product = { product: '政务服务门户', version: `files-${Date.now()}`, origin: '发布流水线', builderId: null, artifacts }
  const { id: releaseId } = await manager(release.registerRelease, { body: product })
  await manager(release.issueRelease, { params: { releaseId } })
  const ready = await prepareChange(on, { title: '程序包升级', targetNames: [target.name], version: '0', plan: placing })
  await bePresent(on, ready.id)
  const end = keepPresent(on, ready.id)
  try {
    await moves(on, ready, { target, program, rules, at })
  } finally {
    end()
  }
}

async function moves(
  on: Deployment,
  ready: ChangeDetail,
  {
    target,
    program,
    rules,
    at,
  }: { target: Deployment['targets'][number]; program: Buffer; rules: Buffer; at: (name: string) => string },
): Promise<void> {
  const client = await registered(on, cast.executor)
  const file = (name: string, content: Buffer): string => {
    const path = join(client.folder, name)
    writeFileSync(path, content)
    return path
  }
  const scp = (from: string, to: string, ...more: string[]) =>
    client.run('scp', ['-P', String(on.sshPort), ...more, from, `${cast.executor}@127.0.0.1:${to}`])
  const place = `/upload/${ready.no}/program/program.bin`

  // Other bytes: told why, kept in the gateway's quarantine, and never on the target.
  const forged = await client.run('rsync', ['-az', file('forged.bin', binary()), `${cast.executor}@127.0.0.1:${place}`])
  assert.notEqual(forged.code, 0)
  assert.match(forged.out, /transfer\.digest_mismatch · RL-12/)
  assert.equal(
    readdirSync(join(on.state, 'bastion'), { recursive: true }).filter((name) => String(name).endsWith('.kept')).length,
    1,
  )
  const brought = await scp(file('program.bin', program), place, '-O')
  assert.equal(brought.code, 0, brought.out)
  const executor = await on.as(cast.executor)
  const begin = { params: { changeId: ready.id }, body: { confirm: ready.no } }
  await assert.rejects(executor(execution.beginChange, begin), /change\.content_missing/)

  await withBrowser(async (browser) => {
    const page = await logOn(browser, on, cast.executor)
    await byConsole(page, on, ready.id, rules)
    await looksGood(page, on)
    await executor(execution.beginChange, begin)
    await until(on, ready.id, (now) => now.acts.some((act) => act.act === 'runNext' && act.refusal === null))
    await takeSnapshots(on, ready.id)
    for (let i = 0; i < 3; i++) await runNext(on, ready.id)
    for (const [name, content] of [
      ['program.bin', program],
      ['rules.bin', rules],
    ] as const)
      assert.equal(sha256(readFileSync(at(name))), sha256(content), `${name} on the target`)
    const security = await logOn(browser, on, 'yang.an')
    await security.goto(`${on.url}/transfers/quarantine`)
    await security.getByText('program.bin').first().waitFor()
    await shot(security, 'quarantine')
  })
  await takenOut(on, ready.id, { client, target: target.name, path: at('program.bin'), content: program })
  await recorded(on, ready.id, [program, rules])
  const over = { params: begin.params, body: { reason: '演练结束' } }
  await executor(execution.pauseChange, over)
  await executor(execution.abandonChange, over)
}

async function byConsole(page: Page, on: Deployment, changeId: string, content: Buffer): Promise<void> {
  await page.goto(`${on.url}/changes/${changeId}?tab=cockpit`)
  const input = page.locator('input[type=file][aria-label$="rules.bin"]')
  await input.waitFor({ state: 'attached' })
  await shot(page, 'artifacts')
  // The same size and other bytes: the page says the same as a client does.
  await input.setInputFiles({ name: 'rules.bin', mimeType: 'application/octet-stream', buffer: randomBytes(content.length) })
  await page.locator('.refusal[data-code="transfer.digest_mismatch"]').waitFor()
  await input.setInputFiles({ name: 'rules.bin', mimeType: 'application/octet-stream', buffer: content })
  await page.getByText('待上传').first().waitFor({ state: 'detached' })
}

async function looksGood(page: Page, on: Deployment): Promise<void> {
  await page.goto(`${on.url}/transfers`)
  await page
    .getByRole('link', { name: /program\.bin/ })
    .first()
    .waitFor()
  await shot(page, 'transfers')
  await page
    .getByRole('link', { name: /program\.bin/ })
    .last()
    .click()
  await page.getByText('方案写明的摘要').waitFor()
  await shot(page, 'transfer')
}
/** For whoever wants to look: pictures, where they are asked for. */
async function shot(page: Page, name: string): Promise<void> {
  const folder = process.env.HUABIAO_PICTURES
  if (!folder) return
  for (const [width, height] of [
    [1366, 768],
    [1920, 1080],
  ] as const) {
    await page.setViewportSize({ width, height })
    await page.screenshot({ path: join(folder, `${name}-${width}.png`) })
  }
  await page.setViewportSize({ width: 1366, height: 768 })
}

/** The same file out again: by a client and by the console, as often as the ticket says, and never once more. */
async function takenOut(
  on: Deployment,
  changeId: string,
  of: { client: SshClient; target: string; path: string; content: Buffer },
): Promise<void> {
  const { client, content } = of
  const executor = await on.as(cast.executor)
  const { targets } = await look(on, changeId)
  const targetId = targets.find((target) => target.name === of.target)!.id
  const asked = {
    changeId,
    targetId,
    path: of.path,
    purpose: '比对线上版本',
    dataClass: 'internal' as const,
    hours: 1,
    downloads: 2,
  }
  const { id, no } = await executor(tickets.requestTicket, { body: asked })
  const params = { ticketId: id }
  const got = join(client.folder, 'out.bin')
  const far = `${cast.executor}@127.0.0.1:/download/${no}/program.bin`
  const get = (...more: string[]) => client.run('scp', ['-P', String(on.sshPort), ...more, far, got])
  for (const login of ['shen.zhu', 'yang.an'])
    await (await on.as(login))(tickets.decideTicket, { params, body: { verdict: 'approve' } })
  await executor(tickets.fetchTicket, { params })
  const end = performance.now() + 60_000
  for (let now = await executor(tickets.getTicket, { params }); now.state !== 'ready'; ) {
    assert.ok(performance.now() < end, `never ready: ${JSON.stringify(now)}`)
    await sleep(300)
    now = await executor(tickets.getTicket, { params })
  }
  const first = await get('-O')
  assert.equal(first.code, 0, first.out)
  assert.equal(sha256(readFileSync(got)), sha256(content), 'taken out whole')
  await withBrowser(async (browser) => outByConsole(await logOn(browser, on, cast.executor), on, id, content))
  const third = await get()
  assert.notEqual(third.code, 0)
  assert.match(third.out, /transfer\.ticket_closed · RL-22/)
}
async function outByConsole(page: Page, on: Deployment, ticketId: string, content: Buffer): Promise<void> {
  await page.goto(`${on.url}/transfers/tickets/${ticketId}`)
  const button = page.getByRole('button', { name: '下载' })
  await button.waitFor()
  await shot(page, 'ticket')
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()])
  assert.equal(sha256(readFileSync(await download.path())), sha256(content), 'taken out by the console')
  await page.goto(`${on.url}/transfers/tickets`)
  await page.getByText('次数用尽').first().waitFor()
  await shot(page, 'tickets')
  await page.getByRole('button', { name: '申请外传' }).click()
  await page.getByRole('textbox', { name: '文件的完整路径' }).waitFor()
  await shot(page, 'ticket-dialog')
  await page.getByRole('button', { name: '取消' }).click()
  await page.getByRole('button', { name: 'Switch to English' }).click()
  await page.getByText('Used up').first().waitFor()
  await shot(page, 'tickets-en')
  await page.goto(`${on.url}/transfers`)
  await page.locator('td', { hasText: 'Delivered' }).first().waitFor()
  await shot(page, 'transfers-en')
  await page.getByRole('button', { name: '切换到中文' }).click()
  await page.locator('td', { hasText: '已交付' }).first().waitFor()
}

/** Every transfer, refused ones too, with person, door, path, size and both digests (S0-DATA-06). */
async function recorded(on: Deployment, changeId: string, contents: readonly Buffer[]): Promise<void> {
  const auditor = await on.as(cast.auditor)
  const { items } = await auditor(listTransfers, { query: { changeId } })
  assert.deepEqual(items.map(({ state, channel, door }) => `${state} ${channel} ${door}`).sort(), [
    'accepted console console',
    'accepted fetch rest',
    'accepted scp ssh',
    'delivered console console',
    'delivered scp ssh',
    'quarantined console console',
    'quarantined rsync ssh',
    'refused sftp ssh',
  ])
  for (const content of contents)
    assert.ok(
      items.some((one) => one.state === 'accepted' && one.sha256 === sha256(content) && one.bytes === content.length && one.sm3),
    )
  const chain = (await auditor(listChains)).items.find((one) => one.plane === 'platform' && one.size > 20)!
  const query = { tenantId: chain.tenantId, plane: 'platform' as const, limit: 100 }
  const rows = (await auditor(listLedger, { query: { ...query, act: 'transfer.accepted' } })).items
  assert.equal(rows.length, 3, 'two uploads and one fetch')
  const { tenantId } = chain
  const { canonical } = await auditor(proveRecord, { params: { seq: rows[0]!.seq }, query: { tenantId, plane: 'platform' } })
  for (const field of ['personName', 'path', 'bytes', 'sm3', 'sha256']) assert.match(canonical, new RegExp(`"${field}":`))
}
