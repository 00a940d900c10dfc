import { Count, endpoint, Instant, Label, Name, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { roleCodes } from './access.model.ts'
import { Attachment, PolicyDocument } from './access-policy.model.ts'

/** Events: policy.drafted, policy.activated, policy.retired. */

export const PolicyView = z.object({
  id: Uuid,
  name: Label,
  roles: Attachment,
  document: PolicyDocument,
  state: z.enum(['draft', 'active', 'retired']),
  draftedBy: Label,
  draftedAt: Instant,
  activatedBy: Label.nullable(),
  activatedAt: Instant.nullable(),
  /** Why the caller may not put it into force; null when they may. */
  activateRefusal: Label.nullable(),
})
export type PolicyView = z.infer<typeof PolicyView>

export const listPolicies = endpoint({
  name: 'listPolicies',
  method: 'GET',
  path: '/api/v1/policies',
  permission: 'policy:read',
  summary: '访问策略 / Access policies',
  response: z.object({ items: z.array(PolicyView).max(500) }),
})
export const draftPolicy = endpoint({
  name: 'draftPolicy',
  method: 'POST',
  path: '/api/v1/policies',
  permission: 'policy:manage',
  summary: '起草策略 / Draft a policy',
  danger: 3,
  body: z.object({ name: Name, roles: Attachment, document: PolicyDocument }),
  response: PolicyView,
  refusals: ['access.dimension_misplaced', 'access.action_unknown', 'access.policy_breaks_separation', 'access.own_policy'],
})
/** A policy holds only after a second person has put it into force, and nobody writes one for the role they wear (S9). */
export const activatePolicy = endpoint({
  name: 'activatePolicy',
  method: 'POST',
  path: '/api/v1/policies/:policyId/activate',
  permission: 'policy:activate',
  resource: 'policy/:policyId',
  summary: '启用策略 / Activate a policy',
  danger: 3,
  params: z.object({ policyId: Uuid }),
  response: PolicyView,
  refusals: ['access.policy_not_found', 'access.policy_not_draft', 'access.second_person_required'],
})
export const retirePolicy = endpoint({
  name: 'retirePolicy',
  method: 'POST',
  path: '/api/v1/policies/:policyId/retire',
  permission: 'policy:manage',
  resource: 'policy/:policyId',
  summary: '停用策略 / Retire a policy',
  danger: 3,
  params: z.object({ policyId: Uuid }),
  response: PolicyView,
  refusals: ['access.policy_not_found', 'access.policy_not_draft'],
})
/** What would be decided, and by which statement. */
export const simulatePolicy = endpoint({
  name: 'simulatePolicy',
  method: 'POST',
  path: '/api/v1/policies/simulate',
  permission: 'policy:read',
  summary: '策略模拟 / Simulate a decision',
  body: z.object({
    roles: Attachment,
    action: z.string().max(100),
    resource: z.string().max(200).default('*'),
    at: Instant.optional(),
    sourceIp: z.string().max(64).default('127.0.0.1'),
    door: z.enum(['console', 'rest', 'ssh', 'web-terminal']).default('console'),
    terminalRegistered: z.boolean().default(false),
    mfaAgeSeconds: z.number().int().min(0).max(86_400).nullable().default(0),
  }),
  response: z.object({
    allowed: z.boolean(),
    byRole: z.array(Label).max(roleCodes.length),
    decision: z.enum(['allow', 'deny', 'none']),
    policy: z.object({ id: Uuid, name: Label, statement: Count }).nullable(),
  }),
})
