import type { StepRunView } from '@huabiao/domains/change/change.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { useState } from 'react'
import { VerdictList } from './CheckText.tsx'
import { toneOfRun } from './change-tone.ts'
import { changeWords } from './change-words.ts'
import { cockpitWords } from './cockpit-words.ts'
import { RunOutput } from './LastResult.tsx'

/** Every run, newest first; a line opens to its verdicts and output. */
export function RunList({ runs }: { runs: readonly StepRunView[] }) {
  const w = useWords(changeWords)
  const c = useWords(cockpitWords)
  const format = useFormat()
  const [open, setOpen] = useState<string>()
  return (
    <Card title={w.runs} flush extra={<span className="muted small">{runs.length}</span>}>
      {runs.length === 0 ? <EmptyState title={c.noLast} icon="clock" compact /> : null}
      <ol className="runs">
        {runs.toReversed().map((run) => (
          <li key={run.id}>
            <button
              type="button"
              className="run-line"
              aria-expanded={open === run.id}
              onClick={() => setOpen(open === run.id ? undefined : run.id)}
            >
              <time className="muted small">{run.startedAt ? format.timeSeconds(run.startedAt) : '—'}</time>
              <StatusTag tone={toneOfRun(run.state)}>{w.runStates[run.state]}</StatusTag>
              <span className="clip">
                <b>{run.stepKey}</b> @ {run.target.name}
              </span>
              <span className="muted small push clip">
                {w.phases[run.phase]}
                {run.attempt > 1 ? ` · ${w.attempt(run.attempt)}` : ''}
                {run.durationMs === null ? '' : ` · ${format.duration(run.durationMs)}`} · {run.executor}
                {run.cosignedBy ? ` + ${run.cosignedBy}` : ''}
              </span>
            </button>
            {open === run.id ? (
              <div className="run-body">
                {run.detail ? <span className="small">{run.detail}</span> : null}
                <VerdictList verdicts={run.verdicts} />
                <RunOutput run={run} />
              </div>
            ) : null}
          </li>
        ))}
      </ol>
    </Card>
  )
}
