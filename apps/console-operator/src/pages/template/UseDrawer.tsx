import {
  listTemplateCandidates,
  type TemplateDetail,
  useTemplate as useOfTemplate,
} from '@huabiao/domains/template/template.contract'
import { limitPassed, type Parameter, parameterFault, type TemplateBody } from '@huabiao/domains/template/template.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { Checkbox, SelectField } from '@huabiao/ui/primitives/Choice'
import { DateTimeField } from '@huabiao/ui/primitives/DateTimeField'
import { TextArea, TextField } from '@huabiao/ui/primitives/Field'
import { Drawer } from '@huabiao/ui/primitives/Overlay'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { useAct, useApi } from '../../api/hooks.ts'
import { paths } from '../../app/paths.ts'
import { useTargets } from '../change/plan-sources.ts'
import { templateWords } from './template-words.ts'

interface Draft {
  title: string
  reason: string
  parameters: Readonly<Record<string, string>>
  targetIds: readonly string[]
  windowStart: string | null
  windowEnd: string | null
  executorId: string
  reviewerId: string
}
const blank: Draft = {
  title: '',
  reason: '',
  parameters: {},
  targetIds: [],
  windowStart: null,
  windowEnd: null,
  executorId: '',
  reviewerId: '',
}
/** What would be sent, and why it could not be: the limits and parameters are the server's own rules. */
function useReading(model: TemplateBody, draft: Draft, targets: ReturnType<typeof useTargets>['data']) {
  const w = useWords(templateWords)
  const format = useFormat()
  const parsed = useOfTemplate.body.safeParse(draft)
  const wrong = parameterFault(model.parameters, draft.parameters)
  const limit =
    parsed.success && targets
      ? limitPassed(model.limits, {
          targets: targets.filter((target) => draft.targetIds.includes(target.id)),
          windowStart: new Date(parsed.data.windowStart),
          windowEnd: new Date(parsed.data.windowEnd),
          // Computed by the server, which knows the grades of the systems.
          risk: model.limits.maxRisk,
        })
      : undefined
  if (limit) return { why: format.labelled(w.limits, w.limitNames[limit] ?? limit) }
  if (wrong !== undefined) return { why: format.labelled(w.parameters, wrong) }
  return parsed.success ? { body: parsed.data } : { why: w.useHint }
}

/** A change of the published version: its parameters, where, when, and which two persons. */
export function UseDrawer({ template, onClose }: { template: TemplateDetail; onClose: () => void }) {
  const w = useWords(templateWords)
  const go = useNavigate()
  const { body: model } = template.versions.find((version) => version.state === 'published')!
  const { data: targets, error: unknown } = useTargets(model.limits.systemIds)
  const [draft, setDraft] = useState<Draft>({ ...blank, title: model.name })
  const set = (patch: Partial<Draft>) => setDraft({ ...draft, ...patch })
  const use = useAct(useOfTemplate, { onDone: ({ changeId }) => void go(paths.change(changeId)) })
  const { body, why } = useReading(model, draft, targets)
  const error = use.error ?? unknown
  return (
    <Drawer
      title={`${w.use} · ${template.no}`}
      open
      onClose={onClose}
      width={620}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={use.isPending}
            disabledReason={why}
            onClick={() => body && use.mutate({ params: { templateId: template.id }, body })}
          >
            {w.use}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {error ? <ProblemNote error={error} compact /> : null}
        {template.standing.good ? null : <div className="voids">{w.useNormal}</div>}
        <TextField label={w.changeTitle} value={draft.title} onChange={(title) => set({ title })} required maxLength={120} />
        <TextArea
          label={w.reason}
          value={draft.reason}
          onChange={(reason) => set({ reason })}
          required
          maxLength={4000}
          rows={2}
        />
        {model.parameters.map((parameter) => (
          <ParameterField
            key={parameter.key}
            parameter={parameter}
            value={draft.parameters[parameter.key] ?? ''}
            onChange={(value) => set({ parameters: { ...draft.parameters, [parameter.key]: value } })}
          />
        ))}
        <fieldset className="field">
          <legend className="field-label">
            {w.targets} · {w.maxTargets} {model.limits.maxTargets}
          </legend>
          {(targets ?? []).map(({ id, name, tier }) => (
            <Checkbox
              key={id}
              checked={draft.targetIds.includes(id)}
              disabled={!model.limits.tiers.includes(tier)}
              onChange={(on) => set({ targetIds: on ? [...draft.targetIds, id] : draft.targetIds.filter((one) => one !== id) })}
            >
              {name}
              {model.limits.tiers.includes(tier) ? null : (
                <span className="muted small"> · {w.tierOutside(w.tierNames[tier])}</span>
              )}
            </Checkbox>
          ))}
        </fieldset>
        <WhenAndWho templateId={template.id} draft={draft} set={set} />
      </div>
    </Drawer>
  )
}

function ParameterField({
  parameter,
  value,
  onChange,
}: {
  parameter: Parameter
  value: string
  onChange: (value: string) => void
}) {
  const w = useWords(templateWords)
  const label = `${parameter.title} {{${parameter.key}}}`
  if (parameter.kind === 'enum')
    return (
      <SelectField
        label={label}
        placeholder={w.choose}
        required
        value={value}
        onChange={onChange}
        options={parameter.values.map((one) => ({ value: one, label: one }))}
      />
    )
  const hint = parameter.kind === 'integer' ? `${parameter.min}–${parameter.max}` : w.forms[parameter.form]
  return <TextField label={label} hint={hint} value={value} onChange={onChange} required maxLength={64} mono />
}

interface Fields {
  templateId: string
  draft: Draft
  set: (patch: Partial<Draft>) => void
}
function WhenAndWho({ templateId, draft, set }: Fields) {
  const w = useWords(templateWords)
  const people = useApi(listTemplateCandidates, { params: { templateId } })
  const options = (of: 'executors' | 'reviewers', other: string) =>
    (people.data?.[of] ?? []).map(({ id, name }) => ({ value: id, label: name, disabled: id === other }))
  return (
    <>
      {people.error ? <ProblemNote error={people.error} compact /> : null}
      <div className="row gap-8 top">
        <div className="grow">
          <DateTimeField
            label={w.windowStart}
            value={draft.windowStart}
            onChange={(windowStart) => set({ windowStart })}
            required
          />
        </div>
        <div className="grow">
          <DateTimeField label={w.windowEnd} value={draft.windowEnd} onChange={(windowEnd) => set({ windowEnd })} required />
        </div>
      </div>
      <div className="row gap-8 top">
        <div className="grow">
          <SelectField
            label={w.executor}
            placeholder={w.choose}
            required
            value={draft.executorId}
            onChange={(executorId) => set({ executorId })}
            options={options('executors', draft.reviewerId)}
          />
        </div>
        <div className="grow">
          <SelectField
            label={w.reviewer}
            placeholder={w.choose}
            required
            value={draft.reviewerId}
            onChange={(reviewerId) => set({ reviewerId })}
            options={options('reviewers', draft.executorId)}
          />
        </div>
      </div>
    </>
  )
}
