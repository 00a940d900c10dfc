import type { PersonActor } from '@huabiao/kit/actor/actor'
import { enterTenant, type Tx } from '@huabiao/kit/db/db'
import { notFound, Refusal } from '@huabiao/kit/errors/errors'
import { handle, look, type Route } from '@huabiao/kit/http/route'
import * as contract from './emergency.contract.ts'
import type { Emergencies, EmergencyDeps } from './emergency.ports.ts'
import { listFigures } from './emergency.read.ts'
import { findEmergency, listBlocks, listEmergencyRows, touchPresence } from './emergency.store.ts'
import { isAlarm } from './emergency-filing.model.ts'
import * as grant from './emergency-grant.service.ts'
import { invoke, listSeconds } from './emergency-invoke.service.ts'
import { mandateOf, mandateOfNo } from './emergency-mandate.service.ts'
import { type Acting, acting } from './emergency-move.service.ts'
import * as overview from './emergency-overview.contract.ts'
import * as retro from './emergency-retro.service.ts'
import { presenceOf, toDetail, toItems } from './emergency-view.service.ts'

export { sweepEmergencies } from './emergency.jobs.ts'
export type { Emergencies, EmergencyDeps, EmergencyEvidence, EmergencySession } from './emergency.ports.ts'

/** Whoever waits for something is shown all of it: open emergencies are few. */
const openMost = 100
const dayMs = 86_400_000

export function emergencyModule(deps: EmergencyDeps) {
  const emergencies: Emergencies = {
    mandate: (tx, _actor, id) => mandateOf(tx, deps, id),
    mandateOfNo: (tx, no) => mandateOfNo(tx, deps, no),
  }
  /** `blocks`: G-RETRO's source for earlier domains. */
  return { routes: [...looks(deps), ...acts(deps)], deps, emergencies, blocks: listBlocks }
}

const looks = (deps: EmergencyDeps): Route[] => [
  look(contract.listEmergencies, async (tx, actor, { query }) => {
    const acting = query.show === 'act'
    const rows = await listEmergencyRows(tx, {
      ...query,
      open: acting || query.show === 'open',
      personId: query.show === 'mine' ? actor.personId : undefined,
      limit: acting ? openMost : query.limit,
    })
    const listed = await toItems(tx, deps, actor, rows)
    const items = listed.filter((one) => !acting || one.waitsFor).map((one) => one.item)
    return {
      view: {
        items: items.slice(0, query.limit),
        next: !acting && rows.length === query.limit ? rows.at(-1)!.id : null,
      },
    }
  }),
  look(contract.getEmergency, async (tx, actor, { params }) => ({
    view: await toDetail(tx, deps, actor, params.emergencyId),
  })),
  look(overview.listSeconds, async (tx, actor) => ({ view: { people: await listSeconds(tx, deps, actor) } })),
  look(overview.getEmergencyFigures, async (tx, _actor, { query }) => {
    const now = deps.clock.now()
    const rows = await listFigures(tx, new Date(now.getTime() - query.months * 31 * dayMs), now)
    return {
      view: {
        rows: rows.map((row) => {
          const alarm = isAlarm({ ...row, emergencies: row.granted })
          return { ...row, alarmChanges: alarm.changes, alarmSessions: alarm.sessions }
        }),
      },
    }
  }),
]

function acts(deps: EmergencyDeps): Route[] {
  /** An act: its own work, then the whole emergency as it is now, seen by the same person. */
  const act =
    <B>(work: (on: Acting, id: string, body: B) => Promise<void>) =>
    async (tx: Tx, actor: PersonActor, { params, body }: { params: { emergencyId: string }; body: B }) => {
      const on = acting(tx, deps, actor)
      await work(on, params.emergencyId, body)
      return { view: await toDetail(tx, deps, actor, params.emergencyId), events: on.events }
    }
  return [
    handle(contract.invokeEmergency, async (tx, actor, { body }) => {
      const on = acting(tx, deps, actor)
      const id = await invoke(on, body)
      return { view: await toDetail(tx, deps, actor, id), events: on.events }
    }),
    handle(
      contract.confirmEmergency,
      act((on, id) => grant.confirm(on, id)),
    ),
    handle(
      contract.withdrawEmergency,
      act((on, id, body: Reason) => grant.withdraw(on, id, body.reason)),
    ),
    handle(
      contract.allowEmergency,
      act((on, id, body: Note) => grant.allow(on, id, body.note)),
    ),
    handle(
      contract.refuseEmergency,
      act((on, id, body: Reason) => grant.refuse(on, id, body.reason)),
    ),
    handle(
      contract.orderRenewal,
      act((on, id, body: Reason) => grant.order(on, id, body.reason)),
    ),
    handle(
      contract.renewEmergency,
      act((on, id, body: Note) => grant.renew(on, id, body.note)),
    ),
    handle(
      contract.stabiliseEmergency,
      act((on, id, body: Reason) => grant.stabilise(on, id, body.reason)),
    ),
    handle(contract.fileEmergency, act(retro.file)),
    handle(
      contract.countersignFiling,
      act((on, id, body: { version: number }) => retro.countersign(on, id, body.version)),
    ),
    handle(contract.approveFiling, act(retro.approve)),
    handle(contract.rejectFiling, act(retro.reject)),
    handle(
      contract.closeEmergency,
      act((on, id, body: { review: string }) => retro.close(on, id, body.review)),
    ),
    handle(contract.sayEmergencyPresent, async (tx, actor, { params }) => ({
      view: await sayPresent(tx, actor, params.emergencyId, deps.clock.now()),
      // A heartbeat every ten seconds is no event, as in changes.
      unchanged: true,
    })),
  ]
}
interface Reason {
  readonly reason: string
}
interface Note {
  readonly note: string
}

async function sayPresent(tx: Tx, actor: PersonActor, id: string, now: Date) {
  const row = await findEmergency(tx, id)
  if (!row) throw notFound('emergency')
  if (actor.personId !== row.executorId && actor.personId !== row.secondId) throw new Refusal('emergency.not_concerned')
  await enterTenant(tx, row.tenantId)
  await touchPresence(tx, row, actor, now)
  const { executor, second } = await presenceOf(tx, row, now)
  return { now: now.toISOString(), executorPresent: executor, secondPresent: second }
}
