import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import * as execution from '@huabiao/domains/change/change-execution.contract'
import { isSnapshotPhase, snapshotAction, snapshotExpect } from '@huabiao/domains/change/change-snapshot.model'
import { clockFace } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { HeldReason, ProblemNote, RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { useNavigate } from 'react-router'
import { useAct } from '../../api/hooks.ts'
import { paths } from '../../app/paths.ts'
import { ActBar } from './ActBar.tsx'
import { ExpectText } from './CheckText.tsx'
import { changeWords } from './change-words.ts'
import { cockpitWords } from './cockpit-words.ts'
import { ActionText } from './PlanView.tsx'

/** Refusals that mean "this is another person's act": no button, no reason. */
const notMine = ['access.denied', 'change.not_reviewer', 'change.not_executor']
const refusalOf = (change: ChangeDetail, act: string): string | null | undefined =>
  change.acts.find((one) => one.act === act)?.refusal

/** What runs next and what must come of it, with the one button for it; while nothing may run, what is waited for. */
export function NextStep({ change, now }: { change: ChangeDetail; now: number }) {
  const w = useWords(changeWords)
  const { next } = change
  return (
    <Card
      title={w.next}
      extra={
        next ? (
          <>
            <StatusTag tone="info">{w.phases[next.phase]}</StatusTag>
            <StatusTag tone={next.danger >= 4 ? 'bad' : next.danger >= 3 ? 'wait' : 'neutral'}>
              {w.danger} {next.danger}
            </StatusTag>
          </>
        ) : null
      }
    >
      {change.state === 'ready' || change.state === 'scheduled' ? (
        <Begin change={change} />
      ) : next ? (
        <Step change={change} next={next} />
      ) : (
        <Waiting change={change} now={now} />
      )}
    </Card>
  )
}

function Begin({ change }: { change: ChangeDetail }) {
  const c = useWords(cockpitWords)
  const refusal = refusalOf(change, 'begin')
  return (
    <div className="stack gap-12">
      <p className="muted">{c.readyText}</p>
      <div className="row">
        <ActBar change={change} only={['begin']} size="large" />
      </div>
      {refusal && !notMine.includes(refusal) ? <HeldReason code={refusal} /> : null}
    </div>
  )
}

function Waiting({ change, now }: { change: ChangeDetail; now: number }) {
  const w = useWords(changeWords)
  const c = useWords(cockpitWords)
  const release = useAct(execution.releaseBatch)
  const refusal = refusalOf(change, 'releaseBatch')
  const soak = change.soakUntil ? Date.parse(change.soakUntil) - now : 0
  const no = Math.max(change.currentBatch, 1)
  const machines = change.plan.batches[no - 1]?.targetIds.length ?? 0
  const isLast = no >= change.plan.batches.length
  const rolling = change.state === 'gray_soaking' || change.state === 'rolling'
  if (change.state === 'verifying')
    return (
      <div className="row">
        <ActBar change={change} only={['passVerification']} size="large" />
      </div>
    )
  if (!rolling) return <p className="muted">{w.nothingNext}</p>
  return (
    <div className="stack gap-12">
      {soak > 0 ? (
        <div className="row gap-16">
          <b className="soak-clock">{clockFace(soak)}</b>
          <div>
            <b>{c.soak(no)}</b>
            <p className="muted small">{(isLast ? c.soakLast : c.soakText)(machines, change.plan.health !== null)}</p>
          </div>
        </div>
      ) : (
        <p>{c.waitRelease(no + 1)}</p>
      )}
      {isLast || notMine.includes(refusal ?? '') ? null : (
        <>
          <div className="row">
            <Button
              tone="primary"
              size="large"
              icon="forward"
              busy={release.isPending}
              disabledReason={refusal ? <RefusalHint code={refusal} /> : undefined}
              onClick={() => release.mutate({ params: { changeId: change.id }, body: {} })}
            >
              {w.acts.releaseBatch}
            </Button>
          </div>
          {refusal ? <HeldReason code={refusal} /> : null}
        </>
      )}
      {release.error ? <ProblemNote error={release.error} compact /> : null}
    </div>
  )
}

function Step({ change, next }: { change: ChangeDetail; next: NonNullable<ChangeDetail['next']> }) {
  const w = useWords(changeWords)
  const c = useWords(cockpitWords)
  const run = useAct(execution.runNext)
  const sign = useAct(execution.cosignStep)
  const navigate = useNavigate()
  const { stepKey, targetId, phase } = next
  const step = change.plan.steps.find((candidate) => candidate.key === next.stepKey)
  const back = step?.rollback?.kind === 'action' ? step.rollback : undefined
  const asked = isSnapshotPhase(next.phase) ? { action: snapshotAction(change.plan), expect: snapshotExpect } : undefined
  const shown = asked ?? (next.phase === 'health' ? change.plan.health : next.phase === 'rollback' ? back : step)
  // A terminal needs somebody at it: the prompt asks for the step's key, runs it, and seats them.
  const isTerminal = phase === 'execute' && step?.action.kind === 'interactive'
  const flying = change.runs.find((one) => one.state === 'granted' || one.state === 'started')
  const runRefusal = refusalOf(change, 'runNext')
  const signRefusal = refusalOf(change, 'cosign')
  const params = { changeId: change.id }
  const mayRun = !notMine.includes(runRefusal ?? '')
  const mustSign = next.needsCosign && !next.cosigned
  const maySign = mustSign && !notMine.includes(signRefusal ?? '')
  const held = mayRun ? runRefusal : maySign ? signRefusal : undefined
  return (
    <div className="stack gap-12">
      <div className="next-head">
        <b>{asked ? w.phases[next.phase] : next.phase === 'health' ? w.health : (step?.title ?? next.stepKey)}</b>
        <span className="muted">
          <code>{next.stepKey}</code> @ <b>{next.targetName}</b> · {w.batch(next.batch)}
        </span>
      </div>
      {shown ? (
        <>
          <ActionText action={shown.action} />
          <div className="expect-line">
            <span className="faint small">{w.expect}</span>
            <ExpectText expect={shown.expect} />
          </div>
        </>
      ) : null}
      {flying ? (
        <StatusTag tone="info" live>
          {flying.stepKey} @ {flying.target.name} · {w.runStates[flying.state]}
        </StatusTag>
      ) : null}
      <div className="row gap-8 wrap-row">
        {mayRun && isTerminal ? (
          <Button
            tone="primary"
            size="large"
            icon="terminal"
            disabledReason={runRefusal && !flying ? <RefusalHint code={runRefusal} /> : undefined}
            onClick={() => void navigate(`${paths.terminal}?run=${encodeURIComponent(`run ${change.no}`)}`)}
          >
            {c.openTerminal}: {stepKey} @ {next.targetName}
          </Button>
        ) : null}
        {mayRun && !isTerminal ? (
          <Button
            tone="primary"
            size="large"
            icon="play"
            busy={run.isPending || flying !== undefined}
            disabledReason={runRefusal ? <RefusalHint code={runRefusal} /> : undefined}
            onClick={() => run.mutate({ params, body: { stepKey, targetId } })}
          >
            {w.acts.runNext}: {stepKey} @ {next.targetName}
          </Button>
        ) : null}
        {maySign ? (
          <Button
            tone="primary"
            size="large"
            icon="certificate"
            busy={sign.isPending}
            disabledReason={signRefusal ? <RefusalHint code={signRefusal} /> : undefined}
            onClick={() => sign.mutate({ params, body: { stepKey, targetId, phase } })}
          >
            {w.acts.cosign}: {stepKey} @ {next.targetName}
          </Button>
        ) : null}
        {next.needsCosign ? (
          <StatusTag tone={next.cosigned ? 'good' : 'wait'} icon={next.cosigned ? 'pass' : 'lock'} hint={c.signFirst}>
            {next.cosigned ? w.cosigned : w.needsCosign}
          </StatusTag>
        ) : null}
      </div>
      {held && !flying ? <HeldReason code={held} /> : null}
      {run.error ? <ProblemNote error={run.error} compact /> : null}
      {sign.error ? <ProblemNote error={sign.error} compact /> : null}
    </div>
  )
}
