import type { ViolationView } from '@huabiao/domains/violation/violation.contract'
import { useFormat, useNow } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { violationWords } from './violation-words.ts'

/** What is waited for, and for how long still; red once it is late. */
export function ViolationDue({ of }: { of: ViolationView }) {
  const w = useWords(violationWords)
  const format = useFormat()
  const now = useNow(30_000)
  if (!of.deadline) return <span className="faint">—</span>
  const { name, dueAt, overdue } = of.deadline
  const left = Date.parse(dueAt) - now
  return (
    <StatusTag
      tone={overdue || left < 0 ? 'bad' : left < 3_600_000 ? 'wait' : 'neutral'}
      icon="clock"
      hint={`${w.deadlines[name]} · ${w.waitsUntil(format.dateTime(dueAt))}`}
    >
      {left < 0 ? w.overdue : format.relative(dueAt, now)}
    </StatusTag>
  )
}
