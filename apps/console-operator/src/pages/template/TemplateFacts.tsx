import { listSystems } from '@huabiao/domains/infosystem/infosystem.contract'
import type { Parameter, TemplateBody } from '@huabiao/domains/template/template.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { Card, Facts } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { useApi } from '../../api/hooks.ts'
import { clockOf } from '../consent/day-minutes.ts'
import { templateWords } from './template-words.ts'

function useParameterText(): (parameter: Parameter) => string {
  const w = useWords(templateWords)
  return (one) =>
    one.kind === 'enum'
      ? one.values.join(' / ')
      : one.kind === 'integer'
        ? `${one.min}–${one.max}`
        : `${w.forms[one.form]} · ${w.maxLength} ${one.maxLength}`
}

export function ParametersCard({ body }: { body: TemplateBody }) {
  const w = useWords(templateWords)
  const text = useParameterText()
  return (
    <Card title={w.parameters}>
      {body.parameters.length === 0 ? <p className="muted">{w.noParameters}</p> : null}
      <ul className="stack gap-8">
        {body.parameters.map((one) => (
          <li key={one.key} className="row gap-8 wrap-row">
            <code>{`{{${one.key}}}`}</code>
            <b>{one.title}</b>
            <StatusTag tone="neutral">{w.kinds[one.kind]}</StatusTag>
            <span className="muted small">{text(one)}</span>
          </li>
        ))}
      </ul>
    </Card>
  )
}

export function LimitsCard({ body }: { body: TemplateBody }) {
  const w = useWords(templateWords)
  const format = useFormat()
  const systems = useApi(listSystems, { query: { limit: 100 } })
  const { limits, grey } = body
  const nameOf = (id: string): string => systems.data?.items.find((system) => system.id === id)?.name ?? '—'
  return (
    <Card title={w.limits}>
      <Facts
        items={[
          { label: w.systems, value: format.list(limits.systemIds.map(nameOf)) },
          { label: w.tiers, value: format.list(limits.tiers.map((tier) => w.tierNames[tier])) },
          { label: w.maxTargets, value: String(limits.maxTargets) },
          { label: w.maxRisk, value: w.risks[limits.maxRisk] },
          {
            label: w.hours,
            value:
              limits.fromMinute === null || limits.toMinute === null
                ? w.anyHour
                : `${clockOf(limits.fromMinute)}–${clockOf(limits.toMinute)}`,
          },
          { label: w.maxWindow, value: `${limits.maxWindowMinutes} ${w.minutes}` },
          { label: w.batchSize, value: String(grey.batchSize) },
          { label: w.soak, value: format.duration(grey.soakSeconds * 1000) },
        ]}
      />
    </Card>
  )
}
