import type { Plane } from '@huabiao/kit/actor/actor'
import type { ChangeOutcome, ChangeState, Risk, Urgency } from './change.model.ts'
import type { ChangePlan } from './change-plan.model.ts'

/** One change as everything inside knows it. */
export interface Change {
  readonly id: string
  readonly tenantId: string
  /** Other tenants concerned: owners of the systems, management unit. They read, and consent. */
  readonly partyIds: readonly string[]
  readonly no: string
  readonly title: string
  readonly reason: string
  readonly source: string
  readonly plane: Plane
  readonly state: ChangeState
  readonly stateSince: Date
  readonly version: number
  readonly urgency: Urgency
  readonly risk: Risk
  readonly categories: readonly number[]
  readonly systemIds: readonly string[]
  readonly requesterId: string
  readonly managerId: string | null
  readonly assessorId: string | null
  readonly testerId: string | null
  readonly executorId: string | null
  readonly reviewerId: string | null
  readonly windowStart: Date | null
  readonly windowEnd: Date | null
  readonly plan: ChangePlan
  readonly planVersion: number
  readonly planHash: string | null
  readonly approvedPlanHash: string | null
  readonly currentBatch: number
  readonly soakUntil: Date | null
  readonly rolledBack: boolean
  readonly pausedFrom: ChangeState | null
  readonly pauseReason: string | null
  readonly pauseDetail: string
  readonly pausedAt: Date | null
  readonly sessionId: string | null
  /** The amendment whose approvals carry the present plan, or that is being written; null while it is the plan of the beginning. */
  readonly amendmentId: string | null
  /** Its frozen plan holds the platform's own questions before and after (G-CIV). */
  readonly snapshots: boolean
  /** Given up half way: neither finished nor undone by us. */
  readonly abandoned: boolean
  readonly outcome: ChangeOutcome | null
  readonly createdAt: Date
  readonly updatedAt: Date
}
