import './plan-editor.css'
import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import type { PlanStep, StepAction } from '@huabiao/domains/change/change-plan.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { LinkButton } from '@huabiao/ui/primitives/Button'
import { HashChip } from '@huabiao/ui/primitives/Copyable'
import { ExpectText } from './CheckText.tsx'
import { changeWords } from './change-words.ts'
import { deadlineWords } from './deadline-words.ts'
import { LintList } from './LintList.tsx'

export function ActionText({ action }: { action: StepAction }) {
  if (action.kind === 'command') return <pre className="command">{action.line}</pre>
  if (action.kind === 'interactive') return <TerminalText purpose={action.purpose} />
  if (action.kind === 'artifact') return <ArtifactText action={action} />
  const head = action.kind === 'script' ? action.interpreter : `${action.path} · ${action.mode}`
  return (
    <div className="stack gap-4">
      <code className="small muted">{head}</code>
      <pre className="command">{action.text}</pre>
    </div>
  )
}
/** Approvers see at once that this step is no command that could be read beforehand. */
function TerminalText({ purpose }: { purpose: string }) {
  const w = useWords(changeWords)
  return (
    <div className="row gap-8 wrap-row">
      <StatusTag tone="wait">{w.terminalStep}</StatusTag>
      <span>{purpose}</span>
    </div>
  )
}
/** Approvers compare the digest with that of the release; the bytes come in by upload and are held against it. */
function ArtifactText({ action }: { action: Extract<StepAction, { kind: 'artifact' }> }) {
  const w = useWords(changeWords)
  const format = useFormat()
  return (
    <div className="row gap-8 wrap-row">
      <code className="small muted">
        {action.path} · {action.mode}
      </code>
      <span className="small">{format.bytes(action.bytes)}</span>
      <HashChip hash={action.sha256} label={w.artifactDigest} />
    </div>
  )
}
export function StepCard({ step }: { step: PlanStep }) {
  const w = useWords(changeWords)
  const format = useFormat()
  return (
    <li className="plan-step">
      <div className="row gap-8 wrap-row">
        <StatusTag tone={step.phase === 'execute' ? 'info' : 'neutral'}>{w.phases[step.phase]}</StatusTag>
        <b>{step.title}</b>
        <code className="muted">{step.key}</code>
        <span className="push row gap-8">
          <StatusTag tone={step.danger >= 4 ? 'bad' : step.danger >= 3 ? 'wait' : 'neutral'}>
            {w.danger} {step.danger}
          </StatusTag>
          <span className="muted small">
            {step.account} · {format.duration(step.timeoutSeconds * 1000)}
          </span>
        </span>
      </div>
      <div className="plan-step-body">
        <ActionText action={step.action} />
        <div>
          <div className="faint small">{w.expect}</div>
          <ExpectText expect={step.expect} />
        </div>
        {step.phase === 'execute' ? (
          <div>
            <div className="faint small">{w.rollback}</div>
            {step.rollback?.kind === 'action' ? (
              <ActionText action={step.rollback.action} />
            ) : step.rollback ? (
              <StatusTag tone="bad">{format.labelled(w.irreversible, step.rollback.reason)}</StatusTag>
            ) : (
              <StatusTag tone="wait">{w.noRollback}</StatusTag>
            )}
          </div>
        ) : null}
      </div>
    </li>
  )
}

export function PlanView({ change }: { change: ChangeDetail }) {
  const w = useWords(changeWords)
  const d = useWords(deadlineWords)
  const format = useFormat()
  const { plan } = change
  const nameOf = (id: string): string => change.targets.find((target) => target.id === id)?.name ?? id
  const mayEdit = change.acts.find((act) => act.act === 'savePlan')?.refusal === null
  return (
    <div className="page-split even">
      <Card
        title={w.steps}
        flush
        extra={
          mayEdit ? (
            <LinkButton to={`/changes/${change.id}/plan`} icon="edit" tone="primary">
              {w.editPlan}
            </LinkButton>
          ) : null
        }
      >
        <ol>
          {plan.steps.map((step) => (
            <StepCard key={step.key} step={step} />
          ))}
        </ol>
      </Card>
      <div className="stack gap-16">
        <LintList findings={change.lint} />
        <Card title={w.batches}>
          <ol className="stack gap-8">
            {plan.batches.map((batch, i) => (
              <li key={batch.targetIds.join(' ')}>
                <b>{w.batch(i + 1)}</b>{' '}
                <span className="muted small">
                  {w.soak} {format.duration(batch.soakSeconds * 1000)}
                </span>
                <div>{format.list(batch.targetIds.map(nameOf))}</div>
              </li>
            ))}
          </ol>
        </Card>
        {plan.health ? (
          <Card title={w.health}>
            <ActionText action={plan.health.action} />
            <ExpectText expect={plan.health.expect} />
          </Card>
        ) : null}
        <Card title={w.impact}>
          <p className="wrap">{plan.impact || '—'}</p>
        </Card>
        <Card title={w.emergency}>
          <p className="wrap">{plan.emergencyPlan || '—'}</p>
          {plan.autoRollback ? <StatusTag tone="info">{d.autoRollback}</StatusTag> : null}
        </Card>
      </div>
    </div>
  )
}
