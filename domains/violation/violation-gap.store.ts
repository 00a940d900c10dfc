import type { Plane } from '@huabiao/kit/actor/actor'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'

export interface LateHead {
  readonly tenantId: string
  readonly plane: Plane
  /** The first record that no signed head covers, and since when it waits. */
  readonly seq: number
  readonly since: Date
}
export const listLateHeads = async (tx: ReadTx, before: Date): Promise<LateHead[]> =>
  (await sql<LateHead>`select tenant_id as "tenantId", plane, seq, since from violation_late_heads(${before})`.execute(tx)).rows
/** False where it was said before. */
export const noteLateHead = async (tx: Tx, of: LateHead, at: Date): Promise<boolean> =>
  (
    await sql`insert into violation_late_head (tenant_id, plane, seq, at) values (${of.tenantId}, ${of.plane}, ${of.seq}, ${at}) on conflict do nothing`.execute(
      tx,
    )
  ).numAffectedRows === 1n

export interface SealedRecording {
  readonly sessionId: string
  readonly tenantId: string
  readonly plane: Plane
  readonly changeId: string
  /** As the ledger says. */
  readonly reason: string
  readonly manifest: string
}
export const listUnchecked = async (tx: ReadTx, most: number): Promise<SealedRecording[]> =>
  (
    await sql<SealedRecording>`select session_id as "sessionId", tenant_id as "tenantId", plane, change_id as "changeId", reason, manifest
      from violation_recordings_due(${most})`.execute(tx)
  ).rows
export interface SegmentDigest {
  readonly index: number
  readonly sm3: string
  readonly sha256: string
  readonly bytes: number
}
export const listSegmentDigests = async (tx: ReadTx, sessionId: string): Promise<SegmentDigest[]> =>
  (await sql<SegmentDigest>`select index, sm3, sha256, bytes from violation_segments(${sessionId})`.execute(tx)).rows
export const noteChecked = async (tx: Tx, sessionId: string, fault: string | null, at: Date): Promise<boolean> =>
  (
    await sql`insert into violation_recording_check (session_id, at, fault) values (${sessionId}, ${at}, ${fault}) on conflict do nothing`.execute(
      tx,
    )
  ).numAffectedRows === 1n

export const listOtherLogons = async (
  tx: ReadTx,
  logonSessionId: string,
  since: Date,
  usedSince: Date,
): Promise<{ at: Date; from: string; inUse: boolean; sameDevice: boolean }[]> =>
  (
    await sql<{
      at: Date
      from: string
      inUse: boolean
      sameDevice: boolean
    }>`select at, source_ip as "from", in_use as "inUse", same_device as "sameDevice" from violation_other_logons(${logonSessionId}::uuid, ${since}, ${usedSince})`.execute(
      tx,
    )
  ).rows
