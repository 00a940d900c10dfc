import type { KeyObject } from 'node:crypto'
import { clockSkewMaxMs } from '@huabiao/domains/session/session-grant.model'
import { openingRefusal } from '@huabiao/domains/session/session-keystroke.model'
import type { Clock } from '@huabiao/kit/clock/clock'
import { recordingKey } from '@huabiao/kit/crypto/key-seal'
import { Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import type { SignerFacts } from './facts.ts'
import type { KeystrokesBody } from './requests.ts'

/**
 * The key of what was typed in one recording, for as long as two persons' request for it stands (S8). Asked of the database, not of whoever
 * calls: a control plane that was taken over finds no request, and would have to leave one in the ledger's tables to be given a key.
 * @throws Refusal `session.keys_*`
 */
export async function openKeystrokes(
  of: { readonly facts: SignerFacts; readonly sealing: KeyObject; readonly clock: Clock },
  body: KeystrokesBody,
): Promise<{ key: string }> {
  const request = await of.facts.keystrokeRequest(body.requestId, body.sessionId)
  if (!request || of.clock.now() >= request.expiresAt) throw new Refusal('session.keys_request_over')
  if (Math.abs(request.clockNow.getTime() - of.clock.now().getTime()) > clockSkewMaxMs)
    throw new Refusal('session.grant_clock_skewed')
  refuseIf(openingRefusal(request, request))
  try {
    return { key: recordingKey(of.sealing, body.announcement, body.sessionId).toString('hex') }
  } catch {
    throw new Refusal('session.keys_unreadable')
  }
}
