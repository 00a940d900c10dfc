import { StepAction } from '@huabiao/domains/change/change-plan.model'
import type { ExecutionGrant, GrantFacts } from '@huabiao/domains/session/session-grant.model'
import pg from 'pg'
import { z } from 'zod'

/** What the signer asks the database itself, so that it need not believe the control plane. */
export interface SignerFacts {
  /** Facts on the grant's change, step and target; undefined where there are none, or more than one. */
  grantFacts(grant: ExecutionGrant): Promise<GrantFacts | undefined>
  /** Record hashes of a chain with `from` ≤ seq ≤ `to`, in order, at most `limit`. Fewer than asked where records are missing. */
  recordHashes(tenantId: string, plane: string, from: number, to: number, limit: number): Promise<string[]>
  close(): Promise<void>
}

const when = z.date().nullable()
const hash = z.union([z.string(), z.instanceof(Buffer).transform((bytes) => bytes.toString('hex'))])
const FactsRow = z.object({
  change_id: z.string(),
  state: z.string(),
  plan_hash: hash.nullable(),
  approved_plan_hash: hash.nullable(),
  approvals_complete: z.boolean(),
  window_start: when,
  window_end: when,
  executor_person_id: z.string().nullable(),
  reviewer_person_id: z.string().nullable(),
  reviewer_last_seen_at: when,
  frozen: z.boolean(),
  step_key: z.string(),
  step_phase: z.string(),
  step_account: z.string(),
  step_command_digest: hash,
  step_danger: z.number().nullish(),
  step_action: z.unknown(),
  target_id: z.string(),
  target_name: z.string(),
  target_host: z.string(),
  target_port: z.number(),
  target_host_key_sha256: z.string(),
  target_principal: z.string().nullish(),
  target_login: z.string().nullish(),
  current_batch: z.number().nullable(),
  target_batch: z.number().nullable(),
  clock_now: z.date(),
})

/** The facts over the views `pub_grant_facts` and `pub_ledger_record`, on a connection of the signer's own database role. */
export function postgresFacts(url: string): SignerFacts {
  const pool = new pg.Pool({
    connectionString: url,
    max: 2,
    application_name: 'huabiao-signer',
    connectionTimeoutMillis: 1_500,
    statement_timeout: 1_500,
    options: '-c default_transaction_read_only=on',
  })
  // An idle connection that breaks must not end the process; the next query makes a new one.
  pool.on('error', () => {})
  return {
    async grantFacts(grant) {
      const step = grant.kind === 'planned' ? ' and step_key = $3 and step_phase = $4' : ''
      const values =
        grant.kind === 'planned'
          ? [grant.changeId, grant.target.id, grant.stepKey, grant.phase]
          : [grant.changeId, grant.target.id]
      const { rows } = await pool.query(
        `select * from pub_grant_facts where change_id = $1 and target_id = $2${step} limit 2`,
        values,
      )
      // Looking needs any row of the change and target; a step needs exactly its own.
      if (rows.length === 0 || (grant.kind === 'planned' && rows.length !== 1)) return undefined
      return toFacts(FactsRow.parse(rows[0]))
    },
    async recordHashes(tenantId, plane, from, to, limit) {
      const { rows } = await pool.query(
        'select seq, hash from pub_ledger_record where tenant_id = $1 and plane = $2 and seq between $3 and $4 order by seq limit $5',
        [tenantId, plane, from, to, limit],
      )
      const hashes: string[] = []
      for (const row of rows) {
        // A hole ends the list: what comes after it is not the record that was asked for.
        if (Number(row.seq) !== from + hashes.length) break
        hashes.push(hash.parse(row.hash))
      }
      return hashes
    },
    close: () => pool.end(),
  }
}

function toFacts(row: z.infer<typeof FactsRow>): GrantFacts {
  const action = StepAction.safeParse(row.step_action)
  return {
    changeId: row.change_id,
    state: row.state,
    planHash: row.plan_hash,
    approvedPlanHash: row.approved_plan_hash,
    approvalsComplete: row.approvals_complete,
    windowStart: row.window_start,
    windowEnd: row.window_end,
    executorPersonId: row.executor_person_id,
    reviewerPersonId: row.reviewer_person_id,
    reviewerLastSeenAt: row.reviewer_last_seen_at,
    frozen: row.frozen,
    stepKey: row.step_key,
    stepPhase: row.step_phase,
    stepAccount: row.step_account,
    stepCommandDigest: row.step_command_digest,
    ...(row.step_danger == null ? {} : { stepDanger: row.step_danger }),
    ...(action.success ? { stepAction: action.data } : {}),
    targetId: row.target_id,
    targetName: row.target_name,
    targetHost: row.target_host,
    targetPort: row.target_port,
    targetHostKeySha256: row.target_host_key_sha256,
    ...(row.target_principal == null ? {} : { targetPrincipal: row.target_principal }),
    ...(row.target_login == null ? {} : { targetLogin: row.target_login }),
    currentBatch: row.current_batch,
    targetBatch: row.target_batch,
    clockNow: row.clock_now,
  }
}
