import type { Check, Expectation } from '@huabiao/domains/change/change-plan.model'

interface Words {
  exit: string
  number: string
  between(min: number | null, max: number | null): string
  checks: Readonly<Record<string, string>>
}
const checkLine = (check: Check, w: Words): string =>
  check.kind === 'number'
    ? `${w.number} ${check.after || '—'} ${w.between(check.min, check.max)}`
    : `${w.checks[check.kind]} ${check.text}`

/** An expectation as lines of text, for comparing and for summaries. */
export const expectLines = (expect: Expectation, w: Words): string[] => [
  `${w.exit} ${expect.exitCodes.join(' / ')}`,
  ...expect.checks.map((check) => checkLine(check, w)),
]
