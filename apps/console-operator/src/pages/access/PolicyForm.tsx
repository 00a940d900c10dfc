import { sessionActions, sessionChannels } from '@huabiao/domains/access/access-policy.model'
import { useLanguage, useWords } from '@huabiao/ui/i18n/language'
import { Button } from '@huabiao/ui/primitives/Button'
import { Checkbox, Segmented, SelectField } from '@huabiao/ui/primitives/Choice'
import { DateTimeField } from '@huabiao/ui/primitives/DateTimeField'
import { NumberField, TextField } from '@huabiao/ui/primitives/Field'
import type { ReactNode } from 'react'
import { PersonPicker } from '../../app/PersonPicker.tsx'
import { type ConditionForm, newStatement, type PolicyForm, policyDoors, type StatementForm, weekdays } from './policy-form.ts'
import { policyFormWords } from './policy-form-words.ts'
import type { usePolicyNames } from './policy-names.ts'
import { policyGrammar } from './policy-sentence.ts'
import { policyWords } from './policy-words.ts'

type PolicyNames = ReturnType<typeof usePolicyNames>
/** What to say at a field, by its place in the document. */
type WrongAt = (place: string) => string | undefined

export interface PolicyFieldsProps {
  form: PolicyForm
  onChange: (form: PolicyForm) => void
  /** Places in the document that its model refuses. */
  wrong: readonly string[]
  names: PolicyNames
}
/** The statements of a policy, field by field. */
export function PolicyFields({ form, onChange, wrong, names }: PolicyFieldsProps) {
  const f = useWords(policyFormWords)
  const put = (index: number, next: StatementForm) => onChange(form.with(index, next))
  return (
    <div className="stack gap-16">
      {form.map((statement, index) => (
        <StatementFields
          key={index}
          title={f.statement(index + 1)}
          value={statement}
          onChange={(next) => put(index, next)}
          onRemove={form.length > 1 ? () => onChange(form.toSpliced(index, 1)) : undefined}
          wrongAt={(place) => {
            const at = `statements.${index}.${place}`
            if (wrong.includes(at)) return f.needed
            return wrong.some((one) => one.startsWith(`${at}.`)) ? f.wrong : undefined
          }}
          names={names}
        />
      ))}
      <div>
        <Button icon="plus" onClick={() => onChange([...form, newStatement])}>
          {f.add}
        </Button>
      </div>
    </div>
  )
}

interface StatementFieldsProps {
  title: string
  value: StatementForm
  onChange: (value: StatementForm) => void
  onRemove: (() => void) | undefined
  wrongAt: WrongAt
  names: PolicyNames
}
function StatementFields({ title, value, onChange, onRemove, wrongAt, names }: StatementFieldsProps) {
  const w = useWords(policyWords)
  const f = useWords(policyFormWords)
  const grammar = useGrammar()
  const set = (part: Partial<StatementForm>) => onChange({ ...value, ...part })
  return (
    <fieldset className="policy-statement stack gap-12">
      <legend className="field-label">{title}</legend>
      <div className="row gap-8">
        <Segmented
          label={f.effectLabel}
          value={value.effect}
          onChange={(effect) => set({ effect })}
          options={(['Deny', 'Allow'] as const).map((effect) => ({ value: effect, label: w.effect[effect] }))}
        />
        {onRemove ? (
          <span className="push">
            <Button size="small" tone="danger" onClick={onRemove} label={`${f.remove} ${title}`}>
              {f.remove}
            </Button>
          </span>
        ) : null}
      </div>
      <Several
        label={f.session}
        all={sessionActions}
        some={value.session}
        nameOf={(action) => grammar.actions[action] ?? action}
        onChange={(session) => set({ session })}
        error={wrongAt('actions')}
      />
      <div className="form-grid">
        <TextField
          label={f.otherActions}
          value={value.otherActions}
          onChange={(otherActions) => set({ otherActions })}
          hint={f.otherHint}
          error={wrongAt('actions')}
          mono
        />
        <TextField
          label={w.resources}
          value={value.resources}
          onChange={(resources) => set({ resources })}
          hint={f.resourcesHint}
          error={wrongAt('resources')}
          mono
          required
        />
      </div>
      <ConditionFields
        title={f.when}
        value={value.condition}
        onChange={(condition) => set({ condition })}
        wrongAt={(place) => wrongAt(`condition.${place}`)}
        names={names}
      />
      <ConditionFields
        title={f.unless}
        value={value.unless}
        onChange={(unless) => set({ unless })}
        wrongAt={(place) => wrongAt(`unless.${place}`)}
        names={names}
      />
    </fieldset>
  )
}

interface ConditionFieldsProps {
  title: string
  value: ConditionForm
  onChange: (value: ConditionForm) => void
  wrongAt: WrongAt
  names: PolicyNames
}
function ConditionFields({ title, value, onChange, wrongAt, names }: ConditionFieldsProps) {
  const w = useWords(policyWords)
  const f = useWords(policyFormWords)
  const grammar = useGrammar()
  const set = (part: Partial<ConditionForm>) => onChange({ ...value, ...part })
  const text = (key: 'sourceIp' | 'targets' | 'ports', hint: string) => (
    <TextField
      label={w.conditions[key] ?? key}
      value={value[key]}
      onChange={(typed) => set({ [key]: typed })}
      hint={hint}
      error={wrongAt(key)}
      mono
    />
  )
  return (
    <details className="policy-condition" open>
      <summary>{title}</summary>
      <div className="stack gap-12">
        <Persons value={value.persons} onChange={(persons) => set({ persons })} names={names} />
        <div className="form-grid">
          {text('sourceIp', f.ipHint)}
          {text('targets', f.targetsHint)}
          {text('ports', f.portsHint)}
          <SelectField
            label={w.conditions.dangerAtLeast ?? ''}
            value={value.dangerAtLeast}
            onChange={(dangerAtLeast) => set({ dangerAtLeast })}
            options={(['', '1', '2', '3', '4', '5'] as const).map((level) => ({ value: level, label: level || f.any }))}
          />
        </div>
        <Several
          label={w.conditions.channels ?? ''}
          all={sessionChannels}
          some={value.channels}
          nameOf={(one) => grammar.channels[one]}
          onChange={(channels) => set({ channels })}
        />
        <Several
          label={w.conditions.doors ?? ''}
          all={policyDoors}
          some={value.doors}
          nameOf={(one) => w.doors[one]}
          onChange={(doors) => set({ doors })}
        />
        <TimeFields value={value} set={set} wrongAt={wrongAt} />
        <ProofFields value={value} set={set} wrongAt={wrongAt} />
      </div>
    </details>
  )
}

interface PartProps {
  value: ConditionForm
  set: (part: Partial<ConditionForm>) => void
  wrongAt: WrongAt
}
function TimeFields({ value, set, wrongAt }: PartProps) {
  const w = useWords(policyWords)
  const f = useWords(policyFormWords)
  const grammar = useGrammar()
  const time = (key: 'from' | 'to', label: string) => (
    <TextField
      label={label}
      value={value[key]}
      onChange={(typed) => set({ [key]: typed.trim() })}
      hint={f.timeHint}
      error={wrongAt(`timeOfDay.${key}`) && f.wrong}
      maxLength={5}
      mono
    />
  )
  const moment = (key: 'after' | 'before') => (
    <DateTimeField
      label={w.conditions[key] ?? key}
      value={value[key]}
      onChange={(at) => set({ [key]: at })}
      error={wrongAt(key) && f.wrong}
    />
  )
  return (
    <>
      <Several
        label={w.conditions.weekdays ?? ''}
        all={weekdays as readonly number[]}
        some={value.weekdays}
        nameOf={(day) => grammar.weekdays[day - 1] ?? ''}
        onChange={(days) => set({ weekdays: days })}
      />
      <div className="form-grid">
        {time('from', f.timeFrom)}
        {time('to', f.timeTo)}
        {moment('after')}
        {moment('before')}
      </div>
    </>
  )
}

function ProofFields({ value, set, wrongAt }: PartProps) {
  const w = useWords(policyWords)
  const f = useWords(policyFormWords)
  return (
    <div className="form-grid">
      <SelectField
        label={w.conditions.terminalRegistered ?? ''}
        value={value.terminalRegistered}
        onChange={(terminalRegistered) => set({ terminalRegistered })}
        options={(['', 'yes', 'no'] as const).map((one) => ({ value: one, label: one === '' ? f.any : f[one] }))}
      />
      <NumberField
        label={w.conditions.mfaWithinSeconds ?? ''}
        value={value.mfaWithinSeconds}
        onChange={(mfaWithinSeconds) => set({ mfaWithinSeconds })}
        error={wrongAt('mfaWithinSeconds') && f.wrong}
        min={1}
        max={86_400}
      />
    </div>
  )
}

function useGrammar() {
  const { language } = useLanguage()
  return policyGrammar[language]
}

interface SeveralProps<T> {
  label: string
  all: readonly T[]
  some: readonly T[]
  nameOf: (one: T) => string
  onChange: (some: T[]) => void
  error?: ReactNode
}
/** Several of a few; kept in the order of all. */
function Several<T extends string | number>({ label, all, some, nameOf, onChange, error }: SeveralProps<T>) {
  return (
    <fieldset className="field">
      <legend className="field-label">{label}</legend>
      <div className="row wrap-row gap-12">
        {all.map((one) => (
          <Checkbox
            key={one}
            checked={some.includes(one)}
            onChange={(on) => onChange(all.filter((other) => (other === one ? on : some.includes(other))))}
          >
            {nameOf(one)}
          </Checkbox>
        ))}
      </div>
      {error ? <div className="field-error">{error}</div> : null}
    </fieldset>
  )
}

interface PersonsProps {
  value: readonly string[]
  onChange: (value: string[]) => void
  names: PolicyNames
}
function Persons({ value, onChange, names }: PersonsProps) {
  const w = useWords(policyWords)
  const f = useWords(policyFormWords)
  return (
    <div className="stack gap-6">
      <PersonPicker
        // A new one, empty, for the next person.
        key={value.length}
        label={w.conditions.persons ?? ''}
        hint={f.addPerson}
        required={false}
        person={undefined}
        onPick={(person) => {
          if (!person || value.includes(person.id)) return
          names.learn(person.id, person.name)
          onChange([...value, person.id])
        }}
      />
      {value.length > 0 ? (
        <div className="row wrap-row gap-6">
          {value.map((id) => (
            <Button
              key={id}
              size="small"
              icon="close"
              label={f.removePerson(names.person(id))}
              onClick={() => onChange(value.filter((one) => one !== id))}
            >
              {names.person(id)}
            </Button>
          ))}
        </div>
      ) : null}
    </div>
  )
}
