import { planes } from '@huabiao/kit/actor/actor'
import { Count, endpoint, Instant, Label, PageQuery, pageOf, ShortNote, Slug, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { enrolmentStates, fingerprintForm, probes } from './enrolment.model.ts'

/** As `ssh-keygen -l` prints it at the target's own console; what the network shows is never taken (NT-E01). */
export const Fingerprint = z.string().max(60).regex(fingerprintForm)
const AccountName = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/)
const Login = z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/)
export const TargetAccounts = z
  .array(z.object({ name: AccountName, login: Login, privileged: z.boolean() }))
  .min(1)
  .max(20)
const Host = z.string().regex(/^[A-Za-z0-9.:_-]{1,253}$/)

const Verdict = z.object({
  probe: z.enum(probes),
  account: Label.nullable(),
  passed: z.boolean(),
  differenceMs: z.number().min(-1e12).max(1e12).nullable(),
  detail: Label,
})
export type VerdictView = z.infer<typeof Verdict>
export const EnrolmentItem = z.object({
  targetId: Uuid,
  name: Label,
  plane: z.enum(planes),
  host: Label,
  port: Count,
  hostKeySha256: Label,
  systemName: Label,
  unitName: Label,
  state: z.enum(enrolmentStates),
  checkedAt: Instant.nullable(),
  checkedBy: Label.nullable(),
  /** Verdicts that did not pass, of the last check that ended. */
  failed: Count,
})
export type EnrolmentItem = z.infer<typeof EnrolmentItem>
export const KeyRequestView = z.object({
  id: Uuid,
  oldSha256: Label,
  newSha256: Label,
  reason: Label,
  state: z.enum(['asked', 'confirmed', 'refused']),
  askedBy: Label,
  askedAt: Instant,
  decidedBy: Label.nullable(),
  decidedAt: Instant.nullable(),
  /** Why the one who reads may not decide it; null where they may. */
  decideRefusal: Label.nullable(),
})
export type KeyRequestView = z.infer<typeof KeyRequestView>
export const EnrolmentView = EnrolmentItem.extend({
  accounts: z.array(z.object({ name: Label, login: Label, privileged: z.boolean() })).max(20),
  gatewayId: Label.nullable(),
  checkState: z.enum(['requested', 'certified', 'finished']).nullable(),
  verdicts: z.array(Verdict).max(60),
  keyRequests: z.array(KeyRequestView).max(20),
})
export type EnrolmentView = z.infer<typeof EnrolmentView>

export const enrolmentTrust = endpoint({
  name: 'enrolmentTrust',
  method: 'GET',
  path: '/api/v1/enrolments/trust',
  permission: 'enrolment:read',
  summary: '目标应信任的证书机构 / Authorities that targets trust',
  response: z.object({ plane: z.enum(planes), authority: Label, controlPlaneUrl: Label }),
})
export const listEnrolments = endpoint({
  name: 'listEnrolments',
  method: 'GET',
  path: '/api/v1/enrolments',
  permission: 'enrolment:read',
  summary: '纳管状态 / Enrolment of targets',
  query: PageQuery.extend({ text: z.string().max(100).optional() }),
  response: pageOf(EnrolmentItem),
})
export const getEnrolment = endpoint({
  name: 'getEnrolment',
  method: 'GET',
  path: '/api/v1/enrolments/:targetId',
  permission: 'enrolment:read',
  summary: '单个目标的纳管 / Enrolment of one target',
  params: z.object({ targetId: Uuid }),
  response: EnrolmentView,
  refusals: ['enrolment.target_not_found'],
})
export const enrolTarget = endpoint({
  name: 'enrolTarget',
  method: 'POST',
  path: '/api/v1/enrolments',
  permission: 'enrolment:enrol',
  danger: 3,
  summary: '登记目标 / Enrol a target',
  body: z.object({
    name: Slug,
    host: Host,
    port: z.number().int().min(1).max(65_535),
    hostKeySha256: Fingerprint,
    systemId: Uuid,
    tier: z.enum(['edge', 'inner', 'core']),
    environment: z.enum(['production', 'staging']),
    accounts: TargetAccounts,
  }),
  response: EnrolmentView,
  refusals: ['enrolment.system_unknown', 'enrolment.name_taken', 'enrolment.principal_taken', 'enrolment.accounts_wrong'],
})
/** Asks the bastion of the target's plane to look; the verdicts come with `getEnrolment`. */
export const checkTarget = endpoint({
  name: 'checkTarget',
  method: 'POST',
  path: '/api/v1/enrolments/:targetId/checks',
  permission: 'enrolment:check',
  summary: '检查目标 / Check a target',
  params: z.object({ targetId: Uuid }),
  response: z.object({ checkId: Uuid }),
  refusals: ['enrolment.target_not_found', 'enrolment.check_running', 'session.gateway_unavailable'],
})
export const askHostKey = endpoint({
  name: 'askHostKey',
  method: 'POST',
  path: '/api/v1/enrolments/:targetId/host-key',
  permission: 'enrolment:ask-key',
  danger: 3,
  summary: '申请更换主机指纹 / Ask for another host key',
  params: z.object({ targetId: Uuid }),
  body: z.object({ hostKeySha256: Fingerprint, reason: ShortNote }),
  response: EnrolmentView,
  refusals: ['enrolment.target_not_found', 'enrolment.host_key_same', 'enrolment.host_key_waiting'],
})
/** The second person reads the fingerprint at the console too, and types it: a confirmation of what is already on the screen would be none. */
export const decideHostKey = endpoint({
  name: 'decideHostKey',
  method: 'POST',
  path: '/api/v1/enrolment-key-requests/:requestId/decision',
  permission: 'enrolment:confirm-key',
  danger: 4,
  summary: '复核更换主机指纹 / Decide on another host key',
  params: z.object({ requestId: Uuid }),
  body: z.discriminatedUnion('verdict', [
    z.object({ verdict: z.literal('confirm'), hostKeySha256: Fingerprint }),
    z.object({ verdict: z.literal('refuse') }),
  ]),
  response: EnrolmentView,
  refusals: ['enrolment.request_not_found', 'enrolment.own_request', 'enrolment.request_decided', 'enrolment.host_key_wrong'],
})
