import { givePreauthorisation } from '@huabiao/domains/consent/consent.contract'
import {
  type PreauthorisedRisk,
  preauthorisationMaxDays,
  preauthorisedRisks,
  termsRefusal,
} from '@huabiao/domains/consent/consent.model'
import { listSystems } from '@huabiao/domains/infosystem/infosystem.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote, RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { Checkbox, SelectField } from '@huabiao/ui/primitives/Choice'
import { DateTimeField } from '@huabiao/ui/primitives/DateTimeField'
import { TextArea, TextField } from '@huabiao/ui/primitives/Field'
import { Drawer } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct, useApi } from '../../api/hooks.ts'
import { useMe } from '../../api/me.tsx'
import { consentWords } from './consent-words.ts'
import { minutesOf } from './day-minutes.ts'

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString()
const classes = Array.from({ length: 11 }, (_, i) => i + 1)
const toggled = <T,>(all: readonly T[], one: T, on: boolean): T[] => (on ? [...all, one] : all.filter((other) => other !== one))

/** `null` where the hours are left open, undefined where they are no time. */
const hourOf = (text: string): number | null | undefined => (text.trim() === '' ? null : minutesOf(text))

interface Draft {
  name: string
  reason: string
  systemIds: readonly string[]
  categories: readonly number[]
  maxRisk: PreauthorisedRisk
  from: string
  to: string
  waivesNotice: boolean
  notBefore: string | null
  notAfter: string | null
}
/** What would be sent, as far as it can be read, and why the server would refuse it. */
function read({ from, to, ...draft }: Draft) {
  const parsed = givePreauthorisation.body.safeParse({ ...draft, fromMinute: hourOf(from), toMinute: hourOf(to) })
  if (!parsed.success) return {}
  const body = parsed.data
  const terms = { ...body, notBefore: new Date(body.notBefore), notAfter: new Date(body.notAfter) }
  return { body, refusal: termsRefusal(terms, new Date()) }
}

export function GiveDrawer({ onClose }: { onClose: () => void }) {
  const w = useWords(consentWords)
  const [draft, setDraft] = useState<Draft>(() => ({
    name: '',
    reason: '',
    systemIds: [],
    categories: [],
    maxRisk: 'R3',
    from: '',
    to: '',
    waivesNotice: false,
    notBefore: inDays(0),
    notAfter: inDays(90),
  }))
  const give = useAct(givePreauthorisation, {
    onDone: () => {
      toast(w.done)
      onClose()
    },
  })
  const { body, refusal } = read(draft)
  return (
    <Drawer
      title={w.give}
      open
      onClose={onClose}
      width={620}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={give.isPending}
            disabledReason={refusal ? <RefusalHint code={refusal} /> : body ? undefined : w.giveHint}
            onClick={() => body && give.mutate({ body })}
          >
            {w.give}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {give.error ? <ProblemNote error={give.error} compact /> : null}
        <WhatFields draft={draft} set={(patch) => setDraft({ ...draft, ...patch })} />
        <WhenFields draft={draft} set={(patch) => setDraft({ ...draft, ...patch })} />
      </div>
    </Drawer>
  )
}

interface Fields {
  draft: Draft
  set: (patch: Partial<Draft>) => void
}
function WhatFields({ draft, set }: Fields) {
  const w = useWords(consentWords)
  const me = useMe()
  const systems = useApi(listSystems, { query: { limit: 100 } })
  const own = systems.data?.items.filter((system) => system.unitId === me.tenant.id) ?? []
  const { systemIds, categories } = draft
  return (
    <>
      <TextField label={w.name} value={draft.name} onChange={(name) => set({ name })} required maxLength={120} />
      <TextArea label={w.reason} value={draft.reason} onChange={(reason) => set({ reason })} required maxLength={500} rows={2} />
      <fieldset className="field">
        <legend className="field-label">{w.systems}</legend>
        {systems.error ? <ProblemNote error={systems.error} compact /> : null}
        {own.map(({ id, name }) => (
          <Checkbox key={id} checked={systemIds.includes(id)} onChange={(on) => set({ systemIds: toggled(systemIds, id, on) })}>
            {name}
          </Checkbox>
        ))}
      </fieldset>
      <SelectField
        label={w.maxRisk}
        hint={w.maxRiskHint}
        value={draft.maxRisk}
        onChange={(maxRisk) => set({ maxRisk })}
        options={preauthorisedRisks.map((value) => ({ value, label: w.risks[value] }))}
      />
      <fieldset className="field">
        <legend className="field-label">{w.categories}</legend>
        <div className="row gap-12 wrap-row">
          {classes.map((one) => (
            <Checkbox
              key={one}
              checked={categories.includes(one)}
              onChange={(on) => set({ categories: toggled(categories, one, on) })}
            >
              {w.categoryNo(one)}
            </Checkbox>
          ))}
        </div>
        <div className="field-hint">{w.categoriesHint}</div>
      </fieldset>
    </>
  )
}

function WhenFields({ draft, set }: Fields) {
  const w = useWords(consentWords)
  const { from, to, notBefore, notAfter } = draft
  return (
    <>
      <Checkbox checked={draft.waivesNotice} onChange={(waivesNotice) => set({ waivesNotice })}>
        {w.waivesNotice}
      </Checkbox>
      <div className="row gap-8 top">
        <div className="grow">
          <TextField label={w.fromHour} value={from} onChange={(text) => set({ from: text })} maxLength={5} hint={w.hoursHint} />
        </div>
        <div className="grow">
          <TextField label={w.toHour} value={to} onChange={(text) => set({ to: text })} maxLength={5} />
        </div>
      </div>
      <div className="row gap-8 top">
        <div className="grow">
          <DateTimeField label={w.notBefore} value={notBefore} onChange={(at) => set({ notBefore: at })} required />
        </div>
        <div className="grow">
          <DateTimeField
            label={w.notAfter}
            value={notAfter}
            onChange={(at) => set({ notAfter: at })}
            required
            maxDays={preauthorisationMaxDays}
          />
        </div>
      </div>
    </>
  )
}
