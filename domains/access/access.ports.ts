import type { Holidays } from '@huabiao/kit/calendar/calendar'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { Sealer } from '@huabiao/kit/crypto/seal'
import type { Database, ReadTx, Tx } from '@huabiao/kit/db/db'
import type { RefusalCode } from '@huabiao/kit/errors/errors'

/** What access needs of domains that stand after it; wired in the composition root. */
export interface AccessDeps {
  readonly db: Database
  readonly clock: Clock
  readonly holidays: Holidays
  names(tx: ReadTx, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Which of them are people of that unit. */
  peopleOf(tx: ReadTx, tenantId: string, ids: readonly string[]): Promise<ReadonlySet<string>>
  /** Which of them hold a training that is valid at that moment (RL-24). */
  trained(tx: ReadTx, ids: readonly string[], at: Date): Promise<ReadonlySet<string>>
  readonly approval: {
    open(
      tx: Tx,
      of: {
        tenantId: string
        partyIds: readonly string[]
        kind: string
        subjectId: string
        hash: string
        stages: readonly { key: string; duty: string; quorum: number; candidateIds: readonly string[] }[]
        excludedIds: readonly string[]
        at: Date
        dueAt: Date | null
      },
    ): Promise<void>
    stages(tx: ReadTx, kind: string, subjectIds: readonly string[], personId: string): Promise<ReadonlyMap<string, StagesView>>
    decide(
      tx: Tx,
      kind: string,
      subjectId: string,
      decision: { personId: string; hash: string; verdict: 'approve' | 'reject' | 'return'; note: string; at: Date },
    ): Promise<{ stage: string; complete: boolean }>
    voidAll(tx: Tx, kind: string, subjectId: string, reason: string, at: Date): Promise<number>
  }
  notify(
    tx: Tx,
    notices: readonly {
      tenantId: string
      personId: string
      kind: string
      object: string
      params: Record<string, string | number>
    }[],
  ): Promise<void>
}
/** Where an approval stands, and why this person may not decide now (null when they may). */
export interface StagesView {
  readonly refusal: string | null
  readonly stages: readonly {
    key: string
    state: 'waiting' | 'open' | 'approved' | 'rejected' | 'voided'
    candidateIds: readonly string[]
    decisions: readonly { personId: string; verdict: 'approve' | 'reject' | 'return'; note: string; at: Date }[]
  }[]
}

/** What the first-run ceremony needs to make people and accounts of its own. */
export interface CeremonyDeps {
  readonly clock: Clock
  /** Keeps the authenticators' secrets closed while the ceremony lasts. */
  readonly seal: Sealer
  /** The one-time token of this deployment; undefined where there is no ceremony (the demo). */
  readonly token: string | undefined
  isIdentityNumber(value: string): boolean
  digestIdentity(identityNumber: string): string
  passwordRefusal(password: string, owner: { login: string; name: string; nameEn: string }): RefusalCode | undefined
  hashPassword(password: string): Promise<string>
  addManagementUnit(tx: Tx, unit: { id: string; code: string; nameZh: string; nameEn: string; at: Date }): Promise<void>
  addPerson(
    tx: Tx,
    person: { id: string; tenantId: string; name: string; nameEn: string; identityDigest: string; at: Date },
  ): Promise<void>
  addAccount(
    tx: Tx,
    account: { tenantId: string; personId: string; login: string; passwordHash: string; totpSecret: Uint8Array; at: Date },
  ): Promise<unknown>
}
