import { type NoticeTitle, noticeTitles } from './notification-title.model.ts'

/**
 * What of a notice may leave the product (RL-22, S3-9.1.1-06). From the least to the most: that there is one; what it is called; and the
 * number of the record that it is about. Names, titles somebody typed, reasons and all other parameters stay inside, always.
 */
export const contentClasses = ['presence', 'title', 'number'] as const
export type ContentClass = (typeof contentClasses)[number]

/** Work on systems has a number that says nothing. What a person did or may do is personal data: that it is told is all that is told. */
const classOfDomain: Readonly<Record<string, ContentClass>> = {
  change: 'number',
  announcement: 'number',
  freeze: 'number',
  emergency: 'number',
  ledger: 'title',
}
const classOf = (kind: string): ContentClass =>
  (Object.hasOwn(noticeTitles, kind) && classOfDomain[kind.split('.')[0]!]) || 'presence'

/** `CHG-20261124-0007`: whatever else stands under that name is not a number. */
const recordNumber = /^[A-Z]{2,4}-\d{8}-\d{4,6}$/
const presence: NoticeTitle = { zh: '您有一条新通知', en: 'You have a new notification' }

export interface MessageContent {
  readonly title: NoticeTitle
  readonly number: string | null
}

/** The less of what its kind allows and what the management unit allows on the channel. */
export function contentOf(
  { kind, params }: { readonly kind: string; readonly params: Readonly<Record<string, string | number>> },
  allowed: ContentClass,
): MessageContent {
  const rank = Math.min(contentClasses.indexOf(classOf(kind)), contentClasses.indexOf(allowed))
  if (rank < 1) return { title: presence, number: null }
  const no = String(params.no ?? '')
  return { title: noticeTitles[kind]!, number: rank > 1 && recordNumber.test(no) ? no : null }
}
