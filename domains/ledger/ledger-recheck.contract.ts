import { planes } from '@huabiao/kit/actor/actor'
import { Count, endpoint, Label, Total, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'

/**
 * What the inspector (复核程序) asks and says: a process of its own that reads every chain and every recording anew each day, with rights
 * to read and no other (NT-D05). It needs its own key (`service:inspector`).
 */
const Chain = { tenantId: Uuid, plane: z.enum(planes) }

export const listRecheckChains = endpoint({
  name: 'listRecheckChains',
  method: 'GET',
  path: '/api/v1/inspector/chains',
  permission: 'service:inspector',
  summary: '待复核的链 / Chains to re-verify',
  response: z.object({ items: z.array(z.object({ ...Chain, size: Total })).max(1000) }),
})
/** The same file that people export. */
export const exportForRecheck = endpoint({
  name: 'exportForRecheck',
  method: 'GET',
  path: '/api/v1/inspector/export',
  permission: 'service:inspector',
  summary: '供复核的导出 / Export for re-verification',
  query: z.object(Chain),
  response: z.unknown(),
})
export const RecheckFinding = z.object({ code: Label, seq: Total, object: Label })
export const reportRecheck = endpoint({
  name: 'reportRecheck',
  method: 'POST',
  path: '/api/v1/inspector/results',
  permission: 'service:inspector',
  summary: '复核结果 / Result of a re-verification',
  body: z.object({
    ...Chain,
    records: Total,
    recordings: Count,
    segments: Count,
    /** Of the segments, those that went by their term. */
    expired: Count,
    bytes: Total,
    faults: Count,
    /** The first of them; all are found again by whoever exports and verifies. */
    findings: z.array(RecheckFinding).max(20),
  }),
  response: z.object({}),
})
