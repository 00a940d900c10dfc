import type { Actor, PersonActor } from '@huabiao/kit/actor/actor'
import { beijingDay } from '@huabiao/kit/calendar/calendar'
import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import { sha256, sm3 } from '@huabiao/kit/crypto/suite'
import { enterTenant, type ReadTx, type Tx } from '@huabiao/kit/db/db'
import { notFound, Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import type { Stages } from '@huabiao/kit/http/route'
import { newId } from '@huabiao/kit/ids/new-id'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import type { DocumentaryBody } from './documentary.contract.ts'
import {
  type DocumentaryAct,
  type DocumentaryFacts,
  type DocumentaryState,
  type DocumentKind,
  type DocumentType,
  documentaryRefusal,
  documentMaxBytes,
  documentRefusal,
  isOfType,
  reassessmentsOf,
} from './documentary.model.ts'
import type { DocumentaryDeps } from './documentary.ports.ts'
import {
  type CaseRow,
  type DocumentRow,
  dropObligations,
  findCase,
  insertCase,
  insertDocument,
  insertEvent,
  insertObligation,
  listDocuments,
  listObligations,
  lockCase,
  nextDocumentaryNo,
  type ObligationRow,
  settleRow,
  updateCase,
} from './documentary.store.ts'

/** From the draft to the closed case: three signatures, one effect, and what has to be done because of it. */

export const caseEvent = (of: CaseRow, type: string, data: Record<string, unknown> = {}): DomainEvent => ({
  type,
  object: `documentary/${of.id}`,
  tenantId: of.tenantId,
  no: of.no,
  class: of.class,
  ...(of.hash ? { hash: of.hash } : {}),
  ...data,
})

export interface Asked {
  readonly tx: Tx
  readonly deps: DocumentaryDeps
  readonly actor: PersonActor
}
export interface On {
  readonly tx: Tx
  readonly deps: DocumentaryDeps
  readonly actor: Actor
  readonly now: Date
  readonly row: CaseRow
  readonly documents: readonly DocumentRow[]
  readonly obligations: readonly ObligationRow[]
}

export const factsOf = (
  row: CaseRow,
  documents: readonly DocumentRow[],
  obligations: readonly ObligationRow[],
): DocumentaryFacts => ({
  ...row,
  kinds: documents.map((document) => document.kind),
  open: obligations.filter((obligation) => obligation.doneAt === null).length,
})
const ofManagement: readonly DocumentaryAct[] = ['takeUp', 'decide', 'close']
/** The acts of the management unit are its own; every other belongs to the unit whose case it is. */
export function partyRefusal(act: DocumentaryAct | 'upload', row: CaseRow, actor: PersonActor) {
  if ((ofManagement as readonly string[]).includes(act))
    return actor.party === 'management-unit' ? undefined : 'documentary.not_management'
  return actor.tenantId === row.tenantId ? undefined : 'documentary.not_found'
}

/** The case locked with everything that hangs on it, after the rule of the act said yes. @throws Refusal documentary.* */
async function admitted({ tx, deps, actor }: Asked, id: string, act: DocumentaryAct): Promise<On> {
  const visible = await findCase(tx, id)
  if (!visible) throw notFound('documentary')
  refuseIf(partyRefusal(act, visible, actor))
  await enterTenant(tx, visible.tenantId)
  const row = await lockCase(tx, id)
  const documents = await listDocuments(tx, id)
  const obligations = await listObligations(tx, [id])
  const now = deps.clock.now()
  refuseIf(documentaryRefusal(act, factsOf(row, documents, obligations), actor.personId, now))
  return { tx, deps, actor, now, row, documents, obligations }
}

interface Step {
  readonly act: string
  readonly to?: DocumentaryState
  readonly patch?: Partial<Omit<CaseRow, 'unitName'>>
  readonly note: string
  readonly event: string
  readonly data?: Record<string, unknown>
}
async function move({ tx, actor, now, row }: On, step: Step): Promise<DomainEvent[]> {
  const after = { ...row, ...step.patch, ...(step.to ? { state: step.to } : {}) }
  if (step.to || step.patch) await updateCase(tx, row.id, { ...step.patch, ...(step.to ? { state: step.to } : {}) })
  const actorName = actor.kind === 'person' ? actor.name : actor.service
  await insertEvent(tx, row, { at: now, act: step.act, actorName, toState: step.to ?? null, note: step.note })
  return [caseEvent(after, step.event, { ...(step.to ? { from: row.state, to: step.to } : {}), note: step.note, ...step.data })]
}

export async function tell(
  { tx, deps, row }: Pick<On, 'tx' | 'deps' | 'row'>,
  kind: string,
  people: readonly { personId: string; tenantId: string }[],
): Promise<void> {
  const chosen = new Map(people.map((person) => [person.personId, person.tenantId]))
  await deps.notify(
    tx,
    [...chosen].map(([personId, tenantId]) => ({
      tenantId,
      personId,
      kind,
      object: `documentary/${row.id}`,
      params: { no: row.no, title: row.title },
    })),
  )
}
export const management = (deps: DocumentaryDeps, tx: ReadTx) =>
  deps.holders(tx, { role: 'GMU', duty: null, party: 'management-unit' })

/** @throws Refusal documentary.obligation_invalid */
function refuseObligations(body: DocumentaryBody, now: Date): void {
  if (body.obligations.some((obligation) => new Date(obligation.dueAt) <= now))
    throw new Refusal('documentary.obligation_invalid')
}
async function writeObligations(tx: Tx, of: Pick<CaseRow, 'id' | 'tenantId' | 'partyIds'>, body: DocumentaryBody): Promise<void> {
  for (const { title, dueAt } of body.obligations)
    await insertObligation(tx, of, { id: newId(), kind: 'obligation', title, dueAt: new Date(dueAt) })
}

export async function draft({ tx, deps, actor }: Asked, body: DocumentaryBody): Promise<{ id: string; events: DomainEvent[] }> {
  const now = deps.clock.now()
  refuseObligations(body, now)
  const parties = new Set((await management(deps, tx)).map((person) => person.tenantId))
  parties.delete(actor.tenantId)
  const id = newId(now.getTime())
  await insertCase(tx, {
    id,
    tenantId: actor.tenantId,
    partyIds: [...parties],
    no: await nextDocumentaryNo(tx, beijingDay(now).replaceAll('-', '')),
    class: body.class,
    title: body.title,
    partner: body.partner,
    reason: body.reason,
    effectiveFrom: new Date(body.effectiveFrom),
    authorId: actor.personId,
    createdAt: now,
  })
  const row = await lockCase(tx, id)
  await writeObligations(tx, row, body)
  const on: On = { tx, deps, actor, now, row, documents: [], obligations: [] }
  return {
    id,
    events: await move(on, {
      act: 'draft',
      note: body.reason,
      event: 'documentary.drafted',
      data: { title: body.title, partner: body.partner },
    }),
  }
}

export async function save(asked: Asked, id: string, body: DocumentaryBody): Promise<DomainEvent[]> {
  const on = await admitted(asked, id, 'save')
  refuseObligations(body, on.now)
  await dropObligations(on.tx, id)
  await writeObligations(on.tx, on.row, body)
  const { title, partner, reason } = body
  const patch = { class: body.class, title, partner, reason, effectiveFrom: new Date(body.effectiveFrom) }
  return move(on, { act: 'save', patch, note: '', event: 'documentary.saved', data: { title, partner } })
}

/** The bytes whose SM3 three parties sign: the case, its duties, and its documents by their digests. */
function hashOf({ row, documents, obligations }: On): string {
  const { no, class: of, title, partner, reason, effectiveFrom } = row
  const text = canonicalJson({
    no,
    class: of,
    title,
    partner,
    reason,
    effectiveFrom: effectiveFrom.toISOString(),
    documents: documents.map(({ kind, name, sm3: digest, sha256: other, bytes }) => ({
      kind,
      name,
      sm3: digest,
      sha256: other,
      bytes,
    })),
    obligations: obligations.map((obligation) => ({ title: obligation.title, dueAt: obligation.dueAt.toISOString() })),
  })
  return toHex(sm3(utf8(`huabiao/documentary/v1\n${text}`)))
}

export async function review(asked: Asked, id: string, note: string): Promise<DomainEvent[]> {
  const on = await admitted(asked, id, 'review')
  const patch = { hash: hashOf(on), reviewedBy: asked.actor.personId, reviewedAt: on.now, reviewNote: note }
  return move(on, { act: 'review', to: 'legal_reviewed', patch, note, event: 'documentary.reviewed' })
}
export async function sign(asked: Asked, id: string, { hash, note }: { hash: string; note: string }): Promise<DomainEvent[]> {
  const on = await admitted(asked, id, 'sign')
  if (hash !== on.row.hash) throw new Refusal('documentary.hash_mismatch')
  const patch = { signedBy: asked.actor.personId, signedAt: on.now, signNote: note }
  const events = await move(on, { act: 'sign', to: 'provider_signed', patch, note, event: 'documentary.signed' })
  await tell(on, 'documentary.decide', await management(on.deps, on.tx))
  return events
}
export async function takeUp(asked: Asked, id: string, note: string): Promise<DomainEvent[]> {
  const on = await admitted(asked, id, 'takeUp')
  return move(on, { act: 'takeUp', to: 'mu_reviewing', note, event: 'documentary.taken_up' })
}

export interface DocumentaryDecision {
  readonly hash: string
  readonly verdict: 'approve' | 'reject'
  readonly note: string
}
export async function decide(asked: Asked, id: string, { hash, verdict, note }: DocumentaryDecision): Promise<DomainEvent[]> {
  const on = await admitted(asked, id, 'decide')
  if (hash !== on.row.hash) throw new Refusal('documentary.hash_mismatch')
  const patch = { decidedBy: asked.actor.personId, decidedAt: on.now, decideNote: note }
  const author = [{ personId: on.row.authorId, tenantId: on.row.tenantId }]
  if (verdict === 'reject') {
    const events = await move(on, { act: 'decide', to: 'mu_rejected', patch, note, event: 'documentary.rejected' })
    await tell(on, 'documentary.rejected', author)
    return events
  }
  const opened = reassessmentsOf(on.deps.holidays, on.now)
  const data = { reassessments: opened.map(({ kind, dueAt }) => ({ kind, dueAt: dueAt.toISOString() })) }
  const events = await move(on, { act: 'decide', to: 'mu_approved', patch, note, event: 'documentary.approved', data })
  for (const { kind, dueAt } of opened) await insertObligation(on.tx, on.row, { id: newId(), kind, title: kind, dueAt })
  await tell(on, 'documentary.approved', author)
  return events
}
export async function effect(asked: Asked, id: string, note: string): Promise<DomainEvent[]> {
  const on = await admitted(asked, id, 'effect')
  return move(on, { act: 'effect', to: 'effective', patch: { effectiveAt: on.now }, note, event: 'documentary.effective' })
}
export async function file(asked: Asked, id: string, note: string): Promise<DomainEvent[]> {
  const on = await admitted(asked, id, 'file')
  return move(on, { act: 'file', to: 'evidence_filed', note, event: 'documentary.filed' })
}
export async function settle(asked: Asked, id: string, of: { obligationId: string; note: string }): Promise<DomainEvent[]> {
  const on = await admitted(asked, id, 'settle')
  const obligation = on.obligations.find((one) => one.id === of.obligationId)
  if (!obligation) throw notFound('documentary')
  const how = { by: asked.actor.personId, at: on.now, note: of.note }
  if (!(await settleRow(on.tx, id, obligation.id, how))) throw new Refusal('documentary.wrong_state')
  const { kind, title } = obligation
  return move(on, {
    act: 'settle',
    note: `${title}: ${of.note}`,
    event: 'documentary.settled',
    data: { obligationId: obligation.id, kind, title },
  })
}
export async function close(asked: Asked, id: string, note: string): Promise<DomainEvent[]> {
  const on = await admitted(asked, id, 'close')
  return move(on, { act: 'close', to: 'closed', note, event: 'documentary.closed' })
}

export interface NewDocument {
  readonly kind: DocumentKind
  readonly name: string
  readonly type: DocumentType
  readonly sha256: string
  readonly content: string
}
/** The bytes become durable before any row names them, outside of transactions. */
export async function addDocument(
  stages: Stages<PersonActor>,
  deps: DocumentaryDeps,
  id: string,
  of: NewDocument,
): Promise<void> {
  const { actor } = stages
  const judged = async (tx: ReadTx, row: CaseRow | undefined): Promise<CaseRow> => {
    if (!row || row.tenantId !== actor.tenantId) throw notFound('documentary')
    refuseIf(documentRefusal(of.kind, factsOf(row, await listDocuments(tx, id), [])))
    return row
  }
  const row = await stages.read(async (tx) => judged(tx, await findCase(tx, id)))
  const bytes = new Uint8Array(Buffer.from(of.content, 'base64'))
  if (bytes.length > documentMaxBytes) throw new Refusal('evidence.too_large')
  if (!isOfType(bytes, of.type)) throw new Refusal('documentary.document_not_of_type')
  const digests = { sha256: of.sha256, sm3: toHex(sm3(bytes)) }
  if (toHex(sha256(bytes)) !== of.sha256) throw new Refusal('evidence.digest_mismatch')
  await deps.evidence.keep(bytes, { tenantId: row.tenantId, ...digests, class: 'document' })
  await stages.transact(async (tx) => {
    const locked = await judged(tx, await lockCase(tx, id))
    const now = deps.clock.now()
    await deps.evidence.index(tx, { tenantId: locked.tenantId, ...digests, class: 'document', bytes: bytes.length })
    const { kind, name, type } = of
    await insertDocument(tx, locked, {
      id: newId(now.getTime()),
      kind,
      name,
      type,
      bytes: bytes.length,
      ...digests,
      addedBy: actor.personId,
      addedAt: now,
    })
    const on: On = { tx, deps, actor, now, row: locked, documents: [], obligations: [] }
    const data = { kind, name, bytes: bytes.length, ...digests }
    return {
      view: undefined,
      events: await move(on, { act: 'upload', note: `${kind}: ${name}`, event: 'documentary.document_added', data }),
    }
  })
}
