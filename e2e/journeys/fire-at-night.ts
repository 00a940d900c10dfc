import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { listTargets } from '@huabiao/domains/cmdb/cmdb.contract'
import * as emergency from '@huabiao/domains/emergency/emergency.contract'
import { listSeconds } from '@huabiao/domains/emergency/emergency-overview.contract'
import { getExecutions } from '@huabiao/domains/reconcile/reconcile.contract'
import { getSession, listSessions, type SessionView } from '@huabiao/domains/session/session.contract'
import * as terminal from '@huabiao/domains/session/session-terminal.contract'
import { mayAudit } from '../../tools/launch/demo-audit.ts'
import { stateFolder } from '../../tools/launch/state.ts'
import { logOn, looksRight, looksRightInBoth, withBrowser } from '../browser.ts'
import { eventually } from '../crash-deployment.ts'
import type { Deployment } from '../deployment.ts'
import { registered } from '../ssh-client.ts'

/**
 * A fire at night (itsm §2.3 B): the portal is down. Two persons and two keys open one server for an hour, a real client repairs it at a real
 * shell, and by morning the filing stands, drafted from what the server itself wrote down, signed by both and approved by a third.
 */
const people = {
  executor: 'wang.lu',
  second: 'wu.di',
  keys: ['qin.shou', 'shen.zhu'],
  manager: 'chen.jing',
  audit: 'zhu.cha',
  security: 'yang.an',
}
const place = { target: 'portal-app-02', account: 'hb-app' }

export async function fireAtNight(on: Deployment): Promise<void> {
  const audited = mayAudit(stateFolder(on.state))
  const executor = await on.as(people.executor, 60_000)
  const second = await on.as(people.second, 60_000)
  const target = (await executor(listTargets)).items.find(({ name }) => name === place.target)!
  const root = on.targets.find(({ name }) => name === place.target)!.root
  writeFileSync(join(root, 'app', 'portal.lock'), 'stale\n', { mode: 0o666 })
  const choices = await executor(listSeconds)
  const secondId = choices.people.find(({ name }) => name === on.account(people.second).name)!.id
  const invoked = await executor(emergency.invokeEmergency, {
    body: {
      title: '门户无法登录',
      reason: '凌晨告警 P1，全部登录失败，值班已确认。',
      incidentNo: 'INC-20261130-1',
      incidentLevel: 'P1',
      secondId,
      targets: [{ targetId: target.id, accounts: [place.account] }],
    },
  })
  const params = { emergencyId: invoked.id }
  await second(emergency.confirmEmergency, { params, body: {} })
  for (const key of people.keys)
    await (await on.as(key, 30_000))(emergency.allowEmergency, { params, body: { note: '已核实。' } })
  const beat = async (): Promise<void> => {
    for (const here of [executor, second]) await here(emergency.sayEmergencyPresent, { params })
  }
  await beat()
  const beats = setInterval(() => void beat().catch(() => undefined), 10_000)
  try {
    await repairs(on, invoked.no, root)
    await checksByBrowser(on, invoked.id)
  } finally {
    clearInterval(beats)
  }
  await executor(emergency.stabiliseEmergency, { params, body: { reason: '登录恢复。' } })
  const session = await sealed(on, invoked.id)
  assert.deepEqual(
    [session.mode, session.reviewerName, session.targetNames],
    ['interactive', on.account(people.second).name, [place.target]],
  )
  if (audited) await theTargetSays(on, session)
  else console.log('    the kernel’s own records of the terminal: NOT TRIED, no auditd of ours holds this kernel')
  await isFiled(on, invoked.id, audited)
  await keysAreRead(on, session)
  await looks(on, invoked.id, session)
}

/** The executor's own OpenSSH client: the prompt of the bastion, and behind it a raw terminal on the one named server. */
async function repairs(on: Deployment, no: string, root: string): Promise<void> {
  const client = await registered(on, people.executor)
  const { seen, ended, type, says } = await client.start('ssh', ['-tt', '-p', String(on.sshPort), `${people.executor}@127.0.0.1`])
  let at = await says(/help/)
  type(`terminal ${no} ${place.target} root`)
  at = await says(/emergency\.account_not_named/, at)
  type(`terminal ${no} portal-app-01 ${place.account}`)
  at = await says(/emergency\.target_not_named/, at)
  type(`terminal ${no} ${place.target} ${place.account}`)
  at = await says(/exit 结束/, at)
  type("PS1='H''B> '")
  at = await says(/HB> /, at)
  type('id -un; rm -f $HB_ROOT/app/portal.lock; $HB_ROOT/bin/appctl status')
  at = await says(/state=/, at)
  type('read -rsp "key: " k; echo')
  at = await says(/key: /, at)
  type('night-secret')
  at = await says(/HB> /, at)
  type('exit')
  at = await says(/终端已结束/, at)
  type('quit')
  await ended
  assert.match(seen.out, new RegExp(`\\s${place.account}\\s`), 'the account is the one that was named')
  assert.doesNotMatch(seen.out, /night-secret/, 'a prompt without echo shows nothing')
  assert.throws(() => readFileSync(join(root, 'app', 'portal.lock')), 'the repair was made')
}

/** The same from the page of the emergency: the browser's terminal, with the line typed for them. */
const checksByBrowser = (on: Deployment, emergencyId: string): Promise<void> =>
  withBrowser(async (browser) => {
    const page = await logOn(browser, on, people.executor)
    await page.goto(`${on.url}/emergencies/${emergencyId}`)
    await page.getByRole('button', { name: '打开终端' }).click()
    await page.getByText(`${place.account}@${place.target}`, { exact: true }).last().click()
    const screen = page.locator('.xterm-rows')
    await screen.getByText('exit 结束').first().waitFor()
    await screen.getByText(/\$ ?$/).first().waitFor()
    await page.keyboard.type('stty size; echo by-browser\r')
    await screen.getByText('by-browser', { exact: true }).first().waitFor()
    await looksRight(page, 'terminal')
    assert.doesNotMatch((await screen.textContent()) ?? '', /24 80/, 'the terminal has the size of the page')
    await page.keyboard.type('exit\r')
    await screen.getByText('终端已结束').first().waitFor()
    await page.context().close()
  })

async function sealed(on: Deployment, emergencyId: string): Promise<SessionView> {
  const auditor = await on.as(people.audit)
  return eventually('both recordings are sealed', async () => {
    const { items } = await auditor(listSessions, { query: { changeId: emergencyId } })
    const bySsh = items.find(({ door }) => door === 'ssh')
    return items.length === 2 && items.every(({ state }) => state === 'sealed') ? bySsh : undefined
  })
}

/** What the kernel of the server wrote down, with the session that it belongs to. */
async function theTargetSays(on: Deployment, session: SessionView): Promise<void> {
  const auditor = await on.as(people.audit)
  const told = await eventually('the target has its word', async () => {
    const now = await auditor(getExecutions, { params: { sessionId: session.id } })
    return now.verdict ? now : undefined
  })
  assert.equal(told.verdict, 'agrees')
  const commands = told.items.map(({ command }) => command)
  assert.ok(commands.includes('id -un'), commands.join('\n'))
  assert.ok(commands.some((command) => command.startsWith('rm ') && command.endsWith('portal.lock')))
}

async function isFiled(on: Deployment, emergencyId: string, audited: boolean): Promise<void> {
  const params = { emergencyId }
  const executor = await on.as(people.executor)
  const draft = await eventually('the filing is drafted', async () => {
    const now = await executor(emergency.getEmergency, { params })
    return now.state === 'retro_draft' ? now : undefined
  })
  if (audited) assert.ok(JSON.stringify(draft).includes('portal.lock'), 'the draft says what ran')
  const body = {
    cause: '上次发布异常退出后遗留的锁文件使登录服务无法启动。',
    impact: '02:05 至 02:25 门户登录不可用。',
    steps: '登录服务器，删除遗留锁文件，确认服务状态。',
    verification: '登录探测恢复，连续十分钟无失败。',
    rollback: 'kept' as const,
    rollbackNote: '无须回退；锁文件清理另立变更固化。',
    explanations: [],
  }
  const filed = await executor(emergency.fileEmergency, { params, body })
  const { version } = filed.filing!
  await (await on.as(people.second))(emergency.countersignFiling, { params, body: { version } })
  const manager = await on.as(people.manager)
  const approved = await manager(emergency.approveFiling, { params, body: { version, note: '与记录一致。' } })
  assert.equal(approved.state, 'retro_approved')
}

/** An auditor and a security administrator together, and neither alone. */
async function keysAreRead(on: Deployment, session: SessionView): Promise<void> {
  const [auditor, security] = [await on.as(people.audit), await on.as(people.security)]
  const params = { sessionId: session.id }
  const { id: requestId } = await auditor(terminal.askKeystrokes, { params, body: { reason: '核查应急中使用的口令' } })
  const at = { params: { ...params, requestId } }
  await assert.rejects(auditor(terminal.readKeystrokes, at))
  await security(terminal.agreeKeystrokes, at)
  const { pieces } = await auditor(terminal.readKeystrokes, at)
  assert.match(pieces.map(({ text }) => text).join(''), /night-secret␍/)
}

async function looks(on: Deployment, emergencyId: string, session: SessionView): Promise<void> {
  assert.ok((await (await on.as(people.audit))(getSession, { params: { sessionId: session.id } })).manifestSm3)
  await withBrowser(async (browser) => {
    const page = await logOn(browser, on, people.manager)
    await page.goto(`${on.url}/emergencies/${emergencyId}`)
    await page.locator('h1').first().waitFor()
    await looksRightInBoth(page, 'emergency')
    await page.goto(`${on.url}/emergencies`)
    await looksRightInBoth(page, 'emergencies')
    await page.context().close()
    const auditor = await logOn(browser, on, people.audit)
    await auditor.goto(`${on.url}/sessions/${session.id}`)
    await auditor.getByText('双方已同意').first().waitFor()
    await looksRightInBoth(auditor, 'terminal-session')
    await auditor.getByRole('button', { name: '调阅', exact: true }).first().click()
    await auditor
      .getByText(/night-secret␍/)
      .first()
      .waitFor()
    await looksRight(auditor, 'terminal-typed')
    await auditor.context().close()
  })
}
