import type { ReadTx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'

export interface Executed {
  readonly sessionId: string
  /** From the beginning of its recording. */
  readonly atMs: number
  readonly text: string
}
/** What ran in these sessions by the word of their targets, in order; the beginning of a terminal is ours and left out. */
export const executedIn = async (tx: ReadTx, sessionIds: readonly string[]): Promise<Executed[]> =>
  (
    await sql<Executed>`select e.session_id as "sessionId", greatest(0, extract(epoch from e.at - s.opened_at) * 1000)::int as "atMs", e.command as text
      from reconcile_execution e join pub_session_recording s on s.id = e.session_id
      where e.session_id = any (${[...sessionIds]}::uuid[]) and not e.opens order by e.at, e.serial limit 10000`.execute(tx)
  ).rows
