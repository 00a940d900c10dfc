import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { logonPassword, logonWebAuthn, logonWebAuthnOptions } from '@huabiao/domains/identity/identity.contract'
import { apiClient, ProblemError } from '@huabiao/kit/http/client'
import type { Browser, Page } from 'playwright-core'
import { givePassword, isInside, logOn, looksRight, looksRightInBoth, newPage, typeCode, withBrowser } from '../browser.ts'
import type { Deployment } from '../deployment.ts'
import { asOwner, recordedCauses } from '../owner-database.ts'
import { type Credential, plugIn } from '../security-key.ts'
import { accounts } from './identity-account.ts'
import { certificates } from './identity-certificate.ts'

/** Who somebody is, proved in a real browser: security keys and client certificates, and what of them must not get in. */
export const identity = (on: Deployment): Promise<void> =>
  withBrowser(async (browser) => {
    await securityKeys(browser, on)
    await certificates(browser, on)
    await accounts(browser, on)
  })

const owner = 'feng.ban'
const other = 'wu.di'

async function securityKeys(browser: Browser, on: Deployment): Promise<void> {
  const page = await logOn(browser, on, owner)
  const key = await plugIn(page)
  await page.goto(`${on.url}/account`)
  await page.getByRole('button', { name: '登记安全密钥' }).click()
  await page.getByRole('dialog').getByRole('textbox', { name: '名称' }).fill('蓝色 USB 密钥')
  await page.getByRole('dialog').getByRole('button', { name: '登记安全密钥' }).click()
  await page.getByText('蓝色 USB 密钥').waitFor()
  await looksRightInBoth(page, 'account')
  const credential = await key.read()
  assert.equal(credential.rpId, 'localhost')

  const used = await logsOnAndStepsUp(browser, on, credential)
  await aCopyIsRefused(browser, on, credential)
  await anotherOriginIsRefused(browser, on, used)
  await anotherPersonIsRefused(browser, on, used)
  await atAnAddressItIsExplained(browser, on)
  await removesIt(browser, on, page)
}

const bySecurityKey = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: '使用安全密钥' }).click()
}
async function logsOnAndStepsUp(browser: Browser, on: Deployment, credential: Credential): Promise<Credential> {
  const page = await newPage(browser)
  const key = await plugIn(page, credential)
  await givePassword(page, on, owner)
  await page.getByRole('button', { name: '使用安全密钥' }).waitFor()
  await looksRight(page, 'logon-second')
  await bySecurityKey(page)
  await isInside(page)
  await page.goto(`${on.url}/account`)
  await stepsUp(on, page)
  const used = await key.read()
  assert.ok(used.signCount >= credential.signCount + 2, 'the key counts')
  await page.context().close()
  return used
}

/** The second factor has grown old: the act waits for the key, and goes on by itself. */
async function stepsUp(on: Deployment, page: Page): Promise<void> {
  await asOwner(on, (client) =>
    client.query(`update logon_session set mfa_at = mfa_at - interval '1 hour' where revoked_at is null`),
  )
  await page.getByRole('button', { name: '更换身份验证器' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '更换身份验证器' }).click()
  await page.getByText('再次验证身份').waitFor()
  await looksRight(page, 'step-up')
  await bySecurityKey(page)
  await page.getByText('再次验证身份').waitFor({ state: 'detached' })
  await page.locator('.qr').waitFor()
  await page.keyboard.press('Escape')
}

const refusedKey = (page: Page) => page.getByText('安全密钥没有通过验证').waitFor()

/** NT-A12: a counter that does not go on is a copied key. */
async function aCopyIsRefused(browser: Browser, on: Deployment, old: Credential): Promise<void> {
  const page = await newPage(browser)
  await plugIn(page, { ...old, signCount: 0 })
  await givePassword(page, on, owner)
  await bySecurityKey(page)
  await refusedKey(page)
  await looksRight(page, 'logon-key-refused')
  await page.context().close()
  await isRecorded(on, 'counter')
}

/** A page of somebody else on this very host: the browser signs, and says where; the platform looks at where. */
async function anotherOriginIsRefused(browser: Browser, on: Deployment, credential: Credential): Promise<void> {
  const server = createServer((_request, answer) => answer.setHeader('content-type', 'text/html').end('<h1>phish</h1>'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const phish = `http://localhost:${(server.address() as AddressInfo).port}`
  try {
    const page = await newPage(browser)
    await plugIn(page, { ...credential, signCount: credential.signCount + 10 })
    await page.goto(phish)
    const visitor = apiClient({ baseUrl: on.url, headers: () => ({ 'x-huabiao-client': 'cli' }) })
    const { challenge } = await visitor(logonPassword, { body: { login: owner, password: on.account(owner).password } })
    const { options } = await visitor(logonWebAuthnOptions, { body: { challenge } })
    const response = await page.evaluate(signWith, options as never)
    const refused = await visitor(logonWebAuthn, { body: { challenge, response: response as never } }).catch((error) => error)
    assert.ok(refused instanceof ProblemError && refused.problem.code === 'identity.key_refused', String(refused))
    await page.context().close()
  } finally {
    server.close()
  }
  await isRecorded(on, 'origin')
}
/** In the page: what a phishing page does with options it fetched for its victim. */
async function signWith(options: { challenge: string; rpId: string; allowCredentials: { id: string }[] }): Promise<object> {
  const bytes = (text: string) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0))
  const { credentials } = (
    globalThis as unknown as { navigator: { credentials: { get(of: object): Promise<{ toJSON(): object }> } } }
  ).navigator
  const got = await credentials.get({
    publicKey: {
      challenge: bytes(options.challenge),
      rpId: options.rpId,
      userVerification: 'required',
      allowCredentials: options.allowCredentials.map(({ id }) => ({ id: bytes(id), type: 'public-key' as const })),
    },
  })
  return got.toJSON()
}

/** Somebody who knows another's password, with a key of their own: not that account's key. */
async function anotherPersonIsRefused(browser: Browser, on: Deployment, credential: Credential): Promise<void> {
  const thief = await logOn(browser, on, other)
  const own = await plugIn(thief)
  await thief.goto(`${on.url}/account`)
  await thief.getByRole('button', { name: '登记安全密钥' }).click()
  await thief.getByRole('dialog').getByRole('textbox', { name: '名称' }).fill('自己的密钥')
  await thief.getByRole('dialog').getByRole('button', { name: '登记安全密钥' }).click()
  await thief.getByText('自己的密钥').waitFor()
  const theirs = await own.read()
  const page = await newPage(browser)
  await plugIn(page, theirs)
  // The page is altered as a thief would alter it, so that the browser signs for the victim's challenge with the thief's key.
  await page.route('**/logon/webauthn/options', async (route) => {
    const answer = await route.fetch()
    const body = (await answer.json()) as { options: { allowCredentials: object[] } }
    const id = theirs.credentialId.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
    body.options.allowCredentials = [{ id, type: 'public-key' }]
    await route.fulfill({ response: answer, json: body })
  })
  await givePassword(page, on, owner)
  await bySecurityKey(page)
  await refusedKey(page)
  assert.notEqual(theirs.credentialId, credential.credentialId)
  await page.context().close()
  await thief.context().close()
  await isRecorded(on, 'not-yours')
}

/** Under an address no browser gives out a key: the page says where it would. */
async function atAnAddressItIsExplained(browser: Browser, on: Deployment): Promise<void> {
  const page = await newPage(browser)
  await page.goto(`${on.url.replace('localhost', '127.0.0.1')}/logon`)
  await page.locator('input[name=username]').fill(owner)
  await page.locator('input[type=password]').first().fill(on.account(owner).password)
  await page.keyboard.press('Enter')
  await page.locator('button[aria-disabled=true]', { hasText: '使用安全密钥' }).hover()
  await page.getByText(`请从 ${on.url} 登录`).waitFor()
  await page.context().close()
}

async function removesIt(browser: Browser, on: Deployment, page: Page): Promise<void> {
  await page.goto(`${on.url}/account`)
  const row = page.locator('.credential', { hasText: '蓝色 USB 密钥' })
  await row.getByRole('button', { name: '移除' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '移除' }).click()
  await page.getByText('再次验证身份').waitFor()
  await typeCode(page, await on.code(owner))
  await row.waitFor({ state: 'detached' })
  await page.context().close()
  const again = await newPage(browser)
  await givePassword(again, on, owner)
  await typeCode(again, await on.code(owner))
  await isInside(again)
  await again.context().close()
}

/** Refused for this very cause, and recorded so: the caller hears one word for all of them. */
async function isRecorded(on: Deployment, cause: string): Promise<void> {
  assert.ok((await recordedCauses(on, 'webauthn')).includes(cause), `a key refused for ${cause} is in the ledger`)
}
