import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { ReadTx } from '@huabiao/kit/db/db'
import { runningStates } from './change.model.ts'
import type { ChangeDeps } from './change.ports.ts'
import { type Change, findChange, listChangeRows } from './change.store.ts'
import { contentRefusal } from './change-act.model.ts'
import { loadFacts } from './change-facts.service.ts'
import { contentSlots } from './change-plan.model.ts'

/** Changes a person may be bringing content into at one time; each is asked every rule. */
const openMax = 20

/** What the transfer domain asks of changes: which artifacts they place, and whether this person may bring them in now. */
export function contentDoors(deps: ChangeDeps) {
  const contentsOf = async (tx: ReadTx, actor: PersonActor, change: Change) => {
    const facts = await loadFacts(tx, deps, change)
    const actions = await deps.actionsOf(tx, actor)
    return {
      change,
      refusal: contentRefusal(facts, { personId: actor.personId, tenantId: actor.tenantId, actions }),
      slots: contentSlots(change.plan).map((slot) => ({ ...slot, held: facts.contents.has(slot.sha256) })),
      targetNames: facts.targets.map((target) => target.name),
    }
  }
  return {
    contents: async (tx: ReadTx, actor: PersonActor, of: { no: string } | { id: string }) => {
      const change =
        'id' in of
          ? await findChange(tx, of.id)
          : (await listChangeRows(tx, { text: of.no, limit: 10 })).find((one) => one.no === of.no)
      return change && contentsOf(tx, actor, change)
    },
    openToContent: async (tx: ReadTx, actor: PersonActor) => {
      const states = ['ready', ...runningStates]
      const mine = await listChangeRows(tx, { states, personIds: [actor.personId], limit: 100 })
      const placing = mine.filter((change) => change.executorId === actor.personId && contentSlots(change.plan).length > 0)
      const found = []
      for (const change of placing.slice(0, openMax)) found.push(await contentsOf(tx, actor, change))
      return found.filter((one) => one.refusal === undefined)
    },
  }
}
