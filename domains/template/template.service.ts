import { lintPlan } from '@huabiao/domains/change/change-lint.model'
import type { PersonActor } from '@huabiao/kit/actor/actor'
import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import { sha256, sm3 } from '@huabiao/kit/crypto/suite'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import { newId } from '@huabiao/kit/ids/new-id'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import { expand, planFault, sampleOf, slotFault, type TemplateBody } from './template.model.ts'
import type { TemplateDeps } from './template.ports.ts'
import {
  insertModel,
  insertVersion,
  listVersions,
  lockModel,
  nextTemplateNo,
  type TemplateRow,
  updateVersion,
  type VersionRow,
} from './template.store.ts'
import { type TemplateAct, templateActRefusal } from './template-standing.model.ts'

/** The life of a model: drafted, tested by another person, reviewed by security or a technical manager, published by a change manager. */

export const templateEvent = (
  model: Pick<TemplateRow, 'id' | 'no'>,
  version: Pick<VersionRow, 'version' | 'hash'>,
  type: string,
  data: Record<string, unknown> = {},
): DomainEvent => ({
  type,
  object: `template/${model.id}`,
  no: model.no,
  version: version.version,
  ...(version.hash ? { hash: version.hash } : {}),
  ...data,
})
type Done = { events: DomainEvent[] }

/** The bytes whose SM3 is tested, reviewed and published. */
const hashOf = (model: TemplateRow, version: VersionRow): string =>
  toHex(sm3(utf8(`huabiao/template/v1\n${canonicalJson({ no: model.no, version: version.version, body: version.body })}`)))

/** @throws Refusal what slots, parameters or the plan itself are not */
async function refuseBody(tx: ReadTx, deps: TemplateDeps, actor: PersonActor, body: TemplateBody): Promise<void> {
  const fault = slotFault(body) ?? planFault(body)
  if (fault) throw new Refusal(fault.code, fault.params)
  const { systemIds } = body.limits
  const systems = await deps.systems.find(tx, systemIds)
  if (systems.length !== new Set(systemIds).size) throw new Refusal('template.system_unknown')
  if ((body.limits.fromMinute === null) !== (body.limits.toMinute === null)) throw new Refusal('template.hours_incomplete')
  const holders = await deps.holders(tx, { role: 'CHM', duty: null, tenantId: actor.tenantId })
  if (holders.length === 0) throw new Refusal('template.no_manager')
}

/** Errors of the plan itself. Targets, batches, window and files are asked about where the model is used. */
function refusePlan(body: TemplateBody): void {
  const findings = lintPlan(expand(body, sampleOf(body.parameters), []), {
    targets: [],
    windowStart: null,
    windowEnd: null,
    minSoakSeconds: 0,
    standing: () => 'issued',
    sha256: (text) => toHex(sha256(utf8(text))),
  }).filter((finding) => finding.severity === 'error' && !/^(batch|window|release)\./.test(finding.code))
  if (findings.length > 0)
    throw new Refusal('template.plan_incomplete', {
      findings: findings
        .map(({ code, at }) => `${code} (${at})`)
        .join(', ')
        .slice(0, 1000),
    })
}

export async function draft(tx: Tx, deps: TemplateDeps, actor: PersonActor, body: TemplateBody): Promise<Done & { id: string }> {
  await refuseBody(tx, deps, actor, body)
  const now = deps.clock.now()
  const model = {
    id: newId(now.getTime()),
    tenantId: actor.tenantId,
    no: await nextTemplateNo(tx, actor.tenantId),
    createdAt: now,
  }
  await insertModel(tx, { ...model, createdBy: actor.personId })
  const version = {
    id: newId(now.getTime()),
    modelId: model.id,
    version: 1,
    tenantId: actor.tenantId,
    body,
    authorId: actor.personId,
    createdAt: now,
  }
  await insertVersion(tx, version)
  return { id: model.id, events: [templateEvent(model, { version: 1, hash: null }, 'template.drafted', { name: body.name })] }
}

export interface Asked {
  readonly tx: Tx
  readonly deps: TemplateDeps
  readonly actor: PersonActor
}
interface On extends Asked {
  readonly now: Date
  readonly model: TemplateRow
  readonly newest: VersionRow
}
/** The model locked, after the rule of the act said yes about its newest version. @throws Refusal template.* */
async function admitted({ tx, deps, actor }: Asked, id: string, act?: TemplateAct): Promise<On> {
  const model = await lockModel(tx, id, actor.tenantId)
  const newest = (await listVersions(tx, [id]))[0]!
  if (act) refuseIf(templateActRefusal(act, newest, actor.personId))
  return { tx, deps, actor, now: deps.clock.now(), model, newest }
}

export async function save(asked: Asked, of: { id: string; body: TemplateBody }): Promise<Done> {
  const { tx, deps, actor } = asked
  const { model, newest } = await admitted(asked, of.id, 'save')
  await refuseBody(tx, deps, actor, of.body)
  await updateVersion(tx, newest.id, { body: of.body })
  return { events: [templateEvent(model, newest, 'template.drafted', { name: of.body.name })] }
}

export async function submit(asked: Asked, id: string): Promise<Done> {
  const { tx } = asked
  const on = await admitted(asked, id, 'submit')
  refusePlan(on.newest.body)
  const hash = hashOf(on.model, on.newest)
  await updateVersion(tx, on.newest.id, { state: 'testing', hash })
  return { events: [templateEvent(on.model, { ...on.newest, hash }, 'template.submitted')] }
}

export async function revise(asked: Asked, id: string): Promise<Done> {
  const { tx, actor } = asked
  const { model, newest, now } = await admitted(asked, id, 'revise')
  const version = newest.version + 1
  await insertVersion(tx, {
    id: newId(now.getTime()),
    modelId: id,
    version,
    tenantId: actor.tenantId,
    body: newest.body,
    authorId: actor.personId,
    createdAt: now,
  })
  return { events: [templateEvent(model, { version, hash: null }, 'template.drafted', { name: newest.body.name })] }
}

export interface TemplateTest {
  readonly hash: string
  readonly environment: string
  readonly verdict: 'pass' | 'fail'
  readonly note: string
}
export async function recordTest(asked: Asked, of: TemplateTest & { id: string }): Promise<Done> {
  const { tx, actor } = asked
  const on = await admitted(asked, of.id, 'test')
  const { model, newest, now } = on
  if (of.hash !== newest.hash) throw new Refusal('template.hash_mismatch')
  const test = { testerId: actor.personId, testEnvironment: of.environment, testNote: of.note, testedAt: now }
  const event = templateEvent(model, newest, 'template.tested', {
    environment: of.environment,
    verdict: of.verdict,
    note: of.note,
  })
  if (of.verdict === 'fail') {
    await updateVersion(tx, newest.id, { ...test, state: 'rejected', endedBy: actor.personId, endedAt: now, endReason: of.note })
    return { events: [event] }
  }
  await updateVersion(tx, newest.id, { ...test, state: 'reviewing' })
  await openReview(on)
  return { events: [event] }
}

/** First whoever judges the danger (security, or a technical manager), then whoever answers for changes. Neither wrote nor tested it. */
async function openReview(on: On): Promise<void> {
  const { tx, deps, actor, now, model, newest } = on
  const of = (role: string, duty: string | null) => deps.holders(tx, { role, duty, tenantId: model.tenantId })
  const judges = [...(await of('SEC', null)), ...(await of('APV', 'technical-manager'))]
  const managers = await of('CHM', null)
  const stage = (key: string, duty: string, people: readonly { personId: string }[]) => ({
    key,
    duty,
    quorum: 1,
    candidateIds: [...new Set(people.map((person) => person.personId))],
  })
  await deps.approval.open(tx, {
    tenantId: model.tenantId,
    partyIds: [],
    kind: 'template',
    subjectId: newest.id,
    hash: newest.hash!,
    stages: [stage('review', 'SEC', judges), stage('publish', 'CHM', managers)],
    excludedIds: [newest.authorId, actor.personId],
    at: now,
    dueAt: null,
  })
  await tell(on, 'template.review', judges)
}

async function tell({ tx, deps, model, newest }: On, kind: string, people: readonly { personId: string }[]): Promise<void> {
  const ids = [...new Set(people.map((person) => person.personId))]
  const params = { no: model.no, title: newest.body.name }
  await deps.notify(
    tx,
    ids.map((personId) => ({ tenantId: model.tenantId, personId, kind, object: `template/${model.id}`, params })),
  )
}

export interface TemplateDecision {
  readonly hash: string
  readonly verdict: 'approve' | 'reject'
  readonly note: string
}
export async function decide(asked: Asked, of: TemplateDecision & { id: string }): Promise<Done> {
  const { tx, deps, actor } = asked
  const on = await admitted(asked, of.id)
  const { model, newest, now } = on
  if (newest.state !== 'reviewing') throw new Refusal('template.wrong_state')
  if (of.hash !== newest.hash) throw new Refusal('template.hash_mismatch')
  const { stage } = await deps.approval.decide(tx, 'template', newest.id, { ...of, personId: actor.personId, at: now })
  const data = { stage, note: of.note }
  if (of.verdict === 'reject') {
    await updateVersion(tx, newest.id, { state: 'rejected', endedBy: actor.personId, endedAt: now, endReason: of.note })
    await tell(on, 'template.rejected', [{ personId: newest.authorId }])
    return { events: [templateEvent(model, newest, 'template.rejected', data)] }
  }
  if (stage === 'review') {
    await updateVersion(tx, newest.id, { reviewedBy: actor.personId, reviewedAt: now })
    await tell(on, 'template.publish', await deps.holders(tx, { role: 'CHM', duty: null, tenantId: model.tenantId }))
    return { events: [templateEvent(model, newest, 'template.reviewed', data)] }
  }
  const before = (await listVersions(tx, [model.id])).find((version) => version.state === 'published')
  if (before)
    await updateVersion(tx, before.id, {
      state: 'superseded',
      endedBy: actor.personId,
      endedAt: now,
      endReason: `v${newest.version}`,
    })
  await updateVersion(tx, newest.id, { state: 'published', publishedBy: actor.personId, publishedAt: now })
  await tell(on, 'template.published', [{ personId: newest.authorId }])
  return {
    events: [
      ...(before ? [templateEvent(model, before, 'template.superseded', { by: newest.version })] : []),
      templateEvent(model, newest, 'template.published', data),
    ],
  }
}

/** At once: what waits under it needs approvals of its own from now on. */
export async function retire(asked: Asked, of: { id: string; reason: string }): Promise<Done> {
  const { tx, actor } = asked
  const { model, now } = await admitted(asked, of.id)
  const live = (await listVersions(tx, [model.id])).find((version) => version.state === 'published')
  if (!live) throw new Refusal('template.wrong_state')
  await updateVersion(tx, live.id, { state: 'retired', endedBy: actor.personId, endedAt: now, endReason: of.reason })
  return { events: [templateEvent(model, live, 'template.retired', { reason: of.reason })] }
}
