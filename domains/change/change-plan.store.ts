import type { Target } from '@huabiao/domains/cmdb/cmdb.model'
import type { Standing } from '@huabiao/domains/release/release.model'
import { sha256 } from '@huabiao/kit/crypto/suite'
import { type ReadTx, sqlState, type Tx } from '@huabiao/kit/db/db'
import { Refusal } from '@huabiao/kit/errors/errors'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import { sql } from 'kysely'
import type { ChangeDeps } from './change.ports.ts'
import type { Change } from './change.store.ts'
import type { PlacedFile } from './change-plan.model.ts'

/** What hangs on a plan: its frozen steps for the signer, tests, consents, slots, freezes. */
export interface FrozenStep {
  readonly stepKey: string
  readonly phase: string
  readonly account: string
  readonly danger: number
  readonly action: unknown
  readonly commandDigest: string
}
export async function insertFrozenPlan(
  tx: Tx,
  change: Change,
  hash: string,
  steps: readonly FrozenStep[],
  targets: readonly (Pick<Target, 'id' | 'name' | 'host' | 'port' | 'hostKeySha256'> & { batch: number })[],
): Promise<void> {
  // A plan brought back to an earlier text has the same hash and the same rows.
  const { rows } = await sql`select 1 from change_step where change_id = ${change.id} and plan_hash = ${hash} limit 1`.execute(tx)
  if (rows.length > 0) return
  const parties = [...change.partyIds]
  for (const step of steps)
    await sql`insert into change_step (change_id, plan_hash, step_key, phase, tenant_id, party_ids, account, danger, action, command_digest)
      values (${change.id}, ${hash}, ${step.stepKey}, ${step.phase}, ${change.tenantId}, ${parties}, ${step.account}, ${step.danger}, ${JSON.stringify(step.action)}::jsonb, ${step.commandDigest})`.execute(
      tx,
    )
  for (const target of targets)
    await sql`insert into change_step_target (change_id, plan_hash, target_id, tenant_id, party_ids, batch, name, host, port, host_key_sha256)
      values (${change.id}, ${hash}, ${target.id}, ${change.tenantId}, ${parties}, ${target.batch}, ${target.name}, ${target.host}, ${target.port}, ${target.hostKeySha256})`.execute(
      tx,
    )
}

export interface TestRow {
  readonly planHash: string
  readonly environment: string
  readonly verdict: 'pass' | 'fail'
  readonly testerId: string
  readonly note: string
  readonly at: Date
}
export async function insertTest(tx: Tx, change: Change, id: string, row: TestRow): Promise<void> {
  await sql`insert into change_test (id, change_id, tenant_id, party_ids, plan_hash, environment, verdict, tester_id, note, at)
    values (${id}, ${change.id}, ${change.tenantId}, ${[...change.partyIds]}, ${row.planHash}, ${row.environment}, ${row.verdict}, ${row.testerId}, ${row.note}, ${row.at})`.execute(
    tx,
  )
}
export const listTests = async (tx: ReadTx, changeId: string): Promise<TestRow[]> =>
  (
    await sql<TestRow>`select plan_hash as "planHash", environment, verdict, tester_id as "testerId", note, at from change_test where change_id = ${changeId} order by at desc limit 50`.execute(
      tx,
    )
  ).rows

export interface ConsentRow {
  readonly planHash: string
  readonly systemId: string
  readonly personId: string
  readonly verdict: 'consent' | 'refuse'
  /** The time between notice and window need not be kept, in writing (G-NOTIFY). */
  readonly waiveNotice: boolean
  readonly at: Date
}
export async function insertConsent(tx: Tx, change: Change, row: ConsentRow & { note: string }): Promise<void> {
  await sql`insert into change_consent (change_id, plan_hash, system_id, tenant_id, party_ids, person_id, verdict, waive_notice, note, at)
    values (${change.id}, ${row.planHash}, ${row.systemId}, ${change.tenantId}, ${[...change.partyIds]}, ${row.personId}, ${row.verdict}, ${row.waiveNotice}, ${row.note}, ${row.at})`.execute(
    tx,
  )
}
export const listConsents = async (tx: ReadTx, changeId: string): Promise<ConsentRow[]> =>
  (
    await sql<ConsentRow>`select plan_hash as "planHash", system_id as "systemId", person_id as "personId", verdict, waive_notice as "waiveNotice", at from change_consent where change_id = ${changeId}`.execute(
      tx,
    )
  ).rows

/** A system that a customer's pre-authorisation covers for this change now. */
export interface Preauthorised {
  readonly systemId: string
  readonly preauthorisationId: string
  readonly name: string
  readonly waivesNotice: boolean
}
export const listPreauthorised = async (tx: ReadTx, changeId: string): Promise<Preauthorised[]> =>
  (
    await sql<Preauthorised>`select system_id as "systemId", preauthorisation_id as "preauthorisationId", name, waives_notice as "waivesNotice" from change_preauthorised(${changeId})`.execute(
      tx,
    )
  ).rows

/** Reserves the targets for the window. @throws Refusal change.conflict when another change holds one of them then (G-CONF) */
export async function bookTargets(tx: Tx, change: Change, targetIds: readonly string[]): Promise<void> {
  try {
    await sql`insert into change_booking (change_id, target_id, tenant_id, party_ids, slot)
      select ${change.id}, id, ${change.tenantId}::uuid, ${[...change.partyIds]}::uuid[], tstzrange(${change.windowStart}::timestamptz, ${change.windowEnd}::timestamptz)
      from unnest(${[...targetIds]}::uuid[]) as id`.execute(tx)
  } catch (error) {
    if (sqlState(error) === '23P01') throw new Refusal('change.conflict', {}, error)
    throw error
  }
}
export const releaseTargets = async (tx: Tx, changeId: string): Promise<void> => {
  await sql`delete from change_booking where change_id = ${changeId}`.execute(tx)
}
/** Numbers of other changes that hold one of the targets in that time; `own` is not among them. */
export const findConflicts = async (
  tx: ReadTx,
  own: string,
  targetIds: readonly string[],
  from: Date,
  to: Date,
): Promise<string[]> =>
  (
    await sql<{ no: string }>`select distinct booked_no(b.change_id) as no from change_booking b
      where b.change_id <> ${own} and b.target_id = any (${[...targetIds]}::uuid[]) and b.slot && tstzrange(${from}::timestamptz, ${to}::timestamptz) limit 10`.execute(
      tx,
    )
  ).rows.map((row) => row.no)

export interface Freeze {
  readonly id: string
  readonly name: string
  readonly startsAt: Date
  readonly endsAt: Date
}
/** Freezes that hold for this change at some time of that span; those it is excepted from are not among them. */
export const listFreezesOf = async (tx: ReadTx, changeId: string, from: Date, to: Date): Promise<Freeze[]> =>
  (
    await sql<Freeze>`select id, name, starts_at as "startsAt", ends_at as "endsAt" from freezes_of_change(${changeId}, ${from}, ${to})`.execute(
      tx,
    )
  ).rows
/** Which of these changes each freeze holds in its window, by freeze. */
export async function heldByFreeze(tx: ReadTx, changeIds: readonly string[]): Promise<ReadonlyMap<string, string[]>> {
  const { rows } = await sql<{ id: string; changes: string[] }>`select f.id, array_agg(c.id) as changes
    from change_request c, lateral freezes_of_change(c.id, c.window_start, c.window_end) f
    where c.id = any (${[...changeIds]}::uuid[]) group by 1`.execute(tx)
  return new Map(rows.map((row) => [row.id, row.changes]))
}
/** For the calendar: every one that may be seen and was not lifted. */
export const listFreezes = async (tx: ReadTx, from: Date, to: Date): Promise<Freeze[]> =>
  (
    await sql<Freeze>`select id, name, starts_at as "startsAt", ends_at as "endsAt" from pub_freeze where ends_at > ${from} and starts_at < ${to} order by starts_at limit 100`.execute(
      tx,
    )
  ).rows

export const sha256Text = (text: string): string => toHex(sha256(utf8(text)))
/** How files stand in the register, asked once for a whole plan. */
export async function standingsOf(
  tx: ReadTx,
  deps: ChangeDeps,
  tenantId: string,
  files: readonly PlacedFile[],
): Promise<(sha256: string) => Standing> {
  const found = await deps.releases.standings(
    tx,
    tenantId,
    files.map((file) => file.sha256),
  )
  return (sha256) => found.get(sha256)?.standing ?? 'unknown'
}
