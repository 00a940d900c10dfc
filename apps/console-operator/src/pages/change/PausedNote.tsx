import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { RedLineChip } from '@huabiao/ui/patterns/RefusalNote'
import { Icon } from '@huabiao/ui/primitives/Icon'
import { ActBar } from './ActBar.tsx'
import { changeWords } from './change-words.ts'
import { cockpitWords } from './cockpit-words.ts'

const exits = ['resume', 'rollBack', 'amend', 'abandon'] as const

/** Why it stands still, and the ways out, those of other persons included: everybody sees who is waited for. */
export function PausedNote({ change }: { change: ChangeDetail }) {
  const w = useWords(changeWords)
  const c = useWords(cockpitWords)
  const format = useFormat()
  const reason = change.pauseReason ?? ''
  return (
    <section className="card paused-note" aria-label={w.paused}>
      <div className="paused-why">
        <Icon name="paused" size={20} />
        <div className="grow">
          <div className="row gap-8 wrap-row">
            <b>
              {w.paused} · {w.pauseReasons[reason] ?? reason}
            </b>
            <RedLineChip rule="RL-09" />
          </div>
          <div className="small wrap">
            {change.pausedAt ? format.seconds(change.pausedAt) : ''} {change.pauseDetail}
          </div>
        </div>
      </div>
      <div className="paused-exits">
        <span className="faint small">{w.exits}</span>
        <ol>
          {exits.map((act) => (
            <li key={act}>
              <ActBar change={change} only={[act]} whole />
              <span className="small muted">{c.exitsText[act]}</span>
            </li>
          ))}
        </ol>
      </div>
    </section>
  )
}
