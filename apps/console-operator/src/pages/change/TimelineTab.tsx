import { getTimeline } from '@huabiao/domains/change/change.contract'
import type { ChangeState } from '@huabiao/domains/change/change.model'
import type { Act } from '@huabiao/domains/change/change-act.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { RedLineChip } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { useApi } from '../../api/hooks.ts'
import { changeWords } from './change-words.ts'
import { useDeadlineName } from './DeadlineTag.tsx'
import { deadlineWords } from './deadline-words.ts'

export function TimelineTab({ changeId }: { changeId: string }) {
  const w = useWords(changeWords)
  const d = useWords(deadlineWords)
  const nameOf = useDeadlineName()
  const format = useFormat()
  const { data } = useApi(getTimeline, { params: { changeId } }, { everyMs: 10_000 })
  const stateName = (state: string | null): string => (state ? (w.states[state as ChangeState] ?? state) : '')
  return (
    <Card title={w.tabs.timeline} flush>
      {data?.items.length === 0 ? <EmptyState title={w.timelineEmpty} icon="clock" compact /> : null}
      <ol className="timeline">
        {data?.items.map((entry) => (
          <li key={entry.seq}>
            <time className="muted small">{format.seconds(entry.at)}</time>
            <span className="strong">{w.acts[entry.act as Act] ?? d.timeline[entry.act] ?? entry.act}</span>
            <span>
              {entry.actor}
              {entry.role ? <span className="faint small"> · {entry.role}</span> : null}
            </span>
            <span className="muted">{entry.to ? `${stateName(entry.from)} → ${stateName(entry.to)}` : ''}</span>
            <span className="grow wrap">{entry.act === 'deadline' ? nameOf(entry.note) : entry.note}</span>
            {entry.rule ? <RedLineChip rule={entry.rule} short /> : null}
          </li>
        ))}
      </ol>
    </Card>
  )
}
