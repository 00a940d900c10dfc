import { enterTenant, type ReadTx, type Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'
import type { Change } from './change.store.ts'
import type { CheckVerdict } from './change-expect.model.ts'
import type { StepRun } from './change-run.model.ts'

/** One attempt at one step on one target. The row is written before the effect, and its result is never rewritten. */
export interface RunRow extends StepRun {
  readonly id: string
  readonly changeId: string
  readonly planHash: string
  readonly targetName: string
  readonly executorId: string
  readonly cosignedBy: string | null
  readonly sessionId: string
  readonly notAfter: Date
  readonly timeoutMs: number
  readonly issuedAt: Date
  readonly startedAt: Date | null
  readonly endedAt: Date | null
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
  readonly outputSha256: string | null
  readonly durationMs: number | null
  readonly detail: string
  readonly verdicts: readonly CheckVerdict[]
}
const columns = sql`id, change_id as "changeId", plan_hash as "planHash", step_key as "stepKey", phase, batch, target_id as "targetId", target_name as "targetName", attempt, state,
  executor_id as "executorId", cosigned_by as "cosignedBy", session_id as "sessionId", not_after as "notAfter", timeout_ms as "timeoutMs", issued_at as "issuedAt", started_at as "startedAt",
  ended_at as "endedAt", exit_code as "exitCode", stdout, stderr, output_sha256 as "outputSha256", duration_ms as "durationMs", detail, verdicts`

export const listRuns = async (tx: ReadTx, changeId: string): Promise<RunRow[]> =>
  (
    await sql<RunRow>`select ${columns} from change_step_run where change_id = ${changeId} order by issued_at, id limit 5000`.execute(
      tx,
    )
  ).rows

export type NewRun = Pick<
  RunRow,
  | 'id'
  | 'planHash'
  | 'stepKey'
  | 'phase'
  | 'batch'
  | 'targetId'
  | 'targetName'
  | 'attempt'
  | 'executorId'
  | 'cosignedBy'
  | 'sessionId'
  | 'notAfter'
  | 'timeoutMs'
  | 'issuedAt'
>
export async function insertRun(tx: Tx, change: Change, run: NewRun): Promise<void> {
  await sql`insert into change_step_run (id, change_id, tenant_id, party_ids, plan_hash, step_key, phase, batch, target_id, target_name, attempt, state, executor_id, cosigned_by, session_id, not_after, timeout_ms, issued_at)
    values (${run.id}, ${change.id}, ${change.tenantId}, ${[...change.partyIds]}, ${run.planHash}, ${run.stepKey}, ${run.phase}, ${run.batch}, ${run.targetId}, ${run.targetName}, ${run.attempt}, 'granted',
      ${run.executorId}, ${run.cosignedBy}, ${run.sessionId}, ${run.notAfter}, ${run.timeoutMs}, ${run.issuedAt})`.execute(tx)
}
export async function startRun(tx: Tx, id: string, at: Date): Promise<boolean> {
  const done =
    await sql`update change_step_run set state = 'started', started_at = ${at} where id = ${id} and state = 'granted'`.execute(tx)
  return done.numAffectedRows === 1n
}
export async function endRun(
  tx: Tx,
  id: string,
  result: Pick<RunRow, 'state' | 'exitCode' | 'stdout' | 'stderr' | 'outputSha256' | 'durationMs' | 'detail' | 'verdicts'> & {
    endedAt: Date
  },
): Promise<boolean> {
  const done =
    await sql`update change_step_run set state = ${result.state}, ended_at = ${result.endedAt}, exit_code = ${result.exitCode}, stdout = ${result.stdout}, stderr = ${result.stderr},
    output_sha256 = ${result.outputSha256}, duration_ms = ${result.durationMs}, detail = ${result.detail}, verdicts = ${JSON.stringify(result.verdicts)}::jsonb
    where id = ${id} and state in ('granted', 'started')`.execute(tx)
  return done.numAffectedRows === 1n
}
/** A failed or unknown attempt taken as it is by L2 or CRE; its result stays readable. */
export async function acceptRun(tx: Tx, id: string): Promise<void> {
  await sql`update change_step_run set state = 'accepted' where id = ${id} and state in ('failed', 'unknown')`.execute(tx)
}
/** For processes that know a run and no tenant: goes on in its tenant, and answers its change. */
export async function enterTenantOfRun(tx: Tx, runId: string): Promise<string | undefined> {
  const { rows } = await sql<{
    change_id: string
    tenant_id: string
  }>`select change_id, tenant_id from run_place(${runId})`.execute(tx)
  if (!rows[0]) return undefined
  await enterTenant(tx, rows[0].tenant_id)
  return rows[0].change_id
}
export async function enterTenantOfChange(tx: Tx, changeId: string): Promise<boolean> {
  const { rows } = await sql<{ tenant: string | null }>`select change_tenant(${changeId}) as tenant`.execute(tx)
  if (!rows[0]?.tenant) return false
  await enterTenant(tx, rows[0].tenant)
  return true
}

interface StepAttempt {
  readonly planHash: string
  readonly stepKey: string
  readonly phase: string
  readonly targetId: string
  readonly attempt: number
}
export interface Cosign extends StepAttempt {
  readonly personId: string
}
export async function insertCosign(tx: Tx, change: Change, cosign: Cosign, at: Date): Promise<void> {
  await sql`insert into change_cosign (change_id, plan_hash, step_key, phase, target_id, attempt, tenant_id, party_ids, person_id, at)
    values (${change.id}, ${cosign.planHash}, ${cosign.stepKey}, ${cosign.phase}, ${cosign.targetId}, ${cosign.attempt}, ${change.tenantId}, ${[...change.partyIds]}, ${cosign.personId}, ${at})`.execute(
    tx,
  )
}
export const listCosigns = async (tx: ReadTx, changeId: string): Promise<Cosign[]> =>
  (
    await sql<Cosign>`select plan_hash as "planHash", step_key as "stepKey", phase, target_id as "targetId", attempt, person_id as "personId" from change_cosign where change_id = ${changeId} limit 5000`.execute(
      tx,
    )
  ).rows

export interface Presence {
  readonly personId: string
  readonly seenAt: Date
}
/** What a heartbeat needs of a change: two look-ups every ten seconds for each person who is there, and no more. */
export type Attended = Pick<Change, 'id' | 'tenantId' | 'partyIds' | 'executorId' | 'reviewerId'>
export const findAttended = async (tx: ReadTx, changeId: string): Promise<Attended | undefined> =>
  (
    await sql<Attended>`select id, tenant_id as "tenantId", party_ids as "partyIds", executor_id as "executorId", reviewer_id as "reviewerId"
      from change_request where id = ${changeId}`.execute(tx)
  ).rows[0]
/** Says that a person is here; answers everybody who is. */
export const touchPresence = async (
  tx: Tx,
  change: Attended,
  personId: string,
  logonSessionId: string,
  at: Date,
): Promise<Presence[]> =>
  (
    await sql<Presence>`with said as (
      insert into change_presence (change_id, person_id, tenant_id, party_ids, logon_session_id, seen_at)
      values (${change.id}, ${personId}, ${change.tenantId}, ${[...change.partyIds]}, ${logonSessionId}, ${at})
      on conflict (change_id, person_id) do update set seen_at = excluded.seen_at, logon_session_id = excluded.logon_session_id
      returning person_id, seen_at)
      select person_id as "personId", seen_at as "seenAt" from said
      union all select person_id, seen_at from change_presence where change_id = ${change.id} and person_id <> ${personId}`.execute(
      tx,
    )
  ).rows
export const listPresence = async (
  tx: ReadTx,
  changeId: string,
): Promise<{ personId: string; seenAt: Date; logonSessionId: string }[]> =>
  (
    await sql<{
      personId: string
      seenAt: Date
      logonSessionId: string
    }>`select person_id as "personId", seen_at as "seenAt", logon_session_id as "logonSessionId" from change_presence where change_id = ${changeId}`.execute(
      tx,
    )
  ).rows

export const listSweep = async (tx: ReadTx): Promise<{ tenantId: string; changeId: string }[]> =>
  (
    await sql<{
      tenantId: string
      changeId: string
    }>`select tenant_id as "tenantId", change_id as "changeId" from changes_to_sweep() limit 5000`.execute(tx)
  ).rows

/** Why an item differs beyond what the plan declares, in the words of who carried it out (G-CIV). */
export interface Explanation {
  readonly targetId: string
  readonly key: string
  readonly personId: string
  readonly note: string
  readonly at: Date
}
export async function insertExplanation(tx: Tx, change: Change, row: Explanation): Promise<void> {
  await sql`insert into change_item_explanation (change_id, target_id, key, tenant_id, party_ids, person_id, note, at)
    values (${change.id}, ${row.targetId}, ${row.key}, ${change.tenantId}, ${[...change.partyIds]}, ${row.personId}, ${row.note}, ${row.at})`.execute(
    tx,
  )
}
export const listExplanations = async (tx: ReadTx, changeId: string): Promise<Explanation[]> =>
  (
    await sql<Explanation>`select target_id as "targetId", key, person_id as "personId", note, at from change_item_explanation where change_id = ${changeId} limit 5000`.execute(
      tx,
    )
  ).rows
