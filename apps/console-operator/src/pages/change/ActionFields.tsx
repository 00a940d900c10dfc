import { artifactMaxBytes, type Check, type Expectation, type StepAction } from '@huabiao/domains/change/change-plan.model'
import { useWords } from '@huabiao/ui/i18n/language'
import { Button, IconButton } from '@huabiao/ui/primitives/Button'
import { Segmented, SelectField } from '@huabiao/ui/primitives/Choice'
import { HashChip } from '@huabiao/ui/primitives/Copyable'
import { NumberField, TextArea, TextField } from '@huabiao/ui/primitives/Field'
import { useQuery } from '@tanstack/react-query'
import { useRef } from 'react'
import { editorWords } from './editor-words.ts'
import { digestOf, newAction, newCheck, pinOf } from './plan-draft.ts'

const kinds = ['command', 'script', 'file', 'artifact', 'interactive'] as const
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
      ) : value.kind === 'interactive' ? (
        <TextField
          label={w.purpose}
          hint={w.purposeHint}
          value={value.purpose}
          onChange={(purpose) => onChange({ ...value, purpose })}
          maxLength={500}
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
          <PlaceFields value={value} onChange={onChange} />
          {value.kind === 'artifact' ? (
            <ArtifactFields value={value} onChange={onChange} />
          ) : (
            <>
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
        </>
      )}
    </div>
  )
}

type Placing = Extract<StepAction, { kind: 'file' | 'artifact' }>
function PlaceFields({ value, onChange }: { value: Placing; onChange: (next: Placing) => void }) {
  const w = useWords(editorWords)
  return (
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
  )
}

/** Digest and size from the release, or from the very file, which stays on this computer until the change is under way. */
function ArtifactFields({
  value,
  onChange,
}: {
  value: Extract<StepAction, { kind: 'artifact' }>
  onChange: (next: StepAction) => void
}) {
  const w = useWords(editorWords)
  const input = useRef<HTMLInputElement>(null)
  const take = async (file: File | undefined) => {
    if (file) onChange({ ...value, ...(await pinOf(file)) })
  }
  return (
    <>
      <div className="editor-row">
        <div className="three">
          <TextField
            label={w.digest}
            mono
            value={/^0+$/.test(value.sha256) ? '' : value.sha256}
            onChange={(sha256) => onChange({ ...value, sha256: sha256.trim().toLowerCase() })}
            maxLength={64}
            spellCheck={false}
          />
        </div>
        <div className="two">
          <NumberField
            label={w.bytes}
            value={value.bytes}
            min={1}
            max={artifactMaxBytes}
            onChange={(bytes) => onChange({ ...value, bytes: bytes ?? 0 })}
          />
        </div>
      </div>
      <div className="row gap-8">
        <input ref={input} type="file" hidden aria-label={w.pinFile} onChange={(event) => void take(event.target.files?.[0])} />
        <Button size="small" icon="document" onClick={() => input.current?.click()}>
          {w.pinFile}
        </Button>
        <span className="faint small">{w.artifactHint}</span>
      </div>
    </>
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
