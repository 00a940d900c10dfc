import { planeOf } from '@huabiao/kit/actor/actor'
import { lineFingerprint } from '@huabiao/kit/crypto/fingerprint'
import { handle, handleStaged, look, type Route } from '@huabiao/kit/http/route'
import * as contract from './enrolment.contract.ts'
import { hasPassed, verdictsOf } from './enrolment.model.ts'
import type { EnrolmentDeps } from './enrolment.ports.ts'
import { askKey, decideKey, enrol, enrolmentEvent, enrolmentItems, oneEnrolment, startCheck } from './enrolment.service.ts'
import { finishCheck, lockCheck, setCertified } from './enrolment.store.ts'
import * as gate from './enrolment-gateway.contract.ts'

export type { EnrolmentDeps, QueuedCheck } from './enrolment.ports.ts'

export function enrolmentModule(deps: EnrolmentDeps): { routes: Route[] } {
  return {
    routes: [
      look(contract.enrolmentTrust, async (_tx, actor) => {
        const plane = planeOf(actor.party)
        return { view: { plane, authority: (await deps.signer.keys()).sshCas[plane], controlPlaneUrl: deps.controlPlaneUrl } }
      }),
      look(contract.listEnrolments, async (tx, _actor, { query }) => {
        const items = await enrolmentItems(tx, deps, query)
        return { view: { items, next: items.length === query.limit ? items.at(-1)!.targetId : null } }
      }),
      look(contract.getEnrolment, async (tx, actor, { params }) => ({
        view: await oneEnrolment(tx, deps, actor, params.targetId),
      })),
      handle(contract.enrolTarget, (tx, actor, { body }) => enrol(tx, deps, actor, body)),
      handle(contract.checkTarget, (tx, actor, { params }) => startCheck(tx, deps, actor, params.targetId)),
      handle(contract.askHostKey, (tx, actor, { params, body }) => askKey(tx, deps, actor, { ...params, ...body })),
      handle(contract.decideHostKey, (tx, actor, { params, body }) => decideKey(tx, deps, actor, { ...params, body })),
      handleStaged(gate.checkCertificates, async (stages, { params, body }) => {
        const { checkId } = params
        const gatewayId = stages.actor.serviceId
        const certificates = await deps.signer.signCheckCertificates({ checkId, gatewayId, ...body })
        // Which key it was for is known before the gateway can use it: the target's log will name it.
        await stages.transact(async (tx) => {
          await lockCheck(tx, checkId, gatewayId)
          await setCertified(tx, checkId, lineFingerprint(body.publicKey))
          return { view: undefined, unchanged: true }
        })
        return { view: { certificates: [...certificates] }, unchanged: true }
      }),
      handle(gate.checkFinished, async (tx, actor, { params, body }) => {
        const check = await lockCheck(tx, params.checkId, actor.serviceId)
        if (check.state === 'finished') return { view: {}, unchanged: true }
        const [target] = await deps.targets.find(tx, [check.targetId])
        const accounts = target!.accounts.filter(({ privileged }) => !privileged).map(({ name }) => name)
        const verdicts = verdictsOf(body.seen, accounts)
        const passed = hasPassed(verdicts)
        await finishCheck(tx, check.id, { at: deps.clock.now(), passed, verdicts })
        const failed = verdicts
          .filter((one) => !one.passed)
          .map(({ probe, account }) => (account ? `${probe}:${account}` : probe))
        const data = { checkId: check.id, gatewayId: check.gatewayId, askedBy: check.askedBy, passed, failed }
        return { view: {}, events: [enrolmentEvent(target!, 'target.checked', data)] }
      }),
    ],
  }
}
