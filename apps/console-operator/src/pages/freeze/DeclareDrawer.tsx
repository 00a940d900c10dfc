import { listTargets } from '@huabiao/domains/cmdb/cmdb.contract'
import { declareFreeze } from '@huabiao/domains/freeze/freeze.contract'
import { type FreezeScope, freezeMaxDays, freezeScopes } from '@huabiao/domains/freeze/freeze.model'
import { listSystems } from '@huabiao/domains/infosystem/infosystem.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { Checkbox, Segmented } from '@huabiao/ui/primitives/Choice'
import { DateTimeField } from '@huabiao/ui/primitives/DateTimeField'
import { TextArea, TextField } from '@huabiao/ui/primitives/Field'
import { Drawer } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct, useApi } from '../../api/hooks.ts'
import { freezeWords } from './freeze-words.ts'

/** What a scope may name: the units whose systems are known, those systems, and their targets. */
function useChoices(scope: FreezeScope): { choices: readonly { id: string; name: string }[]; unknown: unknown } {
  const systems = useApi(listSystems, { query: { limit: 100 } }, { enabled: scope === 'tenants' || scope === 'systems' })
  const targets = useApi(listTargets, { query: { limit: 100 } }, { enabled: scope === 'targets' })
  if (scope === 'targets') return { choices: targets.data?.items ?? [], unknown: targets.error }
  const known = systems.data?.items ?? []
  const units = new Map(known.map(({ unitId, unitName }) => [unitId, { id: unitId, name: unitName }]))
  return { choices: scope === 'systems' ? known : [...units.values()], unknown: systems.error }
}

export function DeclareDrawer({ onClose, onDone }: { onClose: () => void; onDone: (freezeId: string) => void }) {
  const w = useWords(freezeWords)
  const [name, setName] = useState('')
  const [reason, setReason] = useState('')
  const [startsAt, setStartsAt] = useState<string | null>(null)
  const [endsAt, setEndsAt] = useState<string | null>(null)
  const [scope, setScope] = useState<FreezeScope>('deployment')
  const [scopeIds, setScopeIds] = useState<readonly string[]>([])
  const { choices, unknown } = useChoices(scope)
  const declare = useAct(declareFreeze, {
    onDone: (freeze) => {
      toast(w.done)
      onDone(freeze.id)
    },
  })
  const parsed = declareFreeze.body.safeParse({ name, reason, startsAt, endsAt, scope, scopeIds })
  const complete = parsed.success && (scope === 'deployment' || scopeIds.length > 0)
  return (
    <Drawer
      title={w.declare}
      open
      onClose={onClose}
      width={620}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="danger-solid"
            busy={declare.isPending}
            disabledReason={complete ? undefined : w.declareHint}
            onClick={() => parsed.success && declare.mutate({ body: parsed.data })}
          >
            {w.declare}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {declare.error ? <ProblemNote error={declare.error} compact /> : null}
        <p className="muted">{w.effect}</p>
        <TextField label={w.name} value={name} onChange={setName} required maxLength={120} />
        <TextArea label={w.reason} value={reason} onChange={setReason} required maxLength={500} rows={2} />
        <div className="row gap-8 top">
          <div className="grow">
            <DateTimeField label={w.startsAt} value={startsAt} onChange={setStartsAt} required />
          </div>
          <div className="grow">
            <DateTimeField label={w.endsAt} value={endsAt} onChange={setEndsAt} required maxDays={freezeMaxDays} />
          </div>
        </div>
        <span className="field-label">{w.scope}</span>
        <Segmented
          label={w.scope}
          value={scope}
          onChange={(next) => {
            setScope(next)
            setScopeIds([])
          }}
          options={freezeScopes.map((value) => ({ value, label: w.scopes[value] }))}
        />
        {scope === 'deployment' ? null : (
          <fieldset className="field">
            <legend className="field-label">{w.choose}</legend>
            {unknown ? <ProblemNote error={unknown} compact /> : null}
            {choices.map((one) => (
              <Checkbox
                key={one.id}
                checked={scopeIds.includes(one.id)}
                onChange={(on) => setScopeIds(on ? [...scopeIds, one.id] : scopeIds.filter((id) => id !== one.id))}
              >
                {one.name}
              </Checkbox>
            ))}
          </fieldset>
        )}
      </div>
    </Drawer>
  )
}
