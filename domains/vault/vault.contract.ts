import { planes } from '@huabiao/kit/actor/actor'
import { Count, endpoint, Instant, Label, PageQuery, pageOf, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { rotateDaysMax, rotationOutcomes, secretKinds, vaultStates } from './vault.model.ts'

/** A kept credential as people see it: whose it is, how old, and whether it is in order. The secret itself is in no answer. */
export const VaultItem = z.object({
  id: Uuid,
  targetId: Uuid,
  targetName: Label,
  plane: z.enum(planes),
  account: Label,
  login: Label,
  kind: z.enum(secretKinds),
  /** Of the present public key; null for passwords. */
  fingerprint: Label.nullable(),
  state: z.enum(vaultStates),
  rotateEveryDays: Count,
  depositedBy: Label,
  depositedAt: Instant,
  rotatedAt: Instant.nullable(),
  usedAt: Instant.nullable(),
  dueAt: Instant,
  failure: Label,
  lastOutcome: z.enum(rotationOutcomes).nullable(),
})
export type VaultItem = z.infer<typeof VaultItem>

export const listKept = endpoint({
  name: 'listKept',
  method: 'GET',
  path: '/api/v1/kept-credentials',
  permission: 'vault:read',
  summary: '保管凭据 / Kept credentials',
  query: PageQuery,
  response: pageOf(VaultItem),
})
/** Handed over once, and rotated at once: from then on no person knows it. */
export const depositSecret = endpoint({
  name: 'depositSecret',
  method: 'POST',
  path: '/api/v1/kept-credentials',
  permission: 'vault:deposit',
  danger: 4,
  summary: '交付凭据 / Deposit a credential',
  body: z.object({
    targetId: Uuid,
    account: z.string().max(40),
    kind: z.enum(secretKinds),
    /** A password, or an unencrypted private key in OpenSSH or PEM form. */
    secret: z.string().min(8).max(8_000),
    rotateEveryDays: z.number().int().min(1).max(rotateDaysMax),
  }),
  response: VaultItem,
  refusals: ['vault.account_unknown', 'vault.already_kept', 'vault.secret_wrong'],
})
export const rotateKept = endpoint({
  name: 'rotateKept',
  method: 'POST',
  path: '/api/v1/kept-credentials/:accountId/rotations',
  permission: 'vault:rotate',
  danger: 3,
  summary: '立即轮换 / Rotate now',
  params: z.object({ accountId: Uuid }),
  response: VaultItem,
  refusals: ['vault.account_not_found', 'vault.rotation_running', 'session.gateway_unavailable'],
})
