import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import { getTimeline } from '@huabiao/domains/change/change-overview.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { Card, Facts } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { LinkButton } from '@huabiao/ui/primitives/Button'
import { useApi } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { batchProgress } from './batch-progress.ts'
import { changeWords } from './change-words.ts'
import { cockpitWords } from './cockpit-words.ts'

/** After the end: how it went in figures, and where each of them is proved. */
export function RunSummary({ change }: { change: ChangeDetail }) {
  const w = useWords(changeWords)
  const c = useWords(cockpitWords)
  const format = useFormat()
  const can = useCan()
  const timeline = useApi(getTimeline, { params: { changeId: change.id } })
  const times = change.runs.flatMap((run) => [run.startedAt, run.endedAt]).filter((at) => at !== null)
  const [from, to] = [times.toSorted().at(0), times.toSorted().at(-1)]
  const pauses = timeline.data?.items.filter((entry) => entry.to === 'paused').length ?? 0
  const met = change.runs.filter((run) => run.state === 'succeeded').length
  const undone = change.runs.filter((run) => run.phase === 'rollback').length
  const done = batchProgress(change, Date.now()).filter((batch) => batch.state === 'done').length
  return (
    <Card
      title={c.summary}
      extra={
        <>
          {change.sessionId && can('session:read') ? (
            <LinkButton to={paths.session(change.sessionId)} size="small" icon="play">
              {c.replay}
            </LinkButton>
          ) : null}
          <LinkButton to={`${paths.change(change.id)}?tab=timeline`} size="small" icon="clock">
            {c.timeline}
          </LinkButton>
        </>
      }
    >
      <Facts
        columns={4}
        items={[
          {
            label: w.state,
            value: (
              <StatusTag tone={change.outcome === 'success' ? 'good' : change.outcome === 'failed' ? 'bad' : 'side'}>
                {change.outcome ? w.outcome[change.outcome] : w.states[change.state]}
              </StatusTag>
            ),
          },
          { label: c.began, value: from ? format.seconds(from) : '—' },
          { label: c.ended, value: to ? format.seconds(to) : '—' },
          { label: c.took, value: from && to ? format.duration(Date.parse(to) - Date.parse(from)) : '—' },
          { label: c.batchesDone, value: `${done} / ${change.plan.batches.length}` },
          {
            label: c.stepRuns,
            value: `${c.asExpected(met, change.runs.length)}${undone > 0 ? ` · ${c.rolledBack(undone)}` : ''}`,
          },
          { label: c.cosigns, value: c.times(change.runs.filter((run) => run.cosignedBy !== null).length) },
          { label: c.pauses, value: c.times(pauses) },
        ]}
      />
    </Card>
  )
}
