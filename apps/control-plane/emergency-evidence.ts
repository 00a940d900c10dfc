import type { EmergencyEvidence } from '@huabiao/domains/emergency/emergency.module'
import { executedIn } from '@huabiao/domains/reconcile/reconcile.module'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'

interface Row {
  readonly sessionId: string
  readonly state: string
  readonly openedAt: Date | null
  readonly closedAt: Date | null
  readonly targetNames: string[]
  readonly manifestSm3: string | null
}
type CloseSession = (
  tx: Tx,
  sessionId: string,
  how: { drain: boolean; reason: string; at: Date },
) => Promise<readonly DomainEvent[]>

/** The target's last words come a little after the recording is sealed: a draft that did not wait for them would lack the last commands. */
const settleMs = 15_000

/**
 * What a filing needs of sessions: what ran, at its place in the recording. A mark of the recording is a command of ours; inside a terminal
 * the target's own execution records say it (domains/reconcile).
 */
export const emergencyEvidence = (close: CloseSession, clock: Clock): EmergencyEvidence => ({
  sessionsOf: async (tx, emergencyId) => {
    const rows = await recordings(tx, emergencyId)
    const { rows: marks } = await sql<{
      sessionId: string
      atMs: number
      text: string
    }>`select m.session_id as "sessionId", (e.mark ->> 'atMs')::int as "atMs", e.mark ->> 'label' as text
      from pub_session_marks m cross join lateral jsonb_array_elements(m.marks) with ordinality e (mark, nth)
      where m.session_id = any (${rows.map((row) => row.sessionId)}::uuid[]) order by m.session_id, m.index, e.nth limit 10000`.execute(
      tx,
    )
    const ids = rows.map((row) => row.sessionId)
    const commands = [
      ...marks.map((mark) => ({ ...mark, source: 'recording' })),
      ...(await executedIn(tx, ids)).map((one) => ({ ...one, source: 'execve' })),
    ].sort((a, b) => a.atMs - b.atMs)
    const settled = new Date(clock.now().getTime() - settleMs)
    return rows.map((row) => ({
      ...row,
      state: row.state === 'sealed' && row.closedAt && row.closedAt > settled ? 'closed' : row.state,
      commands: commands
        .filter((one) => one.sessionId === row.sessionId)
        .map(({ atMs, text, source }) => ({ atMs, text, source })),
    }))
  },
  endSessions: async (tx, emergencyId, of) => {
    const events: DomainEvent[] = []
    for (const { sessionId, state } of await recordings(tx, emergencyId))
      if (state !== 'sealed' && state !== 'gap') events.push(...(await close(tx, sessionId, { ...of, drain: false })))
    return events
  },
})
const recordings = async (tx: ReadTx, emergencyId: string): Promise<Row[]> =>
  (
    await sql<Row>`select id as "sessionId", state, opened_at as "openedAt", closed_at as "closedAt", target_names as "targetNames", manifest_sm3 as "manifestSm3"
      from pub_session_recording where change_id = ${emergencyId} order by id limit 200`.execute(tx)
  ).rows
