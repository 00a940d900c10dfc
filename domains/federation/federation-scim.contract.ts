import { endpoint, jsonOf } from '@huabiao/kit/contract/contract'
import { z } from 'zod'

/** The SCIM door (RFC 7644): a unit's own system of identity says who came, changed and left. It answers in SCIM's words, errors too. */
const Resource = jsonOf(64 * 1024)
const base = '/api/v1/scim/v2'
const userParams = z.object({ userId: z.string().max(64) })
const userRefusals = [
  'federation.service_refused',
  'federation.subject_not_found',
  'federation.scim_invalid',
  'federation.scim_taken',
] as const

const about = <N extends string>(name: N, path: string, summary: string) =>
  endpoint({
    name,
    method: 'GET',
    path: `${base}/${path}` as `/api/v1/${string}`,
    permission: 'service:scim',
    summary,
    response: Resource,
  })
export const scimConfig = about('scimConfig', 'ServiceProviderConfig', '能力声明 / SCIM: capabilities')
export const scimTypes = about('scimTypes', 'ResourceTypes', '资源类型 / SCIM: resource types')
export const scimSchemas = about('scimSchemas', 'Schemas', '属性模式 / SCIM: schemas')

export const scimListUsers = endpoint({
  name: 'scimListUsers',
  method: 'GET',
  path: `${base}/Users`,
  permission: 'service:scim',
  summary: '查询外部用户 / SCIM: list users',
  query: z.object({
    filter: z.string().max(600).optional(),
    startIndex: z.coerce.number().int().min(-1_000_000).max(1_000_000).default(1),
    count: z.coerce.number().int().min(-1_000_000).max(1_000_000).default(100),
  }),
  response: jsonOf(4 * 1024 * 1024),
  refusals: ['federation.scim_filter'],
})
export const scimGetUser = endpoint({
  name: 'scimGetUser',
  method: 'GET',
  path: `${base}/Users/:userId`,
  permission: 'service:scim',
  summary: '读取外部用户 / SCIM: one user',
  params: userParams,
  response: Resource,
  refusals: ['federation.subject_not_found'],
})
export const scimCreateUser = endpoint({
  name: 'scimCreateUser',
  method: 'POST',
  path: `${base}/Users`,
  permission: 'service:scim',
  summary: '新建外部用户 / SCIM: create a user',
  body: Resource,
  bodyLimitBytes: 64 * 1024,
  response: Resource,
  refusals: [...userRefusals],
})
const change = <N extends string, M extends 'PUT' | 'PATCH'>(name: N, method: M, summary: string) =>
  endpoint({
    name,
    method,
    path: `${base}/Users/:userId`,
    permission: 'service:scim',
    summary,
    params: userParams,
    body: Resource,
    bodyLimitBytes: 64 * 1024,
    response: Resource,
    refusals: [...userRefusals],
  })
export const scimReplaceUser = change('scimReplaceUser', 'PUT', '替换外部用户 / SCIM: replace a user')
/** `active: false` suspends the account at once and ends its sessions. */
export const scimPatchUser = change('scimPatchUser', 'PATCH', '修改外部用户 / SCIM: patch a user')
export const scimDeleteUser = endpoint({
  name: 'scimDeleteUser',
  method: 'DELETE',
  path: `${base}/Users/:userId`,
  permission: 'service:scim',
  summary: '移除外部用户 / SCIM: remove a user',
  params: userParams,
  response: z.object({}),
  refusals: ['federation.subject_not_found'],
})
