import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as execution from '@huabiao/domains/change/change-execution.contract'
import { type BucketAddress, bucketStore } from '@huabiao/domains/evidence/evidence.module'
import { getSession, killSession } from '@huabiao/domains/session/session.contract'
import { systemClock } from '@huabiao/kit/clock/system-clock'
import { signAwsRequest } from '@huabiao/kit/crypto/aws-signature'
import { fromBase32, hotp, totpStep } from '@huabiao/kit/crypto/totp'
import pg from 'pg'
import type { Browser, Page } from 'playwright-core'
import { type DebianPostgres, startDebianPostgres } from '../../tools/launch/postgres-debian.ts'
import { identify, signal } from '../../tools/launch/proc.ts'
import { type Swift, startSwift } from '../../tools/launch/swift.ts'
import { withBrowser } from '../browser.ts'
import { type Deployment, huabiao, newState, startDeployment, zeroPorts } from '../deployment.ts'
import { bePresent, cast, may, prepareChange, runNext, until } from '../portal-change.ts'
import { firstChange } from './first-change.ts'

/** A deployment as its operator meets it: on stores of others, from nothing, and when something is in the way. */

async function eventually(what: string, holds: () => Promise<boolean>, timeoutMs = 120_000): Promise<void> {
  const end = performance.now() + timeoutMs
  while (!(await holds())) {
    assert.ok(performance.now() < end, `never came: ${what}`)
    await sleep(250)
  }
}

async function sqlOn<T extends pg.QueryResultRow>(url: string, ...statements: string[]): Promise<T[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    let rows: T[] = []
    for (const statement of statements) rows = (await client.query<T>(statement)).rows
    return rows
  } finally {
    await client.end()
  }
}

// --- other stores

const cityPassword = 's e:cret/@'

/** PostgreSQL 15 of Debian and object storage of OpenStack, both of somebody else: the main job on them, and what happens when one leaves. */
export async function otherStores(): Promise<void> {
  const temporary = (name: string): string => mkdtempSync(join(tmpdir(), `hb-${name}-`))
  const state = newState()
  const postgres = await startDebianPostgres(temporary('pg'))
  try {
    const swift = await startSwift(temporary('swift'))
    try {
      await onOtherStores(state, postgres, swift)
    } finally {
      await swift.stop()
    }
  } finally {
    await postgres.stop()
    rmSync(state, { recursive: true, force: true })
  }
}

async function onOtherStores(state: string, postgres: DebianPostgres, swift: Swift): Promise<void> {
  const keyFile = join(state, 'access-key')
  writeFileSync(keyFile, `${swift.keyId}\n${swift.secret}\n`, { mode: 0o600 })
  const address = new URL(postgres.adminUrl)
  Object.assign(address, { username: 'city', password: cityPassword, pathname: '/city' })
  const settings = {
    HUABIAO_STATE: state,
    HUABIAO_DATABASE_URL: address.href,
    HUABIAO_EVIDENCE_URL: `${swift.origin}/city-evidence/huabiao`,
    HUABIAO_EVIDENCE_REGION: swift.region,
    HUABIAO_EVIDENCE_KEY_FILE: keyFile,
  }
  const bucket = { url: settings.HUABIAO_EVIDENCE_URL, region: swift.region, keyId: swift.keyId, secret: swift.secret }
  await refusesPoorStores(settings, postgres, bucket)
  rmSync(keyFile)
  const on = await startDeployment({ HUABIAO_STATE: state })
  try {
    await firstChange(on)
    await evidenceIsThere(address.href, bucket)
    await storageLeaves(on, swift)
    await evidenceIsThere(address.href, bucket)
    await remembersStores(on, address.href)
  } finally {
    await on.command('down')
  }
}

/** Each thing that is missing is named with what mends it; no secret is in what is said. */
async function refusesPoorStores(
  settings: Record<string, string>,
  postgres: DebianPostgres,
  bucket: BucketAddress,
): Promise<void> {
  const env = { ...process.env, ...zeroPorts, ...settings }
  const refused = async (words: RegExp): Promise<void> => {
    const { code, text } = await huabiao(env, 'up', '--demo')
    assert.equal(code, 1, text)
    assert.match(text, words)
    assert.ok(!/city:|e(:|%3A)cret/.test(text) && !text.includes(bucket.secret), 'no secret is printed')
  }
  const admin = postgres.adminUrl
  await sqlOn(admin, `create role city login password ${pg.escapeLiteral(cityPassword)}`, 'create database city')
  await refused(/alter role "city" createrole[\s\S]*alter database "city" owner to "city"/)
  await sqlOn(admin, 'alter role city createrole', 'alter database city owner to city')
  await refused(/bucket, NoSuchBucket[\s\S]*make the bucket/)
  const url = new URL('/city-evidence', bucket.url)
  const key = { id: bucket.keyId, secret: bucket.secret, region: bucket.region, service: 's3' }
  const payloadSha256 = createHash('sha256').digest('hex')
  const headers = signAwsRequest({ method: 'PUT', url, headers: {}, payloadSha256, at: new Date() }, key)
  assert.equal((await fetch(url, { method: 'PUT', headers })).status, 200)
}

/** Every segment that the database knows lies in the bucket, byte for byte what it is called, and the folder holds none. */
async function evidenceIsThere(databaseUrl: string, bucket: BucketAddress): Promise<void> {
  const store = bucketStore(bucket, systemClock)
  const rows = await sqlOn<{ tenant_id: string; sha256: string }>(
    databaseUrl,
    'select tenant_id, sha256 from evidence_object order by sha256',
  )
  assert.ok(rows.length > 0, 'there are recordings')
  for (const tenantId of new Set(rows.map((row) => row.tenant_id))) {
    const kept: string[] = []
    for await (const digest of store.list(tenantId)) kept.push(digest)
    assert.deepEqual(
      kept,
      rows.filter((row) => row.tenant_id === tenantId).map((row) => row.sha256),
    )
  }
  for (const { tenant_id: tenantId, sha256 } of rows)
    assert.equal(
      createHash('sha256')
        .update((await store.get({ tenantId, sha256 }))!)
        .digest('hex'),
      sha256,
    )
}

/** With the storage away a step still runs and its recording waits in the bastion, through a restart; nothing is lost or called sealed. */
async function storageLeaves(on: Deployment, swift: Swift): Promise<void> {
  const ready = await prepareChange(on, { title: '存储中断', targetNames: ['portal-app-01', 'portal-app-02'], version: '3.0.1' })
  const params = { changeId: ready.id }
  await bePresent(on, ready.id)
  const begun = await (await on.as(cast.executor))(execution.beginChange, { params, body: { confirm: ready.no } })
  await until(on, ready.id, (now) => may(now, 'runNext'))
  const sessionId = begun.sessionId!
  const session = async () => (await on.as(cast.auditor))(getSession, { params: { sessionId } })
  const spool = (): string[] => {
    const folder = join(on.state, 'bastion', 'spool', sessionId)
    return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.segment')) : []
  }
  await swift.leave()
  const after = await runNext(on, ready.id)
  assert.equal(after.runs.at(-1)?.state, 'succeeded')
  const doctor = await on.command('doctor')
  assert.equal(doctor.code, 1)
  assert.match(doctor.text, /✗ evidence is kept in .*unreachable, ECONNREFUSED\n\s+→ check the network/)
  await (await on.as(cast.manager))(killSession, { params: { sessionId }, body: { reason: '演练：存储中断' } })
  await eventually('the end of the recording in the spool', async () => spool().length > (await session()).segments)
  assert.equal((await on.command('down')).code, 0)
  assert.equal((await on.command('up')).code, 0, 'a platform whose storage is away still starts')
  assert.equal((await session()).state, 'closed', 'not sealed before it is kept')
  const waiting = spool().length
  await swift.comeBack()
  await eventually('the seal', async () => (await session()).state === 'sealed')
  assert.equal((await session()).segments, waiting)
  assert.deepEqual(spool(), [], 'the spool lets go of what is kept')
}

/** A later start needs none of the settings, and what is set is never mixed up with another store. */
async function remembersStores(on: Deployment, databaseUrl: string): Promise<void> {
  assert.equal((await on.command('down')).code, 0)
  const bare = { ...process.env, ...zeroPorts, HUABIAO_STATE: on.state }
  const up = await huabiao(bare, 'up')
  assert.equal(up.code, 0, up.text)
  assert.match(up.text, /evidence in .*city-evidence\/huabiao is kept/)
  const other = await huabiao({ ...bare, HUABIAO_DATABASE_URL: `${databaseUrl}2` }, 'up')
  assert.match(other.text, /runs with another database, evidence store or witness: .*down first/)
  const doctor = await huabiao(bare, 'doctor')
  assert.equal(doctor.code, 0, doctor.text)
}

// --- first run

const persons = [
  { seat: '平台管理员', name: '甲一', nameEn: 'Jia Yi', identityNumber: '110101199003070038', login: 'first.pad' },
  { seat: '安全管理员', name: '乙二', nameEn: 'Yi Er', identityNumber: '11010119900307002X', login: 'first.sec' },
  { seat: '安全审计员', name: '丙三', nameEn: 'Bing San', identityNumber: '110101199003070011', login: 'first.aud' },
] as const
const password = 'Kx7-wombat-Lq9z'
const codeOf = (secret: string): string => hotp(fromBase32(secret), totpStep(new Date()))

async function takeSeat(page: Page, person: (typeof persons)[number]): Promise<string> {
  await page.locator('li', { hasText: person.seat }).getByRole('button', { name: '就位' }).click()
  const dialog = page.getByRole('dialog')
  const fields: [string, string][] = [
    ['姓名', person.name],
    ['英文名', person.nameEn],
    ['公民身份号码', person.identityNumber],
    ['登录名', person.login],
    ['口令', password],
    ['再次输入口令', password],
  ]
  for (const [label, value] of fields) await dialog.getByLabel(label, { exact: true }).fill(value)
  await dialog.getByRole('button', { name: '就位' }).click()
  const secret = ((await dialog.locator('.qr-secret').textContent()) ?? '').replaceAll(' ', '')
  await dialog.locator('.otp input').first().focus()
  await page.keyboard.type(codeOf(secret))
  await dialog.waitFor({ state: 'detached' })
  await page.locator('li.taken', { hasText: person.seat }).getByText('已就位').waitFor()
  return secret
}

async function opensOnce(browser: Browser, env: NodeJS.ProcessEnv): Promise<void> {
  const up = await huabiao(env, 'up')
  assert.equal(up.code, 0, up.text)
  const url = /(http:\/\/\S+)\/ceremony/.exec(up.text)![1]!
  const token = /one-time token: (\w{20,})/.exec(up.text)![1]!
  const page = await (await browser.newContext({ locale: 'zh-CN' })).newPage()
  await page.goto(`${url}/ceremony`)
  await page.getByLabel('一次性启用码').fill(token)
  const secrets: string[] = []
  for (const person of persons) {
    assert.equal(await page.getByRole('button', { name: '完成启用' }).count(), 0, 'not before all three')
    secrets.push(await takeSeat(page, person))
  }
  const unit = page.getByRole('region', { name: '管理单位' })
  for (const [label, value] of [
    ['代码', 'bureau'],
    ['中文名称', '数据管理局'],
    ['英文名称', 'Data Bureau'],
  ] as const)
    await unit.getByLabel(label, { exact: true }).fill(value)
  await unit.getByRole('button', { name: '完成启用' }).click()
  await page.getByText('平台已启用').waitFor()
  await logsOn(page, persons[1].login, secrets[1]!)
  const again = await (await browser.newContext({ locale: 'zh-CN' })).newPage()
  await again.goto(`${url}/ceremony`)
  await again.getByText('平台已启用').waitFor()
  // Closed is closed: neither a new token nor the old one comes back with a later start.
  await huabiao(env, 'down')
  const later = await huabiao(env, 'up')
  assert.ok(later.code === 0 && !later.text.includes(token) && !later.text.includes('ceremony'), later.text)
  await again.goto(`${url}/ceremony`)
  await again.getByText('平台已启用').waitFor()
}

/** An empty deployment is opened by three persons at a browser, none alone, once (S10). */
export async function firstRun(): Promise<void> {
  const state = newState()
  const env = { ...process.env, ...zeroPorts, HUABIAO_STATE: state }
  try {
    await withBrowser((browser) => opensOnce(browser, env))
  } finally {
    await huabiao(env, 'down')
    rmSync(state, { recursive: true, force: true })
  }
}

async function logsOn(page: Page, login: string, secret: string): Promise<void> {
  const used = totpStep(new Date())
  await page.getByRole('link', { name: '前往登录' }).click()
  await page.locator('input:not([type=password])').first().fill(login)
  await page.locator('input[type=password]').first().fill(password)
  await page.keyboard.press('Enter')
  await page.locator('.otp input').first().focus()
  // The code of the enrolment has served.
  await eventually('the next code', async () => totpStep(new Date()) > used)
  await page.keyboard.type(codeOf(secret))
  await page.waitForURL((url) => !url.pathname.startsWith('/logon'))
  await page.locator('h1').first().waitFor()
}

// --- starts and stops

interface Running {
  supervisor: { pid: number }
  ports: { http: number }
  children: { name: string; pid: number }[]
}

const whole = ['bastion', 'bastion-2', 'bastion-tenant', 'control-plane', 'postgres', 'recheck', 'signer']

/** Two at once, again, after kill -9 of some and of all, with a port taken: an operator's command always ends in one whole deployment, or in words. */
export async function startsAndStops(): Promise<void> {
  const state = newState()
  const env = { ...process.env, ...zeroPorts, HUABIAO_STATE: state }
  const running = (): Running => JSON.parse(readFileSync(join(state, 'run', 'state.json'), 'utf8')) as Running
  const pids = (): number[] => running().children.map((child) => child.pid)
  const kill = (...these: number[]): void => {
    for (const pid of these) signal(identify(pid) ?? { pid, startTime: 0 }, 'SIGKILL')
  }
  const isWhole = async (): Promise<void> => {
    const status = await huabiao(env, 'status')
    assert.equal(status.code, 0, status.text)
    assert.deepEqual(
      running()
        .children.map((child) => child.name)
        .toSorted(),
      whole,
    )
  }
  const up = async (): Promise<string> => {
    const { code, text } = await huabiao(env, 'up')
    assert.equal(code, 0, text)
    await isWhole()
    return text
  }
  try {
    const both = await Promise.all([huabiao(env, 'up'), huabiao(env, 'up')])
    assert.deepEqual(
      both.map((one) => one.code),
      [0, 0],
      both.map((one) => one.text).join('\n'),
    )
    await isWhole()
    const before = pids()
    await up()
    assert.deepEqual(pids(), before, 'a second up changes nothing')

    kill(running().supervisor.pid)
    await up()
    assert.deepEqual(pids(), before, 'what outlived its supervisor is taken over as it is')

    kill(running().supervisor.pid, ...pids())
    await up()
    assert.ok(pids().every((pid) => !before.includes(pid)))

    assert.equal((await huabiao(env, 'down')).code, 0)
    assert.match((await huabiao(env, 'down')).text, /nothing was running/)
    assert.equal((await huabiao(env, 'status')).code, 1)
    await portTaken(env, running().ports.http, up)
  } finally {
    await huabiao(env, 'down')
    rmSync(state, { recursive: true, force: true })
  }
}

async function portTaken(env: NodeJS.ProcessEnv, port: number, up: () => Promise<string>): Promise<void> {
  const squatter = createServer()
  await new Promise<void>((resolve) => squatter.listen(port, '127.0.0.1', resolve))
  try {
    const asked = await huabiao({ ...env, HUABIAO_HTTP_PORT: String(port) }, 'up')
    assert.equal(asked.code, 1)
    assert.match(
      asked.text,
      new RegExp(`port ${port} \\(http\\) is taken by .*, pid ${process.pid}: stop it, or set HUABIAO_HTTP_PORT`),
    )
    assert.match(await up(), new RegExp(`port ${port} \\(http\\) is taken by .*, pid ${process.pid}: \\d+ is used instead`))
  } finally {
    squatter.close()
  }
}
