import type { RefusalTable } from '@huabiao/kit/errors/errors'

/** Announcements of changes to the customers they affect (变更告知, G-NOTIFY), and their receipts. */

/** Working days between the receipt and the window, by risk (anchors/itsm.md §2.0.2, D). The lowest risk is told, and may begin at once. */
export const noticeLeadDays = { R1: 3, R2: 3, R3: 1, R4: 0 } as const

export const announcementRefusals = {
  'announcement.not_found': { status: 404 },
  'announcement.not_addressee': { status: 403, rule: 'RL-11' },
  'announcement.already_received': { status: 409 },
} as const satisfies RefusalTable
export type AnnouncementRefusal = keyof typeof announcementRefusals

/** What the guard looks at, for one unit. */
export interface Notice {
  readonly unit: string
  readonly sentAt: Date | null
  readonly receivedAt: Date | null
  readonly waived: boolean
  /** The receipt and its working days after it; null where nothing was received. */
  readonly earliestStart: Date | null
}
/** Why a window may not begin for this unit, as the reason of G-NOTIFY; undefined where the unit knows in time, or waived it in writing. */
export function noticeFault(
  notice: Notice,
  windowStart: Date | null,
): 'notice_missing' | 'notice_unread' | 'notice_late' | undefined {
  if (!notice.sentAt) return 'notice_missing'
  if (!notice.receivedAt) return 'notice_unread'
  if (notice.waived) return undefined
  return windowStart && notice.earliestStart && notice.earliestStart <= windowStart ? undefined : 'notice_late'
}

export interface Told {
  readonly unitId: string
  readonly receipts: readonly { readonly waives: boolean }[]
}
/** Read once; a waiver may follow the receipt, and is then the last word. */
export function receiptRefusal(told: Told, tenantId: string, waives: boolean): AnnouncementRefusal | undefined {
  if (told.unitId !== tenantId) return 'announcement.not_addressee'
  const known = told.receipts.some((receipt) => receipt.waives || !waives)
  return known ? 'announcement.already_received' : undefined
}
