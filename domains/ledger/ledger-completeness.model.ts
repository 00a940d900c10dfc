import type { LedgerBody } from '@huabiao/domains/ledger/ledger.model'

/**
 * Completeness: a chain can be whole and still lack what should have been written. Every session that was opened must be sealed
 * or leave a gap record, every grant must end (anchors/bastion.md §5.4: integrity is not completeness).
 *
 * Vocabulary, as `act` and `data` of records with `decision: 'done'`:
 * `session.opened {sessionId}` · `recording.segment_sealed {sessionId, index, sm3, sha256, bytes}` ·
 * `session.sealed {sessionId, segments, manifest}` · `session.gap {sessionId, reason, segments}` ·
 * `grant.issued {grantId, notAfter, timeoutMs?}` · `step.finished {grantId}` · `step.unknown {grantId}` · `grant.expired {grantId}`
 */
export type CompletenessCode =
  | 'session_not_sealed'
  | 'session_sealed_twice'
  | 'session_opened_twice'
  | 'session_never_opened'
  | 'segment_missing'
  | 'segment_repeated'
  | 'segment_never_opened'
  | 'segment_after_seal'
  | 'segment_count'
  | 'grant_not_ended'
  | 'grant_ended_twice'
  | 'grant_issued_twice'
  | 'grant_never_issued'
  | 'event_malformed'

export interface CompletenessFinding {
  readonly code: CompletenessCode
  /** Record in which it shows. */
  readonly seq: number
  /** `session/<id>`, `grant/<id>` or, of a malformed event, its act. */
  readonly object: string
  /** `segment_missing`, `segment_repeated`: the index; `segment_count`: what the seal says. */
  readonly number?: number
}

/** A session may stay open this long before its missing seal is a finding. */
export const sessionOpenMaxMs = 24 * 3_600_000

interface SessionTrace {
  readonly seq: number
  readonly openedAt: number
  /** Indexes sealed before a lower one: all above `next`. */
  readonly ahead: Set<number>
  next: number
  count: number
}
interface GrantTrace {
  readonly seq: number
  readonly limit: number
}

/**
 * A running check, for streams: memory grows with sessions and grants, not with records. Give it every body in order (`see`),
 * then `finish(exportedAt)`. Findings come in the order in which they show.
 */
export class CompletenessCheck {
  readonly #findings: CompletenessFinding[] = []
  readonly #sessions = new Map<string, SessionTrace>()
  readonly #endedSessions = new Set<string>()
  readonly #grants = new Map<string, GrantTrace>()
  readonly #endedGrants = new Set<string>()
  readonly #whole: boolean

  /** @param whole whether the records begin at 1; otherwise an end without a beginning is no finding, for it may lie before */
  constructor(whole: boolean) {
    this.#whole = whole
  }

  see(body: LedgerBody) {
    // A refused act opened and ended nothing.
    if (body.decision !== 'done') return
    switch (body.act) {
      case 'session.opened':
        return this.#openSession(body, textOf(body, 'sessionId'))
      case 'recording.segment_sealed':
        return this.#sealSegment(body, textOf(body, 'sessionId'), countOf(body, 'index'))
      case 'session.sealed':
      case 'session.gap':
        return this.#endSession(body, textOf(body, 'sessionId'), countOf(body, 'segments'))
      case 'grant.issued':
        return this.#issueGrant(body, textOf(body, 'grantId'), Date.parse(textOf(body, 'notAfter') ?? ''))
      case 'step.finished':
      case 'step.unknown':
      case 'grant.expired':
        return this.#endGrant(body, textOf(body, 'grantId'))
    }
  }

  /** Adds what is still open and overdue at the time of the export, and answers all findings. */
  finish(exportedAt: Date): readonly CompletenessFinding[] {
    const at = exportedAt.getTime()
    for (const [id, session] of this.#sessions) {
      if (session.openedAt + sessionOpenMaxMs < at) this.#find('session_not_sealed', session.seq, `session/${id}`)
    }
    for (const [id, grant] of this.#grants) if (grant.limit < at) this.#find('grant_not_ended', grant.seq, `grant/${id}`)
    return this.#findings
  }

  #find(code: CompletenessCode, seq: number, object: string, number?: number) {
    this.#findings.push(number === undefined ? { code, seq, object } : { code, seq, object, number })
  }

  #openSession(body: LedgerBody, id: string | undefined) {
    if (id === undefined) return this.#find('event_malformed', body.seq, body.act)
    if (this.#sessions.has(id) || this.#endedSessions.has(id))
      return this.#find('session_opened_twice', body.seq, `session/${id}`)
    this.#sessions.set(id, { seq: body.seq, openedAt: Date.parse(body.at), next: 0, ahead: new Set(), count: 0 })
  }

  #sealSegment(body: LedgerBody, id: string | undefined, index: number | undefined) {
    if (id === undefined || index === undefined) return this.#find('event_malformed', body.seq, body.act)
    const session = this.#sessions.get(id)
    if (!session) {
      if (this.#endedSessions.has(id)) this.#find('segment_after_seal', body.seq, `session/${id}`, index)
      else if (this.#whole) this.#find('segment_never_opened', body.seq, `session/${id}`, index)
      return
    }
    if (index < session.next || session.ahead.has(index)) return this.#find('segment_repeated', body.seq, `session/${id}`, index)
    session.count++
    session.ahead.add(index)
    while (session.ahead.delete(session.next)) session.next++
  }

  #endSession(body: LedgerBody, id: string | undefined, segments: number | undefined) {
    if (id === undefined || segments === undefined) return this.#find('event_malformed', body.seq, body.act)
    const session = this.#sessions.get(id)
    if (this.#endedSessions.has(id)) this.#find('session_sealed_twice', body.seq, `session/${id}`)
    else if (!session && this.#whole) this.#find('session_never_opened', body.seq, `session/${id}`)
    this.#sessions.delete(id)
    this.#endedSessions.add(id)
    if (!session) return
    if (session.ahead.size > 0) this.#find('segment_missing', body.seq, `session/${id}`, session.next)
    if (session.count !== segments) this.#find('segment_count', body.seq, `session/${id}`, segments)
  }

  #issueGrant(body: LedgerBody, id: string | undefined, notAfter: number) {
    if (id === undefined || Number.isNaN(notAfter)) return this.#find('event_malformed', body.seq, body.act)
    if (this.#grants.has(id) || this.#endedGrants.has(id)) return this.#find('grant_issued_twice', body.seq, `grant/${id}`)
    // A step begun in time may run on for as long as its own time limit.
    this.#grants.set(id, { seq: body.seq, limit: notAfter + (countOf(body, 'timeoutMs') ?? 0) })
  }

  #endGrant(body: LedgerBody, id: string | undefined) {
    if (id === undefined) return this.#find('event_malformed', body.seq, body.act)
    if (this.#endedGrants.has(id)) this.#find('grant_ended_twice', body.seq, `grant/${id}`)
    else if (!this.#grants.has(id) && this.#whole) this.#find('grant_never_issued', body.seq, `grant/${id}`)
    this.#grants.delete(id)
    this.#endedGrants.add(id)
  }
}

/** All completeness findings of records in order; see `CompletenessCheck` for streams. */
export function completenessFindings(
  records: Iterable<{ readonly body: LedgerBody }>,
  exportedAt: Date,
): readonly CompletenessFinding[] {
  let check: CompletenessCheck | undefined
  for (const { body } of records) {
    check ??= new CompletenessCheck(body.seq === 1)
    check.see(body)
  }
  return check?.finish(exportedAt) ?? []
}

function textOf(body: LedgerBody, field: string): string | undefined {
  const value = body.data[field]
  return typeof value === 'string' && value !== '' ? value : undefined
}

function countOf(body: LedgerBody, field: string): number | undefined {
  const value = body.data[field]
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}
