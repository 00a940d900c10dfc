import type { LintFinding } from '@huabiao/domains/change/change.contract'
import type { ChangePlan } from '@huabiao/domains/change/change-plan.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { Button } from '@huabiao/ui/primitives/Button'
import { changeWords } from './change-words.ts'
import { editorWords } from './editor-words.ts'
import { copyOfStep, moved, newStep } from './plan-draft.ts'
import { StepFields } from './StepFields.tsx'

export function StepList({
  plan,
  accounts,
  findings,
  onChange: steps,
}: {
  plan: ChangePlan
  accounts: readonly string[]
  findings: readonly LintFinding[]
  onChange: (steps: ChangePlan['steps']) => void
}) {
  const w = useWords(editorWords)
  const c = useWords(changeWords)
  const format = useFormat()
  return (
    <Card title={w.steps} flush extra={<span className="muted small">{w.stepKeys}</span>}>
      {plan.steps.length === 0 ? <EmptyState title={w.noSteps} text={w.noStepsText} icon="document" compact /> : null}
      <ol data-at="steps">
        {plan.steps.map((step, i) => (
          <StepFields
            key={i}
            step={step}
            index={i}
            accounts={accounts}
            findings={findings}
            onChange={(next) => steps(plan.steps.map((one, at) => (at === i ? next : one)))}
            onMove={(by) => steps(moved(plan.steps, i, by))}
            onCopy={() => steps(plan.steps.toSpliced(i + 1, 0, copyOfStep(plan, step)))}
            onRemove={() => steps(plan.steps.filter((_, at) => at !== i))}
          />
        ))}
      </ol>
      <div className="pad row gap-8 wrap-row">
        {(['precheck', 'execute', 'verify'] as const).map((phase) => (
          <Button key={phase} icon="plus" onClick={() => steps([...plan.steps, newStep(plan, phase, accounts[0] ?? '')])}>
            {format.labelled(w.addStep, c.phases[phase] ?? phase)}
          </Button>
        ))}
      </div>
    </Card>
  )
}
