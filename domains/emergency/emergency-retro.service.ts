import { addWorkingDays } from '@huabiao/kit/calendar/calendar'
import { Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import { filingsPerDay } from './emergency.model.ts'
import type { EmergencyRow } from './emergency.store.ts'
import { isApproved, partOf } from './emergency-act.model.ts'
import { explanationsRefusal, filingsRefusal, type Rejection, type RollbackState, rejections } from './emergency-filing.model.ts'
import {
  type Acting,
  admitted,
  askingOf,
  type Doing,
  emergencyEvent,
  escalationDueAt,
  factsOf,
  filingDueAt,
  move,
  peopleWho,
  say,
  tell,
} from './emergency-move.service.ts'
import {
  cancelDeadlines,
  type EmergencyDeadline,
  findFiling,
  fireDeadline,
  insertFiling,
  listCommands,
  listFilingTimes,
  listWords,
  startDeadline,
} from './emergency-paper.store.ts'

/** The paper afterwards (补填): the executor writes, the second person signs, those who took no part decide (S11, RL-10). */

/** Working days to decide on a filing, and to review it (itsm §2.3, D). */
const approvalDays = 3
const reviewDays = 5

export interface NewFiling {
  readonly cause: string
  readonly impact: string
  readonly steps: string
  readonly verification: string
  readonly rollback: RollbackState
  readonly rollbackNote: string
  readonly explanations: readonly { readonly seq: number; readonly text: string }[]
}
export async function file(on: Acting, id: string, body: NewFiling): Promise<void> {
  let row = await admitted(on, id, 'file')
  refuseIf(filingsRefusal(await listFilingTimes(on.tx, id, filingsPerDay), on.now))
  refuseIf(explanationsRefusal(body.explanations, await listCommands(on.tx, id)))
  if (row.state === 'violation') row = await move(on, row, { act: 'reopen', to: 'retro_draft', event: 'emergency.reopened' })
  const version = row.filing + 1
  await insertFiling(on.tx, row, { ...body, version, authorId: on.actor.personId, at: on.now })
  const after = await move(on, row, {
    act: 'file',
    event: 'emergency.filed',
    patch: { filing: version },
    data: { version, rollback: body.rollback, explained: body.explanations.length },
  })
  await tell(on, after, 'emergency.countersign', [{ personId: row.secondId, tenantId: row.tenantId }])
}
/** The newest filing, and no other: what was read is what is signed. */
const sameVersion = (row: EmergencyRow, version: number): void => {
  if (row.filing !== version) throw new Refusal('emergency.not_filed', { version: row.filing })
}
export async function countersign(on: Acting, id: string, version: number): Promise<void> {
  const waiting = await admitted(on, id, 'countersign')
  sameVersion(waiting, version)
  const row = await passed(on, waiting)
  await say(on, row, { kind: 'countersign', round: version, verdict: 'yes' })
  await cancelDeadlines(on.tx, id, ['filing', 'escalation'], on.now)
  const after = await move(on, row, {
    act: 'countersign',
    to: 'retro_filed',
    event: 'emergency.countersigned',
    patch: { filedAt: row.filedAt ?? on.now },
    data: { version, late: row.overdueAt !== null },
  })
  await startDeadline(on.tx, after, 'approval', addWorkingDays(on.deps.holidays, on.now, approvalDays))
  await tell(on, after, 'emergency.decide', await peopleWho(on, after).deciders())
}
/** The word of one side. */
async function decide(on: Acting, row: EmergencyRow, of: { version: number; verdict: 'yes' | 'no'; note: string }) {
  sameVersion(row, of.version)
  const facts = factsOf(row, await listWords(on.tx, [row.id]), on.now)
  const part = partOf(facts, await askingOf(on.tx, on.deps, on.actor))!
  await say(on, row, { kind: 'decide', round: of.version, verdict: of.verdict, note: of.note, part })
  return part
}
/** The last word that was missing approves it; the time to decide runs until then. */
export async function approve(on: Acting, id: string, of: { version: number; note: string }): Promise<void> {
  const row = await admitted(on, id, 'approve')
  const part = await decide(on, row, { ...of, verdict: 'yes' })
  const act = `approve-${part}`
  if (!isApproved(factsOf(row, await listWords(on.tx, [id]), on.now))) {
    await move(on, row, { act, event: 'emergency.agreed', note: of.note, data: { version: of.version, part } })
    return
  }
  await cancelDeadlines(on.tx, id, ['approval'], on.now)
  const after = await move(on, row, {
    act,
    to: 'retro_approved',
    event: 'emergency.approved',
    note: of.note,
    patch: { decidedAt: on.now },
    data: { version: of.version, part, overdue: row.overdueAt !== null },
  })
  await startDeadline(on.tx, after, 'review', addWorkingDays(on.deps.holidays, on.now, reviewDays))
  const people = peopleWho(on, after)
  await tell(on, after, 'emergency.approved', [...people.acting, ...(await people.customers()), ...(await people.security())])
}
/** Not a return for better words: what was done was hidden, or was not the incident's. The way out is another filing that holds. */
export async function reject(on: Acting, id: string, of: { version: number; because: Rejection; reason: string }): Promise<void> {
  const row = await admitted(on, id, 'reject')
  const part = await decide(on, row, { version: of.version, verdict: 'no', note: of.reason })
  await cancelDeadlines(on.tx, id, ['approval'], on.now)
  const after = await move(on, row, {
    act: 'reject',
    to: 'violation',
    event: 'emergency.rejected',
    note: of.reason,
    patch: { decidedAt: on.now },
    data: { version: of.version, part, because: of.because },
  })
  on.events.push(
    ...(await raise(on, after, {
      entry: rejections[of.because],
      person: row.executorId,
      detail: { reason: of.reason.slice(0, 300) },
    })),
  )
  const people = peopleWho(on, after)
  await tell(on, after, 'emergency.rejected', [...people.acting, ...(await people.security()), ...(await people.oversight())])
}
export async function close(on: Acting, id: string, review: string): Promise<void> {
  const row = await admitted(on, id, 'close')
  await say(on, row, { kind: 'close', round: 0, verdict: 'yes', note: review })
  await cancelDeadlines(on.tx, id, ['review'], on.now)
  const after = await move(on, row, {
    act: 'close',
    to: 'closed',
    event: 'emergency.closed',
    note: review,
    patch: { closedAt: on.now },
  })
  await tell(on, after, 'emergency.closed', peopleWho(on, after).acting)
}

/** 24 h without a countersigned filing: marked, told, a violation, and held back until one is approved (NT-F03). */
export async function overdue(on: Doing, row: EmergencyRow): Promise<EmergencyRow> {
  const after = await move(on, row, { act: 'overdue', event: 'emergency.overdue', patch: { overdueAt: on.now } })
  // Whose word was missing when it passed: a filing that was written waits for the second person's signature.
  const first = await findFiling(on.tx, row.id, 1)
  const person = first && first.at < filingDueAt(row.stabilisedAt!) ? row.secondId : row.executorId
  on.events.push(...(await raise(on, after, { entry: 'V-P4', person, detail: { deadline: 'filing' } })))
  const people = peopleWho(on, after)
  await tell(on, after, 'emergency.overdue', [...people.acting, ...(await people.managers()), ...(await people.security())])
  return after
}
/** 72 h: management unit and supervision are told by name. */
export async function escalated(on: Doing, row: EmergencyRow): Promise<EmergencyRow> {
  const after = await move(on, row, { act: 'escalate', event: 'emergency.escalated', patch: { escalatedAt: on.now } })
  const people = peopleWho(on, after)
  await tell(on, after, 'emergency.escalated', [
    ...(await people.oversight()),
    ...(await people.managers()),
    ...(await people.customers()),
  ])
  return after
}
/** What has passed before a late signature, whether or not a sweep has come by: it is marked and told first, as a sweep would. */
async function passed(on: Acting, row: EmergencyRow): Promise<EmergencyRow> {
  // Time does it, whoever comes late.
  const byTime: Doing = { ...on, actor: null }
  const fires = (name: EmergencyDeadline, dueAt: Date) => fireDeadline(on.tx, { emergencyId: row.id, name, dueAt }, on.now)
  const marked = (await fires('filing', filingDueAt(row.stabilisedAt!))) ? await overdue(byTime, row) : row
  return (await fires('escalation', escalationDueAt(row.stabilisedAt!))) ? escalated(byTime, marked) : marked
}
/** A decision or a review that does not come is told; it is never made by silence. */
export async function late(on: Doing, row: EmergencyRow, name: 'approval' | 'review'): Promise<void> {
  on.events.push(emergencyEvent(row, 'emergency.late', { deadline: name }))
  const people = peopleWho(on, row)
  const waited = name === 'approval' ? await people.deciders() : []
  await tell(on, row, `emergency.late.${name}`, [...waited, ...(await people.managers()), ...(await people.oversight())])
}

const raise = (
  on: Doing,
  row: EmergencyRow,
  of: { entry: 'V-P3' | 'V-P4'; person: string; detail: Readonly<Record<string, string | number>> },
) =>
  on.deps.raise(on.tx, {
    ...of,
    intent: 'fact',
    object: `emergency/${row.id}`,
    tenantId: row.tenantId,
    plane: row.plane,
    rule: of.entry === 'V-P3' ? 'RL-07' : 'RL-10',
    detail: { no: row.no, ...of.detail },
    at: on.now,
  })
