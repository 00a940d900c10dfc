import { createHash, randomBytes } from 'node:crypto'
import type { TransferView } from '@huabiao/domains/transfer/transfer.contract'
import { partBytes } from '@huabiao/domains/transfer/transfer.model'
import type { TicketView } from '@huabiao/domains/transfer/transfer-ticket.contract'
import { sm3 } from '@huabiao/kit/crypto/suite'
import { toHex } from '@huabiao/kit/merkle/bytes'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Harness, startHarness } from './testing/harness.ts'

/** A file out: asked for with a purpose, approved by two others, fetched by the platform, given to one person so often and so long (RL-22). */
let h: Harness
let owner: pg.Client
let changeId: string
let targetId: string
const content = randomBytes(partBytes + 77)
const digests = { bytes: content.length, sm3: toHex(sm3(content)), sha256: createHash('sha256').update(content).digest('hex') }
beforeAll(async () => {
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
  await h.gateway('hello', { bootId: h.bootId, version: 'test' })
  const change = await h.scheduledChange()
  changeId = change.id
  targetId = change.targets[0]!.id
}, 120_000)
afterAll(async () => {
  await owner.end()
  await h.close()
})

const wanted = () => ({
  changeId,
  targetId,
  path: '/var/log/app/app.log',
  purpose: '分析登录失败',
  dataClass: 'internal',
  hours: 4,
  downloads: 2,
})
async function ask(over: object = {}, login = 'zhao.ming'): Promise<{ status: number; body: TicketView & { code?: string } }> {
  return h.call(login, 'POST', '/transfer-tickets', { ...wanted(), ...over })
}
const act = async (login: string, id: string, name: string, body: object = {}) => {
  const answer = await h.call(login, 'POST', `/transfer-tickets/${id}/${name}`, body)
  return answer as { status: number; body: TicketView & { code?: string } }
}
const stateOf = async (id: string): Promise<string> =>
  ((await h.call('zhao.ming', 'GET', `/transfer-tickets/${id}`)).body as TicketView).state
const approve = (login: string, id: string) => act(login, id, 'decisions', { verdict: 'approve' })
async function out(login: string, path: string) {
  const { body } = await h.call(login, 'POST', '/transfers', { channel: 'console', direction: 'out', path })
  return body as { outcome: string; code?: string; transferId: string; bytes: number; sha256: string }
}
/** Fetches as a gateway would: opens the recorder, and answers the one command with the file. */
async function fetched(id: string, how: 'complete' | 'refused' = 'complete'): Promise<void> {
  const asking = act('zhao.ming', id, 'fetch')
  let open: { sessionId: string } | undefined
  while (!open) open = (await h.claim()).find((work) => work.kind === 'open')
  await h.gateway(`sessions/${open.sessionId}/opened`, { bootId: h.bootId, startedAt: new Date().toISOString() })
  const { status, body } = await asking
  expect(status, JSON.stringify(body)).toBe(200)
  expect(body.state).toBe('fetching')
  const work = (await h.claim()).find((one) => one.kind === 'fetch')
  if (work?.kind !== 'fetch') throw new Error('no fetch was queued')
  const grant = JSON.parse((work.grant as { payload: string }).payload) as { kind: string; command: { line: string } }
  expect(grant).toMatchObject({ kind: 'observe', command: { line: `head -c ${64 * 1024 * 1024 + 1} /var/log/app/app.log` } })
  if (how === 'complete')
    for (const index of [0, 1]) {
      const data = content.subarray(index * partBytes, (index + 1) * partBytes).toString('base64')
      expect((await h.gateway(`transfers/${work.transferId}/parts`, { index, data })).status).toBe(200)
    }
  const report =
    how === 'complete'
      ? { outcome: 'complete', ...digests }
      : { outcome: 'refused', code: 'transfer.fetch_failed', kept: false, ...digests, bytes: 0 }
  expect((await h.gateway(`transfers/${work.transferId}/ended`, report)).status).toBe(200)
  // The session that was opened for it is closed by the platform, and sealed by the gateway.
  expect((await h.claim()).some((one) => one.kind === 'close' && one.sessionId === work.sessionId)).toBe(true)
}

test('a ticket needs a change one carries out, one of its targets, a plain path, and no more than its class allows', async () => {
  expect((await ask({ path: '/var/log/../shadow' })).body.code).toBe('transfer.ticket_path_unfit')
  expect((await ask({ path: '/var/log/$(id)' })).body.code).toBe('transfer.ticket_path_unfit')
  expect((await ask({ dataClass: 'personal' })).body.code).toBe('transfer.ticket_too_wide')
  expect((await ask({}, 'wu.di')).body.code, 'RL-19').toBe('transfer.ticket_no_purpose')
  expect((await ask({ targetId: changeId })).body.code).toBe('transfer.ticket_no_purpose')
})

let ticket: TicketView
test('it is decided by the owner and the security administrator, one after the other, and never by the person themselves', async () => {
  ticket = (await ask()).body
  expect(ticket).toMatchObject({ state: 'open', used: 0, account: 'hb-app', decideRefusal: 'approval.own_item' })
  const security = ticket.stages.find((stage) => stage.key === 'security')!.candidates
  expect(security.length).toBeGreaterThan(0)
  expect((await approve('zhao.ming', ticket.id)).status).toBe(403)
  expect((await approve('yang.an', ticket.id)).body.code, 'not their turn').toBe('approval.not_candidate')
  expect((await out('zhao.ming', `/download/${ticket.no}/app.log`)).code).toBe('transfer.ticket_not_approved')
  expect((await act('zhao.ming', ticket.id, 'fetch')).body.code).toBe('transfer.ticket_not_approved')
  const forge = (sql: string) => owner.query(sql.replaceAll('$', ticket.id))
  await expect(
    forge(
      `update transfer_ticket set decision = 'approved', decided_at = now(), expires_at = now() + interval '1 hour' where id = '$'`,
    ),
  ).rejects.toThrow(/ticket_not_approved/)
  await expect(forge(`update transfer_ticket set path = '/etc/shadow' where id = '$'`)).rejects.toThrow(/no_ticket/)
  expect(ticket.stages[0]).toMatchObject({ key: 'owner', candidates: [{ name: '沈主' }] })
  expect((await approve('shen.zhu', ticket.id)).body.state).toBe('open')
  const granted = await approve('yang.an', ticket.id)
  expect(granted.body, JSON.stringify(granted.body)).toMatchObject({
    state: 'approved',
    fetchRefusal: 'transfer.ticket_not_yours',
  })
})

test('the file is fetched by the platform; what went wrong is said, and may be tried again', async () => {
  expect((await act('wu.di', ticket.id, 'fetch')).body.code).toBe('transfer.ticket_not_yours')
  await fetched(ticket.id, 'refused')
  expect((await h.call('zhao.ming', 'GET', `/transfer-tickets/${ticket.id}`)).body as TicketView).toMatchObject({
    state: 'approved',
    fetchFault: 'transfer.fetch_failed',
  })
  await fetched(ticket.id)
  ticket = (await h.call('zhao.ming', 'GET', `/transfer-tickets/${ticket.id}`)).body
  expect(ticket).toMatchObject({ state: 'ready', place: `/download/${ticket.no}/app.log`, content: digests })
})

test('it goes to that person alone, so often as was approved, and every download is on record', async () => {
  const place = ticket.place!
  expect((await out('wu.di', place)).code).toBe('transfer.ticket_not_yours')
  expect((await out('zhao.ming', `/download/${ticket.no}/shadow`)).code).toBe('transfer.no_ticket')
  const forged = `insert into transfer_record select (jsonb_populate_record(null::transfer_record, to_jsonb(t) || jsonb_build_object('id', gen_random_uuid(), 'direction', 'out', 'state', 'open', 'channel', 'sftp', 'ended_at', null, 'person_id', gen_random_uuid()))).* from transfer_record t where ticket_id = '${ticket.id}' and state = 'accepted'`
  await expect(owner.query(forged), 'RL-22 in the database').rejects.toThrow(/no_ticket/)
  await expect(owner.query(forged.replace(`'open'`, `'delivered'`))).rejects.toThrow(/opened/)
  for (const used of [1, 2]) {
    const opened = await out('zhao.ming', place)
    expect(opened).toMatchObject({ outcome: 'admitted', bytes: content.length, sha256: digests.sha256 })
    const parts = []
    for (const index of [0, 1]) {
      const path = `/transfers/${opened.transferId}/parts/read`
      expect((await h.call('wu.di', 'POST', path, { index })).status).toBe(404)
      parts.push(Buffer.from(((await h.call('zhao.ming', 'POST', path, { index })).body as { data: string }).data, 'base64'))
    }
    expect(Buffer.concat(parts).equals(content)).toBe(true)
    const done = (await h.call('zhao.ming', 'POST', `/transfers/${opened.transferId}/received`)).body as TransferView
    expect(done).toMatchObject({ state: 'delivered', ...digests, targetNames: ['portal-web-01'], path: '/var/log/app/app.log' })
    expect(((await h.call('zhao.ming', 'GET', `/transfer-tickets/${ticket.id}`)).body as TicketView).used).toBe(used)
    const { rows } = await owner.query(
      `select body from ledger_record where body::jsonb ->> 'object' = $1 and body::jsonb ->> 'act' = 'transfer.delivered'`,
      [`transfer/${opened.transferId}`],
    )
    expect(JSON.parse(rows[0].body).data).toMatchObject({ personName: '赵明', ticketId: ticket.id, ...digests })
  }
  expect((await out('zhao.ming', place)).code).toBe('transfer.ticket_closed')
})

test('what comes by a gateway is read without a grant only for a download that it serves', async () => {
  const second = (await ask({ downloads: 1, dataClass: 'personal' })).body
  await approve('shen.zhu', second.id)
  await approve('yang.an', second.id)
  await fetched(second.id)
  const ready = (await h.call('zhao.ming', 'GET', `/transfer-tickets/${second.id}`)).body as TicketView
  const { items } = (await h.call('zhao.ming', 'GET', '/transfer-places')).body as {
    items: { path: string; direction: string }[]
  }
  expect(items).toMatchObject([{ path: ready.place, direction: 'out' }])
  const { transferId } = (
    await h.call('zhao.ming', 'POST', '/transfers', { channel: 'sftp', direction: 'out', path: ready.place })
  ).body as { transferId: string }
  const read = (id: string) => h.gateway<{ data: string }>(`transfers/${id}/parts/read`, { index: 1, grantId: null })
  expect(Buffer.from((await read(transferId)).body.data, 'base64').equals(content.subarray(partBytes))).toBe(true)
  expect((await read(ready.content!.transferId)).status, 'not of the content itself').toBe(409)
  expect((await h.gateway(`transfers/${transferId}/ended`, { outcome: 'delivered', ...digests })).status).toBe(200)
  expect((await read(transferId)).status, 'it has ended').toBe(409)
})

test('undecided and withdrawn tickets give nothing', async () => {
  const { id } = (await ask()).body
  expect((await act('wu.di', id, 'withdraw')).body.code).toBe('transfer.ticket_not_yours')
  expect((await act('zhao.ming', id, 'withdraw')).body.state).toBe('withdrawn')
  expect((await approve('shen.zhu', id)).body.code).toBe('transfer.ticket_closed')
})

test('a gateway that dies in the middle gives the ticket back, and what it brings later is not taken', async () => {
  const { id } = (await ask()).body
  await approve('shen.zhu', id)
  await approve('yang.an', id)
  const asking = act('zhao.ming', id, 'fetch')
  let open: { sessionId: string } | undefined
  while (!open) open = (await h.claim()).find((work) => work.kind === 'open')
  await h.gateway(`sessions/${open.sessionId}/opened`, { bootId: h.bootId, startedAt: new Date().toISOString() })
  expect((await asking).body.state).toBe('fetching')
  const work = (await h.claim()).find((one) => one.kind === 'fetch')
  if (work?.kind !== 'fetch') throw new Error('no fetch was queued')
  await h.composed.jobs.transfers()
  expect(await stateOf(id)).toBe('fetching')
  await owner.query(`update session_gateway set seen_at = seen_at - interval '1 minute'`)
  await h.composed.jobs.gateways()
  await h.composed.jobs.transfers()
  expect(await stateOf(id)).toBe('approved')
  expect((await h.gateway('hello', { bootId: h.bootId, version: 'test' })).status).toBe(200)
  const late = { index: 0, data: content.subarray(0, partBytes).toString('base64') }
  expect((await h.gateway(`transfers/${work.transferId}/parts`, late)).body).toMatchObject({ code: 'transfer.wrong_state' })
  await fetched(id)
})
