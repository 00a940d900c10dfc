import { endpoint, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { rotationOutcomes } from './vault.model.ts'

/** What a gateway says of a rotation. */
export const rotationMaterial = endpoint({
  name: 'rotationMaterial',
  method: 'POST',
  path: '/api/v1/gateway/rotations/:rotationId/material',
  permission: 'service:gateway',
  summary: '领取轮换材料 / Material of a rotation',
  params: z.object({ rotationId: Uuid }),
  body: z.object({ boxKey: z.string().max(200), proof: z.string().max(512) }),
  response: z.object({ boxed: z.string().max(60_000) }),
  refusals: ['vault.rotation_not_found', 'vault.rotation_used'],
})
export const rotationFinished = endpoint({
  name: 'rotationFinished',
  method: 'POST',
  path: '/api/v1/gateway/rotations/:rotationId/finished',
  permission: 'service:gateway',
  summary: '轮换结果 / End of a rotation',
  params: z.object({ rotationId: Uuid }),
  body: z.object({ outcome: z.enum(rotationOutcomes), detail: z.string().max(300) }),
  response: z.object({}),
  refusals: ['vault.rotation_not_found'],
})
