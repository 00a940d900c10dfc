import { chainOf, type Digest32, type TreeHead } from '@huabiao/domains/ledger/ledger.model'
import { planes } from '@huabiao/kit/actor/actor'
import { Digest, Uuid } from '@huabiao/kit/contract/contract'
import { SignedEnvelope } from '@huabiao/kit/crypto/envelope'
import type { RefusalTable } from '@huabiao/kit/errors/errors'
import { fromHex } from '@huabiao/kit/merkle/bytes'
import { consistencyPathLength, verifyConsistency } from '@huabiao/kit/merkle/merkle'
import { z } from 'zod'

/**
 * The witness (见证): a process at the supervision side that remembers the last tree head of each chain and counter-signs the next
 * one only if it extends it (RFC 6962 §2.1.2). Whoever owns the database, the signer's memory included, cannot rewrite what the
 * witness has seen without leaving two signed heads that contradict each other (RL-13).
 */
export const Chain = z.strictObject({ tenantId: Uuid, plane: z.enum(planes) })
export type Chain = Readonly<z.infer<typeof Chain>>

const Size = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER)
const When = z.iso.datetime({ precision: 3 })
const chainPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\/(platform|tenant)$/

/** A tree head as it was signed; see `TreeHead`. */
export const SignedTreeHead = z.strictObject({
  v: z.literal(1),
  kind: z.literal('tree-head'),
  chain: z.string().regex(chainPattern),
  size: Size,
  root: Digest,
  last: Digest,
  at: When,
}) satisfies z.ZodType<TreeHead>

/** What the witness signs: which head of which platform it saw, and when. */
export const WitnessedHead = z.strictObject({
  v: z.literal(1),
  kind: z.literal('witnessed-head'),
  /** The platform, by the name under which the witness knows it. */
  platform: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/),
  chain: z.string().regex(chainPattern),
  size: Size,
  root: Digest,
  last: Digest,
  /** When the head was signed, by the signer's clock, and when it was seen, by the witness's. */
  signedAt: When,
  at: When,
})
export type WitnessedHead = Readonly<z.infer<typeof WitnessedHead>>

/** A tree of 2^53 records has paths of at most 54 nodes. */
const pathMaxNodes = 64
export const HeadOffer = z.strictObject({ head: SignedEnvelope, proof: z.array(Digest).max(pathMaxNodes) })
export type HeadOffer = Readonly<z.infer<typeof HeadOffer>>
/** A head as the platform signed it, and the witness's signature over it. */
export const SeenHead = z.strictObject({ head: SignedEnvelope, witnessed: SignedEnvelope })
export type SeenHead = Readonly<z.infer<typeof SeenHead>>

/** Why no head is counter-signed. Those of `contradictions` are kept: two signed heads of one chain that cannot both be true. */
export const witnessRefusals = {
  'witness.history_shortened': { status: 409, rule: 'RL-13' },
  'witness.history_forked': { status: 409, rule: 'RL-13' },
  'witness.history_rewritten': { status: 409, rule: 'RL-13' },
  'witness.proof_malformed': { status: 422, rule: 'RL-13' },
  'witness.head_not_signed': { status: 403, rule: 'RL-13' },
  'witness.chain_unknown': { status: 404 },
  'witness.too_many_chains': { status: 429 },
  'witness.reader_only': { status: 403 },
} as const satisfies RefusalTable
export type WitnessRefusal = keyof typeof witnessRefusals

export const contradictions = ['witness.history_shortened', 'witness.history_forked', 'witness.history_rewritten'] as const
export type Contradiction = (typeof contradictions)[number]
export const isContradiction = (code: string): code is Contradiction => (contradictions as readonly string[]).includes(code)

type HeadPoint = Pick<TreeHead, 'size' | 'root' | 'last'>

/**
 * Whether a head goes on where the last one that was seen ends. The first head of a chain is taken as it is: a witness can only
 * vouch for what comes after it. A path of a length that no proof between these sizes has proves nothing either way (NT-D11).
 */
export function offerRefusal(
  digest: Digest32,
  known: HeadPoint | undefined,
  offered: HeadPoint,
  proof: readonly string[],
): WitnessRefusal | undefined {
  if (known && offered.size < known.size) return 'witness.history_shortened'
  const path = proof.map((node) => fromHex(node))
  const due = known ? consistencyPathLength(known.size, offered.size) : 0
  if (path.length !== due || !path.every((node) => node?.length === 32)) return 'witness.proof_malformed'
  if (!known) return undefined
  if (offered.size === known.size)
    return offered.root === known.root && offered.last === known.last ? undefined : 'witness.history_forked'
  const extendsKnown = verifyConsistency(digest, {
    oldSize: known.size,
    oldRoot: fromHex(known.root)!,
    newSize: offered.size,
    newRoot: fromHex(offered.root)!,
    path: path as Uint8Array[],
  })
  return extendsKnown ? undefined : 'witness.history_rewritten'
}

/**
 * The heads that are kept of a chain that has more than `most`: the newer half whole, of the older every second, always the first
 * and the last. Where history was rewritten long ago is then told less closely, never not at all.
 */
export function thinned<T>(heads: readonly T[], most: number): readonly T[] {
  if (heads.length <= most) return heads
  const older = Math.floor(heads.length / 2)
  return heads.filter((_, at) => at >= older || at % 2 === 0)
}

/** Pauses between attempts: the witness is away, or it refused and somebody has to look. */
const firstPauseMs = { away: 5_000, refused: 60_000 } as const
const longestPauseMs = { away: 300_000, refused: 3_600_000 } as const
export const pauseAfterFailures = (kind: 'away' | 'refused', failures: number): number =>
  Math.min(firstPauseMs[kind] * 2 ** Math.min(failures - 1, 20), longestPauseMs[kind])

/** A refusal that goes on is told again after a day; a head that nobody has seen for so long is late. */
export const tellAgainMs = 86_400_000
export const witnessLateMs = 600_000

export type WitnessState = 'none' | 'current' | 'late' | 'refused'
/** How it stands with the witness: a refusal outweighs lateness, for it will not pass by itself. */
export function witnessState(
  of: { configured: boolean; refused: boolean; oldestUnseenAt: Date | null },
  now: Date,
): WitnessState {
  if (of.refused) return 'refused'
  if (!of.configured) return 'none'
  return of.oldestUnseenAt && now.getTime() - of.oldestUnseenAt.getTime() > witnessLateMs ? 'late' : 'current'
}

/** The chain of a head, taken apart. */
export function chainParts(chain: string): Chain | undefined {
  const [tenantId, plane] = chain.split('/')
  const parsed = Chain.safeParse({ tenantId, plane })
  return parsed.success && chainOf(parsed.data.tenantId, parsed.data.plane) === chain ? parsed.data : undefined
}
