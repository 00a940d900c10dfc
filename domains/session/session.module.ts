import { createHash, randomBytes } from 'node:crypto'
import { changeRefusals } from '@huabiao/domains/change/change.model'
import { type PersonActor, planeOf } from '@huabiao/kit/actor/actor'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { notFound, Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import { handle, handleRaw, look, type Route } from '@huabiao/kit/http/route'
import * as contract from './session.contract.ts'
import { isOwnSession, isRunning, replayRefusal, sessionRefusals, ticketMs } from './session.model.ts'
import type { SessionDeps } from './session.ports.ts'
import { checkPort, closeSession, liveGateway, ownSession, sessionEvent, sessionPort } from './session.service.ts'
import { findSession, listSegments, listSessionRows, lockGrant, lockSession, type SessionRow } from './session.store.ts'
import { fetchPort } from './session-fetch.service.ts'
import { workBell } from './session-gateway.jobs.ts'
import { gatewayRoutes } from './session-gateway.service.ts'
import { insertTicket } from './session-gateway.store.ts'
import { observeRoutes } from './session-observe.service.ts'
import { segmentLines, shownLines } from './session-recording.service.ts'
import { terminalRoutes } from './session-terminal.service.ts'

export type { KeptCredentials, SessionDeps } from './session.ports.ts'
export { endSessionsOf } from './session-end.service.ts'
export type { FetchPort } from './session-fetch.service.ts'
export { readSessionLevels, recordingWatch, sweepGateways } from './session-gateway.jobs.ts'
export { sweepTerminals } from './session-terminal.jobs.ts'

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
    reviewerId: session.reviewerId,
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

export function sessionModule(deps: SessionDeps) {
  const { clock, evidence } = deps
  const bell = workBell(deps.db)
  const mayReplay = async (tx: ReadTx, actor: PersonActor, session: SessionRow) =>
    replayRefusal(session, actor, {
      audit: await deps.isAllowed(tx, actor, 'recording:audit'),
      ofProvider: await deps.isAllowed(tx, actor, 'recording:of-provider'),
    })
  /** Of others' sessions only who oversees them learns anything, their being there included (NT-E03). */
  const visible = async (tx: ReadTx, actor: PersonActor, id: string): Promise<SessionRow> => {
    const session = await findSession(tx, id)
    const known = session && (isOwnSession(session, actor.personId) || (await deps.isAllowed(tx, actor, 'session:oversee')))
    if (!session || !known) throw notFound('session')
    return session
  }
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
  const routes: Route[] = [
    look(contract.listSessions, async (tx, actor, { query }) => {
      const states = query.state === 'running' ? runningStates : query.state ? [query.state] : undefined
      const ofPerson = (await deps.isAllowed(tx, actor, 'session:oversee')) ? undefined : actor.personId
      const notOf = query.ofOthers ? actor.tenantId : undefined
      const rows = await listSessionRows(tx, { ...query, states, ofPerson, notOf })
      return { view: { items: rows.map(toView), next: rows.length === query.limit ? rows.at(-1)!.id : null } }
    }),
    look(contract.getSession, async (tx, actor, { params }) => {
      const session = await visible(tx, actor, params.sessionId)
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
        const found = await visible(tx, stages.actor, sessionId)
        refuseIf(await mayReplay(tx, stages.actor, found))
        return { session: found, segments: await listSegments(tx, found.id) }
      })
      await stages.record([sessionEvent(session, 'recording.read', { segments: segments.length })])
      // Read and checked before the first byte goes out where that is cheap; a later segment that fails breaks the stream off.
      const read = async (sha256: string): Promise<Uint8Array> =>
        shownLines(await segmentLines(await evidence.read({ tenantId: session.tenantId, sha256 })))
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
    handle(contract.killSession, async (tx, actor, { params, body }) => {
      await visible(tx, actor, params.sessionId)
      const session = await lockSession(tx, params.sessionId)
      const how = { drain: false, reason: body.reason, at: clock.now(), event: 'session.killed' }
      const killed = await closeSession(tx, session, how)
      if (killed.length === 0) throw new Refusal('session.wrong_state')
      const paused =
        session.mode === 'plan-run' ? await deps.runs().interrupted(tx, session.changeId, 'supervisor-order', body.reason) : []
      return { view: toView(await lockSession(tx, session.id)), events: [...killed, ...paused] }
    }),
    handle(contract.watchSession, async (tx, actor, { params }) => {
      const session = await visible(tx, actor, params.sessionId)
      if (!isRunning(session.state)) throw new Refusal('session.wrong_state')
      // The ticket's use is recorded when it is redeemed; making one shows nothing.
      return {
        view: await ticketFor(tx, actor, { kind: 'watch', sessionId: session.id, gatewayId: session.gatewayId }),
        unchanged: true,
      }
    }),
    handle(contract.openWebTerminal, async (tx, actor) => {
      const gateway = await liveGateway(tx, planeOf(actor.party), clock.now())
      if (!gateway) throw new Refusal('session.gateway_unavailable')
      return { view: await ticketFor(tx, actor, { kind: 'terminal', sessionId: null, gatewayId: gateway.id }), unchanged: true }
    }),
    handle(contract.closeOwnSession, async (tx, actor, { params }) => {
      const session = await ownSession(tx, actor, params.sessionId)
      if (session.mode === 'plan-run') throw new Refusal('session.wrong_state')
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
    ...observeRoutes(deps, toView),
    ...terminalRoutes(deps, toView),
    ...gatewayRoutes(deps, bell),
  ]
  /** A grant not yet used up, for a gateway that prepares to use it. @throws Refusal session.grant_not_found, session.other_gateway */
  const liveGrant = async (tx: Tx, grantId: string, gatewayId: string) => {
    const grant = await lockGrant(tx, grantId, gatewayId)
    if (grant.state !== 'issued' || clock.now() >= grant.notAfter) throw new Refusal('session.grant_not_found')
    return { tenantId: grant.tenantId, changeId: grant.changeId }
  }
  return {
    routes,
    port: sessionPort(deps),
    find: findSession,
    liveGrant,
    fetches: fetchPort(deps),
    checks: checkPort(),
    bell,
    deps,
  }
}

const reportedRules = { ...sessionRefusals, ...changeRefusals }
