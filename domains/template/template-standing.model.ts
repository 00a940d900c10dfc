import type { ChangeState } from '@huabiao/domains/change/change.model'
import type { TemplateRefusal } from './template.model.ts'

/** Life of one version of a model, and whether its word still counts (good standing, 信用状态). */
export const templateStates = ['draft', 'testing', 'reviewing', 'published', 'superseded', 'rejected', 'retired'] as const
export type TemplateState = (typeof templateStates)[number]
const openStates: readonly TemplateState[] = ['draft', 'testing', 'reviewing']

/** What it lives by: anchors/itsm.md §2.1 (D). They may be made stricter, never looser. */
export const standingRules = { rate: 0.98, window: 50, quietDays: 30, reviewDays: 180 } as const
const dayMs = 86_400_000

export interface StandingFacts {
  readonly state: TemplateState
  readonly reviewedAt: Date | null
  readonly publishedAt: Date | null
  /** Of the last fifty uses of the model, whatever version: how many came to something, and how many of these failed. */
  readonly uses: number
  readonly failures: number
  /** The newest failure ever: it counts until the model is published again, however many uses came since. */
  readonly lastFailedAt: Date | null
}
export const standingReasons = [
  'not_published',
  'retired',
  'superseded',
  'review_overdue',
  'failed_since_publication',
  'failed_recently',
  'success_rate_low',
] as const
export type StandingReason = (typeof standingReasons)[number]
export interface Standing {
  readonly good: boolean
  readonly reasons: readonly StandingReason[]
  readonly uses: number
  readonly failures: number
  readonly reviewDueAt: Date | null
}

/**
 * Whether instances may go without an approval of their own, and every reason why not. Fewer than fifty uses count as they are; what was
 * repeated or accepted after it went wrong is a failure too: a standard change goes as expected, or it is none.
 */
export function standingOf(facts: StandingFacts, now: Date): Standing {
  const { state, reviewedAt, publishedAt, uses, failures, lastFailedAt } = facts
  const reviewDueAt = reviewedAt && new Date(reviewedAt.getTime() + standingRules.reviewDays * dayMs)
  const reasons: StandingReason[] = []
  if (state === 'retired' || state === 'superseded') reasons.push(state)
  else if (state !== 'published' || !publishedAt) reasons.push('not_published')
  if (!reviewDueAt || now > reviewDueAt) reasons.push('review_overdue')
  if (lastFailedAt && publishedAt && lastFailedAt >= publishedAt) reasons.push('failed_since_publication')
  if (lastFailedAt && now.getTime() - lastFailedAt.getTime() < standingRules.quietDays * dayMs) reasons.push('failed_recently')
  if (uses > 0 && (uses - failures) / uses < standingRules.rate) reasons.push('success_rate_low')
  return { good: reasons.length === 0, reasons, uses, failures, reviewDueAt }
}

/** From execution on the plan alone counts; in every other state the model must be in good standing (`template_stands_in`). */
const begunStates = [
  'prechecking',
  'gray_running',
  'gray_soaking',
  'rolling',
  'verifying',
  'rolling_back',
  'paused',
  'ci_reviewing',
  'reviewing',
  'closed',
] as const satisfies readonly ChangeState[]
export const hasBegun = (state: string): boolean => (begunStates as readonly string[]).includes(state)

/** What the word of a model for one change hangs on. */
export interface AuthorityFacts {
  /** The plan of the change is what the model makes of its parameters and targets, to the byte. */
  readonly equal: boolean
  readonly withinLimits: boolean
  readonly good: boolean
  /** Execution has begun: what was allowed then is carried through or rolled back; no red line may trap a half-done change (itsm §2.0.3). */
  readonly begun: boolean
}
export const authorityHolds = ({ equal, withinLimits, good, begun }: AuthorityFacts): boolean =>
  equal && (begun || (withinLimits && good))

export interface LifeFacts {
  readonly state: TemplateState
  readonly authorId: string
}
export const templateActs = ['save', 'submit', 'test', 'revise', 'retire'] as const
export type TemplateAct = (typeof templateActs)[number]
/** Why the person may not do this to the newest version of the model; undefined when they may. Decisions are judged by their approval. */
export function templateActRefusal(
  act: TemplateAct,
  { state, authorId }: LifeFacts,
  personId: string,
): TemplateRefusal | undefined {
  switch (act) {
    case 'save':
    case 'submit':
      if (state !== 'draft') return 'template.wrong_state'
      return personId === authorId ? undefined : 'template.not_author'
    case 'test':
      if (state !== 'testing') return 'template.wrong_state'
      // Nobody tests what they wrote (RL-05, RL-23).
      return personId === authorId ? 'template.own_template' : undefined
    case 'revise':
      return openStates.includes(state) ? 'template.open_version' : undefined
    case 'retire':
      return undefined
  }
}
