import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { Tx } from '@huabiao/kit/db/db'
import { isExpedited } from './change.model.ts'
import type { ChangeDeps } from './change.ports.ts'
import { findChange } from './change.store.ts'
import { seekConsent } from './change-decide.service.ts'
import { createChange } from './change-draft.service.ts'
import { type Doing, doing, move, seen, tell } from './change-move.service.ts'
import type { ChangePlan } from './change-plan.model.ts'
import * as plan from './change-plan.service.ts'

/** Standard changes (U4, itsm §2.1): the word of a published model stands in for assessment, test and approval, and for nothing else. */

export interface NewStandardChange {
  readonly title: string
  readonly reason: string
  readonly systemIds: readonly string[]
  readonly plan: ChangePlan
  readonly windowStart: string
  readonly windowEnd: string
  readonly executorId: string
  readonly reviewerId: string
}
export async function draftStandard(tx: Tx, deps: ChangeDeps, actor: PersonActor, of: NewStandardChange) {
  const on = doing(tx, deps, actor)
  const { title, reason, systemIds, ...input } = of
  const id = await createChange(on, actor, { title, reason, source: 'model', systemIds, categories: [], urgency: 'U4' })
  const { version } = (await findChange(tx, id))!
  await plan.savePlan(on, id, input, version)
  const change = (await findChange(tx, id))!
  return { changeId: id, no: change.no, partyIds: change.partyIds, events: on.events }
}

/** Row 6, and on past rows 7 to 12 where a model in good standing says so; otherwise the change goes on as any other. */
export async function finishPlan(on: Doing, changeId: string, note: string): Promise<void> {
  await plan.finishPlan(on, changeId, note)
  const facts = await seen(on, changeId)
  const { change, standard } = facts
  // On the short path persons have been asked already, whatever a model says.
  if (isExpedited(change)) return
  if (standard?.holds) {
    const after = await move(on, change, {
      act: 'admitStandard',
      to: 'consenting',
      event: 'change.standard_admitted',
      note: `${standard.no} v${standard.version} ${standard.name}`,
      patch: { approvedPlanHash: change.planHash },
      data: {
        templateId: standard.templateId,
        templateNo: standard.no,
        templateVersion: standard.version,
        parameters: standard.parameters,
      },
    })
    await seekConsent(on, facts, after)
    return
  }
  // For good: a change that once went another way is no standard change afterwards.
  const after = standard
    ? await move(on, change, {
        act: 'leaveStandard',
        event: 'change.standard_left',
        note: standard.reasons.join(', '),
        rule: 'RL-01',
        patch: { urgency: 'U3' },
        data: { templateId: standard.templateId, reasons: standard.reasons },
      })
    : change
  await tell(on, after, 'change.assess', await on.deps.holders(on.tx, { role: 'CRE', duty: null, tenantId: change.tenantId }))
}
