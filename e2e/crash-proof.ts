import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { logonPassword, logonTotp } from '@huabiao/domains/identity/identity.contract'
import { listChains, proveRecord } from '@huabiao/domains/ledger/ledger.contract'
import { getSession } from '@huabiao/domains/session/session.contract'
import { type ApiClient, apiClient } from '@huabiao/kit/http/client'
import type { CountedChange } from './crash-change.ts'
import { eventually } from './crash-deployment.ts'
import type { Deployment } from './deployment.ts'
import { cast } from './portal-change.ts'

const verifier = join(import.meta.dirname, '..', 'apps', 'verify', 'huabiao-verify.mjs')
const segmentMaxMs = 5_000

/** An auditor of whom the raw answers are needed: recordings, exports and documents are no JSON. */
export async function auditorBytes(on: Deployment): Promise<(path: string) => Promise<Buffer>> {
  const visitor = apiClient({ baseUrl: on.url, headers: () => ({ 'x-huabiao-client': 'cli' }) })
  const { password } = on.account(cast.auditor)
  const { challenge } = await visitor(logonPassword, { body: { login: cast.auditor, password } })
  const { token } = await visitor(logonTotp, { body: { challenge, code: await on.code(cast.auditor) } })
  return async (path) => {
    const answer = await fetch(`${on.url}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } })
    const bytes = Buffer.from(await answer.arrayBuffer())
    assert.equal(answer.status, 200, `${path}: ${bytes.toString('utf8').slice(0, 300)}`)
    return bytes
  }
}
export async function auditorOf(on: Deployment): Promise<(path: string) => Promise<string>> {
  const read = await auditorBytes(on)
  return async (path) => (await read(path)).toString('utf8')
}
/** A record is proved to outsiders once a signed head covers it, which the scheduler sees to. */
export async function provedByHead(
  auditor: ApiClient,
  query: { readonly tenantId: string; readonly plane: 'platform' | 'tenant' },
  seq: number,
): Promise<void> {
  await eventually('a signed head covers the record', async () => {
    const proof = await auditor(proveRecord, { params: { seq }, query })
    assert.equal(proof.chainHolds, true)
    return proof.inclusionHolds
  })
}

/** A session whose gateway was killed, and when it last moved. */
export interface Killed {
  readonly session: string
  readonly at: number
}

/** Every session is sealed or has its gap declared, and replays; the one that was killed reaches to five seconds before. */
export async function proveRecordings(on: Deployment, changes: readonly CountedChange[], killed: Killed): Promise<void> {
  const read = await auditorOf(on)
  const manager = await on.as(cast.manager)
  const ends = { sealed: 0, gap: 0 }
  for (const change of changes) {
    const { runs } = await change.look()
    let screen = ''
    const gaps: (readonly [from: string, to: string])[] = []
    for (const sessionId of change.sessions) {
      const session = await eventually(`session of ${change.shape.targetName} is sealed or has a gap`, async () => {
        const now = await manager(getSession, { params: { sessionId } })
        return now.state === 'sealed' || now.state === 'gap' ? now : undefined
      })
      ends[session.state as 'sealed' | 'gap'] += 1
      const recording = await read(`/sessions/${sessionId}/recording`)
      const [header, ...events] = recording
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as [number, string, string])
      assert.equal((header as unknown as { version: number }).version, 2)
      const shown = events.map((event) => event[2]).join('')
      screen += shown
      if (session.state === 'gap') gaps.push([session.openedAt ?? '', session.closedAt ?? ''])
      if (sessionId !== killed.session) continue
      const last = Number(
        shown
          .match(/tick=\d+/g)
          ?.at(-1)
          ?.slice('tick='.length),
      )
      assert.ok(last >= killed.at - segmentMaxMs, `the recording ends ${killed.at - last} ms before the kill`)
      console.log(
        `    the killed recording ends ${killed.at - last} ms before the kill (${session.state}, ${session.segments} segments)`,
      )
    }
    // Of a step that ended within a declared gap, the last seconds may be missing.
    const whole = runs.filter(
      ({ startedAt, state }) => state === 'succeeded' && !gaps.some(([from, to]) => from <= startedAt! && startedAt! <= to),
    )
    for (const run of whole)
      for (const line of run.stdout.trim().split('\n')) assert.ok(screen.includes(line), `${run.stepKey}: recorded: ${line}`)
  }
  console.log(`    recordings: ${ends.sealed} sealed, ${ends.gap} with a declared gap, all replayed`)
}

/** The ledger is whole and complete by the verifier, which has nothing of ours but the file. */
export async function proveLedgers(on: Deployment): Promise<void> {
  // A head is signed within ten seconds of the last record, a grant is over within its time.
  await sleep(14_000)
  const read = await auditorOf(on)
  const { items } = await (await on.as(cast.auditor))(listChains)
  for (const { tenantId, plane, size } of items) {
    const file = join(on.state, `ledger-${tenantId}-${plane}.jsonl`)
    writeFileSync(file, await read(`/ledger/export?tenantId=${tenantId}&plane=${plane}`))
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [verifier, file, '--keys', join(on.state, 'signer', 'keys.json')],
      { encoding: 'utf8' },
    )
    assert.equal(status, 0, stdout + stderr)
    console.log(`    ledger ${plane}, ${size} records: whole and complete`)
  }
}
