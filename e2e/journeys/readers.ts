import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { listChanges } from '@huabiao/domains/change/change.contract'
import { passVerification, resumeChange } from '@huabiao/domains/change/change-execution.contract'
import { listChains, listLedger } from '@huabiao/domains/ledger/ledger.contract'
import { exportAccessReview } from '@huabiao/domains/lifecycle/lifecycle-review.contract'
import { getSession, listSessions } from '@huabiao/domains/session/session.contract'
import { openTerminal } from '@huabiao/domains/session/session-terminal.contract'
import { listViolations } from '@huabiao/domains/violation/violation.contract'
import { type ApiClient, ProblemError } from '@huabiao/kit/http/client'
import { logOn, looksRightInBoth, withBrowser } from '../browser.ts'
import { provedByHead } from '../crash-proof.ts'
import type { Deployment } from '../deployment.ts'
import { firstChange } from './first-change.ts'

/** Those who read and never act: the provider's auditor in the course of a week, and the auditor of a user unit. */

const refusal = async (act: Promise<unknown>): Promise<string> =>
  act.then(
    () => 'done',
    (cause: unknown) => (cause instanceof ProblemError ? cause.problem.code : String(cause)),
  )

/** Sessions replayed, a record proved, who can do what taken along as a file, violations read; and no act of any kind (NT-C03). */
export async function auditorsWeek(on: Deployment): Promise<void> {
  const auditor = await on.as('zhu.cha')
  let sealed = (await auditor(listSessions, { query: { state: 'sealed', limit: 100 } })).items
  if (sealed.length === 0) {
    await firstChange(on)
    sealed = (await auditor(listSessions, { query: { state: 'sealed', limit: 100 } })).items
  }
  const [session] = sealed
  assert.ok(session, 'a recording is sealed')
  assert.equal((await auditor(getSession, { params: { sessionId: session.id } })).replayRefusal, null)
  const chain = (await auditor(listChains)).items.find((one) => one.plane === 'platform' && one.size > 20)!
  const place = { tenantId: chain.tenantId, plane: 'platform' as const }
  const { items } = await auditor(listLedger, { query: { ...place, act: 'session.sealed', limit: 1 } })
  await provedByHead(auditor, place, items[0]!.seq)
  const rights = await (await on.as('zhu.cha', 60_000))(exportAccessReview, { body: {} })
  assert.ok(rights.rows > 10 && rights.csv.includes(on.account('zhao.ming').name), 'who can do what is a file')
  assert.equal(createHash('sm3').update(rights.csv).digest('hex'), rights.sm3, 'its digest is the one in the ledger')
  await auditor(listViolations, { query: { show: 'all', limit: 20 } })
  await actsOnNothing(auditor)
  await withBrowser(async (browser) => {
    const page = await logOn(browser, on, 'zhu.cha')
    await page.goto(`${on.url}/sessions/${session.id}`)
    await page.getByRole('button', { name: '播放' }).first().waitFor()
    await looksRightInBoth(page, 'auditor-session')
    await page.goto(`${on.url}/ledger`)
    await page.locator('h1').first().waitFor()
    await looksRightInBoth(page, 'auditor-ledger')
    await page.context().close()
  })
}

async function actsOnNothing(auditor: ApiClient): Promise<void> {
  const [change] = (await auditor(listChanges, { query: { limit: 1 } })).items
  const params = { changeId: change!.id }
  const resumes = { cause: '试图干预', failedStep: 'accept' } as const
  assert.equal(await refusal(auditor(resumeChange, { params, body: resumes })), 'access.denied')
  assert.equal(await refusal(auditor(passVerification, { params, body: { reason: '试图干预' } })), 'access.denied')
  const body = { emergencyNo: 'EC-20261130-0001', targetName: 'portal-web-01', account: 'hb-app' }
  assert.equal(await refusal(auditor(openTerminal, { body })), 'access.denied')
}

/** What the provider did on the unit's own hosts: each session with its results and its recording, and nothing of anybody else's. */
export async function tenantReads(on: Deployment): Promise<void> {
  const tenant = await on.as('hua.shen')
  const items = (await tenant(listSessions, { query: { ofOthers: 'true', limit: 100 } })).items
  assert.ok(items.length > 0, 'the provider worked on hosts of this unit')
  assert.ok(
    items.every(({ targetNames }) => targetNames.every((name) => name.startsWith('portal-'))),
    'only their own hosts',
  )
  const archive = await on.as('tao.ran')
  const theirs = (await archive(listSessions, { query: { ofOthers: 'true', limit: 100 } })).items
  const mine = new Set(items.map(({ id }) => id))
  assert.ok(
    theirs.every(({ id }) => !mine.has(id)),
    'another unit sees none of it',
  )
  const sessionId = items.find(({ state }) => state === 'sealed')!.id
  const session = await tenant(getSession, { params: { sessionId } })
  assert.equal(session.replayRefusal, null, 'a tenant’s auditor replays what was done on its hosts')
  assert.equal(await refusal(archive(getSession, { params: { sessionId } })), 'session.not_found')
  await withBrowser(async (browser) => {
    const page = await logOn(browser, on, 'hua.shen')
    await page.goto(`${on.url}/on-my-systems`)
    await page.locator('tbody tr').first().waitFor()
    await looksRightInBoth(page, 'on-my-systems')
    await page.goto(`${on.url}/sessions/${sessionId}`)
    await page.getByRole('button', { name: '播放' }).first().waitFor()
    await page.context().close()
  })
}
