import { connect } from 'node:net'
import { Problem } from '@huabiao/kit/contract/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from './testing/harness.ts'
import { everyPhrase } from './testing/words.ts'

/** What no client library would send: paths that climb, bytes that are no HTTP, bodies that do not end. Written to a real socket. */
let h: Harness
let port: number
let codes: ReadonlySet<string>
beforeAll(async () => {
  h = await startHarness()
  await h.app.listen({ host: '127.0.0.1', port: 0 })
  port = (h.app.server.address() as { port: number }).port
  codes = new Set((await everyPhrase()).keys())
}, 60_000)
afterAll(() => h.close())

/** Everything that comes back until the server closes. */
const send = (bytes: string | Buffer): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
    socket.on('error', (cause) => (chunks.length > 0 ? resolve(Buffer.concat(chunks).toString('latin1')) : reject(cause)))
    socket.setTimeout(15_000, () => socket.destroy(new Error('no answer')))
    socket.write(bytes)
  })
const get = (path: string, head = ''): string => `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n${head}\r\n`
function expectRefused(answer: string, about: string): void {
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  expect(Number(head.slice(9, 12)), `${about}: ${answer.slice(0, 300)}`).toBeGreaterThanOrEqual(400)
  expect(Number(head.slice(9, 12)), `${about}: ${answer.slice(0, 300)}`).toBeLessThan(500)
  expect(head.toLowerCase(), about).toContain('content-type: application/problem+json')
  const { code } = Problem.strict().parse(JSON.parse(body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1)))
  expect(codes.has(code), `${about}: ${code}`).toBe(true)
}

describe('raw HTTP', () => {
  const paths = [
    '/api/v1/../../etc/passwd',
    '/api/v1/%2e%2e/%2e%2e/etc/passwd',
    '/api/v1/..%2f..%2fetc%2fpasswd',
    '/api/v1/changes/%00',
    '/api/v1/changes/%2fme',
    '/api/v1/changes/%c0%af',
    '/api/v1/changes/%',
    `/api/v1/changes/${'a'.repeat(9000)}`,
    '//api/v1/me',
    '/api//v1/me',
    '/API/V1/ME',
    '/api/v1/me/',
    '/api/v1/me;a=b',
    '/api/v1/me%3fa',
    '/\\api\\v1\\me',
    'http://evil.example/api/v1/me',
    '*',
  ]
  test('a path that climbs, hides or is none reaches nothing', async () => {
    for (const path of paths) expectRefused(await send(get(path)), path)
  })

  const garbage: readonly (readonly [string, string | Buffer])[] = [
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['an unknown version', 'GET /api/v1/health HTTP/9.9\r\n\r\n'],
    ['an unknown method', 'STEAL /api/v1/health HTTP/1.1\r\nhost: localhost\r\n\r\n'],
    ['two lengths', 'POST /api/v1/logon/password HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}'],
    [
      'length and chunks',
      'POST /api/v1/logon/password HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    [
      'a broken chunk',
      'POST /api/v1/logon/password HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
    ],
    ['a header of 100 KB', get('/api/v1/me', `x-a: ${'a'.repeat(100_000)}\r\n`)],
    ['bytes of TLS', Buffer.from('1603010200010001fc0303', 'hex')],
    ['a NUL in a header', get('/api/v1/me', 'x-a: \0\r\n')],
    [
      'a body said to be larger than allowed',
      'POST /api/v1/logon/password HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 99999999\r\n\r\n{',
    ],
  ]
  test.each(garbage)('%s is refused as a problem document', async (about, bytes) => {
    expectRefused(await send(bytes), about)
  })

  test('the same name twice in a body or a query takes neither way around the contract', async () => {
    const body = '{"login":"zhao.ming","login":"qian.wei\\u0000","password":"x"}'
    const answer = await send(
      `POST /api/v1/logon/password HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
    expectRefused(answer, 'twice')
    const token = await h.logOn('zhao.ming')
    expectRefused(await send(get('/api/v1/changes?limit=1&limit=100000', `authorization: Bearer ${token}\r\n`)), 'query twice')
  })
})
