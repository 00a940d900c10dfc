import { generateKeyPairSync } from 'node:crypto'
import { gatewayPulse } from '@huabiao/domains/session/session-gateway.contract'
import { ProblemError } from '@huabiao/kit/http/client'
import { expect, test } from 'vitest'
import { causeOf, codeOf, controlPlane } from './control-plane.ts'
import { freePort } from './testing/sshd-target.ts'

test('an answer that never came says in the log why; what is decided by its code is decided as before', async () => {
  const { privateKey: key } = generateKeyPairSync('ed25519')
  const { gateway } = controlPlane({
    url: `http://127.0.0.1:${await freePort()}`,
    id: 'gw-1',
    key,
    clock: { now: () => new Date() },
  })
  const cause = await gateway(gatewayPulse, { body: { bootId: crypto.randomUUID() } }).catch((error: unknown) => error)
  expect(codeOf(cause)).toBe('request.unreachable')
  expect(causeOf(cause)).toMatch(/^request\.unreachable: fetch failed: .*ECONNREFUSED/)
})

test('a refusal is its code, an error its words, and what a parser could not read is not repeated', () => {
  const problem = { type: 'about:blank', status: 409, code: 'session.stale_boot', params: {}, requestId: '' }
  expect(causeOf(new ProblemError(problem))).toBe('session.stale_boot')
  expect(causeOf(new Error('the target closed the connection'))).toBe('the target closed the connection')
  const unread = (() => {
    try {
      return JSON.parse('hunter2 is no JSON')
    } catch (cause) {
      return cause
    }
  })()
  expect(causeOf(unread)).toBe('SyntaxError')
  expect(causeOf('x'), 'nothing was thrown that could be told').toBe('unknown')
})
