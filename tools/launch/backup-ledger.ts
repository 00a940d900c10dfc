// How far every chain of a database has come, each verified from its first record.
import { proveChains, recordRestore } from '@huabiao/domains/ledger/ledger.module'
import type { Plane } from '@huabiao/kit/actor/actor'
import { systemClock } from '@huabiao/kit/clock/system-clock'
import { gmSuite } from '@huabiao/kit/crypto/suite'
import { openDatabase } from '@huabiao/kit/db/db'
import { Refusal } from '@huabiao/kit/errors/errors'
import type pg from 'pg'
import { pages } from './backup-database.ts'
import type { ChainProof, Manifest } from './backup-manifest.ts'
import { BackupRefusal } from './backup-refusal.ts'

/** @throws BackupRefusal `backup.ledger_broken` with the chain and the number of the record that does not hold */
export async function chainsOf(client: pg.Client): Promise<ChainProof[]> {
  try {
    const states = await proveChains(gmSuite.digest, (query) => pages(client, query))
    return states.map(({ head, ...state }) => ({
      ...state,
      head: head && { ...head, signatures: head.signatures.map((one) => ({ ...one })) },
    }))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new BackupRefusal('backup.ledger_broken', `${error.params.chain} #${error.params.seq}`)
  }
}

/** Records the restore in every chain; `beyond` are the records given up, where the signer that had signed them is known. */
export async function tellLedger(
  appUrl: string,
  { manifest, digest }: { manifest: Manifest; digest: string },
  beyond: ReadonlyMap<string, number> | undefined,
): Promise<void> {
  const chains = manifest.chains.map(({ chain, size }) => {
    const [tenantId, plane] = chain.split('/') as [string, Plane]
    return { tenantId, plane, size, ...(beyond ? { discarded: beyond.get(chain) ?? 0 } : {}) }
  })
  const db = openDatabase({ url: appUrl, poolSize: 1, applicationName: 'huabiao-restore' })
  const backup = { id: manifest.id, takenAt: manifest.at, manifestSm3: digest }
  await db
    .transact({ kind: 'nobody' }, (tx) => recordRestore(tx, { clock: systemClock, suite: gmSuite }, backup, chains))
    .finally(() => db.close())
}
