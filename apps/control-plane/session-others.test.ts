import { replayRefusal } from '@huabiao/domains/session/session.model'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from './testing/harness.ts'

/** Whose sessions somebody learns of, may join and may look at again (NT-E03, S3-A.8-03). */
let h: Harness
let sessionId = ''
beforeAll(async () => {
  h = await startHarness()
  expect((await h.gateway('hello', { bootId: h.bootId, version: 'test' })).status).toBe(200)
  const { id, no } = await h.scheduledChange()
  await h.composed.jobs.changes()
  await h.present(id)
  await h.act('zhao.ming', id, 'begin', { confirm: no })
  sessionId = (await h.claim()).find((work) => work.kind === 'open')!.sessionId
  await h.gateway(`sessions/${sessionId}/opened`, { bootId: h.bootId, startedAt: new Date().toISOString() })
}, 90_000)
afterAll(() => h.close())

const listed = async (login: string, query = ''): Promise<string[]> =>
  ((await h.call(login, 'GET', `/sessions${query}`)).body as { items: { id: string }[] }).items.map(({ id }) => id)

describe('NT-E03', () => {
  test('the session of others is in no list of theirs, has no page, and cannot be joined, watched, replayed or ended by its id', async () => {
    for (const login of ['wang.lu', 'wu.di', 'zheng.hao']) {
      expect(await listed(login), login).toEqual([])
      for (const [method, path, body] of [
        ['GET', '', undefined],
        ['GET', '/recording', undefined],
        ['POST', '/watch', {}],
        ['POST', '/kill', { reason: 'x' }],
        ['POST', '/commands', { argv: ['df', '-h'] }],
      ] as const) {
        const { status } = await h.call(login, method, `/sessions/${sessionId}${path}`, body)
        expect([403, 404], `${login} ${method} ${path}: ${status}`).toContain(status)
      }
    }
  })

  test('executor and reviewer see and join it; those whose duty it is do too', async () => {
    for (const login of ['zhao.ming', 'qian.wei', 'sun.jie', 'chen.jing', 'zhu.cha']) {
      expect(await listed(login), login).toEqual([sessionId])
      const watched = await h.call(login, 'POST', `/sessions/${sessionId}/watch`, {})
      expect(watched.status, `${login} ${JSON.stringify(watched.body)}`).toBe(200)
    }
  })

  test('a ticket to join is for whoever it was made for: from another address it opens nothing, and once', async () => {
    const { ticket } = (await h.call('qian.wei', 'POST', `/sessions/${sessionId}/watch`, {})).body as { ticket: string }
    const redeem = async (sourceIp: string) =>
      (await h.gateway<{ code?: string }>('tickets/redeem', { ticket, sourceIp })).body.code
    expect(await redeem('10.9.9.9')).toBe('session.ticket_invalid')
    expect(await redeem('127.0.0.1')).toBeUndefined()
    expect(await redeem('127.0.0.1'), 'once').toBe('session.ticket_invalid')
  })

  test('the customer sees what was done on their systems; another customer does not', async () => {
    for (const login of ['cao.li', 'yan.yun', 'hua.shen'])
      expect(await listed(login, '?ofOthers=true'), login).toEqual([sessionId])
    expect(await listed('tao.ran', '?ofOthers=true')).toEqual([])
    expect(await listed('zhu.cha', '?ofOthers=true'), 'their own unit’s').toEqual([])
  })
})

describe('recordings are for the auditors of their own plane (S3-A.8-03)', () => {
  const person = { personId: 'p', tenantId: 'provider', party: 'service-provider' }
  const auditor = { audit: true, ofProvider: false }
  const whose = { executorId: 'x', reviewerId: 'y' }
  const ofPlatform = { ...whose, plane: 'platform' as const, tenantId: 'provider' }
  const ofTenant = { ...whose, plane: 'tenant' as const, tenantId: 'unit' }
  const tau = { personId: 't', tenantId: 'unit', party: 'user-unit' }

  test('the platform’s by its auditor, the tenant’s by the tenant’s; oversight reads the platform’s alone', () => {
    const no = 'session.recording_not_yours'
    expect(replayRefusal(ofPlatform, person, auditor)).toBeUndefined()
    expect(replayRefusal(ofTenant, person, auditor)).toBe(no)
    expect(replayRefusal(ofTenant, tau, auditor)).toBeUndefined()
    expect(replayRefusal(ofTenant, { ...tau, tenantId: 'another' }, auditor)).toBe(no)
    expect(replayRefusal(ofPlatform, { ...person, party: 'supervision-provider', tenantId: 's' }, auditor)).toBeUndefined()
    expect(replayRefusal(ofTenant, { ...person, party: 'supervision-provider', tenantId: 's' }, auditor)).toBe(no)
    expect(replayRefusal(ofPlatform, person, { audit: false, ofProvider: true })).toBe(no)
  })

  test('the customer replays what the provider did where policy lets them', () => {
    expect(replayRefusal(ofPlatform, tau, auditor)).toBe('session.recording_not_yours')
    expect(replayRefusal(ofPlatform, tau, { audit: true, ofProvider: true })).toBeUndefined()
    expect(replayRefusal(ofTenant, { ...person, personId: 'x' }, { audit: false, ofProvider: false })).toBeUndefined()
  })
})
