import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import type { ChangeState } from '@huabiao/domains/change/change.model'
import { useWords } from '@huabiao/ui/i18n/language'
import { changeWords } from './change-words.ts'

/** The normal path in ten stations; side states show at the station they left. */
const stations: readonly (readonly ChangeState[])[] = [
  ['draft', 'returned', 'submitted'],
  ['accepted', 'planning', 'amending'],
  ['assessing'],
  ['testing'],
  ['approving'],
  ['consenting'],
  ['scheduled', 'ready'],
  ['prechecking', 'gray_running', 'gray_soaking', 'rolling', 'rolling_back'],
  ['verifying'],
  ['ci_reviewing', 'reviewing', 'closed'],
]
const labels: readonly ChangeState[] = [
  'draft',
  'planning',
  'assessing',
  'testing',
  'approving',
  'consenting',
  'ready',
  'rolling',
  'verifying',
  'closed',
]

export function StatePath({ change }: { change: ChangeDetail }) {
  const w = useWords(changeWords)
  const state = change.state === 'paused' ? (change.pausedFrom ?? 'rolling') : change.state
  // A model stands in for these three: they were not passed, so they are not shown as passed.
  const skipped: readonly ChangeState[] = change.standard?.holds ? ['assessing', 'testing', 'approving'] : []
  const shown = labels.filter((label) => !skipped.includes(label))
  const own = stations.find((station) => station.includes(state))
  const at = shown.findIndex((label) => own?.includes(label))
  const ended = at < 0
  return (
    <ol className={`state-path${change.state === 'paused' ? ' held' : ''}${ended ? ' ended' : ''}`} aria-label={w.state}>
      {shown.map((label, i) => {
        const here = i === at
        const done = i < at || change.state === 'closed'
        const words = here ? w.states[change.state] : w.states[label]
        return (
          <li key={label} className={done ? 'done' : here ? 'here' : ''} aria-current={here ? 'step' : undefined}>
            <i aria-hidden />
            <span>{words}</span>
          </li>
        )
      })}
    </ol>
  )
}
