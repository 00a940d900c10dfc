import type { ChangePlan } from '@huabiao/domains/change/change-plan.model'

/** What a dossier holds, as its document reads it; `dossier_facts` of the migration writes it. Moments are ISO texts, persons are ids. */
export interface Facts {
  readonly change: {
    readonly no: string
    readonly title: string
    readonly reason: string
    readonly state: string
    readonly outcome: string | null
    readonly endedAt: string
    readonly urgency: string
    readonly risk: string
    readonly categories: readonly number[]
    readonly requester: string
    readonly manager: string | null
    readonly executor: string | null
    readonly reviewer: string | null
    readonly windowStart: string | null
    readonly windowEnd: string | null
    readonly planHash: string | null
    readonly approvedPlanHash: string | null
    readonly unit: string
    readonly systems: readonly { name: string; unit: string }[]
  }
  readonly plan: ChangePlan
  readonly targets: readonly { name: string; host: string; port: number; batch: number; hostKeySha256: string }[]
  readonly versions: readonly { version: number; hash: string | null; author: string; at: string }[]
  readonly standard: {
    model: string
    name: string
    version: number
    hash: string
    parameters: Readonly<Record<string, string>>
    testedBy: string
    testedAt: string
    reviewedBy: string
    reviewedAt: string
    publishedBy: string
    publishedAt: string
  } | null
  readonly tests: readonly { planHash: string; environment: string; verdict: string; tester: string; note: string; at: string }[]
  readonly approvals: readonly {
    hash: string
    voidedAt: string | null
    voidReason: string | null
    decisions: readonly { stage: string; person: string; verdict: string; hash: string; note: string; at: string }[]
  }[]
  readonly consents: readonly {
    person: string
    verdict: string
    planHash: string
    waivesNotice: boolean
    note: string
    at: string
  }[]
  readonly preauthorisations: readonly { name: string; maxRisk: string; notBefore: string; notAfter: string; givenBy: string }[]
  readonly freezeExceptions: readonly {
    freeze: string
    reason: string
    requestedBy: string
    firstBy: string | null
    secondBy: string | null
    refusedBy: string | null
  }[]
  readonly announcements: readonly {
    unit: string
    sentAt: string
    receipts: readonly { person: string; waives: boolean; at: string }[]
  }[]
  readonly releases: readonly { sha256: string; product: string; version: string; state: string }[]
  readonly sessions: readonly {
    id: string
    mode: string
    state: string
    executor: string
    reviewer: string | null
    targets: readonly string[]
    openedAt: string | null
    closedAt: string | null
    manifestSm3: string | null
    segments: readonly { index: number; sm3: string; bytes: number }[]
  }[]
  readonly runs: readonly {
    step: string
    phase: string
    batch: number
    target: string
    attempt: number
    state: string
    executor: string
    cosignedBy: string | null
    startedAt: string | null
    exitCode: number | null
    outputSha256: string | null
    detail: string
    verdicts: readonly { met: boolean; found: string }[]
  }[]
  readonly transfers: readonly {
    person: string
    channel: string
    direction: string
    state: string
    refusal: string | null
    path: string | null
    bytes: number
    sha256: string | null
    openedAt: string
  }[]
  readonly violations: readonly {
    no: string
    entry: string
    severity: string
    person: string | null
    rule: string | null
    state: string
    verdict: string | null
  }[]
  readonly timeline: readonly {
    seq: number
    at: string
    act: string
    actor: string
    from: string | null
    to: string | null
    note: string
    rule: string | null
  }[]
  readonly ledger: {
    chain: string
    head: { size: number; root: string; last: string; signatures: readonly { alg: string; keyId: string }[] }
    records: readonly { seq: number; act: string; at: string; hash: string }[]
  }
}
