import { Count, Digest, endpoint, Total, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { PartBody } from './transfer.contract.ts'
import { uploadFaults } from './transfer.model.ts'

/** What a gateway says about transfers that people began through it. It digests, compares and reports; the control plane does so again. */

const params = z.object({ transferId: Uuid })
export const putPart = endpoint({
  name: 'putPart',
  method: 'POST',
  path: '/api/v1/gateway/transfers/:transferId/parts',
  permission: 'service:gateway',
  bodyLimitBytes: 2 * 1024 * 1024,
  summary: '网关转交分段 / Hand over a part',
  params,
  body: PartBody,
  response: z.object({}),
  refusals: ['transfer.not_found', 'transfer.wrong_state', 'transfer.part_wrong', 'session.other_gateway'],
})
export const transferEnded = endpoint({
  name: 'transferEnded',
  method: 'POST',
  path: '/api/v1/gateway/transfers/:transferId/ended',
  permission: 'service:gateway',
  summary: '传输结束 / A transfer has ended',
  params,
  body: z.discriminatedUnion('outcome', [
    /** All parts were handed over. */
    z.object({ outcome: z.literal('complete'), bytes: Total, sm3: Digest, sha256: Digest }),
    z.object({ outcome: z.literal('delivered'), bytes: Total, sm3: Digest, sha256: Digest }),
    /** `kept`: what came lies in the gateway's quarantine. */
    z.object({
      outcome: z.literal('refused'),
      code: z.enum([...uploadFaults, 'transfer.fetch_failed']),
      kept: z.boolean(),
      bytes: Total,
      sm3: Digest,
      sha256: Digest,
    }),
  ]),
  /** Null where it was taken as told; otherwise why not. */
  response: z.object({ refusal: z.string().max(100).nullable() }),
  refusals: ['transfer.not_found', 'session.other_gateway'],
})
/** What was kept is gone: its time was over. */
export const transferPurged = endpoint({
  name: 'transferPurged',
  method: 'POST',
  path: '/api/v1/gateway/transfers/:transferId/purged',
  permission: 'service:gateway',
  summary: '隔离文件已清除 / Quarantined bytes deleted',
  params,
  response: z.object({}),
  refusals: ['transfer.not_found', 'session.other_gateway'],
})
/** One part of a content that a grant of this gateway needs, or of a file that a person downloads through it. */
export const readPart = endpoint({
  name: 'readPart',
  method: 'POST',
  path: '/api/v1/gateway/transfers/:transferId/parts/read',
  permission: 'service:gateway',
  summary: '网关读取分段 / Read a part',
  params,
  /** Without a grant for a download through this gateway. */
  body: z.object({ index: Count, grantId: Uuid.nullable() }),
  response: z.object({ data: z.string().max(1_400_000) }),
  refusals: ['transfer.not_found', 'session.grant_not_found', 'session.other_gateway'],
})
