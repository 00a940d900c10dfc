import { createHash, randomBytes } from 'node:crypto'
import { changeRefusals } from '@huabiao/domains/change/change.model'
import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { notFound, Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import { handle, handleRaw, handleStaged, look, type Route } from '@huabiao/kit/http/route'
import { newId } from '@huabiao/kit/ids/new-id'
import * as contract from './session.contract.ts'
import { gatewayLostMs, isRunning, replayRefusal, sessionRefusals, ticketMs } from './session.model.ts'
import type { SessionDeps } from './session.ports.ts'
import { closeSession, openSession, sessionEvent, sessionPort } from './session.service.ts'
import { findSession, listSegments, listSessionRows, lockSession, type SessionRow } from './session.store.ts'
import { workBell } from './session-gateway.jobs.ts'
import { gatewayRoutes } from './session-gateway.service.ts'
import { insertTicket, listGateways, queueWork } from './session-gateway.store.ts'
import { writeObserveGrant } from './session-grant.service.ts'
import { observeLine, observeRefusal } from './session-observe.model.ts'

export type { SessionDeps } from './session.ports.ts'
export { sweepGateways } from './session-gateway.jobs.ts'

const runningStates = ['live', 'paused', 'draining']

export function toView(session: SessionRow): contract.SessionView {
  return {
    id: session.id,
    tenantId: session.tenantId,
    plane: session.plane,
    mode: session.mode,
    state: session.state,
    changeId: session.changeId,
    changeNo: session.changeNo,
    purpose: session.title,
    executorId: session.executorId,
    executorName: session.executorName,
    reviewerName: session.reviewerName,
    targetNames: [...session.targetNames],
    door: session.door,
    sourceIp: session.sourceIp,
    gatewayId: session.gatewayId,
    openedAt: session.openedAt?.toISOString() ?? null,
    closedAt: session.closedAt?.toISOString() ?? null,
    closeReason: session.closeReason,
    sealedAt: session.sealedAt?.toISOString() ?? null,
    segments: session.segments,
    bytes: session.bytes,
    manifestSm3: session.manifestSm3,
  }
}
const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex')
const visible = async (tx: ReadTx, id: string): Promise<SessionRow> => {
  const session = await findSession(tx, id)
  if (!session) throw notFound('session')
  return session
}

export function sessionModule(deps: SessionDeps) {
  const { clock, evidence } = deps
  const bell = workBell(deps.db)
  const mayReplay = async (tx: ReadTx, actor: PersonActor, session: SessionRow) =>
    replayRefusal(session, actor.personId, await deps.isAllowed(tx, actor, 'recording:audit'))
  const ticketFor = async (
    tx: Tx,
    actor: PersonActor,
    of: { kind: 'watch' | 'terminal'; sessionId: string | null; gatewayId: string },
  ) => {
    const wsUrl = deps.wsUrl(of.gatewayId)
    if (!wsUrl) throw new Refusal('session.gateway_unavailable')
    const ticket = randomBytes(32).toString('base64url')
    const expiresAt = new Date(clock.now().getTime() + ticketMs)
    await insertTicket(tx, {
      tokenSha256: sha256Hex(ticket),
      kind: of.kind,
      sessionId: of.sessionId,
      accountId: actor.accountId,
      personId: actor.personId,
      tenantId: actor.tenantId,
      personName: actor.name,
      locale: await deps.localeOf(tx, actor),
      sourceIp: actor.sourceIp,
      mfaAt: actor.mfaAt ?? null,
      expiresAt,
    })
    return { ticket, wsUrl: `${wsUrl}/${of.kind}`, expiresAt: expiresAt.toISOString() }
  }
  /** Somebody's own observe session, live. */
  const own = async (tx: Tx, actor: PersonActor, id: string): Promise<SessionRow> => {
    await visible(tx, id)
    const session = await lockSession(tx, id)
    if (session.executorId !== actor.personId) throw new Refusal('session.not_executor')
    return session
  }

  const routes: Route[] = [
    look(contract.listSessions, async (tx, _actor, { query }) => {
      const states = query.state === 'running' ? runningStates : query.state ? [query.state] : undefined
      const rows = await listSessionRows(tx, { ...query, states })
      return { view: { items: rows.map(toView), next: rows.length === query.limit ? rows.at(-1)!.id : null } }
    }),
    look(contract.getSession, async (tx, actor, { params }) => {
      const session = await visible(tx, params.sessionId)
      const segments = await listSegments(tx, session.id)
      const marks = segments.flatMap((segment) => segment.marks).slice(0, 5000)
      return {
        view: {
          ...toView(session),
          marks: [...marks],
          segmentList: segments.map(({ marks: _marks, ...segment }) => segment),
          watchRefusal: isRunning(session.state) ? null : 'session.wrong_state',
          replayRefusal: (await mayReplay(tx, actor, session)) ?? null,
        },
      }
    }),
    handleRaw(contract.readRecording, async (_request, reply, stages, input) => {
      const { sessionId } = input.params as { sessionId: string }
      const { session, segments } = await stages.read(async (tx) => {
        const found = await visible(tx, sessionId)
        refuseIf(await mayReplay(tx, stages.actor, found))
        return { session: found, segments: await listSegments(tx, found.id) }
      })
      await stages.record([sessionEvent(session, 'recording.read', { segments: segments.length })])
      // Read and checked before the first byte goes out where that is cheap; a later segment that fails breaks the stream off.
      const read = (sha256: string): Promise<Uint8Array> => evidence.read({ tenantId: session.tenantId, sha256 })
      const first = segments[0] ? await read(segments[0].sha256) : undefined
      reply.hijack()
      reply.raw.writeHead(200, { 'content-type': 'application/x-asciicast; charset=utf-8', 'cache-control': 'no-store' })
      for (const segment of segments) {
        const bytes = segment.index === 0 && first ? first : await read(segment.sha256).catch(() => undefined)
        if (!bytes) return reply.raw.destroy()
        if (!reply.raw.write(bytes)) await new Promise((resolve) => reply.raw.once('drain', resolve))
      }
      return reply.raw.end()
    }),
    handle(contract.killSession, async (tx, _actor, { params, body }) => {
      await visible(tx, params.sessionId)
      const session = await lockSession(tx, params.sessionId)
      const how = { drain: false, reason: body.reason, at: clock.now(), event: 'session.killed' }
      const killed = await closeSession(tx, session, how)
      if (killed.length === 0) throw new Refusal('session.wrong_state')
      const paused =
        session.mode === 'plan-run' ? await deps.runs().interrupted(tx, session.changeId, 'supervisor-order', body.reason) : []
      return { view: toView(await lockSession(tx, session.id)), events: [...killed, ...paused] }
    }),
    handle(contract.watchSession, async (tx, actor, { params }) => {
      const session = await visible(tx, params.sessionId)
      if (!isRunning(session.state)) throw new Refusal('session.wrong_state')
      // The ticket's use is recorded when it is redeemed; making one shows nothing.
      return {
        view: await ticketFor(tx, actor, { kind: 'watch', sessionId: session.id, gatewayId: session.gatewayId }),
        unchanged: true,
      }
    }),
    handle(contract.openWebTerminal, async (tx, actor) => {
      const [gateway] = await listGateways(tx)
      if (!gateway) throw new Refusal('session.gateway_unavailable')
      return { view: await ticketFor(tx, actor, { kind: 'terminal', sessionId: null, gatewayId: gateway.id }), unchanged: true }
    }),
    handle(contract.openObserve, async (tx, actor, { body }) => {
      const now = clock.now()
      const change = await deps.observable(tx, actor, body.changeId)
      if (!change) throw new Refusal('session.observe_needs_purpose')
      if (change.executorId !== actor.personId) throw new Refusal('session.not_executor')
      const [target] = change.targetIds.includes(body.targetId) ? await deps.targets.find(tx, [body.targetId]) : []
      const account = target?.accounts.find((candidate) =>
        body.account ? candidate.name === body.account : !candidate.privileged,
      )
      if (!target || !account) throw new Refusal('session.target_not_found')
      // A look never needs root: a privileged account is used by an approved step, or not at all (RL-17).
      if (account.privileged) throw new Refusal('session.root_refused', { account: account.name })
      const gateway = (await listGateways(tx)).find(
        (g) => g.plane === change.plane && now.getTime() - g.seenAt.getTime() <= gatewayLostMs,
      )
      if (!gateway) throw new Refusal('session.gateway_unavailable')
      const { sessionId, events } = await openSession(tx, {
        tenantId: change.tenantId,
        partyIds: change.partyIds,
        plane: change.plane,
        mode: 'observe',
        changeId: change.id,
        changeNo: change.no,
        title: [change.no, target.name, body.purpose].filter(Boolean).join(' · '),
        executorId: actor.personId,
        executorName: actor.name,
        reviewerId: null,
        reviewerName: null,
        targetNames: [target.name],
        targetId: target.id,
        account: account.name,
        door: actor.door,
        sourceIp: actor.sourceIp,
        gatewayId: gateway.id,
        at: now,
      })
      const stated = events.map((event) => (body.purpose ? { ...event, purpose: body.purpose } : event))
      return { view: toView(await visible(tx, sessionId)), events: stated }
    }),
    handleStaged(contract.observeCommand, async (stages, { params, body }) => {
      const { actor } = stages
      const line = observeLine(body.argv) ?? ''
      const { grant, gatewayId } = await stages.transact(async (tx) => {
        const refusal = line === '' ? observeRefusal(body.argv.join(' ')) : undefined
        const words = { command: body.argv[0] ?? '' }
        // A mutation is refused as one whatever session it names; of the rest only whose session it is may learn more (NT-B13).
        if (refusal === 'session.mutation_refused') throw new Refusal(refusal, words)
        const session = await own(tx, actor, params.sessionId)
        refuseIf(refusal, words)
        if (session.state !== 'live' || session.mode !== 'observe') throw new Refusal('session.wrong_state')
        const change = await deps.observable(tx, actor, session.changeId)
        const [target] = await deps.targets.find(tx, [session.targetId!])
        if (!change || !target) throw new Refusal('session.observe_needs_purpose')
        const written = await writeObserveGrant(tx, {
          session,
          change,
          executor: { personId: actor.personId, name: actor.name },
          target,
          batch: change.batchOf[target.id] ?? 1,
          account: session.account!,
          line,
          now: clock.now(),
        })
        const data = {
          grantId: written.id,
          command: line,
          target: target.name,
          notAfter: written.notAfter,
          timeoutMs: written.timeoutMs,
        }
        const events = [
          sessionEvent(session, 'observe.command', { command: line, target: target.name }),
          sessionEvent(session, 'grant.issued', data),
        ]
        return { view: { grant: written, gatewayId: session.gatewayId }, events }
      })
      const envelope = await deps.signer.signExecutionGrant(grant)
      await stages.transact(async (tx) => {
        const run = {
          kind: 'run' as const,
          workId: newId(),
          sessionId: params.sessionId,
          grant: envelope,
          stdin: '',
          label: line.length > 200 ? `${line.slice(0, 199)}…` : line,
          stepKey: null,
        }
        await queueWork(tx, gatewayId, run)
        return { view: undefined, unchanged: true }
      })
      return { view: { runId: grant.runId }, unchanged: true }
    }),
    handle(contract.closeOwnSession, async (tx, actor, { params }) => {
      const session = await own(tx, actor, params.sessionId)
      if (session.mode !== 'observe') throw new Refusal('session.wrong_state')
      const events = await closeSession(tx, session, { drain: true, reason: 'closed by its user', at: clock.now() })
      if (events.length === 0) throw new Refusal('session.wrong_state')
      return { view: toView(await lockSession(tx, session.id)), events }
    }),
    handle(contract.reportRefusal, async (_tx, _actor, { body }) => ({
      view: {},
      events: [
        {
          type: 'access.refused',
          object: `channel/${body.channel}`,
          decision: 'refused',
          code: body.code,
          rule: reportedRules[body.code].rule,
          via: body.door,
          detail: body.detail,
        },
      ],
    })),
    ...gatewayRoutes(deps, bell),
  ]
  return { routes, port: sessionPort(), bell, deps }
}

const reportedRules = { ...sessionRefusals, ...changeRefusals }
