import { manifestText } from '@huabiao/domains/session/session.model'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import { gmSuite } from '@huabiao/kit/crypto/suite'
import type { Database, Tx } from '@huabiao/kit/db/db'
import { Refusal } from '@huabiao/kit/errors/errors'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import type { ViolationDeps } from './violation.ports.ts'
import {
  listLateHeads,
  listSegmentDigests,
  listUnchecked,
  noteChecked,
  noteLateHead,
  type SealedRecording,
  type SegmentDigest,
} from './violation-gap.store.ts'

export interface GapJobs {
  readonly db: Database
  readonly deps: ViolationDeps
  record(tx: Tx, events: readonly DomainEvent[]): Promise<void>
}
/** A head is due every ten seconds; a signer that is restarted is back within this time. */
const headLateMs = 5 * 60_000
/** Recordings of one look: reading them back costs what keeping them did. */
const recordingsMost = 3

/** Evidence that is not whole, said in the ledger; the sweep of the ledger makes the cases. Answers how many gaps were found. */
export async function sweepGaps(jobs: GapJobs, onError: (what: string, error: unknown) => void): Promise<number> {
  const { db, deps } = jobs
  const now = deps.clock.now()
  let found = 0
  for (const head of await db.read({ kind: 'nobody' }, (tx) => listLateHeads(tx, new Date(now.getTime() - headLateMs))))
    await db.transact({ kind: 'tenant', tenantId: head.tenantId }, async (tx) => {
      if (!(await noteLateHead(tx, head, now))) return
      found += 1
      const chain = `${head.tenantId}/${head.plane}`
      const { tenantId, plane, seq, since } = head
      await jobs.record(tx, [
        { type: 'ledger.head_missing', object: `ledger/${chain}`, tenantId, plane, chain, from: seq, since: since.toISOString() },
      ])
    })
  for (const recording of await db.read({ kind: 'nobody' }, (tx) => listUnchecked(tx, recordingsMost)))
    await check(jobs, recording).then(
      (broken) => {
        if (broken) found += 1
      },
      (error: unknown) => onError(recording.sessionId, error),
    )
  return found
}

/** Reads a sealed recording back once, soon after it was sealed. A store that is away is asked again later: that is no broken recording. */
async function check(jobs: GapJobs, recording: SealedRecording): Promise<boolean> {
  const { db, deps } = jobs
  const { sessionId, tenantId, plane, changeId } = recording
  const segments = await db.read({ kind: 'nobody' }, (tx) => listSegmentDigests(tx, sessionId))
  const fault = manifestFault(recording, segments) ?? (await segmentFault(deps, tenantId, segments))
  await db.transact({ kind: 'tenant', tenantId }, async (tx) => {
    if (!(await noteChecked(tx, sessionId, fault ?? null, deps.clock.now())) || !fault) return
    const event = {
      type: 'recording.broken',
      object: `session/${sessionId}`,
      tenantId,
      plane,
      changeId,
      sessionId,
      reason: fault,
    }
    await jobs.record(tx, [event])
  })
  return fault !== undefined
}
function manifestFault(of: SealedRecording, segments: readonly SegmentDigest[]): string | undefined {
  const text = manifestText({ sessionId: of.sessionId, reason: of.reason, segments })
  return toHex(gmSuite.digest(utf8(text))) === of.manifest ? undefined : 'manifest'
}
async function segmentFault(
  deps: ViolationDeps,
  tenantId: string,
  segments: readonly SegmentDigest[],
): Promise<string | undefined> {
  for (const { index, sha256, bytes } of segments)
    try {
      if ((await deps.readEvidence({ tenantId, sha256 })).length !== bytes) return `segment ${index}: length`
    } catch (cause) {
      if (cause instanceof Refusal) return `segment ${index}: ${cause.code}`
      throw cause
    }
  return undefined
}
