import type { LintFinding } from '@huabiao/domains/change/change.contract'
import type { PlanStep } from '@huabiao/domains/change/change-plan.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { IconButton } from '@huabiao/ui/primitives/Button'
import { Segmented, SelectField } from '@huabiao/ui/primitives/Choice'
import { NumberField, TextField } from '@huabiao/ui/primitives/Field'
import { Icon } from '@huabiao/ui/primitives/Icon'
import type { KeyboardEvent } from 'react'
import { ActionFields, ExpectFields } from './ActionFields.tsx'
import { changeWords } from './change-words.ts'
import { useCodeWords } from './code-words.ts'
import { editorWords } from './editor-words.ts'
import { newAction, newExpectation, withAction } from './plan-draft.ts'

export interface StepFieldsProps {
  step: PlanStep
  index: number
  accounts: readonly string[]
  findings: readonly LintFinding[]
  onChange: (next: PlanStep) => void
  onMove: (by: number) => void
  onCopy: () => void
  onRemove: () => void
}
export function StepFields({ step, index, accounts, findings, onChange, onMove, onCopy, onRemove }: StepFieldsProps) {
  const w = useWords(editorWords)
  const c = useWords(changeWords)
  const format = useFormat()
  const said = useCodeWords()
  const mine = findings.filter((finding) => finding.at === `steps[${index}]` || finding.at.startsWith(`steps[${index}].`))
  const errorAt = (part: string) => {
    const found = mine.find((finding) => finding.at === `steps[${index}].${part}` && finding.severity === 'error')
    return found ? said.of(found.code, found.params) : undefined
  }
  const at = `steps[${index}]`
  const hasError = mine.some((finding) => finding.severity === 'error')
  const press = (event: KeyboardEvent) => {
    if (!event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return
    event.preventDefault()
    onMove(event.key === 'ArrowUp' ? -1 : 1)
  }
  const set = <K extends keyof PlanStep>(key: K, value: PlanStep[K]) => onChange({ ...step, [key]: value })
  return (
    <li className="editor-step" data-at={at} onKeyDown={press}>
      <span className="editor-step-tools row gap-4">
        <IconButton icon="up" label={`${w.up} (Alt+↑)`} onClick={() => onMove(-1)} />
        <IconButton icon="down" label={`${w.down} (Alt+↓)`} onClick={() => onMove(1)} />
        <IconButton icon="copy" label={`${w.duplicate} ${step.key}`} onClick={onCopy} />
        <IconButton icon="delete" label={`${w.remove} ${step.key}`} onClick={onRemove} />
      </span>
      <details open>
        <summary>
          <b>{index + 1}</b>
          <StatusTag tone={step.phase === 'execute' ? 'info' : 'neutral'}>{c.phases[step.phase]}</StatusTag>
          <span className="strong clip">{step.title || step.key}</span>
          <code className="faint clip">{step.action.kind === 'command' ? step.action.line : w.kinds[step.action.kind]}</code>
          {mine.length > 0 ? <Icon name={hasError ? 'fail' : 'warn'} className={hasError ? 'bad' : 'wait'} /> : null}
        </summary>
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
        <div className="editor-row">
          <div className="two">
            <TextField
              label={w.stepTitle}
              required
              value={step.title}
              onChange={(title) => set('title', title)}
              maxLength={120}
            />
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
          <div className="three" data-at={`${at}.action`}>
            <ActionFields value={step.action} onChange={(action) => onChange(withAction(step, action))} />
          </div>
          <div className="three" data-at={`${at}.expect`}>
            <ExpectFields value={step.expect} onChange={(expect) => set('expect', expect)} />
          </div>
          {step.phase === 'execute' ? (
            <div className="all stack gap-8 editor-rollback" data-at={`${at}.rollback`}>
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
                  label: format.labelled(w.rollback, w.rollbacks[kind] ?? kind),
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
        {mine.length > 0 ? (
          <ul className="lint">
            {mine.map((finding) => (
              <li key={`${finding.code} ${finding.at}`} className={finding.severity}>
                <div>
                  <Icon name={finding.severity === 'error' ? 'fail' : 'warn'} />
                  {said.of(finding.code, finding.params)}
                </div>
              </li>
            ))}
          </ul>
        ) : null}
      </details>
    </li>
  )
}
