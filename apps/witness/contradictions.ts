import { join } from 'node:path'
import { contradictions, SeenHead } from '@huabiao/domains/ledger/ledger-witness.model'
import { SignedEnvelope } from '@huabiao/kit/crypto/envelope'
import { Journal } from '@huabiao/kit/durable/journal'
import { z } from 'zod'

/** Two heads of one chain, both signed by the platform, of which one denies the other. With the signer's public keys anybody can see it. */
export const ContradictionRecord = z.strictObject({
  at: z.iso.datetime({ precision: 3 }),
  platform: z.string().max(40),
  chain: z.string().max(60),
  code: z.enum(contradictions),
  seen: SeenHead,
  offered: SignedEnvelope,
})
export type ContradictionRecord = z.infer<typeof ContradictionRecord>

/** The first ones of a chain tell all there is to tell; a platform that goes on offering must not fill the disk. */
export const contradictionsPerChain = 20

/** What was contradicted is remembered for good: nothing deletes it but the hand of whoever owns the witness. */
export class Contradictions {
  readonly #journal: Journal<unknown>
  readonly #all: ContradictionRecord[] = []

  constructor(stateDir: string) {
    this.#journal = new Journal(join(stateDir, 'contradictions.jsonl'), (entry) =>
      this.#all.push(ContradictionRecord.parse(entry)),
    )
  }

  get all(): readonly ContradictionRecord[] {
    return this.#all
  }

  /** Answers whether it was kept: not what is known already, nor more than enough. */
  add(record: ContradictionRecord): boolean {
    const known = this.#all.filter(({ platform, chain }) => platform === record.platform && chain === record.chain)
    if (known.length >= contradictionsPerChain || known.some(({ offered }) => offered.payload === record.offered.payload))
      return false
    this.#journal.append(record)
    this.#all.push(record)
    return true
  }

  close(): void {
    this.#journal.close()
  }
}
