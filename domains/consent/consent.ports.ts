import type { InformationSystem } from '@huabiao/domains/infosystem/infosystem.model'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { ReadTx } from '@huabiao/kit/db/db'

/** What pre-authorisations need of others; wired in the composition root. */
export interface ConsentDeps {
  readonly clock: Clock
  names(tx: ReadTx, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  readonly systems: { find(tx: ReadTx, ids: readonly string[]): Promise<InformationSystem[]> }
}
