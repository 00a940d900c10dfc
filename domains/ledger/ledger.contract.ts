import { planes } from '@huabiao/kit/actor/actor'
import { endpoint, Instant, jsonOf, Label, PageQuery, Total, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'

export const LedgerRow = z.object({
  seq: Total,
  at: Instant,
  act: Label,
  object: Label,
  changeId: Label.nullable(),
  decision: z.enum(['done', 'refused']),
  code: Label.nullable(),
  rule: Label.nullable(),
  actorName: Label,
  actorRole: Label.nullable(),
  door: Label,
  sourceIp: Label,
  data: jsonOf(512 * 1024),
  prev: Label,
  hash: Label,
})
export type LedgerRow = z.infer<typeof LedgerRow>
export const TreeHeadView = z.object({
  size: Total,
  root: Label,
  last: Label,
  at: Instant,
  signatures: z.array(z.object({ alg: Label, keyId: Label })).max(4),
})
/** What the witness at the supervision side has signed of a chain, and why it signs no more where it does not. */
export const WitnessedView = z.object({
  size: Total,
  at: Instant,
  signatures: z.array(z.object({ alg: Label, keyId: Label })).max(4),
})
const Chain = { tenantId: Uuid, plane: z.enum(planes) }

/** Chains the person asking may read: one per tenant and plane. */
export const listChains = endpoint({
  name: 'listChains',
  method: 'GET',
  path: '/api/v1/ledger/chains',
  permission: 'ledger:read',
  summary: '台账链 / Chains',
  response: z.object({
    /** Whether this deployment has a witness at all. */
    hasWitness: z.boolean(),
    items: z
      .array(
        z.object({
          ...Chain,
          tenantName: Label,
          size: Total,
          lastAt: Instant.nullable(),
          head: TreeHeadView.nullable(),
          witnessed: WitnessedView.nullable(),
          /** The last daily re-verification of the chain and its recordings; faults is 0 where all held. */
          recheck: z.object({ at: Instant, faults: Total, segments: Total }).nullable(),
          witnessRefusal: z.object({ code: Label, at: Instant }).nullable(),
        }),
      )
      .max(500),
  }),
})
/** Newest first; `after` is the lowest sequence number seen. */
export const listLedger = endpoint({
  name: 'listLedger',
  method: 'GET',
  path: '/api/v1/ledger/records',
  permission: 'ledger:read',
  summary: '台账记录 / Records',
  query: PageQuery.extend({
    ...Chain,
    after: z
      .string()
      .regex(/^\d{1,15}$/)
      .optional(),
    act: z.string().max(80).optional(),
    decision: z.enum(['done', 'refused']).optional(),
    changeId: Uuid.optional(),
    rule: z.string().max(10).optional(),
    text: z.string().max(100).optional(),
  }),
  response: z.object({ items: z.array(LedgerRow).max(100), next: Label.nullable() }),
})
/** Inclusion of one record under the newest tree head that covers it, to be checked by the reader (RFC 6962 §2.1.1). */
export const proveRecord = endpoint({
  name: 'proveRecord',
  method: 'GET',
  path: '/api/v1/ledger/records/:seq/proof',
  permission: 'ledger:read',
  summary: '存在性证明 / Inclusion proof',
  params: z.object({ seq: z.coerce.number().int().min(1).max(1_000_000_000_000) }),
  query: z.object(Chain),
  response: z.object({
    record: LedgerRow,
    canonical: z.string().max(1024 * 1024),
    leaf: Label,
    path: z.array(Label).max(64),
    head: TreeHeadView.nullable(),
    chainHolds: z.boolean(),
    inclusionHolds: z.boolean(),
  }),
  refusals: ['ledger.not_found'],
})
/** The whole chain as JSON Lines for `huabiao-verify`, recordings' digests included. */
export const exportLedger = endpoint({
  name: 'exportLedger',
  method: 'GET',
  path: '/api/v1/ledger/export',
  permission: 'ledger:export',
  summary: '导出台账 / Export for offline verification',
  query: z.object(Chain),
  response: z.unknown(),
})
