import type { Check, Expectation, StepAction } from '@huabiao/domains/change/change-plan.model'
import { useWords } from '@huabiao/ui/i18n/language'
import { Button, IconButton } from '@huabiao/ui/primitives/Button'
import { Segmented, SelectField } from '@huabiao/ui/primitives/Choice'
import { HashChip } from '@huabiao/ui/primitives/Copyable'
import { NumberField, TextArea, TextField } from '@huabiao/ui/primitives/Field'
import { useQuery } from '@tanstack/react-query'
import { editorWords } from './editor-words.ts'
import { digestOf, newAction, newCheck } from './plan-draft.ts'

const kinds = ['command', 'script', 'file'] as const
export function ActionFields({ value, onChange }: { value: StepAction; onChange: (next: StepAction) => void }) {
  const w = useWords(editorWords)
  return (
    <div className="stack gap-8">
      <Segmented
        label={w.kind}
        value={value.kind}
        onChange={(kind) => kind !== value.kind && onChange(newAction(kind))}
        options={kinds.map((kind) => ({ value: kind, label: w.kinds[kind] ?? kind }))}
      />
      {value.kind === 'command' ? (
        <TextField
          label={w.line}
          mono
          value={value.line}
          onChange={(line) => onChange({ ...value, line })}
          maxLength={2000}
          spellCheck={false}
        />
      ) : value.kind === 'script' ? (
        <>
          <Segmented
            label={w.kind}
            value={value.interpreter}
            onChange={(interpreter) => onChange({ ...value, interpreter })}
            options={(['sh', 'bash', 'python3'] as const).map((name) => ({ value: name, label: name }))}
          />
          <TextArea
            label={w.script}
            mono
            rows={6}
            value={value.text}
            onChange={(text) => onChange({ ...value, text })}
            maxLength={60_000}
          />
        </>
      ) : (
        <>
          <div className="editor-row">
            <div className="three">
              <TextField
                label={w.path}
                mono
                value={value.path}
                onChange={(path) => onChange({ ...value, path })}
                maxLength={201}
                spellCheck={false}
              />
            </div>
            <div className="two">
              <SelectField
                label={w.mode}
                value={value.mode}
                onChange={(mode) => onChange({ ...value, mode })}
                options={(['0600', '0640', '0644', '0750', '0755'] as const).map((mode) => ({ value: mode, label: mode }))}
              />
            </div>
          </div>
          <TextArea
            label={w.content}
            mono
            rows={6}
            value={value.text}
            onChange={(text) => onChange({ ...value, text })}
            maxLength={60_000}
          />
          <FileDigest text={value.text} />
        </>
      )}
    </div>
  )
}

/** The digest that the plan will carry for this file, as the target will find it. */
function FileDigest({ text }: { text: string }) {
  const w = useWords(editorWords)
  const { data } = useQuery({ queryKey: ['digest', text], queryFn: () => digestOf(text), gcTime: 0 })
  return (
    <div className="row gap-8 small">
      <span className="faint">{w.digest}</span>
      {data ? <HashChip hash={data} label={w.digest} /> : '—'}
    </div>
  )
}

const checkKinds = ['contains', 'absent', 'line', 'number'] as const
export function ExpectFields({ value, onChange }: { value: Expectation; onChange: (next: Expectation) => void }) {
  const w = useWords(editorWords)
  const replace = (at: number, check: Check) =>
    onChange({ ...value, checks: value.checks.map((one, i) => (i === at ? check : one)) })
  return (
    <div className="stack gap-8">
      <TextField
        label={w.exitCodes}
        value={value.exitCodes.join(' ')}
        onChange={(text) => {
          const codes = text
            .split(/[\s,，]+/)
            .filter((code) => /^\d{1,3}$/.test(code))
            .map(Number)
          onChange({ ...value, exitCodes: codes.length > 0 ? codes : [0] })
        }}
      />
      {value.checks.map((check, i) => (
        <div key={i} className="row gap-8 bottom">
          <SelectField
            label={w.checks}
            hideLabel={i > 0}
            value={check.kind}
            onChange={(kind) => replace(i, newCheck(kind))}
            options={checkKinds.map((kind) => ({ value: kind, label: w.checkKinds[kind] ?? kind }))}
          />
          {check.kind === 'number' ? (
            <>
              <TextField
                label={w.line}
                hideLabel
                mono
                value={check.after}
                onChange={(after) => replace(i, { ...check, after })}
              />
              <NumberField label="min" hideLabel value={check.min} onChange={(min) => replace(i, { ...check, min })} />
              <NumberField label="max" hideLabel value={check.max} onChange={(max) => replace(i, { ...check, max })} />
            </>
          ) : (
            <TextField
              label={w.content}
              hideLabel
              mono
              value={check.text}
              onChange={(text) => replace(i, { ...check, text })}
              maxLength={500}
              spellCheck={false}
            />
          )}
          <IconButton
            icon="delete"
            label={w.remove}
            onClick={() => onChange({ ...value, checks: value.checks.filter((_, at) => at !== i) })}
          />
        </div>
      ))}
      <div>
        <Button size="small" icon="plus" onClick={() => onChange({ ...value, checks: [...value.checks, newCheck('contains')] })}>
          {w.addCheck}
        </Button>
      </div>
    </div>
  )
}
