import { planes } from '@huabiao/kit/actor/actor'
import { endpoint, Instant, PageQuery, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'

export const LedgerRow = z.object({
  seq: z.number().int(),
  at: Instant,
  act: z.string(),
  object: z.string(),
  changeId: z.string().nullable(),
  decision: z.enum(['done', 'refused']),
  code: z.string().nullable(),
  rule: z.string().nullable(),
  actorName: z.string(),
  actorRole: z.string().nullable(),
  door: z.string(),
  sourceIp: z.string(),
  data: z.record(z.string(), z.unknown()),
  prev: z.string(),
  hash: z.string(),
})
export type LedgerRow = z.infer<typeof LedgerRow>
export const TreeHeadView = z.object({
  size: z.number().int(),
  root: z.string(),
  last: z.string(),
  at: Instant,
  signatures: z.array(z.object({ alg: z.string(), keyId: z.string() })),
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
    items: z
      .array(
        z.object({
          ...Chain,
          tenantName: z.string(),
          size: z.number().int(),
          lastAt: Instant.nullable(),
          head: TreeHeadView.nullable(),
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
    act: z.string().max(80).optional(),
    decision: z.enum(['done', 'refused']).optional(),
    changeId: Uuid.optional(),
    rule: z.string().max(10).optional(),
    text: z.string().max(100).optional(),
  }),
  response: z.object({ items: z.array(LedgerRow).max(100), next: z.string().nullable() }),
})
/** Inclusion of one record under the newest tree head that covers it, to be checked by the reader (RFC 6962 §2.1.1). */
export const proveRecord = endpoint({
  name: 'proveRecord',
  method: 'GET',
  path: '/api/v1/ledger/records/:seq/proof',
  permission: 'ledger:read',
  summary: '存在性证明 / Inclusion proof',
  params: z.object({ seq: z.coerce.number().int().min(1) }),
  query: z.object(Chain),
  response: z.object({
    record: LedgerRow,
    canonical: z.string(),
    leaf: z.string(),
    path: z.array(z.string()).max(64),
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
