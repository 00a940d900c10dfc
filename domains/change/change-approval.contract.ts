import { endpoint, ShortNote, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { ChangeDetail, PersonRef } from './change.contract.ts'

/** Events: change.reassigned, change.deputies_called, change.deadline_missed, change.check_failed. */

const Id = z.object({ changeId: Uuid })
const Stage = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/)

/** Who might take the seat of an approver: holders of the same role in the same unit who have no other part in it. */
export const listSuccessors = endpoint({
  name: 'listSuccessors',
  method: 'GET',
  path: '/api/v1/changes/:changeId/successors',
  permission: 'change:reassign',
  resource: 'change/:changeId',
  summary: '可接任的审批人 / Who might take over an approval',
  params: Id,
  query: z.object({ stage: Stage, fromId: Uuid }),
  response: z.object({ people: z.array(PersonRef).max(200) }),
  refusals: ['change.not_found', 'approval.not_found'],
})
/** Approver change (审批人员变更, itsm §2.2.2). Nothing is decided by it, and whoever decided before keeps what they may read. */
export const reassignApprover = endpoint({
  name: 'reassignApprover',
  method: 'POST',
  path: '/api/v1/changes/:changeId/reassignments',
  permission: 'change:reassign',
  resource: 'change/:changeId',
  summary: '转办审批 / Reassign an approval',
  params: Id,
  body: z.object({ stage: Stage, fromId: Uuid, toId: Uuid, reason: ShortNote }),
  response: ChangeDetail,
  danger: 3,
  refusals: [
    'change.not_found',
    'change.wrong_state',
    'change.own_approval',
    'approval.not_open',
    'approval.not_candidate',
    'approval.own_item',
    'approval.own_seat',
    'approval.role_missing',
    'approval.already_candidate',
    'approval.already_decided',
    'approval.no_candidate',
    'approval.not_administrator',
  ],
})
