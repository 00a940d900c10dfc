import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { networksOf } from '@huabiao/kit/net/reach'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serverCertificate } from '../../tools/launch/deployment-ca.ts'
import { mailChannel } from './mail-channel.ts'
import { type Harness, startHarness } from './testing/harness.ts'
import { type SmtpPeer, startSmtpPeer } from './testing/smtp-peer.ts'

/** A person's channels through the doors; the code travels by mail to a real relay over TLS. */
const dir = mkdtempSync(join(tmpdir(), 'huabiao-choice-'))
let h: Harness
let owner: pg.Client
let relay: SmtpPeer
beforeAll(async () => {
  const files = { keyFile: join(dir, 'key'), certFile: join(dir, 'cert'), clientCaFile: join(dir, 'ca') }
  await serverCertificate(dir, files, ['mail.test'])
  const [key, cert, ca] = [files.keyFile, files.certFile, files.clientCaFile].map((file) => readFileSync(file, 'utf8'))
  relay = await startSmtpPeer({ key: key!, cert: cert! })
  const places = { hosts: ['mail.test'], networks: networksOf(['127.0.0.0/8']), resolve: async () => ['127.0.0.1'] }
  const terms = { name: 'mail', carries: 'title', host: 'mail.test', port: relay.port, tls: 'starttls' } as const
  h = await startHarness({ channels: [mailChannel({ ...terms, from: 'huabiao@unit.test', domains: ['unit.test'], ca }, places)] })
  owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
}, 60_000)
afterAll(async () => {
  await relay.close()
  await owner.end()
  await h.close()
  rmSync(dir, { recursive: true })
})

const path = '/api/v1/notifications/channels'
async function call(login: string, method: 'GET' | 'POST', url: string, payload?: object) {
  const headers = { authorization: `Bearer ${await h.logOn(login)}`, 'x-huabiao-client': 'cli' }
  const answer = await h.app.inject({ method, url, headers, ...(payload ? { payload } : {}) })
  return { status: answer.statusCode, body: answer.json() }
}
const sent = (): string =>
  /(\d{6})/.exec(
    relay.letters
      .at(-1)!
      .text.split('\n\n')
      .slice(1)
      .join('\n')
      .replace(/=\n/g, '')
      .replace(/=[0-9A-F]{2}/g, ''),
  )![1]!
const aMinuteLater = () => owner.query(`update notice_choice set code_at = code_at - interval '61 seconds'`)
const who = 'lin.guan'
const address = 'lin.shen@unit.test'

test('an address is sent nothing until its code came back, and a code is for one person and one address', async () => {
  expect((await call(who, 'GET', path)).body.items).toMatchObject([
    { name: 'mail', chosen: false, refusal: 'notification.address_unproved' },
  ])
  expect((await call(who, 'POST', `${path}/mail`, { chosen: true })).body.code).toBe('notification.address_unproved')
  expect((await call(who, 'POST', `${path}/post`, { chosen: true })).body.code).toBe('notification.channel_not_found')
  for (const other of [
    'a@elsewhere.test',
    'a@sub.unit.test',
    'a@unit.test,b@elsewhere.test',
    'a <b@unit.test>',
    '"a\r\nBcc: x"@unit.test',
  ])
    expect((await call(who, 'POST', `${path}/mail/code`, { address: other })).body.code, other).toBe(
      'notification.address_not_allowed',
    )
  expect(relay.letters).toHaveLength(0)

  expect((await call(who, 'POST', `${path}/mail/code`, { address })).body).toMatchObject({
    chosen: false,
    mail: { address: null, pending: address },
  })
  expect(relay.letters).toMatchObject([{ to: address }])
  const code = sent()
  expect((await call(who, 'POST', `${path}/mail/code`, { address })).body.code).toBe('notification.code_too_soon')
  expect((await call('han.guan', 'POST', `${path}/mail/address`, { code })).body.code).toBe('notification.code_over')
  const wrong = code === '000000' ? '000001' : '000000'
  expect((await call(who, 'POST', `${path}/mail/address`, { code: wrong })).body.code).toBe('notification.code_wrong')
  expect((await call(who, 'POST', `${path}/mail/address`, { code })).body).toMatchObject({
    chosen: true,
    refusal: null,
    mail: { address },
  })
  // Once: a code that was used is no code.
  expect((await call(who, 'POST', `${path}/mail/address`, { code })).body.code).toBe('notification.code_over')
  expect((await call(who, 'POST', `${path}/mail`, { chosen: false })).body.chosen).toBe(false)
  expect((await call(who, 'POST', `${path}/mail`, { chosen: true })).body.chosen).toBe(true)
})

test('five guesses are all there are, ten minutes too, and the database does not hold the digits', async () => {
  await aMinuteLater()
  await call(who, 'POST', `${path}/mail/code`, { address: 'other@unit.test' })
  const code = sent()
  const held = (await owner.query('select * from notice_choice')).rows
  expect(JSON.stringify(held.map((row) => ({ ...row, code_at: '', code_mac: row.code_mac?.toString('latin1') })))).not.toContain(
    code,
  )
  const wrong = code === '000000' ? '000001' : '000000'
  for (let i = 0; i < 5; i += 1)
    expect((await call(who, 'POST', `${path}/mail/address`, { code: wrong })).body.code).toBe('notification.code_wrong')
  expect((await call(who, 'POST', `${path}/mail/address`, { code })).body.code).toBe('notification.code_over')
  await aMinuteLater()
  await call(who, 'POST', `${path}/mail/code`, { address: 'other@unit.test' })
  const late = sent()
  await owner.query(`update notice_choice set code_at = code_at - interval '11 minutes'`)
  expect((await call(who, 'POST', `${path}/mail/address`, { code: late })).body.code).toBe('notification.code_over')
  // What was proved before goes on.
  expect((await call(who, 'GET', path)).body.items).toMatchObject([{ chosen: true, mail: { address } }])
  const events = (await owner.query(`select body from ledger_record where act like 'notification.%'`)).rows
    .map((row) => row.body)
    .join('\n')
  expect(events).toContain('notification.address_proved')
  expect(events).not.toMatch(/unit\.test/)
})

test('a relay that does not take the code is told, and no way to send many', async () => {
  await aMinuteLater()
  relay.answerRcpt('550 no such mailbox')
  expect((await call(who, 'POST', `${path}/mail/code`, { address: 'nobody@unit.test' })).body.code).toBe(
    'notification.address_unreached',
  )
  expect((await call(who, 'POST', `${path}/mail/code`, { address: 'nobody@unit.test' })).body.code).toBe(
    'notification.code_too_soon',
  )
})
