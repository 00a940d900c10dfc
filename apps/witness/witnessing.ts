import {
  type Chain,
  chainParts,
  type HeadOffer,
  isContradiction,
  offerRefusal,
  type SeenHead,
  SignedTreeHead,
  type WitnessedHead,
} from '@huabiao/domains/ledger/ledger-witness.model'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { PublicKeyEntry } from '@huabiao/kit/crypto/envelope'
import { type SigningKeys, signEnvelope, verifyEnvelope } from '@huabiao/kit/crypto/signature'
import { sm3 } from '@huabiao/kit/crypto/suite'
import { Refusal } from '@huabiao/kit/errors/errors'
import type { Contradictions } from './contradictions.ts'
import type { LastSeen, SeenHeads } from './seen-heads.ts'

export interface SubmittingPlatform {
  readonly id: string
  readonly signerKeys: readonly PublicKeyEntry[]
}
export interface WitnessingParts {
  readonly keys: SigningKeys
  readonly seen: SeenHeads
  readonly contradictions: Contradictions
  readonly clock: Clock
  readonly chainsMax: number
  readonly onContradiction: (chain: string, code: string) => void
}

/**
 * Counter-signs what goes on where the last seen head ended. Everything between the question and the signature happens in one turn
 * of the event loop: two offers for one chain cannot both pass on the same memory.
 * @throws Refusal `witness.*`
 */
export function counterSign(on: WitnessingParts, platform: SubmittingPlatform, offer: HeadOffer): SeenHead {
  const verdict = verifyEnvelope('tree-head', offer.head, platform.signerKeys)
  const parsed = verdict.ok ? SignedTreeHead.safeParse(verdict.payload) : undefined
  const chain = parsed?.success ? chainParts(parsed.data.chain) : undefined
  if (!parsed?.success || !chain) throw new Refusal('witness.head_not_signed')
  const head = parsed.data
  const known = on.seen.last(platform.id, chain)
  const code = offerRefusal(sm3, known?.head, head, offer.proof)
  if (code) {
    if (known && isContradiction(code)) {
      const at = on.clock.now().toISOString()
      on.contradictions.add({ at, platform: platform.id, chain: head.chain, code, seen: known.seen, offered: offer.head })
      on.onContradiction(`${platform.id} ${head.chain}`, code)
    }
    throw new Refusal(code, { size: head.size, ...(known ? { seen: known.head.size } : {}) })
  }
  // Asked again for what it signed before, as after a lost answer, it gives the same signature.
  if (known?.head.size === head.size) return known.seen
  if (!known && on.seen.chains >= on.chainsMax) throw new Refusal('witness.too_many_chains')
  const { size, root, last, at: signedAt } = head
  const at = on.clock.now().toISOString()
  const body: WitnessedHead = {
    v: 1,
    kind: 'witnessed-head',
    platform: platform.id,
    chain: head.chain,
    size,
    root,
    last,
    signedAt,
    at,
  }
  const seen: SeenHead = { head: offer.head, witnessed: signEnvelope('witnessed-head', body, on.keys) as SeenHead['witnessed'] }
  on.seen.remember(platform.id, chain, seen)
  return seen
}

/** The last head seen of a chain. @throws Refusal `witness.chain_unknown` */
export function lastSeen(on: WitnessingParts, platform: string, chain: Chain): LastSeen {
  const known = on.seen.last(platform, chain)
  if (!known) throw new Refusal('witness.chain_unknown')
  return known
}
