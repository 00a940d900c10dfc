import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import type { Digest32 } from '@huabiao/kit/merkle/merkle'
import {
  clockSkewMaxMs,
  commandDigestOf,
  type ExecutionGrant,
  type GrantRefusal,
  type GrantTarget,
  grantMaxMs,
  reviewerAbsentMs,
} from './session-grant.model.ts'

/**
 * The interactive mode (交互终端): a raw terminal on a target. It exists for break-glass and for a step that its approvers marked
 * interactive, never otherwise (design §6). What runs in it is reconciled afterwards with what the target itself says.
 */

/** A terminal at which nobody sits is ended. */
export const seatWaitMs = 60_000
/** What a terminal may show at once, and what it may be. */
export const columnsMax = 500
export const rowsMax = 200

/** What the registry and the emergency say, read by whoever signs (view `pub_emergency_facts`). */
export interface EmergencyFacts {
  readonly emergencyId: string
  readonly emergencyNo: string
  readonly tenantId: string
  readonly plane: string
  readonly state: string
  readonly executorPersonId: string
  readonly secondPersonId: string | null
  readonly secondLastSeenAt: Date | null
  /** Distinct custodians whose yes stands and who are neither executor nor second person (NT-F01). */
  readonly custodianCount: number
  readonly notAfter: Date | null
  readonly target: GrantTarget
  readonly account: string
  readonly clockNow: Date
}
/** Of three custodians so many must have said yes (anchors/bastion.md §5.5). */
export const custodiansNeeded = 2

/** What a break-glass grant is bound to in place of a plan: whose emergency, who sits there, who looks on, where. Hex of SHA-256. */
export const mandateHash = (
  sha256: Digest32,
  of: {
    readonly emergencyId: string
    readonly executorId: string
    readonly secondId: string
    readonly targetId: string
    readonly account: string
  },
): string =>
  toHex(
    sha256(
      utf8(
        `huabiao/emergency-mandate/v1\n${canonicalJson({
          emergencyId: of.emergencyId,
          executorId: of.executorId,
          secondId: of.secondId,
          targetId: of.targetId,
          account: of.account,
        })}`,
      ),
    ),
  )

/**
 * Why a break-glass grant must not be signed, or undefined. Pure and total, like `grantRefusal`: what the facts do not say is a no.
 * @param facts undefined where no emergency names this target and account
 * @param now the signer's own clock, read when the facts arrived
 */
export function terminalGrantRefusal(
  grant: ExecutionGrant,
  facts: EmergencyFacts | undefined,
  now: Date,
  sha256: Digest32,
): GrantRefusal | undefined {
  if (!facts || facts.emergencyId !== grant.changeId || facts.emergencyNo !== grant.changeNo)
    return 'session.grant_emergency_unknown'
  if (!(Math.abs(facts.clockNow.getTime() - now.getTime()) <= clockSkewMaxMs)) return 'session.grant_clock_skewed'
  if (facts.tenantId !== grant.tenantId || facts.plane !== grant.plane) return 'session.grant_emergency_unknown'
  if (facts.custodianCount < custodiansNeeded) return 'session.grant_custodians_missing'
  if (facts.state !== 'executing' || !facts.notAfter) return 'session.grant_wrong_state'
  const [from, to, at] = [Date.parse(grant.notBefore), Date.parse(grant.notAfter), now.getTime()]
  if (!(from <= at + clockSkewMaxMs && at < to && to <= at + grantMaxMs)) return 'session.grant_lifetime'
  // The terminal itself may not outlive the hour that the custodians gave.
  if (at + grant.timeoutMs > facts.notAfter.getTime() + clockSkewMaxMs) return 'session.grant_lifetime'
  if (facts.executorPersonId !== grant.executor.personId) return 'session.grant_executor_differs'
  return secondRefusal(grant, facts, now) ?? placeRefusal(grant, facts, sha256)
}

function secondRefusal({ reviewer, executor }: ExecutionGrant, facts: EmergencyFacts, now: Date): GrantRefusal | undefined {
  if (!reviewer || reviewer.personId !== facts.secondPersonId) return 'session.grant_reviewer_differs'
  if (reviewer.personId === executor.personId) return 'session.grant_reviewer_is_executor'
  const seenAt = facts.secondLastSeenAt?.getTime() ?? Number.NEGATIVE_INFINITY
  return now.getTime() - seenAt <= reviewerAbsentMs ? undefined : 'session.grant_reviewer_absent'
}

function placeRefusal(grant: ExecutionGrant, facts: EmergencyFacts, sha256: Digest32): GrantRefusal | undefined {
  if (grant.account !== facts.account || canonicalJson(grant.target) !== canonicalJson(facts.target))
    return 'session.grant_target_differs'
  const { command, executor, reviewer, target, account } = grant
  if (command.kind !== 'interactive' || grant.commandDigest !== commandDigestOf(sha256, command))
    return 'session.grant_command_differs'
  const people = { executorId: executor.personId, secondId: reviewer?.personId ?? '' }
  const hash = mandateHash(sha256, { emergencyId: facts.emergencyId, ...people, targetId: target.id, account })
  return hash === grant.planHash ? undefined : 'session.grant_plan_differs'
}
