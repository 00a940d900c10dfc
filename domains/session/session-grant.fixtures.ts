import type { StepAction } from '@huabiao/domains/change/change-plan.model'
import {
  commandDigestOf,
  ExecutionGrant,
  type GrantFacts,
  grantRefusal,
  principalOf,
} from '@huabiao/domains/session/session-grant.model'
import { sha256 } from '@huabiao/kit/crypto/suite'

/** A grant that agrees with what the database knows of its step: tests change one thing of either. */

export const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`
export const now = new Date('2026-11-24T18:30:00.000Z')
export const after = (ms: number) => new Date(now.getTime() + ms)
export const digest = 'ab'.repeat(32)
export const action = { kind: 'command', line: 'systemctl restart nginx' } as const satisfies StepAction

export const facts: GrantFacts = {
  changeId: id(1),
  state: 'rolling',
  planHash: digest,
  approvedPlanHash: digest,
  approvalsComplete: true,
  windowStart: after(-3_600_000),
  windowEnd: after(3_600_000),
  executorPersonId: id(2),
  reviewerPersonId: id(3),
  reviewerLastSeenAt: after(-5_000),
  frozen: false,
  stepKey: 'restart',
  stepPhase: 'execute',
  stepAccount: 'hb-app',
  stepCommandDigest: commandDigestOf(sha256, action),
  stepDanger: 3,
  stepAction: action,
  targetId: id(4),
  targetName: 'web-1',
  targetPlane: 'tenant',
  targetHost: '10.1.0.4',
  targetPort: 22,
  targetHostKeySha256: `SHA256:${'A'.repeat(43)}`,
  currentBatch: 1,
  targetBatch: 1,
  clockNow: now,
  consented: true,
}
export const grant: ExecutionGrant = ExecutionGrant.parse({
  v: 1,
  id: id(10),
  nonce: '0f'.repeat(16),
  plane: 'tenant',
  tenantId: id(11),
  changeId: id(1),
  changeNo: 'CHG-2026-0001',
  planHash: digest,
  runId: id(12),
  stepKey: 'restart',
  phase: 'execute',
  batch: 1,
  kind: 'planned',
  executor: { personId: id(2), name: '王工' },
  reviewer: { personId: id(3), name: '李工' },
  account: 'hb-app',
  danger: 3,
  target: {
    id: id(4),
    name: 'web-1',
    host: '10.1.0.4',
    port: 22,
    account: 'hb-app',
    hostKeySha256: `SHA256:${'A'.repeat(43)}`,
    principal: principalOf('web-1', 'hb-app'),
  },
  command: action,
  commandDigest: commandDigestOf(sha256, action),
  timeoutMs: 30_000,
  notBefore: now.toISOString(),
  notAfter: after(60_000).toISOString(),
  issuedBecause: [{ guard: 'G-WIN', inputsHash: digest }],
  gatewayId: 'gw-1',
  sessionId: id(13),
})
export const refusal = (changedGrant: Partial<ExecutionGrant> = {}, changedFacts: Partial<GrantFacts> = {}, at = now) =>
  grantRefusal({ ...grant, ...changedGrant }, { ...facts, ...changedFacts }, at, sha256)
