import { listTargets } from '@huabiao/domains/cmdb/cmdb.contract'
import { invokeEmergency } from '@huabiao/domains/emergency/emergency.contract'
import { targetsMost } from '@huabiao/domains/emergency/emergency.model'
import { listSeconds } from '@huabiao/domains/emergency/emergency-overview.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote, useRefusals } from '@huabiao/ui/patterns/RefusalNote'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { Checkbox, Segmented, SelectField } from '@huabiao/ui/primitives/Choice'
import { SearchField, TextArea, TextField } from '@huabiao/ui/primitives/Field'
import { Drawer } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct, useApi } from '../../api/hooks.ts'
import { emergencyWords } from './emergency-words.ts'

type Chosen = Readonly<Record<string, readonly string[]>>

export function InvokeDrawer({ onClose, onDone }: { onClose: () => void; onDone: (id: string) => void }) {
  const w = useWords(emergencyWords)
  const said = useRefusals()
  const [text, setText] = useState({ title: '', reason: '', incidentNo: '' })
  const [incidentLevel, setLevel] = useState<'P1' | 'P2'>('P1')
  const [secondId, setSecond] = useState('')
  const [root, setRoot] = useState(false)
  const [chosen, setChosen] = useState<Chosen>({})
  const seconds = useApi(listSeconds)
  const people = seconds.data?.people ?? []
  const invoke = useAct(invokeEmergency, {
    onDone: (made) => {
      toast(w.done)
      onDone(made.id)
    },
  })
  const targets = Object.entries(chosen).map(([targetId, accounts]) => ({ targetId, accounts: [...accounts] }))
  const parsed = invokeEmergency.body.safeParse({ ...text, incidentLevel, secondId, root, targets })
  const error = invoke.error ?? seconds.error
  const set = (name: keyof typeof text) => (value: string) => setText({ ...text, [name]: value })
  return (
    <Drawer
      title={w.invoke}
      open
      onClose={onClose}
      width={680}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="danger-solid"
            busy={invoke.isPending}
            disabledReason={parsed.success ? undefined : w.incomplete}
            onClick={() => parsed.success && invoke.mutate({ body: parsed.data })}
          >
            {w.invoke}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {error ? <ProblemNote error={error} compact /> : null}
        <p className="muted">{w.effect}</p>
        <TextField label={w.titleLabel} value={text.title} onChange={set('title')} required maxLength={120} />
        <TextArea
          label={w.reason}
          value={text.reason}
          onChange={set('reason')}
          required
          rows={3}
          maxLength={4000}
          hint={w.reasonHint}
        />
        <div className="row gap-12 top">
          <div className="grow">
            <TextField label={w.incidentNo} value={text.incidentNo} onChange={set('incidentNo')} required maxLength={120} mono />
          </div>
          <div className="stack gap-4">
            <span className="field-label">{w.incidentLevel}</span>
            <Segmented
              label={w.incidentLevel}
              value={incidentLevel}
              onChange={setLevel}
              options={(['P1', 'P2'] as const).map((value) => ({ value, label: w.levels[value] }))}
            />
          </div>
        </div>
        <SelectField
          label={w.secondOf}
          required
          placeholder={w.pickSecond}
          value={secondId}
          onChange={setSecond}
          options={people.map((one) => ({
            value: one.id,
            label: one.refusal ? `${one.name} · ${said(one.refusal).words}` : one.name,
            disabled: one.refusal !== null,
          }))}
        />
        <Targets chosen={chosen} onChange={setChosen} />
        <Checkbox checked={root} onChange={setRoot}>
          {w.rootAsk}
        </Checkbox>
      </div>
    </Drawer>
  )
}

/** Targets by name, each with the accounts that are registered for it. */
function Targets({ chosen, onChange }: { chosen: Chosen; onChange: (next: Chosen) => void }) {
  const w = useWords(emergencyWords)
  const [text, setText] = useState('')
  const { data, error } = useApi(listTargets, { query: { limit: 50, ...(text.trim() ? { text: text.trim() } : {}) } })
  const full = Object.keys(chosen).length >= targetsMost
  const toggle = (id: string, account: string, on: boolean): void => {
    const accounts = on ? [...(chosen[id] ?? []), account] : (chosen[id] ?? []).filter((one) => one !== account)
    const { [id]: _, ...others } = chosen
    onChange(accounts.length > 0 ? { ...others, [id]: accounts } : others)
  }
  return (
    <fieldset className="field">
      <legend className="field-label">{w.pickTargets}</legend>
      <SearchField label={w.filterTargets} value={text} onChange={setText} />
      {error ? <ProblemNote error={error} compact /> : null}
      {data && data.items.length === 0 ? <EmptyState title={w.noTargets} icon="host" compact /> : null}
      <ul className="emergency-targets">
        {data?.items.map((target) => (
          <li key={target.id}>
            <span className="stack grow">
              <span className="strong clip mono">{target.name}</span>
              <span className="muted small clip">
                {target.systemName} · {target.unitName}
              </span>
            </span>
            {target.accounts.map((account) => (
              <Checkbox
                key={account.name}
                checked={chosen[target.id]?.includes(account.name) === true}
                disabled={full && !chosen[target.id]}
                onChange={(on) => toggle(target.id, account.name, on)}
              >
                <span className="row gap-4">
                  <code>{account.name}</code>
                  {account.privileged ? <StatusTag tone="bad">{w.root}</StatusTag> : null}
                </span>
              </Checkbox>
            ))}
          </li>
        ))}
      </ul>
      <span className="field-hint">{full ? w.pickFull : w.pickHint}</span>
    </fieldset>
  )
}
