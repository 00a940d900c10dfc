import { StepAction } from '@huabiao/domains/change/change-plan.model'
import { Artifact, type DraftFacts } from '@huabiao/domains/release/release.model'
import type { ExecutionGrant, GrantFacts } from '@huabiao/domains/session/session-grant.model'
import { type KeyRequest, keySides } from '@huabiao/domains/session/session-keystroke.model'
import type { EmergencyFacts } from '@huabiao/domains/session/session-terminal.model'
import { planes } from '@huabiao/kit/actor/actor'
import pg from 'pg'
import { z } from 'zod'
import { type SecondLegFacts, secondLegFacts } from './second-leg-facts.ts'

/** What the signer asks the database itself, so that it need not believe the control plane. */
export interface SignerFacts extends SecondLegFacts {
  /** Facts on the grant's change, step and target; undefined where there are none, or more than one. */
  grantFacts(grant: ExecutionGrant): Promise<GrantFacts | undefined>
  /** Facts on the emergency that a break-glass grant names, for its target and account; undefined where there are none, or more than one. */
  emergencyFacts(grant: ExecutionGrant): Promise<EmergencyFacts | undefined>
  /** A request of two persons to read what was typed, with who took part in the session. */
  keystrokeRequest(id: string, sessionId: string): Promise<KeystrokeFacts | undefined>
  /** A draft of the release register, and whether that person is a release manager of its unit now. */
  releaseDraft(releaseId: string, issuerId: string): Promise<DraftFacts | undefined>
  /** The signed statement under which a change may place an artifact now, with the unit of the change; undefined where the register has none. */
  releaseOf(changeId: string, sha256: string): Promise<{ tenantId: string; envelope: unknown } | undefined>
  /** Whether that client of OpenID Connect was registered by two persons and still is. */
  isClient(clientId: string): Promise<boolean>
  /** Record hashes of a chain with `from` ≤ seq ≤ `to`, in order, at most `limit`. Fewer than asked where records are missing. */
  recordHashes(tenantId: string, plane: string, from: number, to: number, limit: number): Promise<string[]>
  close(): Promise<void>
}

export interface KeystrokeFacts extends KeyRequest {
  readonly executorId: string
  readonly reviewerId: string | null
  readonly clockNow: Date
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
  target_plane: z.enum(planes),
  target_host: z.string(),
  target_port: z.number(),
  target_host_key_sha256: z.string(),
  target_principal: z.string().nullish(),
  target_login: z.string().nullish(),
  current_batch: z.number().nullable(),
  target_batch: z.number().nullable(),
  clock_now: z.date(),
  consented: z.boolean(),
})

const KeystrokeRow = z.object({
  askedBy: z.string(),
  askedSide: z.enum(keySides),
  agreedBy: z.string().nullable(),
  agreedSide: z.enum(keySides).nullable(),
  expiresAt: z.date(),
  executorId: z.string(),
  reviewerId: z.string().nullable(),
  clockNow: z.date(),
})
const EmergencyRow = z
  .object({
    emergency_id: z.string(),
    emergency_no: z.string(),
    tenant_id: z.string(),
    plane: z.string(),
    state: z.string(),
    executor_person_id: z.string(),
    second_person_id: z.string().nullable(),
    second_last_seen_at: when,
    custodian_count: z.number(),
    not_after: when,
    target_id: z.string(),
    target_name: z.string(),
    target_host: z.string(),
    target_port: z.number(),
    target_host_key_sha256: z.string(),
    account: z.string(),
    target_login: z.string(),
    target_principal: z.string(),
    clock_now: z.date(),
  })
  .transform(
    (row): EmergencyFacts => ({
      emergencyId: row.emergency_id,
      emergencyNo: row.emergency_no,
      tenantId: row.tenant_id,
      plane: row.plane,
      state: row.state,
      executorPersonId: row.executor_person_id,
      secondPersonId: row.second_person_id,
      secondLastSeenAt: row.second_last_seen_at,
      custodianCount: row.custodian_count,
      notAfter: row.not_after,
      target: {
        id: row.target_id,
        name: row.target_name,
        host: row.target_host,
        port: row.target_port,
        account: row.target_login,
        hostKeySha256: row.target_host_key_sha256,
        principal: row.target_principal,
      },
      account: row.account,
      clockNow: row.clock_now,
    }),
  )

const DraftRow = z
  .object({
    id: z.string(),
    tenant_id: z.string(),
    product: z.string(),
    version: z.string(),
    origin: z.string(),
    builder_id: z.string().nullable(),
    artifacts: z.array(Artifact),
    issuer_is_release_manager: z.boolean(),
  })
  .transform(
    (row): DraftFacts => ({
      releaseId: row.id,
      tenantId: row.tenant_id,
      product: row.product,
      version: row.version,
      origin: row.origin,
      builderId: row.builder_id,
      artifacts: row.artifacts,
      issuerIsReleaseManager: row.issuer_is_release_manager,
    }),
  )
const ReleaseOfRow = z.object({ tenantId: z.string(), envelope: z.unknown() })

/** The facts over views that other domains publish, on a connection of the signer's own database role, which reads nothing else and writes nowhere. */
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
        `select * from pub_grant_facts join pub_target_plane using (target_id) where change_id = $1 and target_id = $2${step} limit 2`,
        values,
      )
      // Looking needs any row of the change and target; a step needs exactly its own.
      if (rows.length === 0 || (grant.kind === 'planned' && rows.length !== 1)) return undefined
      return toFacts(FactsRow.parse(rows[0]))
    },
    async emergencyFacts(grant) {
      const { rows } = await pool.query(
        'select * from pub_emergency_facts where emergency_id = $1 and target_id = $2 and account = $3 limit 2',
        [grant.changeId, grant.target.id, grant.account],
      )
      return rows.length === 1 ? EmergencyRow.parse(rows[0]) : undefined
    },
    async keystrokeRequest(id, sessionId) {
      const { rows } = await pool.query(
        `select asked_by as "askedBy", asked_side as "askedSide", agreed_by as "agreedBy", agreed_side as "agreedSide", expires_at as "expiresAt",
           executor_id as "executorId", reviewer_id as "reviewerId", clock_now as "clockNow" from pub_keystroke_request where id = $1 and session_id = $2`,
        [id, sessionId],
      )
      return rows[0] && KeystrokeRow.parse(rows[0])
    },
    async releaseDraft(releaseId, issuerId) {
      const { rows } = await pool.query(
        'select *, release_manager(tenant_id, $2) as issuer_is_release_manager from pub_release_draft where id = $1',
        [releaseId, issuerId],
      )
      return rows[0] && DraftRow.parse(rows[0])
    },
    async releaseOf(changeId, sha256) {
      const { rows } = await pool.query(
        `select tenant_id as "tenantId", release_envelope(tenant_id, $2) as envelope from pub_grant_facts where change_id = $1 limit 1`,
        [changeId, sha256],
      )
      return rows[0]?.envelope ? ReleaseOfRow.parse(rows[0]) : undefined
    },
    async isClient(clientId) {
      const { rows } = await pool.query('select 1 from pub_oidc_client where client_id = $1 and state = $2', [clientId, 'active'])
      return rows.length === 1
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
    ...secondLegFacts(pool),
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
    targetPlane: row.target_plane,
    targetHost: row.target_host,
    targetPort: row.target_port,
    targetHostKeySha256: row.target_host_key_sha256,
    ...(row.target_principal == null ? {} : { targetPrincipal: row.target_principal }),
    ...(row.target_login == null ? {} : { targetLogin: row.target_login }),
    currentBatch: row.current_batch,
    targetBatch: row.target_batch,
    clockNow: row.clock_now,
    consented: row.consented,
  }
}
