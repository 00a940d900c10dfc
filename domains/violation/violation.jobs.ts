import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { Database, Tx } from '@huabiao/kit/db/db'
import { opensAfter, togetherMs } from './violation.model.ts'
import type { ViolationDeps } from './violation.ports.ts'
import { type Evidence, fireDeadline, listDue, lockCase, replaceDeadline, updateCase } from './violation.store.ts'
import { logonSigns, lookBackMs, usedWithinMs } from './violation-account.model.ts'
import { listOtherLogons } from './violation-gap.store.ts'
import {
  apart,
  type ChainBehind,
  listChainsBehind,
  listRepeats,
  listWatched,
  setPosition,
  takePosition,
  type WatchedRecord,
} from './violation-ledger.store.ts'
import { afterMove, dueIn, type ViolationDeadline } from './violation-life.model.ts'
import { type Finding, managementOf, raise, securityOf, supervisorsOf, tell, violationEvent } from './violation-raise.service.ts'
import { type Sign, signOf, watchedActs } from './violation-sign.model.ts'

export interface ViolationJobs {
  readonly db: Database
  readonly deps: ViolationDeps
  record(tx: Tx, events: readonly DomainEvent[]): Promise<void>
}
type OnError = (what: string, error: unknown) => void

/** Records of one chain that one transaction takes. */
const stretch = 2_000

/**
 * Goes on along every chain of the ledger from where it was left: what happened is found there whoever wrote it, once, and again after
 * whatever stop. Answers how many records it passed.
 */
export async function sweepLedger(jobs: ViolationJobs, onError: OnError): Promise<number> {
  const behind = await jobs.db.read({ kind: 'nobody' }, listChainsBehind)
  let passed = 0
  for (const chain of behind) {
    const name = `${chain.tenantId}/${chain.plane}`
    passed += await jobs.db
      .transact({ kind: 'tenant', tenantId: chain.tenantId }, (tx) => goOn(tx, jobs, chain, onError))
      .catch((error: unknown) => {
        onError(name, error)
        return 0
      })
  }
  return passed
}

async function goOn(tx: Tx, jobs: ViolationJobs, chain: ChainBehind, onError: OnError): Promise<number> {
  const from = await takePosition(tx, chain)
  if (from === undefined || from >= chain.size) return 0
  const to = Math.min(chain.size, from + stretch)
  const events: DomainEvent[] = []
  for (const record of await listWatched(tx, chain, { after: from, to }, watchedActs))
    events.push(
      ...(await apart(tx, () => judge(tx, jobs.deps, chain, record)).catch((error: unknown) => {
        onError(`${chain.tenantId}/${chain.plane} ${record.seq}`, error)
        return []
      })),
    )
  await setPosition(tx, chain, to)
  if (events.length > 0) await jobs.record(tx, events)
  return to - from
}

interface Body {
  readonly actor: { readonly door?: string; readonly ip?: string }
  readonly data: Readonly<Record<string, unknown>>
}
const evidenceOf = (chain: ChainBehind, { seq, at, act, body }: Pick<WatchedRecord, 'seq' | 'at' | 'act' | 'body'>): Evidence => {
  const { actor } = JSON.parse(body) as Body
  return {
    at,
    chainTenantId: chain.tenantId,
    chainPlane: chain.plane,
    seq,
    act,
    door: actor.door ?? null,
    sourceIp: actor.ip || null,
  }
}

async function judge(tx: Tx, deps: ViolationDeps, chain: ChainBehind, record: WatchedRecord): Promise<DomainEvent[]> {
  const { data } = JSON.parse(record.body) as Body
  // A logon that was refused names the person in its data: nobody was logged on yet.
  const personId = record.personId ?? (typeof data.personId === 'string' ? data.personId : null)
  if (record.act === 'identity.logged_on') return judgeLogon(tx, deps, { chain, record, personId, data })
  const sign = signOf({ ...record, personId, data })
  if (!sign) return []
  const together = await gather(tx, chain, record, sign)
  if (!together) return []
  const found: Finding = {
    entry: sign.entry,
    intent: sign.intent,
    object: objectOf(record, data),
    trace: `${record.act} ${typeof data.account === 'string' ? data.account : ''}`,
    person: sign.concerns === 'actor' ? personId : sign.concerns === 'executor' ? 'executor' : null,
    // Whoever acted is judged in their own unit; what nobody is known for, where it happened.
    ...(sign.concerns === 'actor' ? { tenantId: chain.tenantId, plane: chain.plane } : {}),
    code: record.code,
    rule: record.rule ?? sign.rule ?? null,
    detail: detailOf(data),
    at: record.at,
    ...together,
  }
  return raise(tx, deps, found)
}

/** A logon beside the others of its account, and whoever logged on. */
async function judgeLogon(
  tx: Tx,
  deps: ViolationDeps,
  of: { chain: ChainBehind; record: WatchedRecord; personId: string | null; data: Body['data'] },
): Promise<DomainEvent[]> {
  const { chain, record, personId, data } = of
  const { logonSessionId, logonFrom } = data
  if (!personId || typeof logonSessionId !== 'string' || typeof logonFrom !== 'string') return []
  const before = (ms: number): Date => new Date(record.at.getTime() - ms)
  const others = await listOtherLogons(tx, logonSessionId, before(lookBackMs), before(usedWithinMs))
  const signs = logonSigns({
    at: record.at,
    place: deps.placeOf(logonFrom),
    others: others.map((other) => ({ ...other, place: deps.placeOf(other.from) })),
    onDuty: await deps.onDuty(tx, personId),
    trained: (await deps.trained(tx, [personId], record.at)).has(personId),
  })
  const events: DomainEvent[] = []
  for (const { entry, intent, rule, detail } of signs)
    events.push(
      ...(await raise(tx, deps, {
        entry,
        intent,
        object: record.object,
        person: personId,
        tenantId: chain.tenantId,
        plane: chain.plane,
        rule: rule ?? null,
        detail: { from: logonFrom, ...detail },
        at: record.at,
        evidence: [evidenceOf(chain, record)],
      })),
    )
  return events
}

/** The refusals that make a case together; nothing while there are too few of them. */
async function gather(
  tx: Tx,
  chain: ChainBehind,
  record: WatchedRecord,
  sign: Sign,
): Promise<Pick<Finding, 'count' | 'firstAt' | 'evidence'> | undefined> {
  const needed = opensAfter[sign.intent]
  const own = evidenceOf(chain, record)
  if (needed === 1) return { evidence: [own] }
  const since = new Date(record.at.getTime() - togetherMs)
  const before = await listRepeats(tx, chain, record, { since, most: needed - 1 })
  if (before.length < needed - 1) return undefined
  const all = [own, ...before.map((one) => evidenceOf(chain, one))]
  return { count: all.length, firstAt: all.at(-1)!.at, evidence: all }
}

/** A session says more than the change it is for; a channel says less than the person who tried it. */
const objectOf = (record: WatchedRecord, data: Body['data']): string =>
  typeof data.sessionId === 'string' ? `session/${data.sessionId}` : record.object
const shown = [
  'endpoint',
  'detail',
  'deadline',
  'reason',
  'target',
  'account',
  'method',
  'from',
  'segments',
  'bytesLost',
  'chain',
]
function detailOf(data: Body['data']): Record<string, string | number> {
  const all: Record<string, string | number> = {}
  for (const name of shown) {
    const value = data[name]
    if (typeof value === 'number') all[name] = value
    else if (typeof value === 'string' && value !== '') all[name] = value.slice(0, 300)
  }
  return all
}

/** Fires what is due, each in a transaction of its own. */
export async function sweepViolationDeadlines(jobs: ViolationJobs, onError: OnError): Promise<number> {
  const now = jobs.deps.clock.now()
  const due = await jobs.db.read({ kind: 'nobody' }, (tx) => listDue(tx, now, 200))
  let fired = 0
  for (const { tenantId, caseId, name } of due)
    await jobs.db
      .transact({ kind: 'tenant', tenantId }, async (tx) => {
        const events = await fire(tx, jobs.deps, caseId, name)
        fired += events.length
        if (events.length > 0) await jobs.record(tx, events)
      })
      .catch((error: unknown) => onError(`${caseId} ${name}`, error))
  return fired
}

/** Silence is told upwards: it neither closes a case nor decides it. Only an appeal that nobody made lets a decision stand. */
async function fire(tx: Tx, deps: ViolationDeps, caseId: string, name: ViolationDeadline): Promise<DomainEvent[]> {
  const now = deps.clock.now()
  const before = await lockCase(tx, caseId)
  if (!before || !(await fireDeadline(tx, caseId, name, now))) return []
  const { tenantId, personId } = before
  const person = personId ? [{ personId, tenantId }] : []
  if (name === 'appeal') {
    const closed = await updateCase(tx, before, { state: afterMove('lapse'), stateSince: now, closedAt: now })
    await tell({ tx, deps }, closed, 'violation.closed', person)
    return [violationEvent(closed, 'violation.closed', { verdict: 'confirmed', why: 'not appealed' })]
  }
  const patch = name === 'answer' ? { answerOverdueAt: now } : name === 'decide' ? { decideOverdueAt: now } : {}
  const after = await updateCase(tx, before, patch)
  if (name === 'answer') await replaceDeadline(tx, after, dueIn({ ...after, answerOverdue: true }, now, deps.holidays), now)
  await tell({ tx, deps }, after, `violation.overdue.${name}`, [
    ...(name === 'answer' ? [...person, ...(await supervisorsOf(tx, deps, tenantId))] : []),
    ...(await securityOf(tx, deps, tenantId)),
    ...(await managementOf(tx, deps)),
  ])
  return [violationEvent(after, 'violation.overdue', { deadline: name, state: after.state })]
}
