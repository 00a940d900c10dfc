import type { CheckFacts } from '@huabiao/domains/enrolment/enrolment.model'
import { type RotationFacts, secretKinds, type VaultFacts } from '@huabiao/domains/vault/vault.model'
import { planes } from '@huabiao/kit/actor/actor'
import type pg from 'pg'
import { z } from 'zod'

/** What the signer asks the database of targets beyond grants: checks of them, and credentials kept for them. */
export interface SecondLegFacts {
  /** A check of a target as it was asked for; undefined where there is none. */
  checkFacts(checkId: string): Promise<CheckFacts | undefined>
  /** The kept credential of a login on a target; undefined where there is none. */
  vaultFacts(targetId: string, login: string): Promise<VaultFacts | undefined>
  rotationFacts(rotationId: string): Promise<RotationFacts | undefined>
}

const CheckRow = z
  .object({
    check_id: z.uuid(),
    gateway_id: z.string(),
    asked_by: z.uuid(),
    state: z.string(),
    plane: z.enum(planes),
    target_name: z.string(),
    accounts: z.array(z.object({ name: z.string(), login: z.string() })).min(1),
    requested_at: z.date(),
    clock_now: z.date(),
  })
  .transform(
    (row): CheckFacts => ({
      checkId: row.check_id,
      gatewayId: row.gateway_id,
      askedBy: row.asked_by,
      state: row.state,
      plane: row.plane,
      target: { name: row.target_name, accounts: row.accounts },
      requestedAt: row.requested_at,
      now: row.clock_now,
    }),
  )
const VaultRow = z.object({
  account_id: z.uuid(),
  target_id: z.uuid(),
  plane: z.enum(planes),
  login: z.string(),
  kind: z.enum(secretKinds),
  current: z.instanceof(Buffer),
  pending: z.instanceof(Buffer).nullable(),
})
const toVaultFacts = (row: z.infer<typeof VaultRow>): VaultFacts => ({
  accountId: row.account_id,
  targetId: row.target_id,
  plane: row.plane,
  login: row.login,
  kind: row.kind,
  current: row.current,
  pending: row.pending,
})
const RotationRow = VaultRow.extend({
  rotation_id: z.uuid(),
  gateway_id: z.string(),
  state: z.string(),
  requested_at: z.date(),
  clock_now: z.date(),
})

/** Over the views `pub_enrolment_check_facts`, `pub_vault_facts` and `pub_vault_rotation_facts`. */
export const secondLegFacts = (pool: pg.Pool): SecondLegFacts => ({
  async checkFacts(checkId) {
    const { rows } = await pool.query('select * from pub_enrolment_check_facts where check_id = $1', [checkId])
    return rows[0] && CheckRow.parse(rows[0])
  },
  async vaultFacts(targetId, login) {
    const { rows } = await pool.query('select * from pub_vault_facts where target_id = $1 and login = $2', [targetId, login])
    return rows[0] && toVaultFacts(VaultRow.parse(rows[0]))
  },
  async rotationFacts(rotationId) {
    const { rows } = await pool.query('select * from pub_vault_rotation_facts where rotation_id = $1', [rotationId])
    if (!rows[0]) return undefined
    const row = RotationRow.parse(rows[0])
    const { rotation_id, gateway_id: gatewayId, state, requested_at: requestedAt, clock_now: now } = row
    return { ...toVaultFacts(row), rotationId: rotation_id, gatewayId, state, requestedAt, now }
  },
})
