import { listSystems } from '@huabiao/domains/infosystem/infosystem.contract'
import { standardRisks, type TemplateBody, targetsMax, tiers } from '@huabiao/domains/template/template.model'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { Checkbox, SelectField } from '@huabiao/ui/primitives/Choice'
import { NumberField, TextField } from '@huabiao/ui/primitives/Field'
import { useState } from 'react'
import { useApi } from '../../api/hooks.ts'
import { clockOf, minutesOf } from '../consent/day-minutes.ts'
import { templateWords } from './template-words.ts'

const toggled = <T,>(all: readonly T[], one: T, on: boolean): T[] => (on ? [...all, one] : all.filter((other) => other !== one))

export function LimitFields({ body, onChange }: { body: TemplateBody; onChange: (patch: Partial<TemplateBody>) => void }) {
  const w = useWords(templateWords)
  const { limits, grey } = body
  const [from, setFrom] = useState(limits.fromMinute === null ? '' : clockOf(limits.fromMinute))
  const [to, setTo] = useState(limits.toMinute === null ? '' : clockOf(limits.toMinute))
  const set = (patch: Partial<TemplateBody['limits']>) => onChange({ limits: { ...limits, ...patch } })
  /** A half-typed hour is not a limit yet; it is kept on the page and refused when it stays so. */
  const minute = (text: string): number | null => (text.trim() === '' ? null : (minutesOf(text) ?? -1))
  return (
    <Card title={w.limits}>
      <div className="stack gap-12">
        <ScopeFields limits={limits} set={set} />
        <div className="row gap-8 top">
          <NumberField
            label={w.maxTargets}
            min={1}
            max={targetsMax}
            value={limits.maxTargets}
            onChange={(n) => set({ maxTargets: n ?? 1 })}
          />
          <SelectField
            label={w.maxRisk}
            value={limits.maxRisk}
            onChange={(maxRisk) => set({ maxRisk })}
            options={standardRisks.map((value) => ({ value, label: w.risks[value] }))}
          />
        </div>
        <div className="row gap-8 top">
          <NumberField
            label={w.maxWindow}
            unit={w.minutes}
            min={10}
            max={1440}
            value={limits.maxWindowMinutes}
            onChange={(n) => set({ maxWindowMinutes: n ?? 10 })}
          />
          <NumberField
            label={w.batchSize}
            min={1}
            max={targetsMax}
            value={grey.batchSize}
            onChange={(n) => onChange({ grey: { ...grey, batchSize: n ?? 1 } })}
          />
        </div>
        <NumberField
          label={w.soak}
          unit={w.seconds}
          min={0}
          max={604_800}
          value={grey.soakSeconds}
          onChange={(n) => onChange({ grey: { ...grey, soakSeconds: n ?? 0 } })}
        />
        <div className="row gap-8 top">
          <TextField
            label={w.fromHour}
            value={from}
            maxLength={5}
            onChange={(text) => {
              setFrom(text)
              set({ fromMinute: minute(text) })
            }}
          />
          <TextField
            label={w.toHour}
            value={to}
            maxLength={5}
            onChange={(text) => {
              setTo(text)
              set({ toMinute: minute(text) })
            }}
          />
        </div>
      </div>
    </Card>
  )
}

function ScopeFields({ limits, set }: { limits: TemplateBody['limits']; set: (patch: Partial<TemplateBody['limits']>) => void }) {
  const w = useWords(templateWords)
  const systems = useApi(listSystems, { query: { limit: 100 } })
  return (
    <>
      <fieldset className="field">
        <legend className="field-label">{w.systems}</legend>
        {systems.error ? <ProblemNote error={systems.error} compact /> : null}
        {(systems.data?.items ?? []).map(({ id, name }) => (
          <Checkbox
            key={id}
            checked={limits.systemIds.includes(id)}
            onChange={(on) => set({ systemIds: toggled(limits.systemIds, id, on) })}
          >
            {name}
          </Checkbox>
        ))}
      </fieldset>
      <fieldset className="field">
        <legend className="field-label">{w.tiers}</legend>
        <div className="row gap-12">
          {tiers.map((tier) => (
            <Checkbox
              key={tier}
              checked={limits.tiers.includes(tier)}
              onChange={(on) => set({ tiers: toggled(limits.tiers, tier, on) })}
            >
              {w.tierNames[tier]}
            </Checkbox>
          ))}
        </div>
      </fieldset>
    </>
  )
}
