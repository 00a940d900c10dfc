import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { ReadTx } from '@huabiao/kit/db/db'
import { notFound } from '@huabiao/kit/errors/errors'
import type { z } from 'zod'
import type { StandingView, TemplateDetail, TemplateSummary, TemplateVersionView } from './template.contract.ts'
import type { TemplateDeps } from './template.ports.ts'
import { findModel, listFigures, listUses, listVersions, type TemplateRow, type VersionRow } from './template.store.ts'
import { type Standing, standingOf, templateActRefusal, templateActs } from './template-standing.model.ts'

type Names = ReadonlyMap<string, string>
const ref = (names: Names, id: string): { id: string; name: string } => ({ id, name: names.get(id) ?? '—' })
const iso = (at: Date | null): string | null => at?.toISOString() ?? null

export const standingView = (standing: Standing, lastFailedAt: Date | null): z.input<typeof StandingView> => ({
  good: standing.good,
  reasons: [...standing.reasons],
  uses: standing.uses,
  failures: standing.failures,
  reviewDueAt: iso(standing.reviewDueAt),
  lastFailedAt: iso(lastFailedAt),
})

/** The version whose standing is the model's: the published one, or the newest. */
const judged = (versions: readonly VersionRow[]): VersionRow =>
  versions.find((version) => version.state === 'published') ?? versions[0]!

export async function toSummaries(tx: ReadTx, deps: TemplateDeps, models: readonly TemplateRow[]): Promise<TemplateSummary[]> {
  const ids = models.map((model) => model.id)
  const versions = Map.groupBy(await listVersions(tx, ids), (version) => version.modelId)
  const figures = await listFigures(tx, ids)
  const names = await deps.names(tx, [
    ...new Set([...versions.values()].flatMap((all) => all.map((version) => version.authorId))),
  ])
  const now = deps.clock.now()
  return models.map((model) => {
    const all = versions.get(model.id)!
    const newest = all[0]!
    const own = figures.get(model.id) ?? { uses: 0, failures: 0, lastFailedAt: null }
    return {
      id: model.id,
      no: model.no,
      name: newest.body.name,
      summary: newest.body.summary,
      version: newest.version,
      state: newest.state,
      publishedVersion: all.find((version) => version.state === 'published')?.version ?? null,
      author: ref(names, newest.authorId),
      createdAt: model.createdAt.toISOString(),
      standing: standingView(standingOf({ ...judged(all), ...own }, now), own.lastFailedAt),
    }
  })
}

function toVersion(version: VersionRow, names: Names): TemplateVersionView {
  const { testerId, reviewedBy, publishedBy, endedBy } = version
  return {
    version: version.version,
    state: version.state,
    hash: version.hash,
    body: version.body,
    author: ref(names, version.authorId),
    createdAt: version.createdAt.toISOString(),
    test:
      testerId && version.testedAt
        ? {
            tester: ref(names, testerId),
            environment: version.testEnvironment ?? '',
            note: version.testNote ?? '',
            at: version.testedAt.toISOString(),
          }
        : null,
    review: reviewedBy && version.reviewedAt ? { person: ref(names, reviewedBy), at: version.reviewedAt.toISOString() } : null,
    publication:
      publishedBy && version.publishedAt ? { person: ref(names, publishedBy), at: version.publishedAt.toISOString() } : null,
    end:
      endedBy && version.endedAt
        ? { person: ref(names, endedBy), at: version.endedAt.toISOString(), reason: version.endReason ?? '' }
        : null,
  }
}

export async function toDetail(tx: ReadTx, deps: TemplateDeps, actor: PersonActor, id: string): Promise<TemplateDetail> {
  const model = await findModel(tx, id)
  if (!model) throw notFound('template')
  const [summary] = await toSummaries(tx, deps, [model])
  const versions = await listVersions(tx, [id])
  const newest = versions[0]!
  const found = (await deps.approval.stages(tx, 'template', [newest.id], actor.personId)).get(newest.id)
  const people = versions
    .flatMap((v) => [v.authorId, v.testerId, v.reviewedBy, v.publishedBy, v.endedBy])
    .filter((one) => one !== null)
  const seats = found?.stages.flatMap((stage) => stage.candidateIds) ?? []
  const names = await deps.names(tx, [...new Set([...people, ...seats])])
  const own = model.tenantId === actor.tenantId
  const live = versions.some((version) => version.state === 'published')
  const uses = await listUses(tx, id)
  return {
    ...summary!,
    versions: versions.map((version) => toVersion(version, names)),
    stages: (found?.stages ?? []).map(({ key, state, candidateIds, decisions }) => ({
      key,
      state,
      candidates: candidateIds.slice(0, 50).map((one) => ref(names, one)),
      decidedBy: decisions[0] ? ref(names, decisions[0].personId) : null,
      note: decisions[0]?.note ?? '',
    })),
    acts: [
      ...templateActs.map((act) => ({
        act,
        refusal: !own
          ? 'template.not_found'
          : act === 'retire'
            ? live
              ? null
              : 'template.wrong_state'
            : (templateActRefusal(act, newest, actor.personId) ?? null),
      })),
      {
        act: 'decide' as const,
        refusal: !own ? 'template.not_found' : newest.state === 'reviewing' ? (found?.refusal ?? null) : 'template.wrong_state',
      },
      { act: 'use' as const, refusal: !own ? 'template.not_found' : live ? null : 'template.not_published' },
    ],
    uses: uses.map((one) => ({
      changeId: one.changeId,
      changeNo: one.changeNo,
      version: one.version,
      at: one.at.toISOString(),
      closedAt: iso(one.closedAt),
      failedAt: iso(one.failedAt),
    })),
  }
}
