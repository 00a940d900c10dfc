import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { notFound } from '@huabiao/kit/errors/errors'
import { handle, handleStaged, look, type Route } from '@huabiao/kit/http/route'
import * as contract from './change.contract.ts'
import { dutyRefusal, openStates, runningStates } from './change.model.ts'
import type {
  Authority,
  ChangeDeps,
  ChangeRuns,
  ContentPort,
  GrantRequest,
  NewSession,
  RunReport,
  SessionPort,
} from './change.ports.ts'

export { driveRollbacks, sweepChanges, sweepDeadlines } from './change.jobs.ts'
export type {
  Authority,
  ChangeDeps,
  ChangeRuns,
  ContentPort,
  GrantRequest,
  NewSession,
  NewStandardChange,
  RunReport,
  SessionPort,
}

import { findChange, listChangeHeads, listPlanVersions, listTimeline } from './change.store.ts'
import { changeRuns } from './change-advance.service.ts'
import * as amending from './change-amendment.service.ts'
import * as approving from './change-approval.contract.ts'
import { frozenChanges, type Handover, reassign, successors } from './change-approval.service.ts'
import { contentDoors } from './change-content.service.ts'
import { consent, type Decision, decide } from './change-decide.service.ts'
import { createChange } from './change-draft.service.ts'
import * as run from './change-execution.contract.ts'
import * as execution from './change-execution.service.ts'
import { loadFacts, peopleOf } from './change-facts.service.ts'
import { guardIds, guardTable } from './change-guard.model.ts'
import { lintPlan } from './change-lint.model.ts'
import { admitted, type Doing, doing, move, tell } from './change-move.service.ts'
import * as overview from './change-overview.contract.ts'
import { placedFiles, targetIdsOf, targetsWithin } from './change-plan.model.ts'
import * as plan from './change-plan.service.ts'
import { sha256Text, standingsOf } from './change-plan.store.ts'
import { sayPresent } from './change-presence.service.ts'
import { rollBack } from './change-rollback.service.ts'
import type { NewStandardChange } from './change-template.service.ts'
import * as standard from './change-template.service.ts'
import { toDetail, toSummaries, toTimeline, toVersions } from './change-view.service.ts'
import { calendar, myWork } from './change-work.service.ts'

const statesOf = (state: string | undefined): readonly string[] | undefined =>
  state === undefined ? undefined : state === 'open' ? openStates : state === 'running' ? [...runningStates, 'paused'] : [state]

export function changeModule(deps: ChangeDeps) {
  /** An act: its own work, then the whole change as it is now, seen by the same person. */
  const act =
    <I extends { params: { changeId: string } }>(work: (on: Doing, actor: PersonActor, input: I) => Promise<void>) =>
    async (tx: Tx, actor: PersonActor, input: I) => {
      const on = doing(tx, deps, actor)
      await work(on, actor, input)
      return { view: await detail(tx, actor, input.params.changeId), events: on.events }
    }
  const detail = async (tx: Tx, actor: PersonActor, id: string) => {
    const change = await findChange(tx, id)
    if (!change) throw notFound('change')
    return toDetail(tx, deps, actor, await loadFacts(tx, deps, change))
  }
  const read = detail as unknown as (
    tx: Parameters<typeof findChange>[0],
    actor: PersonActor,
    id: string,
  ) => ReturnType<typeof detail>
  const managers = (on: Doing, tenantId: string) => deps.holders(on.tx, { role: 'CHM', duty: null, tenantId })

  const routes: Route[] = [
    look(contract.listChanges, async (tx, actor, { query }) => {
      const rows = await listChangeHeads(tx, {
        ...query,
        states: statesOf(query.state),
        personIds: [query.personId, query.mine === 'true' ? actor.personId : undefined].filter((id) => id !== undefined),
      })
      return { view: { items: await toSummaries(tx, deps, rows), next: rows.length === query.limit ? rows.at(-1)!.id : null } }
    }),
    look(contract.getChange, async (tx, actor, { params }) => ({ view: await read(tx, actor, params.changeId) })),
    look(overview.getTimeline, async (tx, _actor, { params }) => {
      if (!(await findChange(tx, params.changeId))) throw notFound('change')
      return { view: { items: toTimeline(await listTimeline(tx, params.changeId)) } }
    }),
    handle(contract.createChange, async (tx, actor, { body }) => {
      const on = doing(tx, deps, actor)
      const id = await createChange(on, actor, body)
      return { view: await detail(tx, actor, id), events: on.events }
    }),
    handle(
      contract.savePlan,
      act(
        (
          on,
          _actor,
          { params, body, ifMatch }: { params: { changeId: string }; body: plan.PlanInput; ifMatch: number | undefined },
        ) => plan.savePlan(on, params.changeId, body, ifMatch),
      ),
    ),
    look(contract.lintPlanNow, async (tx, _actor, { params, body }) => {
      const change = await findChange(tx, params.changeId)
      if (!change) throw notFound('change')
      const targets = targetsWithin(change, await deps.targets.find(tx, targetIdsOf(body.plan)))
      const time = (at: string | null): Date | null => (at === null ? null : new Date(at))
      const facts = {
        targets,
        windowStart: time(body.windowStart),
        windowEnd: time(body.windowEnd),
        minSoakSeconds: deps.minSoakSeconds,
        sha256: sha256Text,
        standing: await standingsOf(tx, deps, change.tenantId, placedFiles(body.plan)),
      }
      return { view: { findings: lintPlan(body.plan, facts) } }
    }),
    handle(
      contract.submitChange,
      act(async (on, _actor, { params, body }: NoteInput) => {
        const { change } = await admitted(on, params.changeId, 'submit')
        await move(on, change, { act: 'submit', to: 'submitted', event: 'change.submitted', note: body.note })
        await tell(on, change, 'change.accept', await managers(on, change.tenantId))
      }),
    ),
    handle(
      contract.acceptChange,
      act(async (on, actor, { params, body }: NoteInput) => {
        const { change } = await admitted(on, params.changeId, 'accept')
        await move(on, change, {
          act: 'accept',
          to: 'accepted',
          event: 'change.accepted',
          note: body.note,
          patch: { managerId: actor.personId },
        })
        await tell(on, change, 'change.plan', [{ personId: change.requesterId }])
      }),
    ),
    handle(
      contract.returnChange,
      act((on, _actor, input: ReasonInput) => back(on, input, 'return', 'returned', 'change.returned')),
    ),
    handle(
      contract.rejectChange,
      act((on, _actor, input: ReasonInput) => back(on, input, 'reject', 'rejected', 'change.rejected')),
    ),
    handle(
      contract.withdrawChange,
      act(async (on, _actor, { params, body }: ReasonInput) => {
        const { change } = await admitted(on, params.changeId, 'withdraw')
        await plan.release(on, change, 'withdrawn')
        await move(on, change, { act: 'withdraw', to: 'withdrawn', event: 'change.withdrawn', note: body.reason })
      }),
    ),
    handle(
      contract.startPlanning,
      act(async (on, _actor, { params, body }: NoteInput) => {
        const { change } = await admitted(on, params.changeId, 'startPlanning')
        await move(on, change, { act: 'startPlanning', to: 'planning', event: 'change.planning', note: body.note })
      }),
    ),
    handle(
      contract.finishPlan,
      act((on, _actor, { params, body }: NoteInput) => standard.finishPlan(on, params.changeId, body.note)),
    ),
    handle(
      contract.assessChange,
      act(async (on, actor, { params, body }: NoteInput) => {
        const { change } = await admitted(on, params.changeId, 'assess')
        await move(on, change, {
          act: 'assess',
          to: 'testing',
          event: 'change.assessed',
          note: body.note,
          patch: { assessorId: actor.personId },
        })
      }),
    ),
    handle(
      contract.returnPlan,
      act(async (on, _actor, { params, body }: ReasonInput) => {
        const { change } = await admitted(on, params.changeId, 'returnPlan')
        const patch = { planHash: null, approvedPlanHash: null }
        await move(on, change, { act: 'returnPlan', to: 'planning', event: 'change.returned', note: body.reason, patch })
        await tell(on, change, 'change.plan', [{ personId: change.requesterId }])
      }),
    ),
    handle(
      contract.recordTest,
      act((on, actor, { params, body }: With<Parameters<typeof plan.recordTest>[3]>) =>
        plan.recordTest(on, actor, params.changeId, body),
      ),
    ),
    handle(
      contract.decideChange,
      act((on, actor, { params, body }: With<Decision>) => decide(on, actor, params.changeId, body)),
    ),
    look(approving.listSuccessors, async (tx, actor, { params, query }) => ({
      view: { people: await successors(tx, deps, actor, params.changeId, query) },
    })),
    handle(
      approving.reassignApprover,
      act((on, actor, { params, body }: With<Handover>) => reassign(on, actor, params.changeId, body)),
    ),
    handle(
      contract.consentChange,
      act((on, actor, { params, body }: With<Parameters<typeof consent>[3]>) => consent(on, actor, params.changeId, body)),
    ),
    look(overview.getPlanVersions, async (tx, _actor, { params }) => {
      if (!(await findChange(tx, params.changeId))) throw notFound('change')
      const rows = await listPlanVersions(tx, params.changeId)
      const ids = rows.flatMap((row) => [row.authorId, row.executorId, row.reviewerId]).filter((id) => id !== null)
      const names = await deps.names(tx, [...new Set(ids)])
      return { view: { items: toVersions(rows, names) } }
    }),
    look(overview.listCandidates, async (tx, _actor, { params }) => {
      const change = await findChange(tx, params.changeId)
      if (!change) throw notFound('change')
      const able = await plan.candidates(tx, deps, change)
      const people = { ...peopleOf(change, undefined), executorId: null, reviewerId: null }
      const ids = [...able.executors, ...able.reviewers].map((person) => person.personId)
      const now = deps.clock.now()
      const until = change.windowEnd && change.windowEnd > now ? change.windowEnd : now
      const trained = await deps.qualified(tx, [...new Set(ids)], until)
      const toChoice = (part: 'executor' | 'reviewer') => (person: { personId: string; name: string }) => ({
        id: person.personId,
        name: person.name,
        refusal: trained.has(person.personId) ? (dutyRefusal(people, part, person.personId) ?? null) : 'change.not_qualified',
      })
      return {
        view: { executors: able.executors.map(toChoice('executor')), reviewers: able.reviewers.map(toChoice('reviewer')) },
      }
    }),
    look(overview.getCalendar, async (tx, _actor, { query }) => ({ view: await calendar(tx, deps, query) })),
    look(overview.listGuards, async () => ({
      view: {
        items: guardIds.map((guard) => ({
          guard,
          rule: guardTable[guard].rule,
          mode: deps.guardModes[guard],
          feeds: guardTable[guard].feeds,
        })),
      },
    })),
    look(overview.getMyWork, async (tx, actor) => ({ view: await myWork(tx, deps, actor) })),

    handle(run.sayPresent, async (tx, actor, { params }) => ({
      view: await sayPresent(tx, actor, params.changeId, deps.clock.now()),
      // A heartbeat every ten seconds is no event; the pause that follows its absence is.
      unchanged: true,
    })),
    handle(
      run.beginChange,
      act((on, actor, { params, body }: With<{ confirm: string }>) => execution.begin(on, actor, params.changeId, body.confirm)),
    ),
    handleStaged(run.runNext, async (stages, { params, body }) => {
      await execution.runStep(stages, deps, params.changeId, body)
      return { view: await stages.read((tx) => read(tx, stages.actor, params.changeId)), unchanged: true }
    }),
    handle(
      run.cosignStep,
      act((on, actor, { params, body }: With<Parameters<typeof execution.cosign>[3]>) =>
        execution.cosign(on, actor, params.changeId, body),
      ),
    ),
    handle(
      run.releaseBatch,
      act((on, _actor, { params }: With<object>) => execution.releaseBatch(on, params.changeId)),
    ),
    handle(
      run.passVerification,
      act((on, _actor, { params, body }: ReasonInput) => execution.passVerification(on, params.changeId, body.reason)),
    ),
    handle(
      run.pauseChange,
      act((on, actor, { params, body }: ReasonInput) => execution.pauseByHand(on, actor, params.changeId, body.reason)),
    ),
    handle(
      run.resumeChange,
      act((on, actor, { params, body }: With<{ cause: string; failedStep: 'retry' | 'accept' }>) =>
        execution.resume(on, actor, params.changeId, body),
      ),
    ),
    handle(
      run.rollBackChange,
      act((on, actor, { params, body }: ReasonInput) => rollBack(on, actor, params.changeId, body.reason)),
    ),
    handle(
      run.amendChange,
      act((on, actor, { params, body }: ReasonInput) => amending.amend(on, actor, params.changeId, body.reason)),
    ),
    handle(
      run.dropAmendment,
      act((on, _actor, { params, body }: ReasonInput) => amending.dropAmendment(on, params.changeId, body.reason)),
    ),
    handle(
      run.acceptRisk,
      act((on, actor, { params, body }: With<Parameters<typeof amending.acceptRisk>[3]>) =>
        amending.acceptRisk(on, actor, params.changeId, body),
      ),
    ),
    handle(
      run.abandonChange,
      act((on, _actor, { params, body }: ReasonInput) => amending.abandon(on, params.changeId, body.reason)),
    ),
    handle(
      run.explainItems,
      act((on, actor, { params, body }: With<Parameters<typeof execution.explainItems>[3]>) =>
        execution.explainItems(on, actor, params.changeId, body),
      ),
    ),
    handle(
      run.confirmItems,
      act(async (on, _actor, { params, body }: ReasonInput) => {
        const { change } = await admitted(on, params.changeId, 'confirmItems')
        await move(on, change, { act: 'confirmItems', to: 'reviewing', event: 'change.items_confirmed', note: body.reason })
      }),
    ),
    handle(
      run.closeChange,
      act((on, _actor, { params, body }: ReasonInput) => execution.close(on, params.changeId, body.reason)),
    ),
  ]
  const scheduler = {
    kind: 'service',
    service: 'gateway',
    serviceId: 'control-plane',
    plane: 'platform',
    door: 'service',
    sourceIp: '',
  } as const
  return {
    routes,
    deps,
    runs: changeRuns(deps, scheduler),
    frozen: frozenChanges(deps),
    numberOf: async (tx: ReadTx, changeId: string) => (await findChange(tx, changeId))?.no,
    /** For the template domain, which makes changes of published models. */
    standard: {
      draftStandard: (tx: Tx, actor: PersonActor, of: NewStandardChange) => standard.draftStandard(tx, deps, actor, of),
      candidates: (tx: ReadTx, of: { tenantId: string }) => plan.candidates(tx, deps, of),
    },
    /** A change that gives a person a reason to look at its targets: approved, under way or just done, and they are its executor (RL-19). */
    ...contentDoors(deps),
    observable: async (tx: ReadTx, actor: PersonActor, changeId: string) => {
      const change = await findChange(tx, changeId)
      if (!change?.approvedPlanHash || change.executorId !== actor.personId || !observableStates.includes(change.state))
        return undefined
      const batchOf = Object.fromEntries(
        change.plan.batches.flatMap((batch, i) => batch.targetIds.map((id) => [id, i + 1] as const)),
      )
      return {
        ...change,
        planHash: change.approvedPlanHash,
        executorId: actor.personId,
        executorName: actor.name,
        targetIds: targetIdsOf(change.plan),
        batchOf,
      }
    },
  }
}
const observableStates: readonly string[] = [...runningStates, 'scheduled', 'ready', 'paused', 'ci_reviewing', 'reviewing']

interface With<B> {
  readonly params: { readonly changeId: string }
  readonly body: B
}
type NoteInput = With<{ note: string }>
type ReasonInput = With<{ reason: string }>

async function back(
  on: Doing,
  { params, body }: ReasonInput,
  name: 'return' | 'reject',
  to: 'returned' | 'rejected',
  event: string,
): Promise<void> {
  const { change } = await admitted(on, params.changeId, name)
  await move(on, change, { act: name, to, event, note: body.reason })
  await tell(on, change, event, [{ personId: change.requesterId }])
}
