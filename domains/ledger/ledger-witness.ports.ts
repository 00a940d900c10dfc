import type { SignedEnvelope } from '@huabiao/kit/crypto/envelope'
import type { TreeHead } from './ledger.model.ts'
import type { Chain, HeadOffer } from './ledger-witness.model.ts'

/**
 * The witness at the supervision side, as the ledger needs it. Whoever implements it has checked every signature against keys that
 * came by another way. Each call throws `Refusal` `witness.*` (the witness said no) or `Unavailable('witness')`.
 */
export interface HeadWitness {
  /** The last head of the chain that the witness has seen; undefined where it has seen none. */
  last(chain: Chain): Promise<TreeHead | undefined>
  /** The witness's signature over the head, which is of that very head. */
  counterSign(offer: HeadOffer): Promise<SignedEnvelope>
}
