import { addWorkingDays, type CalendarName, type Holidays } from '@huabiao/kit/calendar/calendar'
import { type ChangeState, isExpedited, type Risk, type Urgency } from './change.model.ts'
import { testDebtDays } from './change-amendment.model.ts'

/**
 * Deadlines (时限) of the table in anchors/itsm.md §2.1, as a function of the change: a state has them from its beginning and loses them
 * with its end. What passes is seen, told once and recorded. It approves nothing, and executes nothing but a rollback that the approved
 * plan itself asks for (`autoRollback`). No clock of a change stands still, so a row has no time on hold.
 */
export interface DeadlineFacts {
  readonly state: ChangeState
  readonly stateSince: Date
  readonly urgency: Urgency
  readonly risk: Risk
  readonly windowStart: Date | null
  readonly windowEnd: Date | null
  /** The approval stages that are open, and since when. */
  readonly stages: readonly { readonly key: string; readonly openedAt: Date }[]
  readonly amendmentId: string | null
  /** Tests that are owed, by the hash of the plan; due whatever the state. */
  readonly debts: readonly { readonly planHash: string; readonly openedAt: Date }[]
}
export interface Deadline {
  /** `approve:<stage>` for a stage of the approval, `debt:<hash>` for a test that is owed; else one of `deadlineNames`. */
  readonly name: string
  readonly calendar: CalendarName
  readonly startedAt: Date
  readonly dueAt: Date
}
export const deadlineNames = [
  'draft',
  'accept',
  'plan',
  'assess',
  'approve',
  'consent',
  'check-24h',
  'check-1h',
  'check-10min',
  'begin',
  'precheck',
  'decide',
  'verify',
  'items',
  'close',
  'amend',
  'debt',
] as const
export type DeadlineName = (typeof deadlineNames)[number]
export const debtDeadline = (planHash: string): string => `debt:${planHash.slice(0, 12)}`
export const stageDeadline = (stage: string): string => `approve:${stage}`
/** `approve:l2` is the deadline `approve` of stage `l2`. */
export function readDeadline(name: string): { name: DeadlineName; stage: string | undefined } {
  const [kind = '', stage] = name.split(':')
  return { name: kind as DeadlineName, stage }
}

type Length = { readonly minutes: number } | { readonly workingDays: number }
const minutes = (n: number): Length => ({ minutes: n })
const workingDays = (n: number): Length => ({ workingDays: n })
const minuteMs = 60_000

/** Rows 3 and 11: what is urgent is urgent for whoever accepts and approves. A standard change (U4) has no shorter path than a planned one. */
const byUrgency: Readonly<Record<Urgency, Length>> = {
  U1: minutes(30),
  U2: minutes(240),
  U3: workingDays(1),
  U4: workingDays(1),
}
/** Row 15: checks before the window; row 16: how late it may begin. */
const checks = { 'check-24h': 24 * 60, 'check-1h': 60, 'check-10min': 10 } as const
const beginLateMs = 30 * minuteMs

/** Which deadlines run in this state, each with its due time. Total, and the same for the same change whenever it is asked. */
export function deadlinesOf(change: DeadlineFacts, holidays: Holidays): Deadline[] {
  const owed = change.debts.map(({ planHash, openedAt }): Deadline => {
    const dueAt = addWorkingDays(holidays, openedAt, testDebtDays)
    return { name: debtDeadline(planHash), calendar: 'working-days', startedAt: openedAt, dueAt }
  })
  return [...ofState(change, holidays), ...owed]
}
function ofState(change: DeadlineFacts, holidays: Holidays): Deadline[] {
  const { state, stateSince, urgency, risk, windowStart, windowEnd, stages } = change
  const after = (name: string, startedAt: Date, length: Length): Deadline =>
    'minutes' in length
      ? { name, calendar: '7x24', startedAt, dueAt: new Date(startedAt.getTime() + length.minutes * minuteMs) }
      : { name, calendar: 'working-days', startedAt, dueAt: addWorkingDays(holidays, startedAt, length.workingDays) }
  const until = (name: string, dueAt: Date): Deadline => ({ name, calendar: '7x24', startedAt: stateSince, dueAt })
  const inState = (name: string, length: Length): Deadline[] => [after(name, stateSince, length)]
  switch (state) {
    /* 1 */
    case 'draft':
      return inState('draft', minutes(30 * 24 * 60))
    /* 3, 4 */
    case 'submitted':
      return inState('accept', byUrgency[urgency])
    /* 6 */
    case 'planning':
      return inState('plan', urgency === 'U1' ? minutes(30) : workingDays(risk === 'R1' ? 10 : 5))
    /* itsm 2.3-A: the minimum plan */
    case 'amending':
      return inState('amend', minutes(30))
    /* 7, 8 */
    case 'assessing':
      return inState('assess', workingDays(1))
    /* 11 */
    case 'approving':
      return stages.map((stage) =>
        after(stageDeadline(stage.key), stage.openedAt, byUrgency[isExpedited(change) ? 'U1' : urgency]),
      )
    /* 14 */
    case 'consenting':
      return inState('consent', workingDays(2))
    /* 15, 16 */
    case 'scheduled':
    case 'ready': {
      if (!windowStart) return []
      const found = Object.entries(checks).map(([name, before]) =>
        until(name, new Date(windowStart.getTime() - before * minuteMs)),
      )
      // What was made ready after its window had begun (an amendment) has the same half hour from then on.
      const from = Math.max(windowStart.getTime(), stateSince.getTime())
      if (state === 'ready') found.push(until('begin', new Date(from + beginLateMs)))
      return found
    }
    /* 17 */
    case 'prechecking':
      return inState('precheck', minutes(15))
    /* 22 and 23: to decide, and to be on again as planned, is one quarter of an hour from the pause on. */
    case 'paused':
      return inState('decide', minutes(15))
    /* 27; a rollback may end after the window, and then nothing is due by it. */
    case 'verifying':
      return windowEnd && windowEnd > stateSince ? [until('verify', windowEnd)] : []
    /* 29 */
    case 'ci_reviewing':
      return inState('items', minutes(240))
    /* 30 */
    case 'reviewing':
      return inState('close', workingDays(risk === 'R1' || risk === 'R2' ? 5 : 2))
    default:
      return []
  }
}

/** When the open stage began: when the last of the stages before it was decided, or with the approval. */
export function stageOpenedAt(
  stage: string,
  openedAt: Date,
  decisions: readonly { readonly stage: string; readonly at: Date }[],
): Date {
  const before = decisions.filter((decision) => decision.stage !== stage).map((decision) => decision.at.getTime())
  return new Date(Math.max(openedAt.getTime(), ...before))
}

export const deadlineKey = (one: Pick<Deadline, 'name' | 'dueAt'>): string => `${one.name} ${one.dueAt.getTime()}`
/**
 * What must be written so that the rows are what the state asks for: nothing where they are already. What had passed before the state
 * began is not started; what is due already and runs is left to be fired.
 */
export function deadlineDiff<R extends Pick<Deadline, 'name' | 'dueAt'>>(
  open: readonly R[],
  wanted: readonly Deadline[],
): { cancel: R[]; start: Deadline[] } {
  const [have, want] = [new Set(open.map(deadlineKey)), new Set(wanted.map(deadlineKey))]
  return {
    cancel: open.filter((one) => !want.has(deadlineKey(one))),
    start: wanted.filter((one) => one.dueAt > one.startedAt && !have.has(deadlineKey(one))),
  }
}

/**
 * What passing a deadline does beside telling. `check` looks at the guards and speaks only where one holds the change back;
 * `rollBack` needs a plan that says so and something that is not itself a failed rollback.
 */
export type Firing = 'tell' | 'expire' | 'check' | 'unready' | 'deputies' | 'rollBack'
export function firingOf(
  name: DeadlineName,
  of: { readonly autoRollback: boolean; readonly pausedFrom: ChangeState | null },
): Firing {
  switch (name) {
    case 'draft':
      return 'expire'
    case 'approve':
      return 'deputies'
    case 'check-24h':
    case 'check-1h':
    case 'check-10min':
      return 'check'
    case 'begin':
      return 'unready'
    case 'decide':
      return of.autoRollback && of.pausedFrom !== 'rolling_back' ? 'rollBack' : 'tell'
    default:
      return 'tell'
  }
}
/** Where a firing moves the change; the others leave it where it is. */
export const firingTo = { expire: 'expired', unready: 'scheduled', rollBack: 'rolling_back' } as const satisfies Partial<
  Record<Firing, ChangeState>
>

/** Whom a passed deadline is told to: parts of this change, and holders of roles where they stand. */
export interface Audience {
  readonly parts: readonly ('requester' | 'manager' | 'executor' | 'reviewer')[]
  readonly roles: readonly {
    readonly role: string
    readonly duty: string | null
    readonly of: 'provider' | 'user-units'
    /** Asked only where the one before it has nobody. */
    readonly otherwise?: true
  }[]
}
/** 主管: who is answerable for the people of a unit. */
const supervisor = { role: 'APV', duty: 'supervisor', of: 'provider' } as const
const managers = { role: 'CHM', duty: null, of: 'provider' } as const
const secondLine = { role: 'CRE', duty: null, of: 'provider' } as const
export const audienceOf: Readonly<Record<DeadlineName, Audience>> = {
  draft: { parts: ['requester'], roles: [] },
  accept: { parts: ['requester'], roles: [managers, supervisor] },
  plan: { parts: ['requester', 'manager'], roles: [supervisor] },
  assess: { parts: ['requester', 'manager'], roles: [secondLine, supervisor] },
  approve: { parts: ['requester', 'manager'], roles: [] },
  consent: {
    parts: ['requester', 'manager'],
    roles: [
      { role: 'APV', duty: 'supervisor', of: 'user-units' },
      { role: 'TAD', duty: null, of: 'user-units', otherwise: true },
    ],
  },
  'check-24h': { parts: ['requester', 'executor', 'manager'], roles: [] },
  'check-1h': { parts: ['requester', 'executor', 'manager'], roles: [] },
  'check-10min': { parts: ['requester', 'executor', 'reviewer', 'manager'], roles: [] },
  begin: { parts: ['requester', 'executor', 'reviewer', 'manager'], roles: [] },
  precheck: { parts: ['executor', 'reviewer', 'manager'], roles: [] },
  decide: { parts: ['executor', 'reviewer', 'manager'], roles: [managers, supervisor] },
  verify: { parts: ['executor', 'reviewer', 'manager'], roles: [] },
  items: { parts: ['manager'], roles: [managers, supervisor] },
  close: { parts: ['manager'], roles: [managers, supervisor] },
  amend: { parts: ['requester', 'executor', 'manager'], roles: [managers, supervisor] },
  debt: { parts: ['requester', 'manager'], roles: [{ role: 'APV', duty: 'technical-manager', of: 'provider' }, supervisor] },
}
