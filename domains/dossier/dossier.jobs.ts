import type { DomainEvent } from '@huabiao/kit/contract/contract'
import { sha256, sm3 } from '@huabiao/kit/crypto/suite'
import type { Database, Tx } from '@huabiao/kit/db/db'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import { type Dossier, dossierOf, dossierText, personIdsOf, waitMs } from './dossier.model.ts'
import type { DossierDeps } from './dossier.ports.ts'
import { type DueRow, insertDossier, type Kept, listDue, postpone, readFacts } from './dossier.store.ts'
import { documentOf } from './dossier-document.model.ts'

export interface DossierJobs {
  readonly db: Database
  readonly deps: DossierDeps
  record(tx: Tx, events: readonly DomainEvent[]): Promise<void>
}
/** Few at a time: each is a document of many pages, made on the thread that also answers people. */
const portion = 3

/** Seals the dossiers of changes that have ended. What was made twice is kept once: the row decides. */
export async function sealDossiers(jobs: DossierJobs, onError: (changeId: string, error: unknown) => void): Promise<number> {
  const { db, deps } = jobs
  const due = await db.read({ kind: 'nobody' }, (tx) => listDue(tx, deps.clock.now(), portion))
  let sealed = 0
  for (const one of due) {
    try {
      if (await seal(jobs, one)) sealed += 1
    } catch (error) {
      onError(one.changeId, error)
      const dueAt = new Date(deps.clock.now().getTime() + waitMs(one.failures))
      await db.transact({ kind: 'tenant', tenantId: one.tenantId }, (tx) => postpone(tx, one, dueAt))
    }
  }
  return sealed
}

async function seal({ db, deps, record }: DossierJobs, { tenantId, changeId }: DueRow): Promise<boolean> {
  const scope = { kind: 'tenant' as const, tenantId }
  const dossier = await db.read(scope, async (tx): Promise<Dossier | undefined> => {
    const facts = await readFacts(tx, changeId)
    return facts && dossierOf(facts, await deps.names(tx, [...personIdsOf(facts)]))
  })
  if (!dossier) return false
  const { change, ledger } = dossier as unknown as {
    change: { no: string; endedAt: string; parties: readonly string[] }
    ledger: { head: { size: number }; records: readonly object[] }
  }
  const bytes = utf8(dossierText(dossier))
  const data = await keep(deps, tenantId, bytes)
  const pdf = await deps.pdf(documentOf(dossier, data.sm3))
  const document = await keep(deps, tenantId, pdf.bytes)
  return db.transact(scope, async (tx) => {
    const sealedAt = deps.clock.now()
    const row = {
      changeId,
      tenantId,
      data,
      document,
      pages: pdf.pages,
      records: ledger.records.length,
      headSize: ledger.head.size,
      sealedAt,
    }
    if (!(await insertDossier(tx, row, change.parties))) return false
    for (const kept of [data, document]) await deps.evidence.index(tx, { tenantId, class: 'dossier', ...kept })
    await record(tx, [
      {
        type: 'dossier.sealed',
        object: `dossier/${changeId}`,
        tenantId,
        changeId,
        no: change.no,
        data,
        document,
        pages: pdf.pages,
        headSize: ledger.head.size,
      },
    ])
    return true
  })
}

async function keep({ evidence }: DossierDeps, tenantId: string, bytes: Uint8Array): Promise<Kept> {
  const digests = { sm3: toHex(sm3(bytes)), sha256: toHex(sha256(bytes)) }
  await evidence.keep(bytes, { tenantId, class: 'dossier', ...digests })
  return { ...digests, bytes: bytes.length }
}
