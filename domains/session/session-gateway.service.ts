import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { ServiceActor } from '@huabiao/kit/actor/actor'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import { sm3 } from '@huabiao/kit/crypto/suite'
import { enterTenant, type Tx } from '@huabiao/kit/db/db'
import { Refusal } from '@huabiao/kit/errors/errors'
import { handle, handleStaged, look, type Route } from '@huabiao/kit/http/route'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import { manifestText } from './session.model.ts'
import type { SessionDeps, WorkBell } from './session.ports.ts'
import { closeSession, pauseSession, sessionEvent } from './session.service.ts'
import {
  insertSegment,
  listSegments,
  lockGrant,
  lockSession,
  type SessionRow,
  setGrantState,
  stepSession,
  tenantOfSession,
} from './session.store.ts'
import * as gate from './session-gateway.contract.ts'
import {
  clearWork,
  deleteWork,
  findGateway,
  listOpenGrants,
  listOpenSessions,
  listWork,
  saveGateway,
  takeTicket,
} from './session-gateway.store.ts'
import { ExecutionGrant } from './session-grant.model.ts'

/** What gateways say, as it becomes true here. Each report is safe to repeat; a gateway reaches only what was given to it. */
export function gatewayRoutes(deps: SessionDeps, bell: WorkBell): Route[] {
  const { clock, evidence } = deps
  const current = async (tx: Tx, actor: ServiceActor, bootId: string): Promise<void> => {
    const known = await findGateway(tx, actor.serviceId)
    if (known?.bootId !== bootId) throw new Refusal('session.stale_boot')
  }
  /** The change of a plan-run pauses with its session; an observe session pauses alone. */
  const interrupt = async (tx: Tx, session: SessionRow, reason: string, detail: string): Promise<DomainEvent[]> =>
    session.mode === 'plan-run'
      ? deps.runs().interrupted(tx, session.changeId, reason, detail)
      : pauseSession(tx, session, reason)

  return [
    handle(gate.gatewayHello, async (tx, actor, { body }) => {
      const now = clock.now()
      const id = actor.serviceId
      await saveGateway(tx, { id, plane: actor.plane, bootId: body.bootId, seenAt: now })
      await clearWork(tx, id)
      const events: DomainEvent[] = [
        { type: 'gateway.started', object: `gateway/${id}`, plane: actor.plane, bootId: body.bootId, version: body.version },
      ]
      // What an earlier boot had begun, nobody can vouch for; what it had not begun will never begin (NT-D02, itsm §4.4).
      for (const grant of await listOpenGrants(tx, id)) {
        await enterTenant(tx, grant.tenantId)
        await setGrantState(tx, grant.grantId, ['issued', 'started'], 'finished')
        if (grant.runId)
          events.push(
            ...(await deps.runs().finished(tx, grant.runId, lostReport(grant.state === 'started' ? 'unknown' : 'not-started'))),
          )
      }
      const unsealed = []
      for (const open of await listOpenSessions(tx, id)) {
        const session = await lockSession(tx, open.sessionId)
        events.push(...(await interrupt(tx, session, 'gateway-lost', 'the gateway was restarted')))
        const again = await lockSession(tx, open.sessionId)
        if (await stepSession(tx, again, 'close', { closedAt: now, closeReason: again.closeReason ?? 'gateway-lost' }))
          events.push(sessionEvent(again, 'session.closed', { reason: 'gateway-lost' }))
        unsealed.push({ sessionId: open.sessionId, segments: open.segments })
      }
      return { view: { now: now.toISOString(), unsealed }, events }
    }),
    handleStaged(gate.claimWork, async (stages, { body }) => {
      const { serviceId, plane } = stages.actor
      const until = clock.now().getTime() + body.waitMs
      const first = await stages.transact(async (tx) => {
        await current(tx, stages.actor, body.bootId)
        await saveGateway(tx, { id: serviceId, plane, bootId: body.bootId, seenAt: clock.now() })
        await deleteWork(tx, serviceId, body.done)
        return { view: await listWork(tx, serviceId), unchanged: true }
      })
      let items = first
      while (items.length === 0 && clock.now().getTime() < until) {
        await bell.wait(serviceId, until - clock.now().getTime())
        items = await stages.read((tx) => listWork(tx, serviceId))
      }
      return { view: { now: clock.now().toISOString(), items }, unchanged: true }
    }),
    look(gate.gatewayPulse, async (tx, actor, { body }) => {
      const known = await findGateway(tx, actor.serviceId)
      if (known?.bootId !== body.bootId) throw new Refusal('session.stale_boot')
      return { view: { now: clock.now().toISOString() } }
    }),
    handle(gate.sessionOpened, async (tx, actor, { params, body }) => {
      await current(tx, actor, body.bootId)
      const session = await lockSession(tx, params.sessionId, actor.serviceId)
      const opened = await stepSession(tx, session, 'open', { bootId: body.bootId, openedAt: clock.now() })
      if (!opened && session.state !== 'live') throw new Refusal('session.wrong_state')
      return opened ? { view: {}, events: [sessionEvent(session, 'session.live')] } : { view: {}, unchanged: true }
    }),
    handle(gate.sessionRefused, async (tx, actor, { params, body }) => {
      const session = await lockSession(tx, params.sessionId, actor.serviceId)
      const interrupted = await interrupt(tx, session, 'recorder-lag', body.reason)
      const again = await lockSession(tx, params.sessionId, actor.serviceId)
      const ended = await stepSession(tx, again, 'declareGap', { closedAt: clock.now(), closeReason: body.reason })
      const events = ended
        ? [...interrupted, sessionEvent(session, 'session.gap', { segments: session.segments, reason: body.reason })]
        : interrupted
      return events.length > 0 ? { view: {}, events } : { view: {}, unchanged: true }
    }),
    handleStaged(gate.putSegment, async (stages, { params, body }) => {
      const bytes = new Uint8Array(Buffer.from(body.data, 'base64'))
      const tenantId = await stages.read((tx) => tenantOfSession(tx, params.sessionId, stages.actor.serviceId))
      // Durable first, outside any transaction; an object nobody points to harms nobody.
      await evidence.keep(bytes, { tenantId, sha256: body.sha256, sm3: body.sm3, class: 'recording' })
      const segments = await stages.transact(async (tx) => {
        const session = await lockSession(tx, params.sessionId, stages.actor.serviceId)
        if (session.state === 'sealed' || session.state === 'gap') throw new Refusal('session.wrong_state')
        if (body.index < session.segments) {
          const known = (await listSegments(tx, session.id))[body.index]
          if (known?.sm3 !== body.sm3) throw new Refusal('session.segment_digest_mismatch')
          return { view: session.segments, unchanged: true }
        }
        if (body.index !== session.segments) throw new Refusal('session.segment_out_of_order', { due: session.segments })
        const { index, sm3: digest, sha256, startedAtMs, endedAtMs, marks } = body
        await insertSegment(tx, session, { index, sm3: digest, sha256, bytes: bytes.length, startedAtMs, endedAtMs, marks })
        await evidence.index(tx, { tenantId: session.tenantId, sha256, sm3: digest, class: 'recording', bytes: bytes.length })
        const event = sessionEvent(session, 'recording.segment_sealed', { index, sm3: digest, sha256, bytes: bytes.length })
        return { view: session.segments + 1, events: [event] }
      })
      return { view: { segments }, unchanged: true }
    }),
    handle(gate.grantStarted, async (tx, actor, { params, body }) => {
      await current(tx, actor, body.bootId)
      const grant = await lockGrant(tx, params.grantId, actor.serviceId)
      const now = clock.now()
      if (grant.state !== 'issued') throw new Refusal('session.grant_used')
      if (now >= grant.notAfter) throw new Refusal('session.grant_expired')
      const session = await lockSession(tx, grant.sessionId, actor.serviceId)
      if (session.state !== 'live') throw new Refusal('change.paused')
      await setGrantState(tx, grant.id, ['issued'], 'started', { bootId: body.bootId, at: now })
      const events = grant.runId
        ? await deps.runs().started(tx, grant.runId)
        : [sessionEvent(session, 'step.started', { grantId: grant.id, stepKey: outsidePlan(session) })]
      // A run that is no longer waiting to start was ended by time or by hand.
      if (events.length === 0) throw new Refusal('session.grant_expired')
      return { view: { now: now.toISOString() }, events }
    }),
    handle(gate.grantFinished, async (tx, actor, { params, body }) => {
      const grant = await lockGrant(tx, params.grantId, actor.serviceId)
      if (!(await setGrantState(tx, grant.id, ['issued', 'started'], 'finished'))) return { view: {}, unchanged: true }
      if (grant.runId) {
        const events = await deps.runs().finished(tx, grant.runId, body)
        return events.length > 0 ? { view: {}, events } : { view: {}, unchanged: true }
      }
      const session = await lockSession(tx, grant.sessionId, actor.serviceId)
      const { outcome, exitCode, outputSha256, durationMs } = body
      const type = outcome === 'unknown' ? 'step.unknown' : 'step.finished'
      const stepKey = outsidePlan(session)
      const data = { grantId: grant.id, stepKey, outcome, exitCode, outputSha256, durationMs }
      // A terminal has its session to itself: where it ends, the recording does.
      const how = { drain: true, reason: `terminal ${outcome}`, at: clock.now() }
      const closed = session.mode === 'interactive' ? await closeSession(tx, session, how) : []
      return { view: {}, events: [sessionEvent(session, type, data), ...closed] }
    }),
    handle(gate.sessionSealed, async (tx, actor, { params, body }) => {
      const session = await lockSession(tx, params.sessionId, actor.serviceId)
      if (session.state === 'sealed') return { view: {}, unchanged: true }
      const segments = await listSegments(tx, session.id)
      if (segments.length !== body.segments) throw new Refusal('session.segment_out_of_order', { due: segments.length })
      const manifest = toHex(sm3(utf8(manifestText({ sessionId: session.id, reason: body.reason, segments }))))
      if (manifest !== body.manifestSm3) throw new Refusal('session.segment_digest_mismatch')
      const at = clock.now()
      const events = isOpen(session) ? await interrupt(tx, session, 'gateway-lost', body.reason) : []
      const again = await lockSession(tx, session.id, actor.serviceId)
      const closed =
        again.state === 'closed'
          ? again
          : await stepSession(tx, again, 'close', { closedAt: at, closeReason: again.closeReason ?? body.reason })
      if (!closed || !(await stepSession(tx, closed, 'seal', { sealedAt: at, manifestSm3: manifest })))
        throw new Refusal('session.wrong_state')
      return {
        view: {},
        events: [
          ...events,
          sessionEvent(session, 'session.sealed', { segments: segments.length, manifest, reason: body.reason }),
        ],
      }
    }),
    handle(gate.sessionGap, async (tx, actor, { params, body }) => {
      const session = await lockSession(tx, params.sessionId, actor.serviceId)
      const interrupted = isOpen(session) ? await interrupt(tx, session, 'recorder-lag', body.reason) : []
      const again = await lockSession(tx, session.id, actor.serviceId)
      const at = clock.now()
      if (
        !(await stepSession(tx, again, 'declareGap', {
          closedAt: again.closedAt ?? at,
          closeReason: again.closeReason ?? body.reason,
        }))
      )
        return { view: {}, unchanged: true }
      const data = { segments: session.segments, reason: body.reason, bytesLost: body.bytesLost }
      return { view: {}, events: [...interrupted, sessionEvent(session, 'session.gap', data)] }
    }),
    handle(gate.gatewayPause, async (tx, actor, { params, body }) => {
      const session = await lockSession(tx, params.sessionId, actor.serviceId)
      const events = await interrupt(tx, session, body.reason, body.detail)
      return events.length > 0 ? { view: {}, events } : { view: {}, unchanged: true }
    }),
    handleStaged(gate.requestCertificate, async (stages, { body }) => {
      const { envelope, publicKey, proof, boxKey, boxProof } = body
      const gatewayId = stages.actor.serviceId
      const grant = boxKey && boxProof ? grantIn(envelope) : undefined
      const secret = grant && { grant, request: { envelope, boxKey: boxKey!, gatewayId, proof: boxProof! } }
      const boxed = secret && (await deps.kept().release(stages, secret))
      if (boxed) return { view: { certificate: null, boxed }, unchanged: true }
      const certificate = await deps.signer.signSshCertificate({ envelope, publicKey, proof, gatewayId })
      return { view: { certificate }, unchanged: true }
    }),
    look(gate.gatewayKeys, async () => {
      const { keys, sealing } = await deps.signer.keys()
      return { view: { keys, sealing: { ...sealing, signatures: [...sealing.signatures] } } }
    }),
    handle(gate.redeemTicket, async (tx, _actor, { body }) => {
      const ticket = await takeTicket(tx, createHash('sha256').update(body.ticket).digest('hex'))
      if (!ticket || ticket.expiresAt <= clock.now() || ticket.sourceIp !== body.sourceIp)
        throw new Refusal('session.ticket_invalid')
      await enterTenant(tx, ticket.tenantId)
      const object = `person/${ticket.personId}`
      if (ticket.kind === 'watch') {
        const event = {
          type: 'session.watched',
          object: `session/${ticket.sessionId}`,
          tenantId: ticket.tenantId,
          personId: ticket.personId,
        }
        return { view: { kind: 'watch' as const, sessionId: ticket.sessionId!, personName: ticket.personName }, events: [event] }
      }
      const { accountId, personId, tenantId, sourceIp, mfaAt } = ticket
      const token = await deps.issueToken(tx, {
        accountId,
        personId,
        tenantId,
        door: 'web-terminal',
        sourceIp,
        mfaAt,
        ttlMs: 8 * 3_600_000,
      })
      const events = [{ type: 'session.web_terminal', object, tenantId, personId }]
      return { view: { kind: 'terminal' as const, token, personName: ticket.personName, locale: ticket.locale }, events }
    }),
  ]
}

/** What an envelope says before anybody has verified it: enough to know whose credential may be asked for; the signer judges. */
function grantIn(envelope: { readonly payload: string }): ExecutionGrant | undefined {
  try {
    return ExecutionGrant.safeParse(JSON.parse(envelope.payload)).data
  } catch {
    return undefined
  }
}
/** What runs outside a plan: a look, or a terminal of an emergency. */
const outsidePlan = (session: SessionRow): string => (session.mode === 'interactive' ? 'terminal' : 'observe')
const isOpen = (session: SessionRow): boolean => ['live', 'paused', 'requested'].includes(session.state)
const lostReport = (outcome: 'unknown' | 'not-started') => ({
  outcome,
  exitCode: null,
  stdout: '',
  stderr: '',
  outputSha256: '0'.repeat(64),
  durationMs: 0,
  detail: 'the gateway was restarted',
})
