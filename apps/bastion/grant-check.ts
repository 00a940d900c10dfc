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
  const actions = actionsOf(grant, stdin)
  if (actions.length === 0) return no('input without a script or file')
  const same = actions.some(
    (action) =>
      commandDigestOf(sha256, action) === grant.commandDigest &&
      canonicalJson(grantCommandOf(sha256, action)) === canonicalJson(grant.command),
  )
  if (!same) return no('command differs from the approved one')
  // The digest above pins a file's declared digest; this pins the bytes that are about to be sent.
  if ('digest' in grant.command && Buffer.from(sha256(stdin)).toString('hex') !== grant.command.digest)
    return no('content differs from the approved one')
  if (grant.kind === 'observe' && !(grant.command.kind === 'command' && isReadOnlyLine(grant.command.line)))
    return no('observe grant that does not only read')
  // A terminal is for break-glass or a step's own execution, with a second person (design §6).
  if (grant.kind === 'breakglass' ? grant.command.kind !== 'interactive' : !mayBeTerminal(grant))
    return no('a terminal out of place')
  return { ok: true, grant, stdin }
}

const mayBeTerminal = ({ command, kind, phase, reviewer }: ExecutionGrant): boolean =>
  command.kind !== 'interactive' || (kind === 'planned' && phase === 'execute' && reviewer !== null)

/** What the approvers may have seen, going by the grant and the bytes in hand: a file stands in the plan as its text, or as digest and size. */
function actionsOf({ command }: ExecutionGrant, stdin: Buffer): StepAction[] {
  if (command.kind === 'command') return stdin.length === 0 ? [{ kind: 'command', line: command.line }] : []
  if (command.kind === 'interactive') return stdin.length === 0 ? [command] : []
  if (command.kind === 'script') return [{ kind: 'script', interpreter: command.interpreter, text: stdin.toString('utf8') }]
  const { path, mode, digest: sha256 } = command
  const artifact: StepAction = { kind: 'artifact', path, mode, sha256, bytes: stdin.length }
  // Decoded only where it may be text: a plan holds at most so much of it.
  return stdin.length > textMaxBytes ? [artifact] : [{ kind: 'file', path, mode, sha256, text: stdin.toString('utf8') }, artifact]
}
const textMaxBytes = 4 * 60_000
