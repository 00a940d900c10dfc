import type { Clock } from '@huabiao/kit/clock/clock'
import { type Database, enterTenant, type Tx } from '@huabiao/kit/db/db'
import { handle, handleRaw, look, type Route } from '@huabiao/kit/http/route'
import { newId } from '@huabiao/kit/ids/new-id'
import { chainOf } from './ledger.model.ts'
import type { HeadSigner } from './ledger.ports.ts'
import { writeExport } from './ledger-export.service.ts'
import { exportForRecheck, listRecheckChains, reportRecheck } from './ledger-recheck.contract.ts'
import { insertRecheck, listAllChains, type RecheckResult } from './ledger-recheck.store.ts'

export interface RecheckDeps {
  readonly db: Database
  readonly clock: Clock
  readonly signer: HeadSigner
  /** Tells whom it concerns that a chain or a recording is not what was sealed. */
  readonly recheckFailed: (tx: Tx, of: RecheckResult) => Promise<void>
}

const chainsMax = 1000

/** The doors of the inspector. What it reads is what an auditor exports; what it says is written down and, where it is bad, told. */
export const recheckRoutes = ({ db, clock, signer, recheckFailed }: RecheckDeps): Route[] => [
  look(listRecheckChains, async (tx) => ({ view: { items: await listAllChains(tx, chainsMax) } })),
  handleRaw(exportForRecheck, async (_request, reply, stages, input) => {
    const query = input.query as { tenantId: string; plane: RecheckResult['plane'] }
    // A service belongs to no tenant: it reads each chain as that chain's own.
    const read: typeof stages.read = (run) => db.read({ kind: 'tenant', tenantId: query.tenantId }, run)
    return writeExport(reply, { read, record: stages.record }, { clock, signer }, query)
  }),
  handle(reportRecheck, async (tx, _actor, { body }) => {
    await enterTenant(tx, body.tenantId)
    await insertRecheck(tx, newId(clock.now().getTime()), body, clock.now())
    if (body.faults > 0) await recheckFailed(tx, body)
    const { tenantId, plane, findings, ...counts } = body
    const object = `ledger/${chainOf(tenantId, plane)}`
    const first = findings[0] ? { first: findings[0] } : {}
    return { view: {}, events: [{ type: 'ledger.rechecked', object, tenantId, plane, ...counts, ...first }] }
  }),
]
