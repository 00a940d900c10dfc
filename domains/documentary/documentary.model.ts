import { addWorkingDays, type Holidays } from '@huabiao/kit/calendar/calendar'
import type { RefusalTable } from '@huabiao/kit/errors/errors'

/**
 * The documentary track (文书轨, itsm §2.2.3) of the two classes that touch no machine: the subcontractor (分包商, 7) and the operating body
 * (运行主体, 8). No grant, gray batch or window, which would be fiction here: documents, three signatures of different persons, and the
 * management unit before anything takes effect.
 */
export const documentaryClasses = [7, 8] as const
export type DocumentaryClass = (typeof documentaryClasses)[number]

export const documentaryStates = [
  'drafted',
  'legal_reviewed',
  'provider_signed',
  'mu_reviewing',
  'mu_approved',
  'mu_rejected',
  'effective',
  'evidence_filed',
  'closed',
] as const
export type DocumentaryState = (typeof documentaryStates)[number]

export const documentaryActs = ['save', 'review', 'sign', 'takeUp', 'decide', 'effect', 'file', 'settle', 'close'] as const
export type DocumentaryAct = (typeof documentaryActs)[number]
/** From where each act is taken, and where it leads; `decide` leads to one of two. What the table does not list cannot happen. */
export const documentarySteps = {
  save: { from: ['drafted'], to: ['drafted'] },
  review: { from: ['drafted'], to: ['legal_reviewed'] },
  sign: { from: ['legal_reviewed'], to: ['provider_signed'] },
  takeUp: { from: ['provider_signed'], to: ['mu_reviewing'] },
  decide: { from: ['mu_reviewing'], to: ['mu_approved', 'mu_rejected'] },
  effect: { from: ['mu_approved'], to: ['effective'] },
  file: { from: ['effective'], to: ['evidence_filed'] },
  settle: { from: ['mu_approved', 'effective', 'evidence_filed'], to: [] },
  close: { from: ['evidence_filed'], to: ['closed'] },
} as const satisfies Record<DocumentaryAct, { from: readonly DocumentaryState[]; to: readonly DocumentaryState[] }>

/** Permission of each act. */
export const documentaryPermissions = {
  save: 'documentary:draft',
  review: 'documentary:review',
  sign: 'documentary:sign',
  takeUp: 'documentary:decide',
  decide: 'documentary:decide',
  effect: 'documentary:draft',
  file: 'documentary:draft',
  settle: 'documentary:draft',
  close: 'documentary:decide',
} as const satisfies Record<DocumentaryAct, string>

export const documentKinds = [
  'contract',
  'qualification',
  'data-flow',
  'exit-plan',
  'legal-succession',
  'staff',
  'custody-handover',
  'reassessment-plan',
  'effect-proof',
] as const
export type DocumentKind = (typeof documentKinds)[number]
/** What must lie there before legal review (itsm §2.2.3), and after effect before the evidence counts as filed. */
export const requiredDocuments: Readonly<
  Record<DocumentaryClass, { readonly before: readonly DocumentKind[]; readonly after: readonly DocumentKind[] }>
> = {
  7: { before: ['contract', 'qualification', 'data-flow', 'exit-plan'], after: ['effect-proof'] },
  8: { before: ['legal-succession', 'staff', 'custody-handover', 'reassessment-plan'], after: ['effect-proof'] },
}
export const missingDocuments = (
  of: DocumentaryClass,
  when: 'before' | 'after',
  kinds: readonly DocumentKind[],
): DocumentKind[] => requiredDocuments[of][when].filter((kind) => !kinds.includes(kind))

/** So many of either at most, for all of them are shown and signed; the database counts as well (`documentary_document_guard`). */
export const documentsMost = { before: 80, after: 20 } as const
export const documentMaxBytes = 10 * 1024 * 1024
export const documentTypes = ['application/pdf', 'image/png', 'image/jpeg'] as const
export type DocumentType = (typeof documentTypes)[number]
const magic: Readonly<Record<DocumentType, readonly number[]>> = {
  'application/pdf': [0x25, 0x50, 0x44, 0x46, 0x2d],
  'image/png': [0x89, 0x50, 0x4e, 0x47],
  'image/jpeg': [0xff, 0xd8, 0xff],
}
/** Whether a file is what it says it is, by its first bytes: what somebody opens later must not be another thing. */
export const isOfType = (bytes: Uint8Array, type: DocumentType): boolean => magic[type].every((byte, i) => bytes[i] === byte)

/** What has to be done by a day: duties of the documents themselves, and re-assessments that approval opens. */
export const obligationKinds = ['obligation', 'mlps', 'crypto', 'cmdb-owner'] as const
export type ObligationKind = (typeof obligationKinds)[number]
export const obligationsMax = 20
/** Working days after approval within which each re-assessment is answered (D). */
export const reassessmentDays: Readonly<Record<Exclude<ObligationKind, 'obligation'>, number>> = {
  mlps: 30,
  crypto: 30,
  'cmdb-owner': 5,
}
/** The requests that an approval opens by itself: 等保, 密评, and whom the configuration items belong to now. */
export const reassessmentsOf = (holidays: Holidays, approvedAt: Date): { kind: ObligationKind; dueAt: Date }[] =>
  (['mlps', 'crypto', 'cmdb-owner'] as const).map((kind) => ({
    kind,
    dueAt: addWorkingDays(holidays, approvedAt, reassessmentDays[kind]),
  }))

/** A week before, people are reminded; when it passes, they and the management unit are told once more. */
export const reminderMs = 7 * 86_400_000
export interface ObligationClock {
  readonly dueAt: Date
  readonly doneAt: Date | null
  readonly remindedAt: Date | null
  readonly overdueAt: Date | null
}
/** What is to be told about it now, if anything. Each at most once. */
export function obligationCall(
  { dueAt, doneAt, remindedAt, overdueAt }: ObligationClock,
  now: Date,
): 'remind' | 'overdue' | undefined {
  if (doneAt) return undefined
  if (now >= dueAt) return overdueAt ? undefined : 'overdue'
  return remindedAt === null && now.getTime() >= dueAt.getTime() - reminderMs ? 'remind' : undefined
}

export interface DocumentaryFacts {
  readonly state: DocumentaryState
  readonly class: DocumentaryClass
  readonly authorId: string
  readonly reviewedBy: string | null
  readonly signedBy: string | null
  readonly effectiveFrom: Date
  readonly kinds: readonly DocumentKind[]
  readonly open: number
}
/** Why this person may not take this act now; undefined when they may. Permission and unit are asked before. */
export function documentaryRefusal(
  act: DocumentaryAct,
  facts: DocumentaryFacts,
  personId: string,
  now: Date,
): DocumentaryRefusal | undefined {
  if (!(documentarySteps[act].from as readonly DocumentaryState[]).includes(facts.state)) return 'documentary.wrong_state'
  switch (act) {
    case 'save':
      return personId === facts.authorId ? undefined : 'documentary.not_author'
    case 'review':
      if (personId === facts.authorId) return 'documentary.same_person'
      return missingDocuments(facts.class, 'before', facts.kinds).length > 0 ? 'documentary.document_missing' : undefined
    case 'sign':
      return personId === facts.authorId || personId === facts.reviewedBy ? 'documentary.same_person' : undefined
    case 'takeUp':
    case 'decide':
      return [facts.authorId, facts.reviewedBy, facts.signedBy].includes(personId) ? 'documentary.same_person' : undefined
    case 'effect':
      return now < facts.effectiveFrom ? 'documentary.not_yet_effective' : undefined
    case 'file':
      return missingDocuments(facts.class, 'after', facts.kinds).length > 0 ? 'documentary.document_missing' : undefined
    case 'settle':
      return undefined
    case 'close':
      return facts.open > 0 ? 'documentary.obligation_open' : undefined
  }
}
/** Where a document of this kind may still come in: those that are signed lie still from the legal review on (RL-07). */
export const documentRefusal = (
  kind: DocumentKind,
  { state, class: of, kinds }: Pick<DocumentaryFacts, 'state' | 'class' | 'kinds'>,
): DocumentaryRefusal | undefined => {
  const when = (['before', 'after'] as const).find((one) => requiredDocuments[of][one].includes(kind))
  if (!when) return 'documentary.document_unknown'
  if (state !== (when === 'before' ? 'drafted' : 'effective')) return 'documentary.wrong_state'
  const there = kinds.filter((one) => requiredDocuments[of].after.includes(one) === (when === 'after')).length
  return there < documentsMost[when] ? undefined : 'documentary.documents_too_many'
}

export const documentaryRefusals = {
  'documentary.not_found': { status: 404 },
  'documentary.wrong_state': { status: 409, rule: 'RL-40' },
  'documentary.not_author': { status: 403, rule: 'RL-23' },
  'documentary.same_person': { status: 409, rule: 'RL-23' },
  'documentary.not_management': { status: 403, rule: 'RL-40' },
  'documentary.document_missing': { status: 409, rule: 'RL-40' },
  'documentary.document_unknown': { status: 422, rule: 'RL-40' },
  'documentary.document_not_of_type': { status: 422, rule: 'RL-36' },
  'documentary.documents_too_many': { status: 409 },
  'documentary.not_yet_effective': { status: 409, rule: 'RL-40' },
  'documentary.obligation_open': { status: 409, rule: 'RL-40' },
  'documentary.obligation_invalid': { status: 422 },
  'documentary.hash_mismatch': { status: 409, rule: 'RL-07' },
} as const satisfies RefusalTable
export type DocumentaryRefusal = keyof typeof documentaryRefusals
