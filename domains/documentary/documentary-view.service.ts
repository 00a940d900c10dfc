import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { ReadTx } from '@huabiao/kit/db/db'
import { notFound } from '@huabiao/kit/errors/errors'
import type { DocumentaryDetail, DocumentarySummary } from './documentary.contract.ts'
import {
  documentaryActs,
  documentaryPermissions,
  documentaryRefusal,
  documentRefusal,
  missingDocuments,
  requiredDocuments,
} from './documentary.model.ts'
import type { DocumentaryDeps } from './documentary.ports.ts'
import { factsOf, partyRefusal } from './documentary.service.ts'
import { type CaseRow, findCase, listDocuments, listEvents, listObligations, type ObligationRow } from './documentary.store.ts'

type Names = ReadonlyMap<string, string>
const ref = (names: Names, id: string): { id: string; name: string } => ({ id, name: names.get(id) ?? '—' })
const iso = (at: Date | null): string | null => at?.toISOString() ?? null

export async function toSummaries(tx: ReadTx, deps: DocumentaryDeps, rows: readonly CaseRow[]): Promise<DocumentarySummary[]> {
  const names = await deps.names(tx, [...new Set(rows.map((row) => row.authorId))])
  const obligations = Map.groupBy(
    await listObligations(
      tx,
      rows.map((row) => row.id),
    ),
    (obligation: ObligationRow) => obligation.caseId,
  )
  return rows.map((row) => ({
    id: row.id,
    no: row.no,
    class: row.class,
    title: row.title,
    partner: row.partner,
    state: row.state,
    unitName: row.unitName ?? '—',
    author: ref(names, row.authorId),
    effectiveFrom: row.effectiveFrom.toISOString(),
    createdAt: row.createdAt.toISOString(),
    nextDueAt: iso(obligations.get(row.id)?.find((obligation) => obligation.doneAt === null)?.dueAt ?? null),
  }))
}

export async function toDetail(tx: ReadTx, deps: DocumentaryDeps, actor: PersonActor, id: string): Promise<DocumentaryDetail> {
  const row = await findCase(tx, id)
  if (!row) throw notFound('documentary')
  const [summary] = await toSummaries(tx, deps, [row])
  const documents = await listDocuments(tx, id)
  const obligations = await listObligations(tx, [id])
  const events = await listEvents(tx, id)
  const people = [
    row.reviewedBy,
    row.signedBy,
    row.decidedBy,
    ...documents.map((document) => document.addedBy),
    ...obligations.map((obligation) => obligation.doneBy),
  ].filter((one) => one !== null)
  const names = await deps.names(tx, [...new Set(people)])
  const signature = (by: string | null, at: Date | null, note: string | null) =>
    by && at ? { person: ref(names, by), at: at.toISOString(), note: note ?? '' } : null
  const facts = factsOf(row, documents, obligations)
  const actions = await deps.actionsOf(tx, actor)
  const now = deps.clock.now()
  const missing = missingDocuments(row.class, 'before', facts.kinds)
  const upload =
    partyRefusal('upload', row, actor) ??
    documentRefusal(requiredDocuments[row.class][row.state === 'effective' ? 'after' : 'before'][0]!, facts)
  return {
    ...summary!,
    reason: row.reason,
    hash: row.hash,
    review: signature(row.reviewedBy, row.reviewedAt, row.reviewNote),
    signature: signature(row.signedBy, row.signedAt, row.signNote),
    decision: signature(row.decidedBy, row.decidedAt, row.decideNote),
    effectiveAt: iso(row.effectiveAt),
    documents: documents.map(({ addedBy, addedAt, ...document }) => ({
      ...document,
      addedBy: ref(names, addedBy),
      addedAt: addedAt.toISOString(),
    })),
    missing:
      row.state === 'effective' || row.state === 'mu_approved' ? missingDocuments(row.class, 'after', facts.kinds) : missing,
    obligations: obligations.map((obligation) => ({
      id: obligation.id,
      kind: obligation.kind,
      title: obligation.title,
      dueAt: obligation.dueAt.toISOString(),
      doneAt: iso(obligation.doneAt),
      doneBy: obligation.doneBy ? ref(names, obligation.doneBy) : null,
      note: obligation.note,
      remindedAt: iso(obligation.remindedAt),
      overdueAt: iso(obligation.overdueAt),
    })),
    timeline: events.map(({ at, act, actorName, toState, note }) => ({
      at: at.toISOString(),
      act,
      actor: actorName,
      to: toState,
      note,
    })),
    acts: [
      ...documentaryActs.map((act) => ({
        act,
        refusal: !actions.has(documentaryPermissions[act])
          ? 'access.denied'
          : (partyRefusal(act, row, actor) ?? documentaryRefusal(act, facts, actor.personId, now) ?? null),
      })),
      { act: 'upload' as const, refusal: actions.has('documentary:draft') ? (upload ?? null) : 'access.denied' },
    ],
  }
}
