import type { StepAction } from '@huabiao/domains/change/change-plan.model'
import {
  clockSkewMaxMs,
  commandDigestOf,
  ExecutionGrant,
  grantCommandOf,
  grantMaxMs,
  isReadOnlyLine,
} from '@huabiao/domains/session/session-grant.model'
import type { Plane } from '@huabiao/kit/actor/actor'
import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import type { PublicKeyEntry } from '@huabiao/kit/crypto/envelope'
import { verifyEnvelope } from '@huabiao/kit/crypto/signature'
import { sha256 } from '@huabiao/kit/crypto/suite'

export type GrantVerdict =
  | { readonly ok: true; readonly grant: ExecutionGrant; readonly stdin: Buffer }
  | { readonly ok: false; readonly detail: string; readonly grantId?: string }

/** Whether this gateway may act on a grant now. It believes the signer's keys and its own clock, nobody else. */
export function checkGrant(
  work: { readonly grant: unknown; readonly stdin: string; readonly sessionId: string },
  self: { readonly id: string; readonly plane: Plane; readonly keys: readonly PublicKeyEntry[] },
  now: Date,
): GrantVerdict {
  let grantId: string | undefined
  const no = (detail: string): GrantVerdict => ({ ok: false, detail, grantId })
  const verdict = verifyEnvelope('execution-grant', work.grant, self.keys)
  if (!verdict.ok) return no(`grant signature: ${verdict.fault}`)
  const parsed = ExecutionGrant.safeParse(verdict.payload)
  if (!parsed.success) return no('grant malformed')
  const grant = parsed.data
  if (grant.gatewayId !== self.id || grant.plane !== self.plane) return no('grant of another gateway')
  grantId = grant.id
  if (grant.sessionId !== work.sessionId) return no('grant of another session')
  const [from, to, at] = [Date.parse(grant.notBefore), Date.parse(grant.notAfter), now.getTime()]
  if (!(from <= at + clockSkewMaxMs && at < to && to <= at + grantMaxMs + clockSkewMaxMs)) return no('grant not live')
  const stdin = Buffer.from(work.stdin, 'base64')
  const action = actionOf(grant, stdin)
  if (!action) return no('input without a script or file')
  const same =
    commandDigestOf(sha256, action) === grant.commandDigest &&
    canonicalJson(grantCommandOf(sha256, action)) === canonicalJson(grant.command)
  if (!same) return no('command differs from the approved one')
  // The digest above pins a file's declared digest; this pins the bytes that are about to be sent.
  if (grant.command.kind !== 'command' && Buffer.from(sha256(stdin)).toString('hex') !== grant.command.digest)
    return no('content differs from the approved one')
  if (grant.kind === 'observe' && !(grant.command.kind === 'command' && isReadOnlyLine(grant.command.line)))
    return no('observe grant that does not only read')
  return { ok: true, grant, stdin }
}

function actionOf({ command }: ExecutionGrant, stdin: Buffer): StepAction | undefined {
  if (command.kind === 'command') return stdin.length === 0 ? { kind: 'command', line: command.line } : undefined
  const text = stdin.toString('utf8')
  if (command.kind === 'script') return { kind: 'script', interpreter: command.interpreter, text }
  return { kind: 'file', path: command.path, mode: command.mode, sha256: command.digest, text }
}
