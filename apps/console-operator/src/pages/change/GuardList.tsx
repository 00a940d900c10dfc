import type { ChangeDetail, GuardView } from '@huabiao/domains/change/change.contract'
import { isRunning } from '@huabiao/domains/change/change.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { RedLineChip } from '@huabiao/ui/patterns/RefusalNote'
import { StatusTag, type Tone } from '@huabiao/ui/patterns/StatusTag'
import { approvalWords } from './approval-words.ts'
import { changeWords } from './change-words.ts'
import { reasonText, useCodeWords } from './code-words.ts'

const weight = (guard: GuardView): number =>
  guard.verdict === 'fail' ? 0 : guard.verdict === 'unknown' && guard.mode === 'required' ? 1 : guard.verdict === 'pass' ? 2 : 3
export const byWeight = (guards: readonly GuardView[]): GuardView[] => guards.toSorted((a, b) => weight(a) - weight(b))

/** Guards with their verdict and mode. Before a change begins a guard that is not met yet is no danger: it is what is still to do. */
export function GuardList({ change, guards }: { change: ChangeDetail; guards: readonly GuardView[] }) {
  const w = useWords(changeWords)
  const a = useWords(approvalWords)
  const format = useFormat()
  const said = useCodeWords()
  const due = isRunning(change.state) || change.state === 'paused' || change.state === 'ready'
  const tone = (guard: GuardView): Tone =>
    guard.verdict === 'pass' ? 'good' : guard.verdict === 'fail' ? (due ? 'bad' : 'wait') : 'neutral'
  return (
    <ul className="guards">
      {guards.map((guard) => (
        <li key={guard.guard}>
          <StatusTag
            tone={tone(guard)}
            icon={guard.verdict === 'pass' ? 'pass' : guard.verdict === 'unknown' ? 'unknown' : due ? 'fail' : 'clock'}
          >
            {guard.verdict === 'fail' && !due ? a.notYetMet : w.verdicts[guard.verdict]}
          </StatusTag>
          <div className="stack grow">
            <span>
              {said.guard(guard.guard)} <code className="faint">{guard.guard}</code>
            </span>
            {guard.feeds && guard.mode === 'not-yet-fed' ? (
              <span className="faint small">{w.feeds(a.sources[guard.feeds] ?? guard.feeds)}</span>
            ) : guard.reasons.length > 0 ? (
              <span className="muted small">{format.clauses(guard.reasons.map((code) => reasonText(said, code)))}</span>
            ) : null}
          </div>
          <RedLineChip rule={guard.rule} short quiet={tone(guard) !== 'bad'} />
          <span className={guard.mode === 'required' ? 'small nowrap' : 'faint small nowrap'}>{w.guardMode[guard.mode]}</span>
        </li>
      ))}
    </ul>
  )
}
