import { parties } from '@huabiao/kit/actor/actor'
import { Count, endpoint, Instant, Label, Name, PageQuery, pageOf, Slug, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { organizationKinds, organizationStatuses, personStatuses } from './organization.model.ts'

/** One row of the tree: `parentId` is null for a unit. `mine` tells whether the caller may write there. */
export const OrganizationView = z.object({
  id: Uuid,
  tenantId: Uuid,
  parentId: Uuid.nullable(),
  kind: z.enum(organizationKinds),
  party: z.enum(parties),
  code: Slug,
  nameZh: Label,
  nameEn: Label,
  status: z.enum(organizationStatuses),
  persons: Count,
  mine: z.boolean(),
  version: Count,
})
export type OrganizationView = z.infer<typeof OrganizationView>

/** The tree the caller may see, flat, parents before children: the own unit, or all units for management and supervision. */
export const listOrganizations = endpoint({
  name: 'listOrganizations',
  method: 'GET',
  path: '/api/v1/organizations',
  permission: 'organization:read',
  summary: '单位与部门 / Organizations',
  response: z.object({ items: z.array(OrganizationView).max(2000) }),
})
/** A unit (by the management unit, without `parentId`) or a department under a unit or department. */
export const createOrganization = endpoint({
  name: 'createOrganization',
  method: 'POST',
  path: '/api/v1/organizations',
  permission: 'organization:manage',
  summary: '新建单位或部门 / Create an organization',
  body: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('unit'), party: z.enum(parties), code: Slug, nameZh: Name, nameEn: Name }),
    z.object({ kind: z.literal('department'), parentId: Uuid, code: Slug, nameZh: Name, nameEn: Name }),
  ]),
  response: OrganizationView,
  refusals: [
    'organization.not_found',
    'organization.not_yours',
    'organization.has_left',
    'organization.code_taken',
    'organization.party_taken',
    'organization.parent_invalid',
  ],
})
/** Needs `If-Match`. `status` belongs to the management unit: `active` ends the taking-in, `left` closes the unit. */
export const updateOrganization = endpoint({
  name: 'updateOrganization',
  method: 'PATCH',
  path: '/api/v1/organizations/:organizationId',
  permission: 'organization:manage',
  resource: 'organization/:organizationId',
  summary: '修改单位或部门 / Update an organization',
  params: z.object({ organizationId: Uuid }),
  body: z.object({ nameZh: Name.optional(), nameEn: Name.optional(), status: z.enum(organizationStatuses).optional() }),
  response: OrganizationView,
  refusals: ['organization.not_found', 'organization.not_yours', 'organization.has_left', 'request.stale'],
})

const Day = z.iso.date()
/** A natural person (自然人). `trainingValidUntil` is the last day of the data-security training and exam (RL-24). */
export const PersonView = z.object({
  id: Uuid,
  tenantId: Uuid,
  unitName: Label,
  departmentId: Uuid.nullable(),
  departmentName: Label.nullable(),
  name: Label,
  nameEn: Label,
  phone: Label.nullable(),
  email: Label.nullable(),
  status: z.enum(personStatuses),
  trainingValidUntil: Day.nullable(),
  trainingCertificate: Label.nullable(),
  trained: z.boolean(),
  createdAt: Instant,
  version: Count,
})
export type PersonView = z.infer<typeof PersonView>

const Phone = z.string().regex(/^\+?[0-9][0-9 -]{4,28}$/)
const Email = z.email().max(200)

export const listPersons = endpoint({
  name: 'listPersons',
  method: 'GET',
  path: '/api/v1/persons',
  permission: 'person:read',
  summary: '人员 / Persons',
  query: PageQuery.extend({
    text: z.string().trim().max(100).optional(),
    tenantId: Uuid.optional(),
    departmentId: Uuid.optional(),
    status: z.enum(personStatuses).optional(),
  }),
  response: pageOf(PersonView),
})
/** The identity number is digested on arrival and kept nowhere. `tenantId` is the own unit where absent. */
export const createPerson = endpoint({
  name: 'createPerson',
  method: 'POST',
  path: '/api/v1/persons',
  permission: 'person:manage',
  summary: '登记人员 / Register a person',
  body: z.object({
    tenantId: Uuid.optional(),
    departmentId: Uuid.optional(),
    name: Name,
    nameEn: Name,
    identityNumber: z.string().trim().toUpperCase().max(18),
    phone: Phone.optional(),
    email: Email.optional(),
  }),
  response: PersonView,
  refusals: [
    'organization.not_found',
    'organization.not_yours',
    'organization.has_left',
    'organization.parent_invalid',
    'person.exists',
    'person.identity_invalid',
  ],
})
/** Needs `If-Match`. `status: left` is refused while anything is still open in the person's hands (RL-25). */
export const updatePerson = endpoint({
  name: 'updatePerson',
  method: 'PATCH',
  path: '/api/v1/persons/:personId',
  permission: 'person:manage',
  resource: 'person/:personId',
  summary: '修改人员 / Update a person',
  params: z.object({ personId: Uuid }),
  body: z.object({
    name: Name.optional(),
    nameEn: Name.optional(),
    departmentId: Uuid.nullable().optional(),
    phone: Phone.nullable().optional(),
    email: Email.nullable().optional(),
    status: z.enum(personStatuses).optional(),
  }),
  response: PersonView,
  refusals: [
    'person.not_found',
    'person.has_left',
    'person.has_open_items',
    'organization.not_yours',
    'organization.has_left',
    'organization.parent_invalid',
    'request.stale',
  ],
})
/** Training and exam passed (RL-24). Nobody records their own. */
export const recordTraining = endpoint({
  name: 'recordTraining',
  method: 'POST',
  path: '/api/v1/persons/:personId/training',
  permission: 'person:manage',
  resource: 'person/:personId',
  summary: '登记培训考试 / Record training',
  params: z.object({ personId: Uuid }),
  body: z.object({ validUntil: Day, certificate: Name }),
  response: PersonView,
  refusals: [
    'person.not_found',
    'person.has_left',
    'person.training_in_past',
    'person.own_training',
    'organization.not_yours',
    'organization.has_left',
  ],
})
