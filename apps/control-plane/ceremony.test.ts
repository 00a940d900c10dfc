import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { folderStore } from '@huabiao/domains/evidence/evidence.module'
import { systemClock } from '@huabiao/kit/clock/system-clock'
import type { SignerClient } from '@huabiao/kit/crypto/signer-client'
import { fromBase32, hotp, totpStep } from '@huabiao/kit/crypto/totp'
import { openDatabase } from '@huabiao/kit/db/db'
import { testDatabase } from '@huabiao/kit/testkit/testkit'
import pino from 'pino'
import { expect, test } from 'vitest'
import { buildApp } from './app.ts'
import { compose } from './compose.ts'

/** S10: an empty deployment is opened by three persons, none alone, once. */
test('the first-run ceremony takes three persons and closes itself for ever', async () => {
  const database = await testDatabase()
  const db = openDatabase({ url: database.appUrl })
  const token = 'c'.repeat(48)
  const composed = compose({
    db,
    clock: systemClock,
    log: pino({ level: 'silent' }),
    signer: {} as SignerClient,
    objects: folderStore(mkdtempSync(join(tmpdir(), 'huabiao-ceremony-'))),
    secretKey: new Uint8Array(32).fill(3),
    services: [],
    httpsOnly: false,
    origin: 'http://localhost',
    minSoakSeconds: 900,
    requiredGuards: [],
    ceremonyToken: token,
    wsUrl: () => undefined,
  })
  const app = await buildApp(composed, { consoleDir: undefined, gatewayUrls: [] })
  const post = async (path: string, payload: object) => {
    const answer = await app.inject({ method: 'POST', url: `/api/v1/${path}`, headers: { 'x-huabiao-client': 'cli' }, payload })
    return { status: answer.statusCode, body: answer.json() }
  }
  const password = 'Kx7-wombat-Lq9z'
  const person = (seat: string, identityNumber: string, login: string) => ({
    token,
    seat,
    name: `管理员${seat}`,
    nameEn: `Officer ${seat}`,
    identityNumber,
    login,
    password,
  })
  const three = [
    person('PAD', '110101199003070038', 'first.pad'),
    person('SEC', '11010119900307002X', 'first.sec'),
    person('AUD', '110101199003070011', 'first.aud'),
  ]
  const unit = { token, code: 'bureau', nameZh: '数据管理局', nameEn: 'Data Bureau' }

  expect((await post('ceremony/seats', { ...three[0], token: 'x'.repeat(48) })).body.code).toBe('access.ceremony_token')
  expect((await post('ceremony/seats', { ...three[0], identityNumber: '110101199003070039' })).body.code).toBe(
    'person.identity_invalid',
  )
  expect((await post('ceremony/seats', { ...three[0], password: 'short' })).body.code).toBe('identity.password_too_short')
  const secrets: string[] = []
  for (const [i, seat] of three.entries()) {
    const taken = await post('ceremony/seats', seat)
    expect(taken.status, JSON.stringify(taken.body)).toBe(200)
    secrets.push(taken.body.secret)
    if (i === 0) {
      expect((await post('ceremony/seats', three[0]!)).body.code).toMatch(/seat_taken|same_person/)
      const twice = { ...three[1]!, identityNumber: three[0]!.identityNumber }
      expect((await post('ceremony/seats', twice)).body.code, 'one person, one seat').toBe('access.seat_same_person')
    }
    expect((await post('ceremony/close', unit)).body.code, 'not before all three').toBe('access.seat_empty')
    const code = hotp(fromBase32(taken.body.secret), totpStep(new Date()))
    expect(
      (
        await post('ceremony/confirmations', {
          token,
          seat: seat.seat,
          code: String((Number(code) + 1) % 1_000_000).padStart(6, '0'),
        })
      ).body.code,
    ).toBe('access.seat_code_wrong')
    expect((await post('ceremony/confirmations', { token, seat: seat.seat, code })).status).toBe(200)
  }
  expect((await post('ceremony/close', unit)).body).toMatchObject({ open: false })
  for (const again of [post('ceremony/close', unit), post('ceremony/seats', person('PAD', '110101199003070054', 'again.pad'))])
    expect((await again).body.code).toBe('access.ceremony_closed')

  const first = await post('logon/password', { login: 'first.sec', password })
  expect(first.body.factors).toEqual(['totp'])
  const logged = await post('logon/totp', {
    challenge: first.body.challenge,
    code: hotp(fromBase32(secrets[1]!), totpStep(new Date())),
  })
  expect(logged.body.me).toMatchObject({ roles: ['SEC'], tenant: { party: 'management-unit' } })
  await app.close()
  await db.close()
})
