import type { Authority } from '@huabiao/domains/change/change.module'
import { riskOf, riskReasons } from '@huabiao/domains/change/change-grade.model'
import type { PersonActor } from '@huabiao/kit/actor/actor'
import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import { sm3 } from '@huabiao/kit/crypto/suite'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { notFound, Refusal } from '@huabiao/kit/errors/errors'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import { expand, limitPassed, type Parameters, parameterFault } from './template.model.ts'
import type { TemplateDeps } from './template.ports.ts'
import { templateEvent } from './template.service.ts'
import { findAuthority, findModel, insertInstance, listFigures, listVersions } from './template.store.ts'
import { authorityHolds, hasBegun, type Standing, standingOf } from './template-standing.model.ts'

/** How a model becomes a change, and what it may say for that change afterwards. */

export interface Use {
  readonly title: string
  readonly reason: string
  readonly parameters: Parameters
  readonly targetIds: readonly string[]
  readonly windowStart: string
  readonly windowEnd: string
  readonly executorId: string
  readonly reviewerId: string
}
export async function use(
  tx: Tx,
  deps: TemplateDeps,
  actor: PersonActor,
  of: Use & { templateId: string },
): Promise<{ changeId: string; no: string; standing: Standing; events: DomainEvent[] }> {
  const model = await findModel(tx, of.templateId)
  if (!model || model.tenantId !== actor.tenantId) throw notFound('template')
  const version = (await listVersions(tx, [model.id])).find((one) => one.state === 'published')
  if (!version) throw new Refusal('template.not_published')
  const { body } = version
  const wrong = parameterFault(body.parameters, of.parameters)
  if (wrong !== undefined) throw new Refusal('template.parameter_invalid', { key: wrong })
  const targetIds = [...new Set(of.targetIds)]
  const targets = await deps.targets.find(tx, targetIds)
  if (targets.length !== targetIds.length) throw new Refusal('change.target_not_found')
  const plan = expand(body, of.parameters, targetIds)
  const systemIds = [...new Set(targets.map((target) => target.systemId))]
  const systems = await deps.systems.find(tx, systemIds)
  const [windowStart, windowEnd] = [new Date(of.windowStart), new Date(of.windowEnd)]
  const risk = riskOf(riskReasons({ plan, categories: [], systems, targets }))
  const limit = limitPassed(body.limits, { targets, windowStart, windowEnd, risk })
  if (limit) throw new Refusal('template.beyond_limits', { limit })
  const { changeId, no, partyIds, events } = await deps.changes.draftStandard(tx, actor, {
    title: of.title,
    reason: of.reason,
    systemIds,
    plan,
    windowStart: of.windowStart,
    windowEnd: of.windowEnd,
    executorId: of.executorId,
    reviewerId: of.reviewerId,
  })
  const planSm3 = toHex(sm3(utf8(canonicalJson(plan))))
  await insertInstance(tx, {
    changeId,
    versionId: version.id,
    modelId: model.id,
    tenantId: model.tenantId,
    partyIds,
    parameters: of.parameters,
    targetIds,
    planSm3,
    createdBy: actor.personId,
    createdAt: deps.clock.now(),
  })
  const figures = (await listFigures(tx, [model.id])).get(model.id)
  const standing = standingOf({ ...version, uses: 0, failures: 0, lastFailedAt: null, ...figures }, deps.clock.now())
  const used = templateEvent(model, version, 'template.used', {
    changeId,
    changeNo: no,
    parameters: of.parameters,
    targetIds,
    planSm3,
  })
  return { changeId, no, standing, events: [...events, used] }
}

/** What the model says for the change now; `template_stands_in` of the database judges the same. */
export async function authorityOf(
  tx: ReadTx,
  deps: TemplateDeps,
  change: { id: string; state: string },
): Promise<Authority | undefined> {
  const row = await findAuthority(tx, change.id)
  if (!row) return undefined
  const standing = standingOf(row, deps.clock.now())
  const begun = hasBegun(change.state)
  const holds = !row.ownWord && authorityHolds({ equal: row.equal, withinLimits: row.withinLimits, good: standing.good, begun })
  const people = [row.publishedBy, row.reviewedBy].filter((id) => id !== null)
  const names = await deps.names(tx, people)
  const name = (id: string | null): string | null => (id === null ? null : (names.get(id) ?? '—'))
  return {
    templateId: row.modelId,
    no: row.no,
    name: row.name,
    version: row.version,
    parameters: row.parameters,
    publishedBy: name(row.publishedBy),
    publishedAt: row.publishedAt,
    reviewedBy: name(row.reviewedBy),
    reviewedAt: row.reviewedAt,
    holds,
    reasons: [
      ...(row.equal ? [] : ['plan_differs']),
      ...(row.ownWord ? ['own_word'] : []),
      ...(begun || row.withinLimits ? [] : ['beyond_limits']),
      ...(begun ? [] : standing.reasons),
    ],
  }
}
