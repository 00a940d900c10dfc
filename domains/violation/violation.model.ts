import type { RefusalTable } from '@huabiao/kit/errors/errors'

/**
 * The catalogue of violations (违规目录): 五禁止 V-P, 七必须 V-M and data security V-D of anchors/bastion.md §5.6, and what the account and
 * data norms of domain.md §10 add to them: V-A for accounts and rights, V-D6 for data that leaves.
 */
export const severities = ['minor', 'major', 'critical'] as const
export type Severity = (typeof severities)[number]

/** Time to answer: hours on duty count every hour, days are working days of China. */
export type Limit = { readonly minutes: number } | { readonly workingDays: number }

export interface Entry {
  /** Red lines that it breaks. */
  readonly rules: readonly string[]
  readonly severity: Severity
  readonly answer: Limit
  /** Roles of the unit that are told beside the security administrators, the person and their supervisor. */
  readonly told: readonly string[]
  /** Management unit and supervision are told at once, not by the monthly figures alone. */
  readonly oversight: boolean
}
const day: Limit = { workingDays: 1 }
const days: Limit = { workingDays: 3 }
const hours: Limit = { minutes: 240 }
const entry = (rules: readonly string[], severity: Severity, answer: Limit, told: readonly string[] = []): Entry => ({
  rules,
  severity,
  answer,
  told,
  oversight: severity === 'critical',
})

export const catalogue = {
  'V-P1': entry(['RL-01'], 'critical', hours, ['CHM']),
  'V-P2': entry(['RL-02', 'RL-03'], 'major', day, ['CHM']),
  'V-P3': entry(['RL-07', 'RL-14', 'RL-21'], 'major', day, ['CHM']),
  'V-P4': entry(['RL-10', 'RL-13', 'RL-18', 'RL-36'], 'critical', hours, ['CHM', 'AUD']),
  'V-P5': entry(['RL-17'], 'critical', hours, ['CHM', 'AUD']),
  'V-M1': entry(['RL-04'], 'minor', days, ['CHM']),
  'V-M2': entry(['RL-01', 'RL-05', 'RL-11', 'RL-12'], 'major', day, ['CHM']),
  'V-M3': entry(['RL-06'], 'major', day, ['CHM']),
  'V-M4': entry(['RL-02', 'RL-03'], 'major', day, ['CHM']),
  'V-M5': entry(['RL-07'], 'major', day, ['CHM']),
  'V-M6': entry(['RL-08'], 'major', day, ['CHM']),
  'V-M7': entry(['RL-09'], 'major', day, ['CHM', 'CRE']),
  'V-D1': entry(['RL-20'], 'minor', days, ['AUD']),
  'V-D2': entry(['RL-19'], 'minor', days, ['AUD']),
  'V-D3': entry(['RL-15'], 'major', day, ['AUD', 'CHM']),
  'V-D4': entry(['RL-23'], 'critical', hours, ['AUD', 'PAD']),
  'V-D5': entry(['RL-24'], 'minor', days, ['PAD']),
  'V-D6': entry(['RL-22'], 'major', day, ['AUD']),
  'V-A1': entry(['RL-23'], 'major', day, ['AUD']),
  'V-A2': entry(['RL-27'], 'major', day, ['AUD']),
  'V-A3': entry(['RL-17', 'RL-28'], 'minor', days, ['AUD']),
  'V-A4': entry(['RL-25'], 'minor', days, ['PAD']),
} as const satisfies Record<string, Entry>
export type EntryId = keyof typeof catalogue
export const entryIds = Object.keys(catalogue) as EntryId[]
export const isEntry = (id: string): id is EntryId => Object.hasOwn(catalogue, id)

/**
 * What is behind it, by what can be known from outside; never by what is supposed of the person.
 * - slip (失误): the rule of the moment, said beside the button before it is pressed: two people at once, a page left open, a typed word.
 * - attempt (试探): no screen offers it. Who is told so once has read the rule and the way that is right; who goes on knows both.
 * - doubt (存疑): it has happened and may be innocent: a process died, a person has two machines. They are asked.
 * - attack (攻击): nobody comes there by mistake: a grant that was used, a digest that does not match, evidence to be deleted.
 * - fact (既成): it has happened; nothing refused it.
 */
export const intents = ['slip', 'attempt', 'doubt', 'attack', 'fact'] as const
export type Intent = (typeof intents)[number]
/** So many by one person about one object within the time open a case; fewer stay in the ledger as what they are. */
export const opensAfter: Readonly<Record<Intent, number>> = { slip: 5, attempt: 2, doubt: 1, attack: 1, fact: 1 }
export const togetherMs = 15 * 60_000
/** A case that people still have to answer takes further ones in for so long after the last. */
export const joinMs = 30 * 60_000
/** From here on it is no longer the same as once: one step up. */
export const aggravatesAt = 10
/** One person cannot bury the security team in cases: what comes beyond joins the newest of the same entry. */
export const casesPerHour = 10
/** What one case points to; beyond it only counts. */
export const evidenceMax = 30
export const countMax = 1_000_000

const step = (of: Severity, by: number): Severity =>
  severities[Math.min(severities.length - 1, Math.max(0, severities.indexOf(of) + by))]!
/** What was refused did no harm, and what is doubtful may be none: both weigh one step less than what happened; a slip is minor whatever the entry; many weigh more than one. */
export function severityOf(id: EntryId, intent: Intent, count: number): Severity {
  const { severity } = catalogue[id]
  const base = intent === 'slip' ? 'minor' : intent === 'attempt' || intent === 'doubt' ? step(severity, -1) : severity
  return count >= aggravatesAt ? step(base, 1) : base
}
export const weighsMore = (a: Severity, b: Severity): boolean => severities.indexOf(a) > severities.indexOf(b)

export const violationRefusals = {
  'violation.not_found': { status: 404 },
  'violation.wrong_state': { status: 409 },
  'violation.answer_awaited': { status: 409 },
  'violation.not_concerned': { status: 403 },
  'violation.own_case': { status: 409, rule: 'RL-23' },
  'violation.answered_it': { status: 409, rule: 'RL-23' },
  'violation.decided_it': { status: 409, rule: 'RL-23' },
  'violation.appealed_it': { status: 409, rule: 'RL-23' },
  'violation.not_decider': { status: 403 },
  'violation.unit_decides': { status: 409 },
  'violation.cannot_be_deleted': { status: 409, rule: 'RL-13' },
  'violation.log_gap': { status: 409 },
  'violation.target_unknown': { status: 404 },
} as const satisfies RefusalTable
export type ViolationRefusal = keyof typeof violationRefusals
