import { nameForms, type Parameter } from '@huabiao/domains/template/template.model'
import { useWords } from '@huabiao/ui/i18n/language'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { Button } from '@huabiao/ui/primitives/Button'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { NumberField, TextField } from '@huabiao/ui/primitives/Field'
import { templateWords } from './template-words.ts'

const fresh = (kind: Parameter['kind'], { key, title }: { key: string; title: string }): Parameter =>
  kind === 'enum'
    ? { kind, key, title, values: [] }
    : kind === 'integer'
      ? { kind, key, title, min: 1, max: 10 }
      : { kind, key, title, form: 'version', maxLength: 20 }

export function ParameterFields({
  parameters,
  onChange,
}: {
  parameters: readonly Parameter[]
  onChange: (parameters: Parameter[]) => void
}) {
  const w = useWords(templateWords)
  const put = (at: number, next: Parameter) => onChange(parameters.map((one, i) => (i === at ? next : one)))
  return (
    <Card title={w.parameters} extra={<span className="muted small">{w.parametersHint}</span>}>
      <div className="stack gap-12">
        {parameters.map((one, i) => (
          <div key={i} className="row gap-8 top wrap-row">
            <TextField label={w.key} value={one.key} onChange={(key) => put(i, { ...one, key })} required maxLength={31} mono />
            <TextField
              label={w.label}
              value={one.title}
              onChange={(title) => put(i, { ...one, title })}
              required
              maxLength={120}
            />
            <SelectField
              label={w.kind}
              value={one.kind}
              onChange={(kind) => put(i, fresh(kind, one))}
              options={(['enum', 'integer', 'name'] as const).map((value) => ({ value, label: w.kinds[value] }))}
            />
            <Bounds parameter={one} onChange={(next) => put(i, next)} />
            <Button size="small" tone="quiet" icon="delete" onClick={() => onChange(parameters.filter((_, at) => at !== i))}>
              {w.remove}
            </Button>
          </div>
        ))}
        <div>
          <Button icon="plus" onClick={() => onChange([...parameters, fresh('name', { key: '', title: '' })])}>
            {w.addParameter}
          </Button>
        </div>
      </div>
    </Card>
  )
}

function Bounds({ parameter, onChange }: { parameter: Parameter; onChange: (parameter: Parameter) => void }) {
  const w = useWords(templateWords)
  if (parameter.kind === 'enum') return <Values parameter={parameter} onChange={onChange} />
  if (parameter.kind === 'integer')
    return (
      <>
        <NumberField label={w.min} value={parameter.min} onChange={(min) => onChange({ ...parameter, min: min ?? 0 })} min={0} />
        <NumberField label={w.max} value={parameter.max} onChange={(max) => onChange({ ...parameter, max: max ?? 0 })} min={0} />
      </>
    )
  return (
    <>
      <SelectField
        label={w.form}
        value={parameter.form}
        onChange={(form) => onChange({ ...parameter, form })}
        options={nameForms.map((value) => ({ value, label: w.forms[value] }))}
      />
      <NumberField
        label={w.maxLength}
        value={parameter.maxLength}
        onChange={(length) => onChange({ ...parameter, maxLength: length ?? 1 })}
        min={1}
        max={64}
      />
    </>
  )
}

function Values({
  parameter,
  onChange,
}: {
  parameter: Extract<Parameter, { kind: 'enum' }>
  onChange: (parameter: Parameter) => void
}) {
  const w = useWords(templateWords)
  return (
    <TextField
      label={w.values}
      value={parameter.values.join(' ')}
      onChange={(text) => onChange({ ...parameter, values: text.split(' ').slice(0, 50) })}
      required
      mono
      maxLength={1000}
    />
  )
}
