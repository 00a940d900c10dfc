import type { EntryId, Intent } from './violation.model.ts'

/** A record of the ledger as the detector reads it. */
export interface Seen {
  readonly act: string
  readonly object: string
  readonly decision: 'done' | 'refused'
  readonly code: string | null
  readonly rule: string | null
  readonly personId: string | null
  readonly data: Readonly<Record<string, unknown>>
}
export interface Sign {
  readonly entry: EntryId
  readonly intent: Intent
  /** Whom it concerns: whoever acted, the executor of the change or session, or a person not known. */
  readonly concerns: 'actor' | 'executor' | 'nobody'
  /** The red line, where the record itself names none. */
  readonly rule?: string
}

/** Codes that mean more, or something other, than their red line alone says. */
const byCode: Readonly<Record<string, readonly [EntryId, Intent]>> = {
  'ledger.append_only': ['V-P4', 'attack'],
  'ledger.cannot_be_disabled': ['V-P4', 'attack'],
  'ledger.history_rewritten': ['V-P4', 'attack'],
  'ledger.retention_below_floor': ['V-P4', 'attempt'],
  'signer.history_rewritten': ['V-P4', 'attack'],
  'violation.cannot_be_deleted': ['V-P4', 'attack'],
  'evidence.digest_mismatch': ['V-P4', 'attack'],
  'session.segment_digest_mismatch': ['V-P4', 'attack'],
  // NT-B16: nobody comes upon a grant that was used, or another gateway's, by mistake.
  'session.grant_used': ['V-P3', 'attack'],
  'signer.grant_used': ['V-P3', 'attack'],
  'session.other_gateway': ['V-P4', 'attack'],
  'signer.proof_wrong': ['V-P4', 'attack'],
  'signer.envelope_wrong': ['V-P3', 'attack'],
  'session.other_way_refused': ['V-P4', 'attempt'],
  'session.forwarding_refused': ['V-P4', 'attempt'],
  'session.channel_refused': ['V-P4', 'attempt'],
  'session.transfer_refused': ['V-D6', 'attempt'],
  'transfer.no_ticket': ['V-D6', 'attempt'],
  'transfer.ticket_not_yours': ['V-D6', 'attempt'],
  'transfer.no_change': ['V-D3', 'attempt'],
  'transfer.operation_refused': ['V-D3', 'attempt'],
  'transfer.not_in_plan': ['V-M5', 'attempt'],
  // Other bytes under the name that was approved.
  'transfer.digest_mismatch': ['V-M5', 'attempt'],
  'session.grant_not_released': ['V-M2', 'attempt'],
  'session.mutation_refused': ['V-D3', 'attempt'],
  'session.root_refused': ['V-P5', 'attempt'],
  'session.no_purpose': ['V-D2', 'attempt'],
  'session.observe_needs_purpose': ['V-D2', 'attempt'],
  'session.not_executor': ['V-P3', 'attempt'],
  'session.grant_target_differs': ['V-P3', 'attempt'],
  'session.grant_command_differs': ['V-P3', 'attempt'],
  // Whoever works with ssh types a command after the host's name out of habit.
  'session.direct_shell_refused': ['V-P3', 'slip'],
  'change.beyond_plan': ['V-M5', 'attempt'],
  'change.executed_step_edited': ['V-M5', 'attempt'],
  'change.not_risk_bearer': ['V-A3', 'slip'],
  'change.frozen': ['V-M4', 'slip'],
  'change.own_approval': ['V-A1', 'attempt'],
  'change.own_test': ['V-A1', 'attempt'],
  'change.own_request': ['V-A1', 'attempt'],
  'approval.own_item': ['V-A1', 'attempt'],
  'approval.own_seat': ['V-A1', 'attempt'],
  'release.own_build': ['V-A1', 'attempt'],
  'freeze.own_freeze': ['V-A1', 'attempt'],
  'freeze.own_exception': ['V-A1', 'attempt'],
  'access.own_grant': ['V-A1', 'attempt'],
  'access.own_policy': ['V-A1', 'attempt'],
  'identity.own_account': ['V-A1', 'attempt'],
  'identity.own_terminal': ['V-A1', 'attempt'],
  'identity.key_taken': ['V-D4', 'attempt'],
  'identity.terminal_unregistered': ['V-D1', 'attempt'],
  'violation.own_case': ['V-A1', 'attempt'],
  'emergency.own_case': ['V-A1', 'attempt'],
  'emergency.own_word': ['V-A1', 'attempt'],
  'emergency.custodian_decides': ['V-A1', 'attempt'],
  'emergency.target_not_named': ['V-P3', 'attempt'],
  'emergency.account_not_named': ['V-P5', 'attempt'],
  'emergency.root_not_asked': ['V-P5', 'slip'],
  'emergency.not_custodian': ['V-A3', 'slip'],
  'emergency.custodians_missing': ['V-P1', 'attempt'],
  // A filing is owed, and whoever owes it is told so; the database alone says the last of them.
  'emergency.retro_overdue': ['V-P4', 'slip'],
  'change.filing_overdue': ['V-P4', 'slip'],
  'emergency.not_approved': ['V-P4', 'attempt'],
  'lifecycle.own_departure': ['V-A1', 'attempt'],
  'lifecycle.own_suspension': ['V-A1', 'attempt'],
  'lifecycle.own_review': ['V-A1', 'attempt'],
  'access.policy_breaks_separation': ['V-A2', 'attempt'],
  // Default deny: the right is not there, which is not yet a try at root.
  'access.denied': ['V-A3', 'slip'],
  'access.service_only': ['V-P4', 'attempt'],
}
const byRule: Readonly<Record<string, EntryId>> = {
  'RL-01': 'V-P1',
  'RL-02': 'V-P2',
  'RL-03': 'V-M4',
  'RL-04': 'V-M1',
  'RL-05': 'V-M2',
  'RL-06': 'V-M3',
  'RL-07': 'V-M5',
  'RL-08': 'V-M6',
  'RL-09': 'V-M7',
  'RL-10': 'V-P4',
  'RL-11': 'V-M2',
  'RL-12': 'V-M2',
  'RL-13': 'V-P4',
  'RL-14': 'V-P3',
  'RL-15': 'V-D3',
  'RL-17': 'V-P5',
  'RL-18': 'V-P4',
  'RL-19': 'V-D2',
  'RL-20': 'V-D1',
  'RL-21': 'V-P3',
  'RL-22': 'V-D6',
  'RL-23': 'V-A1',
  'RL-24': 'V-D5',
  'RL-25': 'V-A4',
  'RL-27': 'V-A2',
  'RL-28': 'V-A3',
  'RL-36': 'V-P4',
}
/** States of the platform, two people who work at once, and forms filled in wrongly: what they refuse is no act of whoever asked. */
const noSigns: ReadonlySet<string> = new Set([
  'documentary.wrong_state',
  'change.documentary_only',
  'documentary.not_management',
  'documentary.document_missing',
  'documentary.document_unknown',
  'documentary.document_not_of_type',
  'documentary.not_yet_effective',
  'documentary.obligation_open',
  'session.recorder_unavailable',
  'session.evidence_unavailable',
  'session.gateway_unavailable',
  'session.stale_boot',
  'session.segment_out_of_order',
  'session.grant_expired',
  'session.grant_clock_skewed',
  'signer.clock_skewed',
  'change.step_running',
  'change.conflict',
  'change.evidence_open',
  'change.health_missing',
  'approval.no_candidate',
  'access.step_up_required',
  'access.window_invalid',
  'access.request_too_long',
  'change.window_invalid',
  'change.amendment_window',
  'change.amendment_unchanged',
  'change.amendment_denied',
  'change.half_done',
  'emergency.asset_blocked',
  'emergency.custodians_too_few',
  'emergency.second_not_confirmed',
  'emergency.already_said',
  'emergency.not_renewed',
  'emergency.renewals_used',
  'emergency.not_filed',
  'emergency.not_countersigned',
  'consent.span_invalid',
  'consent.hours_invalid',
  'freeze.span_invalid',
  'freeze.scope_invalid',
  'freeze.declarer_missing',
  'freeze.already_requested',
  'identity.terminal_invalid',
  'lifecycle.day_past',
  'lifecycle.day_far',
  'lifecycle.campaign_open',
  'person.training_in_past',
  'release.wrong_state',
  'release.already_registered',
  'transfer.protocol_unsupported',
  'transfer.quarantine_full',
  'transfer.ticket_path_unfit',
])

/** What a record says of the catalogue; nothing for almost all of them. */
export function signOf(seen: Seen): Sign | undefined {
  if (seen.decision === 'refused') return refusedSign(seen)
  const fact = acts.get(seen.act)?.(seen.data)
  return fact && { intent: 'fact', ...fact }
}

function refusedSign({ code, rule, personId }: Seen): Sign | undefined {
  if (!code || noSigns.has(code)) return undefined
  const known = codes.get(code)
  const entry = known?.[0] ?? (rule ? lines.get(rule) : undefined)
  if (!entry) return undefined
  return { entry, intent: known?.[1] ?? 'slip', concerns: personId ? 'actor' : 'nobody' }
}

type Fact = Omit<Sign, 'intent'> & { readonly intent?: Intent }
const facts: Readonly<Record<string, (data: Seen['data']) => Fact | undefined>> = {
  // A session that never became live recorded nothing because nothing was done. Of the others a process may have died.
  'session.gap': (data) =>
    data.segments === 0 && data.bytesLost === undefined && data.reason !== 'gateway-lost'
      ? undefined
      : { entry: 'V-P4', concerns: 'executor', rule: 'RL-36', intent: 'doubt' },
  'change.deadline_missed': (data) =>
    data.deadline === 'decide'
      ? { entry: 'V-M7', concerns: 'executor', rule: 'RL-09' }
      : data.deadline === 'verify'
        ? { entry: 'V-M5', concerns: 'executor', rule: 'RL-07' }
        : // A plan ran on the word that it would be tested afterwards, and was not.
          String(data.deadline).startsWith('debt:')
          ? { entry: 'V-M2', concerns: 'executor', rule: 'RL-05' }
          : undefined,
  'target.logon_unexplained': (data) =>
    data.root === true
      ? { entry: 'V-P5', concerns: 'nobody', rule: 'RL-17' }
      : { entry: 'V-P4', concerns: 'nobody', rule: 'RL-18' },
  // By the target's own records: something of a terminal went on after its end, or took root that nobody had granted.
  'session.reconciled': (data) =>
    data.verdict === 'outlived'
      ? { entry: 'V-P3', concerns: 'executor', rule: 'RL-07' }
      : data.verdict === 'elevated'
        ? { entry: 'V-P5', concerns: 'executor', rule: 'RL-17' }
        : undefined,
  // Emptied or replaced before it was read: who could log on there could hide it.
  'target.log_lost': () => ({ entry: 'V-P4', concerns: 'nobody', rule: 'RL-13' }),
  // The signer may be away; a history that is not signed can still be rewritten.
  'ledger.head_missing': () => ({ entry: 'V-P4', concerns: 'nobody', rule: 'RL-36', intent: 'doubt' }),
  'recording.broken': () => ({ entry: 'V-P4', concerns: 'nobody', rule: 'RL-36', intent: 'attack' }),
}
// Maps: a record may name anything, `toString` included.
const codes = new Map(Object.entries(byCode))
const lines = new Map(Object.entries(byRule))
const acts = new Map(Object.entries(facts))
/** Acts that are looked at when they are done; of what is refused everything is. */
export const watchedActs: readonly string[] = [...Object.keys(facts), 'identity.logged_on']
export const mappedCodes: readonly string[] = Object.keys(byCode)
export const unmappedCodes: ReadonlySet<string> = noSigns
