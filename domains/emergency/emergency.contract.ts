import { risks } from '@huabiao/domains/change/change.model'
import { planes } from '@huabiao/kit/actor/actor'
import {
  Count,
  endpoint,
  Instant,
  Label,
  Name,
  Note,
  PageQuery,
  Prose,
  pageOf,
  ShortNote,
  Uuid,
} from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { emergencyStates, filingVersionMax, targetsMost } from './emergency.model.ts'
import { type EmergencyAct, emergencyActs, filingParts, wordKinds } from './emergency-act.model.ts'
import { type Rejection, rejections, rollbackStates } from './emergency-filing.model.ts'

/** Events: emergency.invoked, emergency.confirmed, emergency.allowed, emergency.granted, emergency.refused, emergency.renewal_ordered,
 *  emergency.renewed, emergency.stabilised, emergency.drafted, emergency.filed, emergency.countersigned, emergency.agreed, emergency.approved,
 *  emergency.rejected, emergency.reopened, emergency.closed, emergency.overdue, emergency.escalated, emergency.late. */

const Who = z.object({ id: Uuid, name: Label })
const Version = z.number().int().min(1).max(filingVersionMax)
const Account = z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/)
/** Why the person asking may not do it now; null when they may. */
const reason = Label.nullable()
const Acts = z.object(Object.fromEntries(emergencyActs.map((name) => [name, reason])) as Record<EmergencyAct, typeof reason>)
export const EmergencyItem = z.object({
  id: Uuid,
  no: Label,
  title: Label,
  plane: z.enum(planes),
  state: z.enum(emergencyStates),
  stateSince: Instant,
  incidentNo: Label,
  incidentLevel: z.enum(['P1', 'P2']),
  /** Graded as a change would be; R1 needs three words on its filing. */
  risk: z.enum(risks),
  root: z.boolean(),
  executor: Who,
  second: Who,
  targetNames: z.array(Label).max(targetsMost),
  invokedAt: Instant,
  grantedAt: Instant.nullable(),
  notAfter: Instant.nullable(),
  stabilisedAt: Instant.nullable(),
  filingDueAt: Instant.nullable(),
  overdueAt: Instant.nullable(),
  /** Of a filing that waits: whose word is still missing. */
  wanted: z.array(z.enum(filingParts)).max(filingParts.length),
  /** Custodians whose yes stands. */
  custodians: Count,
  acts: Acts,
})
export type EmergencyItem = z.infer<typeof EmergencyItem>

export const EmergencyDetail = EmergencyItem.extend({
  unitName: Label,
  reason: Prose,
  /** Freezes that held when it was invoked; an emergency is let through and says so. */
  frozenBy: z.array(Label).max(20),
  targets: z
    .array(
      z.object({
        id: Uuid,
        name: Label,
        host: Label,
        port: Count,
        systemName: Label,
        unitName: Label,
        accounts: z.array(z.object({ name: Label, privileged: z.boolean() })).max(10),
      }),
    )
    .max(targetsMost),
  confirmedAt: Instant.nullable(),
  renewals: Count,
  endedBy: Who.nullable(),
  endReason: Label.nullable(),
  presence: z.object({ executor: z.boolean(), second: z.boolean() }),
  words: z
    .array(
      z.object({
        kind: z.enum(wordKinds),
        round: Count,
        by: Who,
        verdict: z.enum(['yes', 'no']),
        /** Of decide: for which side. */
        part: z.enum(filingParts).nullable(),
        note: Prose,
        at: Instant,
      }),
    )
    .max(100),
  recordings: z
    .array(
      z.object({
        sessionId: Uuid,
        state: Label,
        targetNames: z.array(Label).max(100),
        openedAt: Instant.nullable(),
        closedAt: Instant.nullable(),
        manifestSm3: Label.nullable(),
      }),
    )
    .max(200),
  commands: z.array(z.object({ seq: Count, sessionId: Uuid, atMs: Count, text: Prose, source: Label })).max(2000),
  /** The steps as the recordings tell them, for the filing to go on from. */
  draftSteps: Prose,
  filing: z
    .object({
      version: Count,
      cause: Prose,
      impact: Prose,
      steps: Prose,
      verification: Prose,
      rollback: z.enum(rollbackStates),
      rollbackNote: Prose,
      explanations: z.array(z.object({ seq: Count, text: Prose })).max(2000),
      author: Who,
      at: Instant,
    })
    .nullable(),
  deadlines: z.array(z.object({ name: Label, dueAt: Instant, firedAt: Instant.nullable() })).max(50),
  timeline: z
    .array(z.object({ seq: Count, at: Instant, act: Label, actor: Label, from: Label.nullable(), to: Label, note: Prose }))
    .max(500),
})
export type EmergencyDetail = z.infer<typeof EmergencyDetail>

export const emergencyFilters = ['open', 'act', 'mine', 'all'] as const
export const listEmergencies = endpoint({
  name: 'listEmergencies',
  method: 'GET',
  path: '/api/v1/emergencies',
  permission: 'emergency:read',
  summary: '破窗应急列表 / Emergencies',
  query: PageQuery.extend({
    /** open: not over; act: where the person asking can do something now; mine: they act or stand beside it. */
    show: z.enum(emergencyFilters).default('all'),
    text: z.string().max(100).optional(),
  }),
  response: pageOf(EmergencyItem),
})
const One = {
  params: z.object({ emergencyId: Uuid }),
  resource: 'emergency/:emergencyId',
  response: EmergencyDetail,
} as const
export const getEmergency = endpoint({
  name: 'getEmergency',
  method: 'GET',
  path: '/api/v1/emergencies/:emergencyId',
  permission: 'emergency:read',
  summary: '破窗应急详情 / One emergency',
  refusals: ['emergency.not_found'],
  ...One,
})
/** A fault burns: named targets and accounts, a reason, the incident, and the second person. Nothing opens by this alone. */
export const invokeEmergency = endpoint({
  name: 'invokeEmergency',
  method: 'POST',
  path: '/api/v1/emergencies',
  permission: 'emergency:invoke',
  summary: '发起破窗应急 / Invoke break-glass',
  danger: 4,
  body: z.object({
    title: Name,
    reason: Note,
    incidentNo: Name,
    incidentLevel: z.enum(['P1', 'P2']),
    secondId: Uuid,
    targets: z
      .array(z.object({ targetId: Uuid, accounts: z.array(Account).min(1).max(10) }))
      .min(1)
      .max(targetsMost),
    /** A privileged account is asked for in so many words, and the custodians see it (RL-17). */
    root: z.boolean().default(false),
  }),
  response: EmergencyDetail,
  refusals: [
    'emergency.same_person',
    'emergency.second_unfit',
    'emergency.already_invoked',
    'emergency.target_unknown',
    'emergency.targets_mixed',
    'emergency.account_unknown',
    'emergency.root_not_asked',
    'emergency.retro_overdue',
    'emergency.asset_blocked',
    'emergency.not_qualified',
    'emergency.custodians_too_few',
  ],
})
const act = <A extends string, B extends z.ZodType>({
  path,
  refusals,
  ...of
}: {
  name: string
  path: string
  permission: A
  summary: string
  body: B
  danger?: 1 | 2 | 3 | 4 | 5
  refusals?: `emergency.${string}`[]
}) =>
  endpoint({
    method: 'POST',
    path: `/api/v1/emergencies/:emergencyId/${path}`,
    ...One,
    ...of,
    refusals: ['emergency.not_found', 'emergency.not_concerned', 'emergency.wrong_state', ...(refusals ?? [])],
  })
const NoteBody = z.object({ note: z.string().trim().max(500).default('') })
const ReasonBody = z.object({ reason: ShortNote })

/** The second person, with their own session: "I am here, and I know what this is for." */
export const confirmEmergency = act({
  name: 'confirmEmergency',
  path: 'confirm',
  permission: 'emergency:invoke',
  summary: '第二人确认 / Confirm as the second person',
  body: z.object({}),
  danger: 3,
  refusals: ['emergency.expired', 'emergency.not_second', 'emergency.already_said'],
})
export const withdrawEmergency = act({
  name: 'withdrawEmergency',
  path: 'withdraw',
  permission: 'emergency:invoke',
  summary: '撤回应急 / Withdraw',
  body: ReasonBody,
})
/** Two of the custodians, each with a factor proved within two minutes; the second yes opens it for an hour (NT-F01). */
export const allowEmergency = act({
  name: 'allowEmergency',
  path: 'allow',
  permission: 'emergency:custody',
  summary: '保管人同意破窗 / A custodian allows it',
  body: NoteBody,
  danger: 5,
  refusals: ['emergency.expired', 'emergency.own_case', 'emergency.second_not_confirmed', 'emergency.already_said'],
})
export const refuseEmergency = act({
  name: 'refuseEmergency',
  path: 'refuse',
  permission: 'emergency:custody',
  summary: '保管人拒绝破窗 / A custodian refuses it',
  body: ReasonBody,
  danger: 3,
  refusals: ['emergency.own_case', 'emergency.already_said'],
})
/** Still not recovered: the change manager says so, and a custodian renews. At most twice. */
export const orderRenewal = act({
  name: 'orderEmergencyRenewal',
  path: 'order-renewal',
  permission: 'emergency:approve',
  summary: '指令续期（仍未恢复） / Order a renewal',
  body: ReasonBody,
  danger: 3,
  refusals: [
    'emergency.expired',
    'emergency.own_case',
    'emergency.custodian_decides',
    'emergency.renewals_used',
    'emergency.already_said',
  ],
})
export const renewEmergency = act({
  name: 'renewEmergency',
  path: 'renew',
  permission: 'emergency:custody',
  summary: '保管人同意续期 / A custodian renews',
  body: NoteBody,
  danger: 5,
  refusals: [
    'emergency.expired',
    'emergency.own_case',
    'emergency.own_word',
    'emergency.renewals_used',
    'emergency.not_renewed',
    'emergency.already_said',
  ],
})
/** Recovered, or given up: the grant ends now, open sessions end, and the filing is drafted from their recordings. */
export const stabiliseEmergency = act({
  name: 'stabiliseEmergency',
  path: 'stabilise',
  permission: 'emergency:stabilise',
  summary: '已恢复，结束应急 / Stabilised: end it',
  body: ReasonBody,
})
/** The filing (补填): why, what it did, how it was checked. Recorded commands stand whatever is written; each may be explained. */
export const fileEmergency = act({
  name: 'fileEmergency',
  path: 'filings',
  permission: 'emergency:invoke',
  summary: '补填应急记录 / File what was done',
  body: z.object({
    cause: Note,
    impact: Note,
    steps: Note,
    verification: Note,
    rollback: z.enum(rollbackStates),
    rollbackNote: Note,
    explanations: z.array(z.object({ seq: z.number().int().min(1).max(2000), text: ShortNote })).max(500),
  }),
  refusals: ['emergency.not_executor', 'emergency.command_unknown', 'emergency.filings_too_many'],
})
export const countersignFiling = act({
  name: 'countersignEmergencyFiling',
  path: 'countersign',
  permission: 'emergency:invoke',
  summary: '第二人会签补填 / Countersign the filing',
  body: z.object({ version: Version }),
  danger: 3,
  refusals: ['emergency.not_second', 'emergency.not_filed', 'emergency.already_said'],
})
const decisionRefusals = [
  'emergency.own_case',
  'emergency.own_word',
  'emergency.already_said',
  'emergency.not_asked',
  'emergency.custodian_decides',
  'emergency.not_countersigned',
  'emergency.not_filed',
] as const satisfies readonly `emergency.${string}`[]
/** By those who are neither executor, second person nor custodian (S11): the change manager, and of R1 technical manager and management unit
 *  as well, each once. The last word alone ends a block (NT-F03). */
export const approveFiling = act({
  name: 'approveEmergencyFiling',
  path: 'approve-filing',
  permission: 'emergency:decide',
  summary: '批准补填 / Approve the filing',
  body: z.object({ version: Version, note: ShortNote }),
  danger: 3,
  refusals: [...decisionRefusals],
})
export const rejectFiling = act({
  name: 'rejectEmergencyFiling',
  path: 'reject-filing',
  permission: 'emergency:decide',
  summary: '驳回补填并按违规处理 / Reject the filing: a violation',
  body: z.object({
    version: Version,
    because: z.enum(Object.keys(rejections) as [Rejection, ...Rejection[]]),
    reason: ShortNote,
  }),
  danger: 3,
  refusals: [...decisionRefusals],
})
export const closeEmergency = act({
  name: 'closeEmergency',
  path: 'close',
  permission: 'emergency:approve',
  summary: '复盘关闭 / Close after the review',
  body: z.object({ review: Note }),
  refusals: [
    'emergency.not_filed',
    'emergency.not_countersigned',
    'emergency.not_approved',
    'emergency.own_case',
    'emergency.custodian_decides',
  ],
})

/** Executor and second person each say "I am here" every 10 s from their own logon session; a second person unseen for 60 s is absent (D). */
export const sayEmergencyPresent = endpoint({
  name: 'sayEmergencyPresent',
  method: 'POST',
  path: '/api/v1/emergencies/:emergencyId/presence',
  permission: 'emergency:read',
  resource: 'emergency/:emergencyId',
  summary: '应急在场心跳 / Presence in an emergency',
  params: z.object({ emergencyId: Uuid }),
  response: z.object({ now: Instant, executorPresent: z.boolean(), secondPresent: z.boolean() }),
  refusals: ['emergency.not_found', 'emergency.not_concerned'],
})
