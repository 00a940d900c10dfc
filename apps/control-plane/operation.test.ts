import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { operation } from './operation.ts'
import { operationDoor } from './operation-door.ts'

let ms = 1_000_000
const seen = operation({ now: () => new Date(ms) })
const level = {
  name: 'huabiao_sessions_open',
  help: 'Open.',
  type: 'gauge',
  samples: [{ labels: { state: 'live' }, value: 2 }],
} as const
const door = operationDoor(
  seen,
  () => ({ total: 3, idle: 2, waiting: 1 }),
  () => [level],
)
let url = ''
beforeAll(async () => {
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(door.address() as AddressInfo).port}`
})
afterAll(() => door.close())
const metrics = async (): Promise<string> => (await fetch(`${url}/metrics`)).text()

test('what was answered is counted by route and status, and refusals by code', async () => {
  seen.answered('GET', '/api/v1/changes/:changeId', 200)
  seen.answered('GET', '/api/v1/changes/:changeId', 200)
  seen.answered('POST', '/api/v1/changes', 409)
  seen.problem('change.not_found')
  const text = await metrics()
  expect(text).toContain('huabiao_http_requests_total{method="GET",route="/api/v1/changes/:changeId",status="200"} 2\n')
  expect(text).toContain('huabiao_http_requests_total{method="POST",route="/api/v1/changes",status="409"} 1\n')
  expect(text).toContain('huabiao_refusals_total{code="change.not_found"} 1\n')
  expect(text).toContain('huabiao_database_connections{state="waiting"} 1\n')
  expect(text).toContain('huabiao_sessions_open{state="live"} 2\n')
})

test('a job that fails on is named when it is late, and no more when it succeeds again', async () => {
  let broken = true
  const failed = vi.fn()
  const work = async (): Promise<void> => {
    if (broken) throw new Error('no')
  }
  const stop = seen.repeat('heads', 5, work, failed)
  const stopSlow = seen.repeat('transfers', 60_000, async () => {}, failed)
  await vi.waitFor(() => expect(failed.mock.calls.length).toBeGreaterThan(1), 20_000)
  expect((await fetch(`${url}/health`)).status).toBe(200)
  ms += 31_000
  const degraded = await fetch(`${url}/health`)
  expect(degraded.status).toBe(503)
  // The slow one has a period of a minute: half of it is not late.
  expect(await degraded.json()).toEqual({ ok: false, late: [{ job: 'heads', secondsSinceSuccess: 31 }] })
  expect(await metrics()).toContain('huabiao_job_last_success_age_seconds{job="heads"} 31\n')
  broken = false
  await vi.waitFor(async () => expect((await fetch(`${url}/health`)).status).toBe(200), 20_000)
  ms += 300_001
  expect(seen.late().map(({ job }) => job)).toContain('transfers')
  stop()
  stopSlow()
})

test('the door shows two pages and takes nothing', async () => {
  expect((await fetch(`${url}/metrics`, { method: 'POST', body: 'x' })).status).toBe(405)
  expect((await fetch(`${url}/`)).status).toBe(404)
  expect((await fetch(`${url}/metrics?x=1`)).status).toBe(404)
  expect((await fetch(`${url}/metrics`)).headers.get('content-type')).toContain('version=0.0.4')
  const garbage = await new Promise<string>((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write('no http\r\n\r\n'))
    let text = ''
    socket.on('data', (bytes) => (text += bytes))
    socket.on('close', () => resolve(text))
  })
  expect(garbage).toMatch(/^HTTP\/1.1 400/)
})
