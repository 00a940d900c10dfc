import { Digest, endpoint, Instant, Label, Name, PageQuery, pageOf, ShortNote, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { exceptionStates, freezeScopes } from './freeze.model.ts'

/** Events: freeze.declared, freeze.lifted, freeze.exception_requested, freeze.exception_approved, freeze.exception_granted, freeze.exception_refused. */

export const FreezeItem = z.object({
  id: Uuid,
  name: Label,
  reason: Label,
  startsAt: Instant,
  endsAt: Instant,
  /** Declared for everybody by the management unit. */
  everybody: z.boolean(),
  scope: z.enum(freezeScopes),
  scopeNames: z.array(Label).max(200),
  declaredBy: Label,
  declaredAt: Instant,
  liftedBy: Label.nullable(),
  liftedAt: Instant.nullable(),
  liftReason: Label.nullable(),
})
export type FreezeItem = z.infer<typeof FreezeItem>
export const ExceptionView = z.object({
  id: Uuid,
  freezeId: Uuid,
  change: z.object({ id: Uuid, no: Label }),
  planHash: Digest,
  reason: Label,
  state: z.enum(exceptionStates),
  requestedBy: Label,
  requestedAt: Instant,
  decisions: z.array(z.object({ by: Label, at: Instant, verdict: z.enum(['approve', 'refuse']) })).max(3),
  refusalNote: Label.nullable(),
  /** Why the caller may not; null when they may. */
  approveRefusal: Label.nullable(),
  refuseRefusal: Label.nullable(),
})
export type ExceptionView = z.infer<typeof ExceptionView>
export const FreezeView = FreezeItem.extend({ liftRefusal: Label.nullable(), exceptions: z.array(ExceptionView).max(100) })
export type FreezeView = z.infer<typeof FreezeView>

export const listFreezes = endpoint({
  name: 'listFreezes',
  method: 'GET',
  path: '/api/v1/freezes',
  permission: 'freeze:read',
  summary: '封网期 / Freeze periods',
  query: PageQuery.extend({ current: z.enum(['true', 'false']).default('false') }),
  response: pageOf(FreezeItem),
})
const params = z.object({ freezeId: Uuid })
const resource = 'freeze/:freezeId'
export const getFreeze = endpoint({
  name: 'getFreeze',
  method: 'GET',
  path: '/api/v1/freezes/:freezeId',
  permission: 'freeze:read',
  resource,
  summary: '封网期详情 / One freeze',
  params,
  response: FreezeView,
  refusals: ['freeze.not_found'],
})
/** Running changes in its scope pause at once; what is on its way back goes on (itsm §2.0.3). */
export const declareFreeze = endpoint({
  name: 'declareFreeze',
  method: 'POST',
  path: '/api/v1/freezes',
  permission: 'freeze:declare',
  summary: '宣布封网 / Declare a freeze',
  danger: 3,
  body: z.object({
    name: Name,
    reason: ShortNote,
    startsAt: Instant,
    endsAt: Instant,
    scope: z.enum(freezeScopes),
    scopeIds: z.array(Uuid).max(200),
  }),
  response: FreezeView,
  refusals: ['freeze.span_invalid', 'freeze.scope_invalid'],
})
export const liftFreeze = endpoint({
  name: 'liftFreeze',
  method: 'POST',
  path: '/api/v1/freezes/:freezeId/lift',
  permission: 'freeze:declare',
  resource,
  summary: '提前解除封网 / Lift a freeze',
  danger: 3,
  params,
  body: z.object({ reason: ShortNote }),
  response: FreezeView,
  refusals: ['freeze.not_found', 'freeze.wrong_state', 'freeze.not_speaker', 'freeze.own_freeze'],
})
export const requestException = endpoint({
  name: 'requestFreezeException',
  method: 'POST',
  path: '/api/v1/freezes/:freezeId/exceptions',
  permission: 'freeze:request',
  resource,
  summary: '申请封网例外 / Ask for an exception',
  params,
  body: z.object({ changeId: Uuid, reason: ShortNote }),
  response: ExceptionView,
  refusals: [
    'freeze.not_found',
    'change.not_found',
    'freeze.wrong_state',
    'freeze.not_of_change',
    'freeze.not_covered',
    'freeze.already_requested',
  ],
})
/** Two approvals of persons without a part in the change make it an exception; one refusal ends it. */
export const decideException = endpoint({
  name: 'decideFreezeException',
  method: 'POST',
  path: '/api/v1/freeze-exceptions/:exceptionId/decisions',
  permission: 'freeze:except',
  resource: 'freeze-exception/:exceptionId',
  summary: '审批封网例外 / Decide an exception',
  danger: 3,
  params: z.object({ exceptionId: Uuid }),
  body: z.object({ verdict: z.enum(['approve', 'refuse']), note: ShortNote.optional() }),
  response: ExceptionView,
  refusals: [
    'freeze.exception_not_found',
    'freeze.wrong_state',
    'freeze.not_speaker',
    'freeze.own_exception',
    'freeze.declarer_missing',
  ],
})
