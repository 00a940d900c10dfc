import { endpoint, Instant, Label, ShortNote, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'

/** Events: approval.deputy_registered, approval.deputy_ended. What a deputy then does is recorded with the subject. */

const Person = z.object({ id: Uuid, name: Label })
export const DeputyView = z.object({
  id: Uuid,
  person: Person,
  deputy: Person,
  role: Label,
  reason: Label,
  notBefore: Instant,
  notAfter: Instant,
  registeredAt: Instant,
})
export type DeputyView = z.infer<typeof DeputyView>

/** Deputies (代理人) that I registered, those whose deputy I am, and whom I may name: holders of my own approving roles in my unit. */
export const listDeputies = endpoint({
  name: 'listDeputies',
  method: 'GET',
  path: '/api/v1/approval-deputies',
  permission: 'change:approve',
  summary: '审批代理人 / Deputies in approvals',
  response: z.object({
    items: z.array(DeputyView).max(200),
    roles: z.array(z.object({ role: Label, people: z.array(Person).max(200) })).max(20),
  }),
})
/** It counts for approvals opened after it, and only when a stage has run out of time: nobody approves by silence. */
export const registerDeputy = endpoint({
  name: 'registerDeputy',
  method: 'POST',
  path: '/api/v1/approval-deputies',
  permission: 'change:approve',
  summary: '登记代理人 / Register a deputy',
  body: z.object({
    deputyId: Uuid,
    role: z.string().max(10),
    reason: ShortNote,
    notBefore: Instant.optional(),
    notAfter: Instant,
  }),
  response: DeputyView,
  danger: 3,
  refusals: ['approval.deputy_unfit', 'approval.window_invalid'],
})
export const endDeputy = endpoint({
  name: 'endDeputy',
  method: 'POST',
  path: '/api/v1/approval-deputies/:deputyshipId/end',
  permission: 'change:approve',
  resource: 'approval-deputy/:deputyshipId',
  summary: '终止代理 / End a deputyship',
  params: z.object({ deputyshipId: Uuid }),
  response: z.object({}),
  refusals: ['approval.deputy_not_found'],
})
