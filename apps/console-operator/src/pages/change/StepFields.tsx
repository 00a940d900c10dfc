import type { LintFinding } from '@huabiao/domains/change/change.contract'
import type { PlanStep } from '@huabiao/domains/change/change-plan.model'
import { useWords } from '@huabiao/ui/i18n/language'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { IconButton } from '@huabiao/ui/primitives/Button'
import { Segmented, SelectField } from '@huabiao/ui/primitives/Choice'
import { NumberField, TextField } from '@huabiao/ui/primitives/Field'
import { ActionFields, ExpectFields } from './ActionFields.tsx'
import { changeWords } from './change-words.ts'
import { useCodeWords } from './code-words.ts'
import { editorWords } from './editor-words.ts'
import { newAction, newExpectation } from './plan-draft.ts'

export interface StepFieldsProps {
  step: PlanStep
  index: number
  accounts: readonly string[]
  findings: readonly LintFinding[]
  onChange: (next: PlanStep) => void
  onMove: (by: number) => void
  onRemove: () => void
}
export function StepFields({ step, index, accounts, findings, onChange, onMove, onRemove }: StepFieldsProps) {
  const w = useWords(editorWords)
  const c = useWords(changeWords)
  const said = useCodeWords()
  const mine = findings.filter((finding) => finding.at === `steps[${index}]` || finding.at.startsWith(`steps[${index}].`))
  const errorAt = (part: string) => {
    const found = mine.find((finding) => finding.at === `steps[${index}].${part}` && finding.severity === 'error')
    return found ? said.of(found.code, found.params) : undefined
  }
  const set = <K extends keyof PlanStep>(key: K, value: PlanStep[K]) => onChange({ ...step, [key]: value })
  return (
    <li className="editor-step">
      <div className="row gap-8">
        <b>{index + 1}.</b>
        <Segmented
          label={w.phase}
          value={step.phase}
          onChange={(phase) =>
            onChange({
              ...step,
              phase,
              rollback:
                phase === 'execute'
                  ? (step.rollback ?? { kind: 'action', action: newAction('command'), expect: newExpectation })
                  : null,
            })
          }
          options={(['precheck', 'execute', 'verify'] as const).map((phase) => ({
            value: phase,
            label: c.phases[phase] ?? phase,
          }))}
        />
        <span className="push row gap-4">
          <IconButton icon="up" label={w.up} onClick={() => onMove(-1)} />
          <IconButton icon="down" label={w.down} onClick={() => onMove(1)} />
          <IconButton icon="delete" label={`${w.remove} ${step.key}`} onClick={onRemove} />
        </span>
      </div>
      <div className="editor-row">
        <div className="two">
          <TextField label={w.stepTitle} required value={step.title} onChange={(title) => set('title', title)} maxLength={120} />
        </div>
        <TextField
          label={w.key}
          mono
          value={step.key}
          onChange={(key) => set('key', key)}
          maxLength={40}
          error={errorAt('key')}
        />
        <SelectField
          label={w.account}
          value={step.account}
          onChange={(account) => set('account', account)}
          options={[...new Set([...accounts, step.account])].filter(Boolean).map((name) => ({ value: name, label: name }))}
          error={errorAt('account')}
        />
        <NumberField
          label={w.danger}
          min={1}
          max={5}
          value={step.danger}
          onChange={(danger) => set('danger', danger ?? 1)}
          error={errorAt('danger')}
        />
        <NumberField
          label={w.timeout}
          min={1}
          max={3600}
          unit={w.seconds}
          value={step.timeoutSeconds}
          onChange={(seconds) => set('timeoutSeconds', seconds ?? 60)}
        />
        <div className="three">
          <ActionFields value={step.action} onChange={(action) => set('action', action)} />
        </div>
        <div className="three">
          <ExpectFields value={step.expect} onChange={(expect) => set('expect', expect)} />
        </div>
        {step.phase === 'execute' ? (
          <div className="all stack gap-8">
            <Segmented
              label={w.rollback}
              value={step.rollback?.kind ?? 'action'}
              onChange={(kind) =>
                set(
                  'rollback',
                  kind === 'none' ? { kind, reason: '' } : { kind, action: newAction('command'), expect: newExpectation },
                )
              }
              options={(['action', 'none'] as const).map((kind) => ({
                value: kind,
                label: `${w.rollback}：${w.rollbacks[kind]}`,
              }))}
            />
            {step.rollback?.kind === 'none' ? (
              <TextField
                label={w.rollbackReason}
                required
                value={step.rollback.reason}
                onChange={(reason) => set('rollback', { kind: 'none', reason })}
                maxLength={500}
              />
            ) : step.rollback ? (
              <div className="editor-row">
                <div className="three">
                  <ActionFields
                    value={step.rollback.action}
                    onChange={(action) => step.rollback?.kind === 'action' && set('rollback', { ...step.rollback, action })}
                  />
                </div>
                <div className="three">
                  <ExpectFields
                    value={step.rollback.expect}
                    onChange={(expect) => step.rollback?.kind === 'action' && set('rollback', { ...step.rollback, expect })}
                  />
                </div>
              </div>
            ) : null}
          </div>
        ) : null}
      </div>
      {mine.map((finding) => (
        <div key={`${finding.code} ${finding.at}`} className="row gap-8">
          <StatusTag tone={finding.severity === 'error' ? 'bad' : 'wait'} icon={finding.severity === 'error' ? 'fail' : 'warn'}>
            {finding.at.replace(/^steps\[\d+\]\.?/, '') || step.key}
          </StatusTag>
          <span className="small">{said.of(finding.code, finding.params)}</span>
        </div>
      ))}
    </li>
  )
}
