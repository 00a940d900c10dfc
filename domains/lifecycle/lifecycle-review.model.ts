import { isRole, needsChain, type RoleCode, roles } from '@huabiao/domains/access/access.model'
import type { LifecycleRefusal } from './lifecycle.model.ts'

/** Recertification (权限复核): who reviews what, until when, and what silence means; and who can do what today. */

export const verdicts = ['keep', 'revoke', 'undecided'] as const
export type Verdict = (typeof verdicts)[number]
/** Days before the end at which reviewers are told. */
export const reminders = [7, 3, 1] as const
/** A unit is reviewed at least so often; the schedule opens what nobody opened. */
export const reviewEveryDays = 182
/** How long a scheduled campaign runs (itsm §2.8). */
export const scheduledDays = 14
export const campaignMaxDays = 92
/** Roles in force that one campaign reviews, and approved plans that one day has. */
export const bindingsMax = 3000
export const plansMax = 5000
const dayMs = 86_400_000

export const dueRefusal = (dueAt: Date, now: Date): LifecycleRefusal | undefined => {
  const length = dueAt.getTime() - now.getTime()
  return length < dayMs || length > campaignMaxDays * dayMs ? 'lifecycle.due_invalid' : undefined
}
/** Which reminder is due now: the smallest that was reached and not told; undefined when none is. */
export function reminderDue(of: { dueAt: Date; toldDays: number | null }, now: Date): number | undefined {
  const left = (of.dueAt.getTime() - now.getTime()) / dayMs
  const reached = reminders.filter((days) => left <= days && (of.toldDays ?? 8) > days)
  return left > 0 ? reached.at(-1) : undefined
}

/** Who could review in a unit. */
export interface Reviewers {
  readonly supervisors: readonly string[]
  readonly owners: readonly string[]
  readonly security: readonly string[]
  /** Other holders of the same role, where a unit has neither supervisor nor owner nor security of its own. */
  readonly peers: readonly string[]
}
/**
 * Roles that reach production are confirmed by owners of data and systems, all others by the line supervisor; where these are the holder alone,
 * by the next in order. Never oneself: an empty answer means that nobody may, and then silence says no.
 */
export function reviewersOf(of: { personId: string; role: string }, all: Reviewers): string[] {
  const production = isRole(of.role) && needsChain(of.role)
  const order = production
    ? [all.owners, all.supervisors, all.security, all.peers]
    : [all.supervisors, all.owners, all.security, all.peers]
  for (const group of order) {
    const others = [...new Set(group)].filter((id) => id !== of.personId)
    if (others.length > 0) return others
  }
  return []
}

export function decideRefusal(
  of: { personId: string; reviewerIds: readonly string[]; verdict: Verdict | null },
  campaign: { closedAt: Date | null; dueAt: Date },
  asker: { personId: string },
  now: Date,
): LifecycleRefusal | undefined {
  if (campaign.closedAt !== null || now >= campaign.dueAt) return 'lifecycle.campaign_closed'
  if (of.verdict !== null) return 'lifecycle.reviewed'
  if (of.personId === asker.personId) return 'lifecycle.own_review'
  return of.reviewerIds.includes(asker.personId) ? undefined : 'lifecycle.not_reviewer'
}

/** What a role lets somebody do, in the words of a review. */
export const abilities = ['execute', 'review', 'approve', 'consent', 'grant', 'accounts', 'release', 'audit', 'oversee'] as const
export type Ability = (typeof abilities)[number]
const actionsOf: Readonly<Record<Ability, readonly string[]>> = {
  execute: ['change:execute'],
  review: ['change:review'],
  approve: ['change:approve'],
  consent: ['change:consent', 'consent:give'],
  grant: ['role:grant'],
  accounts: ['account:manage'],
  release: ['release:issue'],
  audit: ['recording:audit'],
  oversee: ['violation:oversee'],
}
export const abilitiesOf = (role: string): Ability[] =>
  isRole(role) ? abilities.filter((one) => actionsOf[one].some((action) => roles[role as RoleCode].actions.includes(action))) : []

/** Comma-separated values as RFC 4180 has them; a cell that a spreadsheet would take for a formula is made text. */
export const csvOf = (rows: readonly (readonly (string | number)[])[]): string =>
  rows
    .map((row) =>
      row
        .map((cell) => {
          const text = String(cell)
          return `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`
        })
        .join(','),
    )
    .join('\r\n')
    .concat('\r\n')
