import { createChange } from '@huabiao/domains/change/change.contract'
import { listSystems } from '@huabiao/domains/infosystem/infosystem.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { uiWords } from '@huabiao/ui/i18n/ui-phrases'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { Checkbox, SelectField } from '@huabiao/ui/primitives/Choice'
import { Field, TextArea, TextField } from '@huabiao/ui/primitives/Field'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { useAct, useApi } from '../../api/hooks.ts'
import { paths } from '../../app/paths.ts'
import { changeWords } from './change-words.ts'

export function NewChangeDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const w = useWords(changeWords)
  const ui = useWords(uiWords)
  const navigate = useNavigate()
  const [title, setTitle] = useState('')
  const [reason, setReason] = useState('')
  const [chosen, setChosen] = useState<readonly string[]>([])
  const [urgency, setUrgency] = useState<'U1' | 'U2' | 'U3'>('U3')
  const systems = useApi(listSystems, { query: { limit: 100 } }, { enabled: open })
  const create = useAct(createChange, {
    onDone: (change) => {
      onClose()
      void navigate(paths.change(change.id))
    },
  })
  const missing = title.trim() ? (reason.trim() ? (chosen.length > 0 ? undefined : w.systems) : w.reason) : w.name
  return (
    <Dialog
      title={w.new}
      open={open}
      onClose={onClose}
      width={560}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={create.isPending}
            disabledReason={missing ? ui.missing(missing) : undefined}
            onClick={() => create.mutate({ body: { title, reason, systemIds: [...chosen], urgency } })}
          >
            {w.create}
          </Button>
        </>
      }
    >
      <div className="stack gap-12">
        <TextField label={w.name} required value={title} onChange={setTitle} maxLength={120} autoFocus />
        <TextArea label={w.reason} required value={reason} onChange={setReason} maxLength={4000} />
        <Field label={w.systems} required>
          {() => (
            <div className="stack gap-6">
              {systems.error ? <ProblemNote error={systems.error} compact /> : null}
              {systems.data?.items.map((system) => (
                <Checkbox
                  key={system.id}
                  checked={chosen.includes(system.id)}
                  onChange={(on) => setChosen(on ? [...chosen, system.id] : chosen.filter((id) => id !== system.id))}
                >
                  {system.name} <span className="muted small">{system.unitName}</span>
                </Checkbox>
              ))}
            </div>
          )}
        </Field>
        <SelectField
          label={w.urgency}
          value={urgency}
          onChange={setUrgency}
          options={(['U3', 'U2', 'U1'] as const).map((value) => ({ value, label: w.urgencies[value] ?? value }))}
        />
        {create.error ? <ProblemNote error={create.error} /> : null}
      </div>
    </Dialog>
  )
}
