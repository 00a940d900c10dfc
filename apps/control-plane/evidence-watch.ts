import { expireEvidence, type ObjectStore } from '@huabiao/domains/evidence/evidence.module'
import { chainOf } from '@huabiao/domains/ledger/ledger.model'
import {
  type HeadSigner,
  type HeadWitness,
  historyRefused,
  noteSignerRefusal,
  type RecheckResult,
  signDueHeads,
  submitHeads,
  type WitnessAlarm,
} from '@huabiao/domains/ledger/ledger.module'
import type { Clock } from '@huabiao/kit/clock/clock'
import { gmSuite } from '@huabiao/kit/crypto/suite'
import type { Database, ReadTx, Tx } from '@huabiao/kit/db/db'
import { Refusal, type RefusalTable, Unavailable } from '@huabiao/kit/errors/errors'
import type { RecordedEvent } from '@huabiao/kit/http/http'
import type { Logger } from 'pino'

interface Notice {
  readonly tenantId: string
  readonly personId: string
  readonly kind: string
  readonly object: string
  readonly params: Record<string, string | number>
}
export interface EvidenceWatch {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
  readonly signer: HeadSigner
  readonly witness: HeadWitness | undefined
  readonly store: ObjectStore
  readonly refusals: RefusalTable
  holders(
    tx: ReadTx,
    of: { role: string; duty: string | null; tenantId?: string },
  ): Promise<readonly { readonly personId: string; readonly tenantId: string }[]>
  notify(tx: Tx, notices: readonly Notice[]): Promise<void>
  record(tx: Tx, events: readonly RecordedEvent[]): Promise<void>
}

/** The scheduler's work on the evidence itself: heads, the witness, terms; and who is told when something does not hold (RL-13, RL-36). */
export function evidenceWatch(on: EvidenceWatch) {
  const { db, clock, log, signer, witness, store, record } = on
  /** Whoever may look into it: security, audit and supervision everywhere, a unit's own auditor. */
  async function tellWatchers(tx: Tx, tenantId: string, notice: Omit<Notice, 'tenantId' | 'personId'>): Promise<void> {
    const whom = [{ role: 'SEC' }, { role: 'AUD' }, { role: 'SPV' }, { role: 'TAU', tenantId }]
    const people = (await Promise.all(whom.map((one) => on.holders(tx, { ...one, duty: null })))).flat()
    const told = new Map(people.map((one) => [one.personId, one]))
    await on.notify(
      tx,
      [...told.values()].map((one) => ({ ...notice, personId: one.personId, tenantId: one.tenantId })),
    )
  }
  async function alarm(tx: Tx, of: WitnessAlarm): Promise<void> {
    const event = historyRefused(of, on.refusals[of.code]?.rule)
    const params = { code: of.code, size: of.size, seen: of.seen }
    await tellWatchers(tx, of.tenantId, { kind: event.type, object: event.object, params })
    await record(tx, [event])
  }
  return {
    recheckFailed: (tx: Tx, { tenantId, plane, faults, findings }: RecheckResult): Promise<void> =>
      tellWatchers(tx, tenantId, {
        kind: 'ledger.recheck_failed',
        object: `ledger/${chainOf(tenantId, plane)}`,
        params: { faults, code: findings[0]?.code ?? '', seq: findings[0]?.seq ?? 0 },
      }),
    heads: async () => {
      let unsigned = 0
      const signed = await signDueHeads({ db, clock, suite: gmSuite, signer }, ({ tenant_id: tenantId, plane, size }, error) => {
        unsigned += 1
        log.warn({ chain: chainOf(tenantId, plane), error }, 'no tree head was signed')
        if (!(error instanceof Refusal) || on.refusals[error.code]?.rule !== 'RL-13') return
        noteSignerRefusal({ db, clock, alarm }, { tenantId, plane, size }, error.code).catch((failure: unknown) =>
          log.error({ error: failure }, 'a refusal of the signer could not be told'),
        )
      })
      // A ledger that nobody signs makes the job late, and health says so.
      if (unsigned > 0) throw new Unavailable('signer', true)
      return signed
    },
    witness: async () =>
      witness
        ? submitHeads({ db, clock, suite: gmSuite, witness, alarm }, (chain, error) =>
            log.warn({ chain, error }, 'a tree head was not witnessed'),
          )
        : 0,
    evidence: () =>
      expireEvidence({ db, store, suite: gmSuite, record }, (what, error) =>
        log.warn({ what, error }, 'evidence could not expire'),
      ),
  }
}
