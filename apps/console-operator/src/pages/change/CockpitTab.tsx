import type { ChangeDetail, StepRunView } from '@huabiao/domains/change/change.contract'
import { isRunning } from '@huabiao/domains/change/change.model'
import * as execution from '@huabiao/domains/change/change-execution.contract'
import { clockFace, useFormat, useNow } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote, RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button, LinkButton } from '@huabiao/ui/primitives/Button'
import { useEffect, useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { useMe } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { LiveTerminal } from '../session/LiveTerminal.tsx'
import { ActBar } from './ActBar.tsx'
import { toneOfRun } from './change-tone.ts'
import { changeWords } from './change-words.ts'
import { ActionText, ExpectText } from './PlanView.tsx'

const refusalOf = (change: ChangeDetail, act: string): string | null | undefined =>
  change.acts.find((one) => one.act === act)?.refusal

/** The cockpit (实施驾驶舱): what runs next, who is here, how much of the window is left, and the way out. */
export function CockpitTab({ change }: { change: ChangeDetail }) {
  const w = useWords(changeWords)
  const me = useMe()
  const here = me.person.id === change.executor?.id || me.person.id === change.reviewer?.id
  usePresence(change, here)
  const started = isRunning(change.state) || change.state === 'paused' || change.runs.length > 0
  if (!started && change.state !== 'ready')
    return (
      <Card>
        <EmptyState title={w.tabs.cockpit} text={w.beforeReady} icon="terminal" />
      </Card>
    )
  return (
    <div className="stack gap-16">
      <Instruments change={change} />
      {change.state === 'paused' ? <PausedNote change={change} /> : null}
      <div className="cockpit">
        <NextStep change={change} />
        <Card
          title={w.terminal}
          flush
          extra={
            change.sessionId ? (
              <LinkButton to={paths.session(change.sessionId)} size="small" icon="watch">
                {w.session}
              </LinkButton>
            ) : null
          }
        >
          {change.sessionId && (isRunning(change.state) || change.state === 'paused') ? (
            <LiveTerminal sessionId={change.sessionId} />
          ) : (
            <EmptyState title={w.terminalOff} icon="terminal" compact />
          )}
        </Card>
      </div>
      <Matrix change={change} />
      <Runs runs={change.runs} />
    </div>
  )
}

/** Says "I am here" every ten seconds, as long as this page is in front of somebody's eyes. */
function usePresence(change: ChangeDetail, here: boolean): void {
  const { mutate } = useAct(execution.sayPresent, { refresh: [] })
  const active = here && (isRunning(change.state) || change.state === 'ready' || change.state === 'paused')
  useEffect(() => {
    if (!active) return
    const say = (): void => {
      if (document.visibilityState === 'visible') mutate({ params: { changeId: change.id } })
    }
    say()
    const timer = setInterval(say, 10_000)
    return () => clearInterval(timer)
  }, [active, change.id, mutate])
}

function Instruments({ change }: { change: ChangeDetail }) {
  const w = useWords(changeWords)
  const format = useFormat()
  const [offset] = useState(() => new Date(change.now).getTime() - Date.now())
  const now = useNow(1000, offset)
  const left = change.windowEnd ? new Date(change.windowEnd).getTime() - now : 0
  const soak = change.soakUntil ? new Date(change.soakUntil).getTime() - now : 0
  const seen = (at: string | null): boolean => at !== null && now - new Date(at).getTime() <= 60_000
  const person = (name: string | undefined, at: string | null, part: string) => (
    <span className="row gap-6">
      <StatusTag tone={seen(at) ? 'good' : 'bad'} icon={seen(at) ? 'pass' : 'warn'}>
        {seen(at) ? w.present : w.absent}
      </StatusTag>
      {part} {name ?? '—'}
      {at && !seen(at) ? <span className="faint small">{format.relative(at, now)}</span> : null}
    </span>
  )
  return (
    <div className="instruments">
      <div className={left < 15 * 60_000 ? 'dial warn' : 'dial'}>
        <span>{w.clock}</span>
        <b>{left > 0 ? clockFace(left) : w.windowOver}</b>
      </div>
      <div className="dial">
        <span>{w.batches}</span>
        <b>
          {change.currentBatch} / {change.plan.batches.length}
        </b>
      </div>
      {soak > 0 ? (
        <div className="dial live">
          <span>{w.soaking}</span>
          <b>{clockFace(soak)}</b>
        </div>
      ) : null}
      <div className="dial wide">
        <span>{w.presence}</span>
        <div className="row gap-16 wrap-row">
          {person(change.executor?.name, change.presence.executorSeenAt, w.executor)}
          {person(change.reviewer?.name, change.presence.reviewerSeenAt, w.reviewer)}
        </div>
      </div>
    </div>
  )
}

function PausedNote({ change }: { change: ChangeDetail }) {
  const w = useWords(changeWords)
  const format = useFormat()
  return (
    <section className="paused-note" aria-label={w.paused}>
      <div className="grow">
        <b>
          {w.paused} · {w.pauseReasons[change.pauseReason ?? ''] ?? change.pauseReason}
        </b>
        <div className="small">
          {change.pausedAt ? format.seconds(change.pausedAt) : ''} {change.pauseDetail}
        </div>
      </div>
      <span className="muted small">{w.exits}</span>
      <div className="row gap-8">
        <ActBar change={change} only={['resume', 'rollBack', 'amend']} />
      </div>
    </section>
  )
}

function NextStep({ change }: { change: ChangeDetail }) {
  const w = useWords(changeWords)
  const { next } = change
  const run = useAct(execution.runNext)
  const sign = useAct(execution.cosignStep)
  const release = useAct(execution.releaseBatch)
  const step =
    next && (next.phase === 'health' ? undefined : change.plan.steps.find((candidate) => candidate.key === next.stepKey))
  const shown = !next
    ? undefined
    : next.phase === 'health'
      ? change.plan.health
      : next.phase === 'rollback'
        ? step?.rollback?.kind === 'action'
          ? step.rollback
          : undefined
        : step
  const runRefusal = refusalOf(change, 'runNext')
  const signRefusal = refusalOf(change, 'cosign')
  const releaseRefusal = refusalOf(change, 'releaseBatch')
  const flying = change.runs.find((one) => one.state === 'granted' || one.state === 'started')
  return (
    <Card
      title={w.next}
      extra={
        next ? (
          <span className="row gap-8">
            <StatusTag tone="info">{w.phases[next.phase]}</StatusTag>
            <StatusTag tone={next.danger >= 3 ? 'wait' : 'neutral'}>
              {w.danger} {next.danger}
            </StatusTag>
          </span>
        ) : null
      }
    >
      <div className="stack gap-12">
        {flying ? (
          <StatusTag tone="info" live>
            {flying.stepKey} @ {flying.target.name} · {w.runStates[flying.state]}
          </StatusTag>
        ) : null}
        {next && shown ? (
          <>
            <div className="next-head">
              <b>{step?.title ?? w.health}</b>
              <span>
                <code>{next.stepKey}</code> @ <b>{next.targetName}</b> · {w.batch(next.batch)}
              </span>
            </div>
            <ActionText action={shown.action} />
            <div>
              <span className="faint small">{w.expect}</span>
              <ExpectText expect={shown.expect} />
            </div>
            {next.needsCosign ? (
              <StatusTag tone={next.cosigned ? 'good' : 'wait'} icon={next.cosigned ? 'pass' : 'lock'}>
                {next.cosigned ? w.cosigned : w.needsCosign}
              </StatusTag>
            ) : null}
          </>
        ) : (
          <p className="muted">{w.nothingNext}</p>
        )}
        <div className="row gap-8 wrap-row">
          {next && runRefusal !== 'access.denied' ? (
            <Button
              tone="primary"
              size="large"
              icon="play"
              busy={run.isPending || flying !== undefined}
              disabledReason={runRefusal ? <RefusalHint code={runRefusal} /> : undefined}
              onClick={() =>
                run.mutate({ params: { changeId: change.id }, body: { stepKey: next.stepKey, targetId: next.targetId } })
              }
            >
              {w.acts.runNext}: {next.stepKey} @ {next.targetName}
            </Button>
          ) : null}
          {next?.needsCosign && !next.cosigned && signRefusal !== 'access.denied' && signRefusal !== 'change.not_reviewer' ? (
            <Button
              tone="primary"
              size="large"
              icon="certificate"
              busy={sign.isPending}
              disabledReason={signRefusal ? <RefusalHint code={signRefusal} /> : undefined}
              onClick={() =>
                sign.mutate({
                  params: { changeId: change.id },
                  body: { stepKey: next.stepKey, targetId: next.targetId, phase: next.phase },
                })
              }
            >
              {w.acts.cosign}: {next.stepKey} @ {next.targetName}
            </Button>
          ) : null}
          {(change.state === 'gray_soaking' || change.state === 'rolling') &&
          change.currentBatch < change.plan.batches.length &&
          releaseRefusal !== 'access.denied' ? (
            <Button
              tone="primary"
              size="large"
              icon="forward"
              busy={release.isPending}
              disabledReason={releaseRefusal ? <RefusalHint code={releaseRefusal} /> : undefined}
              onClick={() => release.mutate({ params: { changeId: change.id }, body: {} })}
            >
              {w.acts.releaseBatch}
            </Button>
          ) : null}
        </div>
        {run.error ? <ProblemNote error={run.error} compact /> : null}
        {sign.error ? <ProblemNote error={sign.error} compact /> : null}
        {release.error ? <ProblemNote error={release.error} compact /> : null}
      </div>
    </Card>
  )
}

/** Steps down, targets across by batch: where the change stands, at a glance and in words. */
function Matrix({ change }: { change: ChangeDetail }) {
  const w = useWords(changeWords)
  const columns = change.plan.batches.flatMap((batch, i) => batch.targetIds.map((id) => ({ id, batch: i + 1 })))
  const rows = [
    ...change.plan.steps.map((step) => ({ key: step.key, phase: step.phase as string, title: step.title })),
    ...(change.plan.health ? [{ key: 'health', phase: 'health', title: w.health }] : []),
    ...(change.runs.some((run) => run.phase === 'rollback')
      ? change.plan.steps
          .filter((step) => step.rollback?.kind === 'action')
          .map((step) => ({ key: step.key, phase: 'rollback', title: step.title }))
      : []),
  ]
  const last = (key: string, phase: string, target: string): StepRunView | undefined =>
    change.runs.findLast((run) => run.stepKey === key && run.phase === phase && run.target.id === target)
  return (
    <Card title={w.matrix} flush>
      <div className="matrix-frame">
        <table className="matrix" aria-label={w.matrix}>
          <thead>
            <tr>
              <th scope="col">{w.steps}</th>
              {columns.map((column) => (
                <th key={column.id} scope="col" className={column.batch === change.currentBatch ? 'current' : ''}>
                  <span className="faint small">{w.batch(column.batch)}</span>
                  {change.targets.find((target) => target.id === column.id)?.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.phase} ${row.key}`}>
                <th scope="row">
                  <span className="faint small">{w.phases[row.phase]}</span> {row.title}
                </th>
                {columns.map((column) => {
                  const run = last(row.key, row.phase, column.id)
                  const isNext =
                    change.next?.stepKey === row.key && change.next.phase === row.phase && change.next.targetId === column.id
                  return (
                    <td key={column.id} className={isNext ? 'next' : ''}>
                      {run ? (
                        <StatusTag tone={toneOfRun(run.state)} live={run.state === 'started'}>
                          {w.runStates[run.state]}
                        </StatusTag>
                      ) : (
                        <span className="faint small">{isNext ? w.next : w.pending}</span>
                      )}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  )
}

function Runs({ runs }: { runs: readonly StepRunView[] }) {
  const w = useWords(changeWords)
  const format = useFormat()
  const [open, setOpen] = useState<string>()
  return (
    <Card title={w.runs} flush>
      <ol className="runs">
        {[...runs].reverse().map((run) => (
          <li key={run.id}>
            <button
              type="button"
              className="run-line"
              aria-expanded={open === run.id}
              onClick={() => setOpen(open === run.id ? undefined : run.id)}
            >
              <time className="muted small">{run.startedAt ? format.timeSeconds(run.startedAt) : '—'}</time>
              <StatusTag tone={toneOfRun(run.state)}>{w.runStates[run.state]}</StatusTag>
              <b>
                {run.stepKey} @ {run.target.name}
              </b>
              <span className="muted small">
                {w.phases[run.phase]} · {w.attempt(run.attempt)} ·{' '}
                {run.durationMs === null ? '' : format.duration(run.durationMs)} · {run.executor}
                {run.cosignedBy ? ` + ${run.cosignedBy}` : ''}
              </span>
              <span className="push small">{run.detail}</span>
            </button>
            {open === run.id ? (
              <div className="run-body">
                <pre className="command">{run.stdout || '—'}</pre>
                {run.stderr ? <pre className="command bad">{run.stderr}</pre> : null}
                <ul className="expects">
                  {run.verdicts.map((verdict) => (
                    <li key={JSON.stringify(verdict.check)}>
                      <StatusTag tone={verdict.met ? 'good' : 'bad'}>{verdict.met ? w.verdicts.pass : w.verdicts.fail}</StatusTag>{' '}
                      <code>{JSON.stringify(verdict.check)}</code>
                    </li>
                  ))}
                </ul>
              </div>
            ) : null}
          </li>
        ))}
      </ol>
    </Card>
  )
}
