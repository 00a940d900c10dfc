import { createServer, type Server } from 'node:http'
import { exposition, type Family } from '@huabiao/kit/metrics/exposition'
import type { Operation } from './operation.ts'

/** What was counted last: a job counts, so that nobody who reads the door makes the database work. */
export function keptLevels(read: () => Promise<readonly Family[]>): { count(): Promise<void>; last(): readonly Family[] } {
  let last: readonly Family[] = []
  return {
    count: async () => {
      last = await read()
    },
    last: () => last,
  }
}

/**
 * The door of the monitoring system, on this machine's own addresses alone: `/metrics` for Prometheus, `/health` for who asks whether
 * all goes well. It says nothing of any tenant, so it asks for no credential; it writes nothing, so it is no way in.
 */
export function operationDoor(
  of: Operation,
  pool: () => { total: number; idle: number; waiting: number },
  levels: () => readonly Family[],
): Server {
  return createServer({ requestTimeout: 10_000, maxHeaderSize: 4_096 }, (request, response) => {
    const answer = (status: number, type: string, text: string): void => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
      response.end(request.method === 'HEAD' ? undefined : text)
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'text/plain', 'GET /metrics or /health\n')
    if (request.url === '/metrics')
      return answer(200, 'text/plain; version=0.0.4; charset=utf-8', exposition([...of.families(pool()), ...levels()]))
    if (request.url !== '/health') return answer(404, 'text/plain', 'GET /metrics or /health\n')
    const late = of.late()
    return answer(late.length === 0 ? 200 : 503, 'application/json', `${JSON.stringify({ ok: late.length === 0, late })}\n`)
  })
}
