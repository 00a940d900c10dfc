import type { Policy, PolicyRequest } from '@huabiao/domains/access/access-policy.model'
import type { ActFacts, Asking } from '@huabiao/domains/change/change-act.model'
import { defaultGuardModes, type GuardFacts } from '@huabiao/domains/change/change-guard.model'
import type { Target } from '@huabiao/domains/cmdb/cmdb.model'
import { inNetwork } from '../../domains/access/access-policy.service.ts'
import { portalPlan } from '../../e2e/portal-change.ts'

/** What the decisions look at: the demo's change on twenty servers in five batches, approved, in its window, everybody there. */

const uuid = (kind: number, n: number): string => `0190${kind}000-0000-7000-8000-${String(n).padStart(12, '0')}`
export const people = {
  requester: uuid(1, 1),
  manager: uuid(1, 2),
  assessor: uuid(1, 3),
  tester: uuid(1, 4),
  executor: uuid(1, 5),
  reviewer: uuid(1, 6),
  approvers: [uuid(1, 7), uuid(1, 8), uuid(1, 9)],
}
const provider = uuid(2, 1)
const owner = uuid(2, 2)
const system = uuid(3, 1)
const planHash = 'a'.repeat(64)
export const now = new Date('2026-11-24T14:30:00.000Z')
const minutes = (n: number): Date => new Date(now.getTime() + n * 60_000)

export const targets: readonly Target[] = Array.from({ length: 20 }, (_, i) => ({
  id: uuid(4, i),
  tenantId: owner,
  plane: 'platform',
  name: `portal-web-${String(i + 1).padStart(2, '0')}`,
  host: `10.20.0.${i + 1}`,
  port: 22,
  hostKeySha256: `SHA256:${'A'.repeat(43)}`,
  systemId: system,
  systemName: '政务服务门户',
  unitName: '市政务服务管理局',
  tier: 'edge',
  environment: 'production',
  accounts: [
    { name: 'hb-app', login: 'hb-app', privileged: false },
    { name: 'hb-ops', login: 'hb-ops', privileged: true },
  ],
}))
const single = portalPlan(
  targets.map((target) => target.id),
  '2.4.0',
)
export const plan = {
  ...single,
  batches: [0, 1, 5, 10, 15].map((from, i, all) => ({
    targetIds: targets.slice(from, all[i + 1] ?? targets.length).map((target) => target.id),
    soakSeconds: 600,
  })),
}
export const graded = { plan, categories: [3], systems: [{ id: system, tenantId: owner, mlpsLevel: 3 }], targets }

export const guard: GuardFacts = {
  now,
  running: true,
  planHash,
  approvedPlanHash: planHash,
  approvalComplete: true,
  begun: true,
  categories: [3],
  unmet: [],
  beyondPlan: [],
  underWay: null,
  unexplained: [],
  openRecordings: [],
  filingsOwed: [],
  lintErrors: [],
  passedTests: [{ planHash, environment: '预发布环境', testerId: people.tester, at: minutes(-1440) }],
  requesterId: people.requester,
  risk: 'R2',
  consents: { needed: [system], given: [system] },
  executorId: people.executor,
  reviewerId: people.reviewer,
  reviewerSeenAt: minutes(-0.1),
  windowStart: minutes(-30),
  windowEnd: minutes(90),
  remainingMs: 300_000,
  freezes: [],
  conflicts: [],
  qualified: { executor: true, reviewer: true },
  privileged: { used: false, approved: false },
  greyErrors: [],
  artifacts: [],
  notices: [],
}
const facts: ActFacts = {
  now,
  change: {
    state: 'rolling',
    plan,
    planHash,
    approvedPlanHash: planHash,
    windowStart: guard.windowStart!,
    windowEnd: guard.windowEnd!,
    executorId: people.executor,
    reviewerId: people.reviewer,
    currentBatch: 3,
    soakUntil: null,
    rolledBack: false,
    pausedFrom: null,
    pauseReason: null,
    urgency: 'U3',
    amendmentId: null,
    snapshots: true,
  },
  amendment: undefined,
  riskAcceptances: [],
  riskBearers: { 'technical-manager': [], cre: [] },
  debts: [],
  contents: new Set(),
  people: {
    requesterId: people.requester,
    managerId: people.manager,
    assessorId: people.assessor,
    testerId: people.tester,
    executorId: people.executor,
    reviewerId: people.reviewer,
    approverIds: people.approvers,
  },
  approval: undefined,
  consents: { needed: [{ systemId: system, tenantId: owner }], given: [system] },
  // Two batches are done; the third is at its second server.
  runs: targets.slice(0, 6).flatMap(({ id: targetId }, i) =>
    (['precheck', 'execute'] as const).map((phase) => ({
      stepKey: phase === 'precheck' ? 'look' : 'deploy',
      phase,
      batch: i < 1 ? 1 : i < 5 ? 2 : 3,
      targetId,
      attempt: 1,
      state: 'succeeded' as const,
      planHash,
    })),
  ),
  cosigns: targets.map(({ id: targetId }) => ({ planHash, stepKey: 'deploy', phase: 'execute', targetId, attempt: 1 })),
  guard,
  modes: defaultGuardModes,
  sessionState: 'live',
}
/** The next step of the third batch. */
export const stepFacts = facts
/** The same change before it begins. */
export const beginFacts: ActFacts = {
  ...facts,
  change: { ...facts.change, state: 'ready', currentBatch: 0 },
  runs: [],
  cosigns: [],
  sessionState: undefined,
  guard: { ...guard, running: false },
}
export const asking: Asking = {
  personId: people.executor,
  tenantId: provider,
  actions: new Set(['change:read', 'change:draft', 'change:execute', 'session:watch', 'observe:open']),
}

/** Policies as a unit writes them: most for other roles or objects, each with the seven dimensions of S3-A.8-06 somewhere. */
export const policies = (count: number): Policy[] =>
  Array.from({ length: count }, (_, i) => ({
    id: uuid(5, i),
    name: `policy ${i}`,
    roles: i % 3 === 0 ? ['ENG'] : ['SYS', 'NET'],
    document: {
      version: '1',
      statements: [
        {
          effect: i % 2 === 0 ? 'Deny' : 'Allow',
          actions: ['change:execute', 'change:re*'],
          resources: [i === 0 ? 'change/*' : `change/${uuid(6, i)}`],
          condition: {
            weekdays: [1, 2, 3, 4, 5, 6, 7],
            ...(i === 0 ? { timeOfDay: { from: '08:00', to: '18:00' } } : {}),
            sourceIp: ['10.0.0.0/8', '192.168.0.0/16'],
            doors: ['console', 'ssh'],
            mfaWithinSeconds: 900,
          },
        },
      ],
    },
  }))
export const request: PolicyRequest = {
  action: 'change:execute',
  resource: `change/${uuid(6, 0)}`,
  roles: ['ENG'],
  now,
  sourceIp: '10.8.3.7',
  door: 'ssh',
  terminalRegistered: true,
  mfaAt: minutes(-3),
  inNetwork,
}
