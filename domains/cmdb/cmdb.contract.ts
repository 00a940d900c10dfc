import { Count, endpoint, Label, PageQuery, pageOf, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'

/** A target (资产) of O&M: a host reached by SSH, with its host key pinned and its accounts listed. Credentials are never shown (RL-18). */
export const TargetItem = z.object({
  id: Uuid,
  name: Label,
  host: Label,
  port: Count,
  hostKeySha256: Label,
  systemId: Uuid,
  systemName: Label,
  unitName: Label,
  accounts: z.array(z.object({ name: Label, privileged: z.boolean() })).max(20),
  tier: z.enum(['edge', 'inner', 'core']),
  environment: z.enum(['production', 'staging']),
})
export type TargetItem = z.infer<typeof TargetItem>
export const listTargets = endpoint({
  name: 'listTargets',
  method: 'GET',
  path: '/api/v1/targets',
  permission: 'cmdb:read',
  summary: '运维资产 / Targets',
  query: PageQuery.extend({ systemId: Uuid.optional(), text: z.string().max(100).optional() }),
  response: pageOf(TargetItem),
})
