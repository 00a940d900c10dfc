import { addWorkingDays, type CalendarName, type Holidays } from '@huabiao/kit/calendar/calendar'
import { catalogue, type EntryId, type Limit, type ViolationRefusal } from './violation.model.ts'

/**
 * Life of a violation (违规处置): raised → answered → confirmed or dismissed → appealed once → closed. A dismissal closes it; nothing is
 * closed without a decision, and nobody decides twice or on themselves.
 */
export const violationStates = ['raised', 'answered', 'confirmed', 'appealed', 'closed'] as const
export type ViolationState = (typeof violationStates)[number]
export const violationActs = ['answer', 'confirm', 'dismiss', 'appeal', 'uphold', 'overturn', 'lapse'] as const
export type ViolationAct = (typeof violationActs)[number]

const moves = {
  answer: { from: ['raised'], to: 'answered' },
  // Silence does not stop the decision: once the time to answer is over, it is taken without an answer.
  confirm: { from: ['raised', 'answered'], to: 'confirmed' },
  dismiss: { from: ['raised', 'answered'], to: 'closed' },
  appeal: { from: ['confirmed'], to: 'appealed' },
  uphold: { from: ['appealed'], to: 'closed' },
  overturn: { from: ['appealed'], to: 'closed' },
  /** The time to appeal is over. */
  lapse: { from: ['confirmed'], to: 'closed' },
} as const satisfies Record<ViolationAct, { from: readonly ViolationState[]; to: ViolationState }>
export const canMove = (state: ViolationState, act: ViolationAct): boolean =>
  (moves[act].from as readonly ViolationState[]).includes(state)
export const afterMove = (act: ViolationAct): ViolationState => moves[act].to

export interface CaseFacts {
  readonly state: ViolationState
  readonly tenantId: string
  /** The person concerned; null where nobody is known, as of a logon by a stranger's key. */
  readonly personId: string | null
  readonly answeredBy: string | null
  readonly decidedBy: string | null
  readonly appealedBy: string | null
  readonly answerOverdue: boolean
  readonly decideOverdue: boolean
}
export interface Asker {
  readonly personId: string
  readonly tenantId: string
  /** Of the management unit. */
  readonly manages: boolean
  /** May take decisions at all, by role. */
  readonly decides: boolean
}
/** Who stands where in the unit of the case. */
export interface Seats {
  /** Line supervisors (主管) of the unit. */
  readonly supervisors: readonly string[]
  /** Security administrators of the unit. */
  readonly deciders: readonly string[]
}

export const isConcerned = (of: CaseFacts, asker: Asker, seats: Seats): boolean =>
  of.personId === asker.personId || (of.tenantId === asker.tenantId && seats.supervisors.includes(asker.personId))

export function answerRefusal(of: CaseFacts, asker: Asker, seats: Seats): ViolationRefusal | undefined {
  if (!isConcerned(of, asker, seats)) return 'violation.not_concerned'
  return canMove(of.state, 'answer') ? undefined : 'violation.wrong_state'
}

/** Parties to the case: whoever it concerns, and whoever spoke for them. */
function partRefusal(of: CaseFacts, personId: string): ViolationRefusal | undefined {
  if (of.personId === personId) return 'violation.own_case'
  return of.answeredBy === personId ? 'violation.answered_it' : undefined
}
/** The unit's own security administrator; the management unit where the unit has nobody free of the case, or did not decide in time. */
export function decideRefusal(of: CaseFacts, asker: Asker, seats: Seats): ViolationRefusal | undefined {
  const part = partRefusal(of, asker.personId)
  if (part) return part
  if (!asker.decides) return 'violation.not_decider'
  const free = seats.deciders.filter((id) => partRefusal(of, id) === undefined)
  if (!free.includes(asker.personId)) {
    if (!asker.manages) return 'violation.not_decider'
    if (of.tenantId !== asker.tenantId && free.length > 0 && !of.decideOverdue) return 'violation.unit_decides'
  }
  if (!canMove(of.state, 'confirm')) return 'violation.wrong_state'
  return of.state === 'raised' && !of.answerOverdue ? 'violation.answer_awaited' : undefined
}

/** Once, by whom it was decided against; where nobody is known, by whoever answers for the unit's people. */
export function appealRefusal(of: CaseFacts, asker: Asker, seats: Seats): ViolationRefusal | undefined {
  if (of.personId ? of.personId !== asker.personId : !isConcerned(of, asker, seats)) return 'violation.not_concerned'
  if (of.decidedBy === asker.personId) return 'violation.decided_it'
  return canMove(of.state, 'appeal') ? undefined : 'violation.wrong_state'
}

/** Somebody else: another security administrator of the unit, or the management unit. */
export function reviewRefusal(of: CaseFacts, asker: Asker, seats: Seats): ViolationRefusal | undefined {
  const part = partRefusal(of, asker.personId)
  if (part) return part
  if (of.decidedBy === asker.personId) return 'violation.decided_it'
  if (of.appealedBy === asker.personId) return 'violation.appealed_it'
  if (!asker.decides || !(asker.manages || seats.deciders.includes(asker.personId))) return 'violation.not_decider'
  return canMove(of.state, 'uphold') ? undefined : 'violation.wrong_state'
}

/** Deadlines are rows (ADR 5): what a state waits for, and until when. */
export const violationDeadlines = ['answer', 'decide', 'appeal', 'review'] as const
export type ViolationDeadline = (typeof violationDeadlines)[number]
export interface Due {
  readonly name: ViolationDeadline
  readonly calendar: CalendarName
  readonly startedAt: Date
  readonly dueAt: Date
}
const lengthOf = (name: ViolationDeadline, id: EntryId): Limit =>
  name === 'answer' ? catalogue[id].answer : { workingDays: name === 'decide' ? 3 : 5 }
const waitedFor: Readonly<Record<ViolationState, ViolationDeadline | undefined>> = {
  raised: 'answer',
  answered: 'decide',
  confirmed: 'appeal',
  appealed: 'review',
  closed: undefined,
}
/** What runs in a state from its beginning; with an answer overdue the decision is what is waited for. */
export function dueIn(
  of: { readonly state: ViolationState; readonly entry: EntryId; readonly answerOverdue: boolean },
  since: Date,
  holidays: Holidays,
): Due | undefined {
  const name = of.state === 'raised' && of.answerOverdue ? 'decide' : waitedFor[of.state]
  if (!name) return undefined
  const length = lengthOf(name, of.entry)
  return 'minutes' in length
    ? { name, calendar: '7x24', startedAt: since, dueAt: new Date(since.getTime() + length.minutes * 60_000) }
    : { name, calendar: 'working-days', startedAt: since, dueAt: addWorkingDays(holidays, since, length.workingDays) }
}
