import type { Plane } from '@huabiao/kit/actor/actor'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { CryptoSuite } from '@huabiao/kit/crypto/suite'
import type { ReadTx } from '@huabiao/kit/db/db'
import { handleRaw, look, type Route } from '@huabiao/kit/http/route'
import { exportLedger, listChains, listLedger, proveRecord } from './ledger.contract.ts'
import type { HeadSigner } from './ledger.ports.ts'
import { type ChainRow, listChainRows, listRecords, toRow } from './ledger.read.ts'
import { ledgerService } from './ledger.service.ts'
import { findHead } from './ledger.store.ts'
import { writeExport } from './ledger-export.service.ts'
import { prove, toHeadView } from './ledger-proof.service.ts'
import { type RecheckState, recheckState } from './ledger-recheck.model.ts'
import { type RecheckDeps, recheckRoutes } from './ledger-recheck.service.ts'
import { readRecheckStanding } from './ledger-recheck.store.ts'
import { type WitnessState, witnessState } from './ledger-witness.model.ts'
import { readStanding } from './ledger-witness.store.ts'

export { signDueHeads } from './ledger.jobs.ts'
export type { HeadSigner } from './ledger.ports.ts'
export type { RecheckResult } from './ledger-recheck.store.ts'
export { recordRestore } from './ledger-restore.service.ts'
export { proveChains } from './ledger-whole.read.ts'
export { historyRefused, noteSignerRefusal, submitHeads, type WitnessAlarm } from './ledger-witness.jobs.ts'
export type { HeadWitness } from './ledger-witness.ports.ts'

export interface LedgerDeps {
  clock: Clock
  suite: CryptoSuite
  signer: HeadSigner
  /** Whether somebody counter-signs. */
  hasWitness: boolean
  /** What the inspector's doors need; a deployment without one has none. */
  inspector?: Omit<RecheckDeps, 'clock' | 'signer'>
}

const toWitnessedView = ({ witnessed_size, witnessed_at, witnessed_signatures }: ChainRow) =>
  witnessed_size === null || witnessed_at === null
    ? null
    : {
        size: witnessed_size,
        at: witnessed_at.toISOString(),
        signatures: (witnessed_signatures ?? []).map(({ alg, keyId }) => ({ alg, keyId })),
      }

export interface LedgerModule {
  /** How it stands with the daily re-verification, and how old the oldest last look is. */
  recheckHealth(tx: ReadTx): Promise<{ state: RecheckState; lastAt: Date | null }>
  readonly routes: Route[]
  readonly append: ReturnType<typeof ledgerService>['append']
  /** How it stands with the witness, and when it last signed anything. */
  witnessHealth(tx: ReadTx): Promise<{ state: WitnessState; lastAt: Date | null }>
}
export function ledgerModule(deps: LedgerDeps): LedgerModule {
  const ledger = ledgerService(deps)
  return {
    append: ledger.append,
    witnessHealth: async (tx) => {
      const standing = await readStanding(tx)
      return { state: witnessState({ ...standing, configured: deps.hasWitness }, deps.clock.now()), lastAt: standing.lastAt }
    },
    recheckHealth: async (tx) => {
      const standing = await readRecheckStanding(tx)
      return { state: recheckState(standing, deps.clock.now()), lastAt: standing.oldestAt }
    },
    routes: [
      ...(deps.inspector ? recheckRoutes({ ...deps, ...deps.inspector }) : []),
      look(listChains, async (tx) => {
        const items = []
        for (const row of await listChainRows(tx)) {
          const head = await findHead(tx, row.tenant_id, row.plane)
          items.push({
            tenantId: row.tenant_id,
            plane: row.plane,
            tenantName: row.tenant_name ?? '—',
            size: row.size,
            lastAt: row.last_at?.toISOString() ?? null,
            head: head ? toHeadView(head) : null,
            witnessed: toWitnessedView(row),
            recheck: row.recheck_at
              ? { at: row.recheck_at.toISOString(), faults: row.recheck_faults ?? 0, segments: row.recheck_segments ?? 0 }
              : null,
            witnessRefusal: row.refusal && row.refused_at ? { code: row.refusal, at: row.refused_at.toISOString() } : null,
          })
        }
        return { view: { hasWitness: deps.hasWitness, items } }
      }),
      look(listLedger, async (tx, _actor, { query }) => {
        const { after, limit, ...filter } = query
        const before = after === undefined ? undefined : Number(after)
        const rows = await listRecords(tx, {
          ...filter,
          limit,
          ...(before !== undefined && Number.isSafeInteger(before) ? { before } : {}),
        } as never)
        return { view: { items: rows.map(toRow), next: rows.length === limit ? String(rows.at(-1)!.seq) : null } }
      }),
      look(proveRecord, (tx, _actor, { params, query }) => prove(tx, deps.suite, query, params.seq)),
      handleRaw(exportLedger, async (_request, reply, stages, input) =>
        writeExport(reply, stages, deps, input.query as { tenantId: string; plane: Plane }),
      ),
    ],
  }
}
