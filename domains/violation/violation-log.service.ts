import type { DomainEvent } from '@huabiao/kit/contract/contract'
import { lineFingerprint } from '@huabiao/kit/crypto/fingerprint'
import type { Tx } from '@huabiao/kit/db/db'
import { Refusal } from '@huabiao/kit/errors/errors'
import { handleStaged, type Route } from '@huabiao/kit/http/route'
import type { ViolationDeps } from './violation.ports.ts'
import { reportTargetLog } from './violation-log.contract.ts'
import {
  findLoggedSession,
  findLoggedTarget,
  isCheckLogon,
  isKeptLogon,
  isStepRunning,
  type LoggedTarget,
  lockLogPosition,
  noteCertificate,
  setLogPosition,
} from './violation-log.store.ts'
import { checkOf, madeFor, readLine, type TargetLogon, unexplained } from './violation-logon.model.ts'

type Named = LoggedTarget & { readonly name: string }

/** The door of the followers. A logon becomes a record of the target's unit; the sweep of the ledger makes the case of it. */
export const targetLogRoutes = (deps: ViolationDeps): Route[] => [
  handleStaged(reportTargetLog, async ({ actor, transact }, { body }) => {
    if (!deps.mayFollow(actor.serviceId, body.target)) throw new Refusal('violation.target_unknown', { target: body.target })
    const authorities = {
      platform: lineFingerprint(await deps.authority('platform')),
      tenant: lineFingerprint(await deps.authority('tenant')),
    }
    const at = deps.clock.now()
    const view = await transact(async (tx) => {
      const target = await findLoggedTarget(tx, body.target)
      if (!target) throw new Refusal('violation.target_unknown', { target: body.target })
      const known: Named = { ...target, name: body.target }
      const authority = authorities[target.plane]
      const before = await lockLogPosition(tx, actor.serviceId, target.id)
      const same = before?.stream === body.stream
      const taken = same ? before.taken : 0
      // Said by a repetition, or by a follower that lost its place: it is told where to go on.
      if (body.from < taken) return { view: { stream: body.stream, taken }, unchanged: true as const }
      if (body.from > taken) throw new Refusal('violation.log_gap', { taken })
      await setLogPosition(tx, { followerId: actor.serviceId, targetId: target.id, at }, { stream: body.stream, taken: body.to })
      const events: DomainEvent[] = body.lost && !same ? [logEvent(known, 'target.log_lost', {})] : []
      for (const line of body.lines) {
        const logon = readLine(line)
        if (logon) events.push(...(await judgeLogon({ tx, at, authority, stream: body.stream }, known, logon)))
      }
      const done = { stream: body.stream, taken: body.to }
      return events.length > 0 ? { view: done, events } : { view: done, unchanged: true as const }
    })
    return { view, unchanged: true }
  }),
]

const logEvent = (target: Named, type: string, data: Record<string, unknown>): DomainEvent => ({
  type,
  object: `target/${target.id}`,
  tenantId: target.tenantId,
  plane: target.plane,
  target: target.name,
  ...data,
})

async function judgeLogon(
  on: { tx: Tx; at: Date; authority: string; stream: string },
  target: Named,
  logon: TargetLogon,
): Promise<DomainEvent[]> {
  const { tx, at, authority, stream } = on
  const ofCheck = logon.certificate && checkOf(logon.certificate.keyId)
  // A check of ours logs on several times with one key, and with wrong certificates too: what enters is judged there.
  if (ofCheck && (await isCheckLogon(tx, { checkId: ofCheck, targetId: target.id, key: logon.certificate!.fingerprint })))
    return [
      logEvent(target, 'target.logon', { account: logon.account, method: logon.method, from: logon.from, checkId: ofCheck }),
    ]
  // A kept secret was released for it (RL-18): each release explains its own few logons.
  if (logon.kind === 'ssh' && !logon.certificate && (await isKeptLogon(tx, { targetId: target.id, logon, at })))
    return [logEvent(target, 'target.logon', { account: logon.account, method: logon.method, from: logon.from, kept: true })]
  const named = logon.certificate && madeFor(logon.certificate.keyId)
  const session = named && (await findLoggedSession(tx, named.sessionId, target.id))
  // Only what our own authority signed can be used twice: other keys are remembered by nobody.
  const isOurs = logon.certificate?.authority === authority
  const { fingerprint } = logon.certificate ?? {}
  const seen =
    isOurs && fingerprint ? await noteCertificate(tx, { fingerprint, targetId: target.id, port: logon.port, stream, at }) : 'new'
  if (seen === 'again') return []
  const stepRunning = logon.kind === 'root' && (await isStepRunning(tx, target.id, at))
  const reason = unexplained(logon, { authority, session, seenBefore: seen === 'used', stepRunning })
  const { account, method, from } = logon
  const data = { account, method, from, ...(fingerprint ? { fingerprint } : {}) }
  if (!reason) return [logEvent(target, 'target.logon', { ...data, ...(named ? { sessionId: named.sessionId } : {}) })]
  const privileged = target.accounts.some((one) => one.login === account && one.privileged)
  const root = logon.kind === 'root' || account === 'root' || privileged
  return [logEvent(target, 'target.logon_unexplained', { ...data, reason, root })]
}
