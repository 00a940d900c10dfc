import { endpoint, Instant, Label, PageQuery, Prose, pageOf, ShortNote, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { roleCodes } from './access.model.ts'
import { grantStates, requestStates } from './access-request.model.ts'

/** Events: role.granted, role.revoked, permission.requested, permission.approved, permission.granted, permission.rejected, permission.withdrawn. */

const PersonRef = z.object({ id: Uuid, name: Label })
const Duty = z.string().regex(/^[A-Za-z0-9-]{1,40}$/)

export const listRoles = endpoint({
  name: 'listRoles',
  method: 'GET',
  path: '/api/v1/roles',
  permission: 'role:read',
  summary: '角色与互斥 / Roles and exclusions',
  response: z.object({
    roles: z
      .array(
        z.object({
          code: z.enum(roleCodes),
          zh: Label,
          en: Label,
          parties: z.array(Label).max(4),
          actions: z.array(Label).max(500),
        }),
      )
      .max(roleCodes.length),
    exclusions: z
      .array(z.object({ a: z.enum(roleCodes), b: z.enum(roleCodes), kind: z.enum(['static', 'dynamic']) }))
      .max(roleCodes.length ** 2),
  }),
})

export const BindingView = z.object({
  id: Uuid,
  tenantId: Uuid,
  person: PersonRef,
  role: Label,
  duty: Label.nullable(),
  notBefore: Instant,
  notAfter: Instant,
  grantedBy: Label.nullable(),
  requestId: Uuid.nullable(),
  revokedAt: Instant.nullable(),
  suspendedAt: Instant.nullable(),
})
export type BindingView = z.infer<typeof BindingView>
export const listRoleBindings = endpoint({
  name: 'listRoleBindings',
  method: 'GET',
  path: '/api/v1/role-bindings',
  permission: 'role:read',
  summary: '角色授予 / Role bindings',
  query: PageQuery.extend({
    personId: Uuid.optional(),
    role: z.enum(roleCodes).optional(),
    live: z.enum(['true', 'false']).default('true'),
  }),
  response: pageOf(BindingView),
})
export const grantRole = endpoint({
  name: 'grantRole',
  method: 'POST',
  path: '/api/v1/role-bindings',
  permission: 'role:grant',
  summary: '授予角色 / Grant a role',
  danger: 3,
  body: z.object({
    personId: Uuid,
    role: z.enum(roleCodes),
    duty: Duty.nullable().default(null),
    notBefore: Instant.optional(),
    notAfter: Instant,
  }),
  response: BindingView,
  refusals: [
    'access.exclusive_roles',
    'access.party_unfit',
    'access.window_invalid',
    'access.own_grant',
    'access.chain_required',
    'access.person_not_found',
    'access.untrained',
  ],
})
export const revokeRole = endpoint({
  name: 'revokeRole',
  method: 'DELETE',
  path: '/api/v1/role-bindings/:bindingId',
  permission: 'role:grant',
  resource: 'role-binding/:bindingId',
  summary: '收回角色 / Revoke a role',
  danger: 3,
  params: z.object({ bindingId: Uuid }),
  response: z.object({}),
  refusals: ['access.binding_not_found'],
})

const hold = <N extends string>(name: N, verb: string, summary: string) =>
  endpoint({
    name,
    method: 'POST',
    path: `/api/v1/role-bindings/:bindingId/${verb}`,
    permission: 'role:grant',
    resource: 'role-binding/:bindingId',
    summary,
    danger: 3,
    params: z.object({ bindingId: Uuid }),
    body: z.object({ reason: ShortNote }),
    response: BindingView,
    refusals: ['access.binding_not_found', 'access.own_grant'],
  })
/** Holds a role back at once, on an anomaly or a leave notice; its end stays where it is. */
export const suspendRole = hold('suspendRole', 'suspend', '暂停角色 / Suspend a role')
export const resumeRole = hold('resumeRole', 'resume', '恢复角色 / Resume a role')

export const RequestStage = z.object({
  key: Label,
  state: z.enum(['waiting', 'open', 'approved', 'rejected', 'voided']),
  /** Who may decide this stage and has decided no other. */
  candidates: z.array(PersonRef).max(50),
  /** When its turn came, and by when it should be decided; null before its turn. */
  since: Instant.nullable(),
  dueAt: Instant.nullable(),
  decisions: z
    .array(z.object({ person: PersonRef, verdict: z.enum(['approve', 'reject', 'return']), note: Prose, at: Instant }))
    .max(50),
})
export const PermissionRequestView = z.object({
  id: Uuid,
  person: PersonRef,
  role: Label,
  duty: Label.nullable(),
  reason: Prose,
  notBefore: Instant,
  notAfter: Instant,
  state: z.enum(requestStates),
  stages: z.array(RequestStage).max(10),
  /** Why the caller may not decide now; null when they may. */
  decideRefusal: Label.nullable(),
  createdAt: Instant,
  /** When an undecided request falls. */
  expiresAt: Instant,
  decidedAt: Instant.nullable(),
  /** What came of it once every stage had approved. */
  grant: z.object({ bindingId: Uuid, state: z.enum(grantStates), notBefore: Instant, notAfter: Instant }).nullable(),
})
export type PermissionRequestView = z.infer<typeof PermissionRequestView>
export const listPermissionRequests = endpoint({
  name: 'listPermissionRequests',
  method: 'GET',
  path: '/api/v1/permission-requests',
  permission: 'permission-request:create',
  summary: '权限申请 / Permission requests',
  query: PageQuery,
  response: pageOf(PermissionRequestView),
})
export const getPermissionRequest = endpoint({
  name: 'getPermissionRequest',
  method: 'GET',
  path: '/api/v1/permission-requests/:requestId',
  permission: 'permission-request:create',
  resource: 'permission-request/:requestId',
  summary: '权限申请详情 / One permission request',
  params: z.object({ requestId: Uuid }),
  response: PermissionRequestView,
  refusals: ['access.request_not_found'],
})
/** The applicant asks for themselves; supervisor, owner, security administrator and department each decide, four persons (S3). */
export const createPermissionRequest = endpoint({
  name: 'createPermissionRequest',
  method: 'POST',
  path: '/api/v1/permission-requests',
  permission: 'permission-request:create',
  summary: '申请权限 / Request a permission',
  body: z.object({
    role: z.enum(roleCodes),
    duty: Duty.nullable().default(null),
    reason: ShortNote,
    notBefore: Instant.optional(),
    notAfter: Instant,
  }),
  response: PermissionRequestView,
  refusals: [
    'access.exclusive_roles',
    'access.party_unfit',
    'access.window_invalid',
    'access.not_requestable',
    'access.request_too_long',
    'access.untrained',
    'approval.no_candidate',
  ],
})
export const decidePermissionRequest = endpoint({
  name: 'decidePermissionRequest',
  method: 'POST',
  path: '/api/v1/permission-requests/:requestId/decisions',
  permission: 'permission-request:decide',
  resource: 'permission-request/:requestId',
  summary: '审批权限申请 / Decide a permission request',
  danger: 3,
  params: z.object({ requestId: Uuid }),
  body: z.object({ verdict: z.enum(['approve', 'reject']), note: z.string().trim().max(2000).default('') }),
  response: PermissionRequestView,
  refusals: [
    'access.request_not_found',
    'access.request_closed',
    'approval.own_item',
    'approval.not_candidate',
    'approval.already_decided',
    'access.exclusive_roles',
    'access.untrained',
  ],
})
export const withdrawPermissionRequest = endpoint({
  name: 'withdrawPermissionRequest',
  method: 'POST',
  path: '/api/v1/permission-requests/:requestId/withdraw',
  permission: 'permission-request:create',
  resource: 'permission-request/:requestId',
  summary: '撤回权限申请 / Withdraw a permission request',
  params: z.object({ requestId: Uuid }),
  response: PermissionRequestView,
  refusals: ['access.request_not_found', 'access.request_closed'],
})
