import { roleCodes } from '@huabiao/domains/access/access.model'
import type { PersonActor } from '@huabiao/kit/actor/actor'
import { beijingDay, beijingMoment } from '@huabiao/kit/calendar/calendar'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { ReadTx } from '@huabiao/kit/db/db'
import { Refusal } from '@huabiao/kit/errors/errors'
import type { LifecycleDeps } from './lifecycle.ports.ts'
import type { AccessRow } from './lifecycle-review.contract.ts'
import { type Ability, abilitiesOf, csvOf, plansMax } from './lifecycle-review.model.ts'
import { digestOf } from './lifecycle-review.service.ts'
import { type LiveBinding, listLiveBindings, listPlans, type PlanToday } from './lifecycle-review.store.ts'

/** Who can do what on which system today (权限全览): roles say what somebody may ask for, approved plans what they reach. */

export interface AccessFilter {
  readonly role?: string | undefined
  readonly ability?: Ability | undefined
  readonly systemId?: string | undefined
}
const most = 2000

/** A plan gives only what the role lets its holder do. */
const isOf = (one: LiveBinding, plan: PlanToday): boolean =>
  plan.personId === one.personId && abilitiesOf(one.role).includes(plan.part === 'executor' ? 'execute' : 'review')

export async function accessRows(tx: ReadTx, deps: LifecycleDeps, tenantId: string, filter: AccessFilter) {
  const at = deps.clock.now()
  const from = beijingMoment(beijingDay(at))
  const { role, ability, systemId } = filter
  const all = await listPlans(tx, tenantId, from, new Date(from.getTime() + 86_400_000))
  const plans = systemId ? all.filter((plan) => plan.systemIds.includes(systemId)) : all
  const found = await listLiveBindings(tx, {
    tenantId,
    at,
    limit: most + 1,
    roles:
      role || ability
        ? roleCodes.filter((code) => (!role || code === role) && (!ability || abilitiesOf(code).includes(ability)))
        : undefined,
    personIds: systemId ? [...new Set(plans.map((plan) => plan.personId))] : undefined,
  })
  const items: AccessRow[] = found
    .map((one) => ({
      person: { id: one.personId, name: one.personName },
      department: one.department,
      role: one.role,
      duty: one.duty,
      since: one.notBefore.toISOString(),
      until: one.notAfter.toISOString(),
      granted: one.grantedBy ?? (one.requestId ? 'request' : 'foundation'),
      suspended: one.suspended,
      abilities: abilitiesOf(one.role),
      plans: plans
        .filter((plan) => isOf(one, plan))
        .slice(0, 200)
        .map((plan) => ({
          changeId: plan.changeId,
          changeNo: plan.changeNo,
          part: plan.part,
          systems: plan.systems.slice(0, 200),
          windowStart: plan.windowStart.toISOString(),
          windowEnd: plan.windowEnd.toISOString(),
        })),
    }))
    .filter((row) => !systemId || row.plans.length > 0)
  return { now: at.toISOString(), items: items.slice(0, most), more: found.length > most || all.length > plansMax }
}

/** The same as comma-separated values; who took it away, and the digest of what they took, stands in the ledger. @throws Refusal lifecycle.too_many */
export async function exportRows(tx: ReadTx, deps: LifecycleDeps, actor: PersonActor, filter: AccessFilter) {
  const { now, items, more } = await accessRows(tx, deps, actor.tenantId, filter)
  // A file does not say that there is more.
  if (more) throw new Refusal('lifecycle.too_many', { most })
  const day = beijingDay(new Date(now))
  const head = [
    'person',
    'personId',
    'department',
    'role',
    'duty',
    'since',
    'until',
    'granted',
    'suspended',
    'abilities',
    'plansToday',
    'systemsToday',
  ]
  const csv = csvOf([
    ['day', day],
    head,
    ...items.map((row) => [
      row.person.name,
      row.person.id,
      row.department ?? '',
      row.role,
      row.duty ?? '',
      row.since,
      row.until,
      row.granted,
      row.suspended ? 'yes' : 'no',
      row.abilities.join(' '),
      row.plans.map((plan) => `${plan.changeNo}:${plan.part}`).join(' '),
      [...new Set(row.plans.flatMap((plan) => plan.systems))].join(' '),
    ]),
  ])
  const sm3 = digestOf(csv)
  const event: DomainEvent = {
    type: 'access_review.exported',
    object: `access-review/${day}`,
    rows: items.length,
    sm3,
    filter: { ...filter },
  }
  return { view: { name: `access-review-${day}.csv`, csv, sm3, rows: items.length }, events: [event] }
}
