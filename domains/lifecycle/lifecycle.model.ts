import { beijingDay, beijingMoment } from '@huabiao/kit/calendar/calendar'
import type { RefusalTable } from '@huabiao/kit/errors/errors'

/**
 * Leaver and mover (离岗、转岗; RL-25, S0-DATA-10, S14 of anchors/bastion.md §6). A departure is told beforehand, access ends with the last
 * day, and nobody is gone before what they hold is in other hands.
 */
export const departureKinds = ['leave', 'transfer'] as const
export type DepartureKind = (typeof departureKinds)[number]
export const departureStates = ['proposed', 'notice', 'cut', 'complete', 'cancelled'] as const
export type DepartureState = (typeof departureStates)[number]
export const openDepartures = ['proposed', 'notice', 'cut'] as const satisfies readonly DepartureState[]
export const departureActs = ['confirm', 'cancel', 'cut', 'complete'] as const
export type DepartureAct = (typeof departureActs)[number]

/** What the table does not list cannot happen; a trigger holds the same. */
export const departureSteps = {
  confirm: { from: ['proposed'], to: 'notice' },
  // After the cut there is no way back: whoever stays after all asks for their roles anew.
  cancel: { from: ['proposed', 'notice'], to: 'cancelled' },
  cut: { from: ['notice'], to: 'cut' },
  complete: { from: ['notice', 'cut'], to: 'complete' },
} as const satisfies Record<DepartureAct, { from: readonly DepartureState[]; to: DepartureState }>

export const canStep = (state: DepartureState, act: DepartureAct): boolean =>
  (departureSteps[act].from as readonly DepartureState[]).includes(state)

/** Why a departure waits, or waits no more, where no person said so: the console has the words. */
export const sourceReasons = { gone: 'source-says-gone', back: 'source-says-back' } as const

const dayMs = 86_400_000
/** The last day ends when the next one begins in Beijing. `day` is `YYYY-MM-DD`. */
export const goneAt = (lastDay: string): Date => new Date(beijingMoment(lastDay).getTime() + dayMs)

/** Notice of more than a year is a slip of the pen. */
export const noticeMaxDays = 366
export function lastDayRefusal(lastDay: string, now: Date): LifecycleRefusal | undefined {
  if (lastDay < beijingDay(now)) return 'lifecycle.day_past'
  return Date.parse(lastDay) - now.getTime() > noticeMaxDays * dayMs ? 'lifecycle.day_far' : undefined
}

export interface DepartureFacts {
  readonly personId: string
  readonly tenantId: string
  readonly kind: DepartureKind
  readonly state: DepartureState
}
export interface Asker {
  readonly personId: string
  readonly tenantId: string
  /** Holds `lifecycle:manage`. */
  readonly manages: boolean
}

/** Why the asker may not take this step; undefined when they may. `open` counts what is not handed over yet. */
export function stepRefusal(
  of: DepartureFacts,
  act: Exclude<DepartureAct, 'cut'>,
  asker: Asker,
  open: number,
): LifecycleRefusal | undefined {
  if (!asker.manages || asker.tenantId !== of.tenantId) return 'lifecycle.not_administrator'
  // Announcing one's own leave only takes rights away; ending or undoing it is another person's act.
  if (asker.personId === of.personId) return 'lifecycle.own_departure'
  if (!canStep(of.state, act)) return 'lifecycle.wrong_state'
  return act === 'complete' && open > 0 ? 'lifecycle.open_items' : undefined
}

/**
 * The way back from a suspension by rule: the administrator asks, the security administrator confirms (in user units a second administrator),
 * neither of them its subject.
 */
export function reopenRefusal(
  of: { personId: string; tenantId: string; askedBy: string | null; rule: string; heldByTraining: boolean },
  act: 'ask' | 'confirm',
  asker: Asker & { reinstates: boolean },
): LifecycleRefusal | undefined {
  if (asker.tenantId !== of.tenantId || !(act === 'ask' ? asker.manages : asker.reinstates)) return 'lifecycle.not_administrator'
  if (asker.personId === of.personId) return 'lifecycle.own_suspension'
  // A training is renewed, not waived (RL-24).
  if (of.rule === 'N-A07' || of.heldByTraining) return 'lifecycle.training_only'
  if (act === 'ask') return of.askedBy === null ? undefined : 'lifecycle.already_asked'
  if (of.askedBy === null) return 'lifecycle.not_asked'
  return of.askedBy === asker.personId ? 'lifecycle.second_person_required' : undefined
}

export const lifecycleRefusals = {
  'lifecycle.not_found': { status: 404 },
  'lifecycle.person_not_found': { status: 404 },
  'lifecycle.item_not_found': { status: 404 },
  'lifecycle.wrong_state': { status: 409, rule: 'RL-25' },
  'lifecycle.already_leaving': { status: 409, rule: 'RL-25' },
  'lifecycle.day_past': { status: 422, rule: 'RL-25' },
  'lifecycle.day_far': { status: 422, rule: 'RL-25' },
  'lifecycle.own_departure': { status: 409, rule: 'RL-25' },
  'lifecycle.not_administrator': { status: 403, rule: 'RL-25' },
  'lifecycle.open_items': { status: 409, rule: 'RL-25' },
  'lifecycle.successor_unfit': { status: 409, rule: 'RL-25' },
  'lifecycle.not_successor': { status: 403, rule: 'RL-25' },
  'lifecycle.not_handed_over': { status: 409, rule: 'RL-25' },
  'lifecycle.settled': { status: 409, rule: 'RL-25' },
  'lifecycle.department_invalid': { status: 422 },
  'lifecycle.campaign_not_found': { status: 404 },
  'lifecycle.review_not_found': { status: 404 },
  'lifecycle.campaign_closed': { status: 409, rule: 'RL-28' },
  'lifecycle.campaign_open': { status: 409, rule: 'RL-28' },
  'lifecycle.reviewed': { status: 409, rule: 'RL-28' },
  'lifecycle.own_review': { status: 409, rule: 'RL-23' },
  'lifecycle.not_reviewer': { status: 403, rule: 'RL-28' },
  'lifecycle.due_invalid': { status: 422 },
  'lifecycle.too_many': { status: 422 },
  'lifecycle.report_differs': { status: 409 },
  'lifecycle.scope_empty': { status: 422 },
  'lifecycle.suspended': { status: 409, rule: 'RL-25' },
  'lifecycle.suspension_not_found': { status: 404 },
  'lifecycle.own_suspension': { status: 409, rule: 'RL-23' },
  'lifecycle.training_only': { status: 409, rule: 'RL-24' },
  'lifecycle.already_asked': { status: 409 },
  'lifecycle.not_asked': { status: 409, rule: 'RL-23' },
  'lifecycle.second_person_required': { status: 409, rule: 'RL-23' },
} as const satisfies RefusalTable
export type LifecycleRefusal = keyof typeof lifecycleRefusals
