import type { ViolationView } from '@huabiao/domains/violation/violation.contract'
import type { Tone } from '@huabiao/ui/patterns/StatusTag'

export const severityTones = { minor: 'neutral', major: 'wait', critical: 'bad' } as const satisfies Record<
  ViolationView['severity'],
  Tone
>
const stateTones = { raised: 'wait', answered: 'info', confirmed: 'bad', appealed: 'info', closed: 'neutral' } as const
export const toneOfViolation = (state: ViolationView['state']): Tone => stateTones[state]

/** What the reader may do now; the first of these is what waits. */
export const todoOf = ({ acts }: ViolationView) =>
  (['answer', 'decide', 'review', 'appeal'] as const).find((act) => acts[act] === null)

/** A closed case says how it ended. */
export const closedAs = (
  of: Pick<ViolationView, 'verdict' | 'reviewVerdict'>,
  w: {
    readonly verdicts: { readonly confirmed: string; readonly dismissed: string }
    readonly reviews: { readonly upheld: string; readonly overturned: string }
  },
): string => (of.reviewVerdict ? w.reviews[of.reviewVerdict] : w.verdicts[of.verdict ?? 'dismissed'])
