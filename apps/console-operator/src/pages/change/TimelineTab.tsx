import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import type { ChangeState } from '@huabiao/domains/change/change.model'
import type { Act } from '@huabiao/domains/change/change-act.model'
import { getTimeline, type TimelineEntry } from '@huabiao/domains/change/change-overview.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote, RedLineChip } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { LinkButton } from '@huabiao/ui/primitives/Button'
import { Icon } from '@huabiao/ui/primitives/Icon'
import { Skeleton } from '@huabiao/ui/primitives/Skeleton'
import type { z } from 'zod'
import { useApi } from '../../api/hooks.ts'
import { useCan, useMe } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { useRoleName } from '../../app/role-names.ts'
import { toneOf } from './change-tone.ts'
import { changeWords } from './change-words.ts'
import { useDeadlineName } from './DeadlineTag.tsx'
import { deadlineWords } from './deadline-words.ts'
import { timelineWords } from './timeline-words.ts'

type Entry = z.infer<typeof TimelineEntry>

/** Who did what when, newest first, day by day; from each moment of the run to its replay, and from all of it to the ledger. */
export function TimelineTab({ change }: { change: ChangeDetail }) {
  const w = useWords(changeWords)
  const t = useWords(timelineWords)
  const me = useMe()
  const can = useCan()
  const format = useFormat()
  const { data, error } = useApi(getTimeline, { params: { changeId: change.id } }, { everyMs: 10_000 })
  const days = Map.groupBy(data?.items ?? [], (entry) => format.date(entry.at))
  const began = data?.items.find((entry) => entry.act === 'begin')?.at
  return (
    <Card
      title={w.tabs.timeline}
      flush
      extra={
        can('ledger:read') ? (
          <LinkButton to={`${paths.ledgerChain(me.tenant.id, change.plane)}?change=${change.id}`} size="small" icon="ledger">
            {t.records}
          </LinkButton>
        ) : null
      }
    >
      {error ? <ProblemNote error={error} /> : null}
      {!data && !error ? (
        <div className="pad">
          <Skeleton lines={6} height={24} />
        </div>
      ) : null}
      {data?.items.length === 0 ? <EmptyState title={w.timelineEmpty} icon="clock" compact /> : null}
      {[...days].map(([day, entries]) => (
        <section key={day} className="timeline-day" aria-label={day}>
          <h3>
            {day} <span className="muted">{format.weekday(day)}</span>
          </h3>
          <ol className="timeline">
            {entries.map((entry) => (
              <Line key={entry.seq} entry={entry} change={change} replay={can('session:read') && isDuring(entry, began)} />
            ))}
          </ol>
        </section>
      ))}
    </Card>
  )
}

const afterwards = ['passVerification', 'confirmItems', 'close']
const isDuring = (entry: Entry, began: string | undefined): boolean =>
  began !== undefined && entry.at >= began && !afterwards.includes(entry.act)

function Line({ entry, change, replay }: { entry: Entry; change: ChangeDetail; replay: boolean }) {
  const w = useWords(changeWords)
  const t = useWords(timelineWords)
  const format = useFormat()
  const d = useWords(deadlineWords)
  const deadlineOf = useDeadlineName()
  const roleOf = useRoleName()
  const stateName = (state: string | null): string => (state ? (w.states[state as ChangeState] ?? state) : '')
  const byPlatform = t.actors[entry.actor]
  const note = entry.act === 'deadline' ? deadlineOf(entry.note) : (w.pauseReasons[entry.note] ?? entry.note)
  return (
    <li className={entry.to ? toneOf(entry.to as ChangeState) : ''}>
      <time className="muted small" dateTime={entry.at}>
        {format.timeSeconds(entry.at)}
      </time>
      <i aria-hidden />
      <div className="grow">
        <div className="row gap-8 wrap-row">
          <b>{w.acts[entry.act as Act] ?? d.timeline[entry.act] ?? t.acts[entry.act] ?? entry.act}</b>
          <span title={byPlatform ? t.platform : entry.role ? roleOf(entry.role) : undefined}>
            {byPlatform ?? entry.actor}
            {entry.role ? <span className="faint small"> · {roleOf(entry.role)}</span> : null}
          </span>
          {entry.to ? (
            <span className="muted small row gap-4">
              {stateName(entry.from)} <Icon name="forward" size={10} /> {stateName(entry.to)}
            </span>
          ) : null}
          {entry.rule ? <RedLineChip rule={entry.rule} quiet={entry.act !== 'pause'} /> : null}
        </div>
        {note ? <p className="wrap timeline-note">{note}</p> : null}
      </div>
      {replay && change.sessionId ? (
        <LinkButton
          to={`${paths.session(change.sessionId)}?at=${encodeURIComponent(entry.at)}`}
          size="small"
          tone="quiet"
          icon="play"
        >
          {t.replay}
        </LinkButton>
      ) : null}
    </li>
  )
}
