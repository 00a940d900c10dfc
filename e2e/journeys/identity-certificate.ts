import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { clientCertificate } from '../../tools/launch/deployment-ca.ts'
import { isInside, logOn, looksRight, newPage, typeCode } from '../browser.ts'
import type { Deployment } from '../deployment.ts'
import { recordedCauses } from '../owner-database.ts'

/** Certificates: issued by the launcher, bound in the console, presented by the browser; and those that must not get in. */

const holder = 'zhou.yan'
const colleague = 'chu.heng'
const administrator = 'han.guan'
interface Files {
  keyFile: string
  certFile: string
}

export async function certificates(browser: Browser, on: Deployment): Promise<void> {
  const own = issued(on, holder)
  const admin = await logOn(browser, on, administrator)
  await bind(admin, on, holder, own)
  await logsOnWith(browser, on, own)
  await othersAreRefused(browser, on)

  // One certificate is one person's: it is bound to nobody else.
  await openAccount(admin, on, colleague)
  await pasteCertificate(admin, own)
  await admin.getByText('该密钥或证书已绑定其他账号').waitFor()
  await admin.keyboard.press('Escape')

  await openAccount(admin, on, holder)
  await looksRight(admin, 'account-certificates')
  await admin.getByRole('button', { name: '解除', exact: true }).click()
  await admin.getByText('未绑定证书').waitFor()
  await isRefused(browser, on, own, 'revoked')
  await pasteCertificate(admin, own)
  await admin.getByText('该证书已被解除绑定').waitFor()
  await admin.context().close()
}

/** As an administrator does it: the command of the launcher, on the deployment's own authority. */
function issued(on: Deployment, login: string): Files {
  const huabiao = join(import.meta.dirname, '..', '..', 'huabiao')
  const said = execFileSync(huabiao, ['certificate', login], {
    env: { ...process.env, HUABIAO_STATE: on.state },
    encoding: 'utf8',
  })
  assert.match(said, /\.p12/)
  const folder = join(on.state, 'certificates')
  return { keyFile: join(folder, `${login}.key.pem`), certFile: join(folder, `${login}.pem`) }
}
async function madeBy(authority: string, on: Deployment, name: string, days?: number): Promise<Files> {
  const folder = join(on.state, 'journey-certificates')
  mkdirSync(folder, { recursive: true })
  mkdirSync(authority, { recursive: true })
  const files = { keyFile: join(folder, `${name}.key.pem`), certFile: join(folder, `${name}.pem`) }
  await clientCertificate(authority, files, holder, days)
  return files
}

async function openAccount(page: Page, on: Deployment, login: string): Promise<void> {
  await page.goto(`${on.url}/accounts`)
  await page.getByRole('searchbox', { name: '登录名或姓名' }).fill(login)
  await page.getByRole('row', { name: new RegExp(login.replace('.', '\\.')) }).click()
  await page.getByRole('heading', { name: '客户端证书' }).waitFor()
}
async function pasteCertificate(page: Page, { certFile }: Files): Promise<void> {
  await page.getByRole('button', { name: '绑定证书' }).click()
  const dialog = page.getByRole('dialog', { name: '绑定证书' })
  await dialog.getByRole('textbox').fill(readFileSync(certFile, 'utf8'))
  await dialog.getByRole('button', { name: '绑定证书' }).click()
}
async function bind(page: Page, on: Deployment, login: string, files: Files): Promise<void> {
  await openAccount(page, on, login)
  await pasteCertificate(page, files)
  await page.getByText(`CN=${login}`).waitFor()
}

/** A browser in which this certificate was imported, on the way that a person takes: from the address they know. */
async function withCertificate(browser: Browser, on: Deployment, files: Files | undefined): Promise<Page> {
  const page = await newPage(browser, {
    ignoreHTTPSErrors: true,
    ...(files ? { clientCertificates: [{ origin: on.secureUrl, certPath: files.certFile, keyPath: files.keyFile }] } : {}),
  })
  await page.goto(`${on.url}/logon`)
  await page.getByRole('button', { name: '使用客户端证书登录' }).click()
  await page.waitForURL((url) => url.origin === on.secureUrl)
  return page
}

async function logsOnWith(browser: Browser, on: Deployment, files: Files): Promise<void> {
  const page = await withCertificate(browser, on, files)
  await page.getByText(`证书已通过，账号为 ${holder}`).waitFor()
  await looksRight(page, 'logon-certificate')
  // The certificate stands for the password alone: another person's code does not help whoever holds it.
  await typeCode(page, await on.code(colleague))
  await page.getByText('动态口令不正确').waitFor()
  await typeCode(page, await on.code(holder))
  await isInside(page)
  await page.goto(`${on.secureUrl}/account`)
  await page.getByText(`CN=${holder}`).waitFor()
  await page.context().close()
}

async function isRefused(browser: Browser, on: Deployment, files: Files, cause: string): Promise<void> {
  const before = (await recordedCauses(on, 'certificate')).filter((one) => one === cause).length
  const page = await withCertificate(browser, on, files)
  await page.getByText('证书未绑定有效账号').waitFor()
  await looksRight(page, 'logon-certificate-refused')
  await page.context().close()
  const after = (await recordedCauses(on, 'certificate')).filter((one) => one === cause).length
  assert.ok(after > before, `refused for ${cause} is in the ledger`)
}

async function othersAreRefused(browser: Browser, on: Deployment): Promise<void> {
  const ours = join(on.state, 'ca')
  await isRefused(browser, on, await madeBy(ours, on, 'nobody'), 'unbound')
  await isRefused(browser, on, await madeBy(ours, on, 'old', -0.5), 'CERT_HAS_EXPIRED')
  const foreign = join(on.state, 'foreign-ca')
  await isRefused(browser, on, await madeBy(foreign, on, 'foreign'), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE')
  const page = await withCertificate(browser, on, undefined)
  await page.getByText('浏览器没有出示客户端证书').waitFor()
  await page.context().close()
}
