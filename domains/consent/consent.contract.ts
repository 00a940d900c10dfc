import { Count, endpoint, Instant, Label, Name, PageQuery, pageOf, ShortNote, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { minutesOfDay, preauthorisationStates, preauthorisedRisks } from './consent.model.ts'

/** Events: consent.preauthorised, consent.revoked. */

const Category = z.number().int().min(1).max(11)
const Minute = z
  .number()
  .int()
  .min(0)
  .max(minutesOfDay - 1)
export const PreauthorisationView = z.object({
  id: Uuid,
  name: Label,
  reason: Label,
  unitName: Label,
  systems: z.array(z.object({ id: Uuid, name: Label })).max(100),
  categories: z.array(Count).max(11),
  maxRisk: z.enum(preauthorisedRisks),
  fromMinute: Minute.nullable(),
  toMinute: Minute.nullable(),
  waivesNotice: z.boolean(),
  notBefore: Instant,
  notAfter: Instant,
  state: z.enum(preauthorisationStates),
  givenBy: Label,
  givenAt: Instant,
  revokedBy: Label.nullable(),
  revokedAt: Instant.nullable(),
  revokeReason: Label.nullable(),
  /** Why the caller may not; null when they may. */
  revokeRefusal: Label.nullable(),
})
export type PreauthorisationView = z.infer<typeof PreauthorisationView>

export const listPreauthorisations = endpoint({
  name: 'listPreauthorisations',
  method: 'GET',
  path: '/api/v1/preauthorisations',
  permission: 'consent:read',
  summary: '预授权登记 / Pre-authorisations',
  query: PageQuery.extend({ current: z.enum(['true', 'false']).default('false') }),
  response: pageOf(PreauthorisationView),
})
export const givePreauthorisation = endpoint({
  name: 'givePreauthorisation',
  method: 'POST',
  path: '/api/v1/preauthorisations',
  permission: 'consent:give',
  summary: '登记预授权 / Give a pre-authorisation',
  danger: 3,
  body: z.object({
    name: Name,
    reason: ShortNote,
    systemIds: z.array(Uuid).min(1).max(100),
    categories: z.array(Category).max(11),
    maxRisk: z.enum(preauthorisedRisks),
    fromMinute: Minute.nullable(),
    toMinute: Minute.nullable(),
    waivesNotice: z.boolean(),
    notBefore: Instant,
    notAfter: Instant,
  }),
  response: PreauthorisationView,
  refusals: ['consent.span_invalid', 'consent.hours_invalid', 'consent.not_customer'],
})
/** At once and for good: what runs under it pauses, what waits asks the customer (RL-11). */
export const revokePreauthorisation = endpoint({
  name: 'revokePreauthorisation',
  method: 'POST',
  path: '/api/v1/preauthorisations/:preauthorisationId/revoke',
  permission: 'consent:revoke',
  resource: 'preauthorisation/:preauthorisationId',
  summary: '收回预授权 / Revoke a pre-authorisation',
  params: z.object({ preauthorisationId: Uuid }),
  body: z.object({ reason: ShortNote }),
  response: PreauthorisationView,
  refusals: ['consent.not_found', 'consent.wrong_state', 'consent.not_customer'],
})
