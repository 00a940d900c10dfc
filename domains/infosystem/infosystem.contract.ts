import { endpoint, Label, PageQuery, pageOf, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'

/** An information system (信息系统) as filed: whose it is, at which protection level, who speaks for it. */
export const SystemItem = z.object({
  id: Uuid,
  code: Label,
  name: Label,
  unitId: Uuid,
  unitName: Label,
  mlpsLevel: z.number().int().min(1).max(5),
  zone: z.enum(['government-extranet', 'internet']),
  contactName: Label.nullable(),
})
export type SystemItem = z.infer<typeof SystemItem>
export const listSystems = endpoint({
  name: 'listSystems',
  method: 'GET',
  path: '/api/v1/information-systems',
  permission: 'infosystem:read',
  summary: '信息系统 / Information systems',
  query: PageQuery.extend({ text: z.string().max(100).optional() }),
  response: pageOf(SystemItem),
})
