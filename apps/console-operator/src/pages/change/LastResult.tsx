import type { StepRunView } from '@huabiao/domains/change/change.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { VerdictList } from './CheckText.tsx'
import { toneOfRun } from './change-tone.ts'
import { changeWords } from './change-words.ts'
import { cockpitWords } from './cockpit-words.ts'

/** The result both persons judge before they go on: verdicts first, then what was printed. */
export function LastResult({ runs }: { runs: readonly StepRunView[] }) {
  const w = useWords(changeWords)
  const c = useWords(cockpitWords)
  const format = useFormat()
  const run = runs.findLast((one) => one.endedAt !== null)
  if (!run)
    return (
      <Card title={c.last}>
        <p className="muted">{c.noLast}</p>
      </Card>
    )
  return (
    <Card title={c.last} extra={<StatusTag tone={toneOfRun(run.state)}>{w.runStates[run.state]}</StatusTag>}>
      <div className="stack gap-8">
        <div className="row gap-8 wrap-row">
          <b>
            <code>{run.stepKey}</code> @ {run.target.name}
          </b>
          <span className="muted small">
            {w.phases[run.phase]}
            {run.attempt > 1 ? ` · ${w.attempt(run.attempt)}` : ''}
            {run.durationMs === null ? '' : ` · ${format.duration(run.durationMs)}`} · {run.executor}
            {run.cosignedBy ? ` + ${run.cosignedBy}` : ''}
          </span>
        </div>
        <VerdictList verdicts={run.verdicts} />
        <RunOutput run={run} />
      </div>
    </Card>
  )
}

export function RunOutput({ run }: { run: StepRunView }) {
  const c = useWords(cockpitWords)
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a frame that scrolls must be reachable by keyboard */}
      <pre className="command output" tabIndex={0}>
        {run.stdout.trimEnd() || c.noOutput}
      </pre>
      {run.stderr ? <pre className="command output bad">{run.stderr.trimEnd()}</pre> : null}
    </>
  )
}
