import { enrolTarget } from '@huabiao/domains/enrolment/enrolment.contract'
import type { TargetAccount } from '@huabiao/domains/enrolment/enrolment.model'
import { listSystems } from '@huabiao/domains/infosystem/infosystem.contract'
import { planeOf } from '@huabiao/kit/actor/actor'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { TextArea, TextField } from '@huabiao/ui/primitives/Field'
import { Drawer } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct, useApi } from '../../api/hooks.ts'
import { useMe } from '../../api/me.tsx'
import { EnrolmentSheet } from './EnrolmentSheet.tsx'
import { enrolmentWords } from './enrolment-words.ts'

/** `app=hb-app` and `!root=root`, one a line. */
const accountsOf = (text: string): TargetAccount[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line) => {
      const privileged = line.startsWith('!')
      const [name = '', login = name] = (privileged ? line.slice(1) : line).split('=').map((part) => part.trim())
      return { name, login, privileged }
    })
const tiers = ['edge', 'inner', 'core'] as const
const environments = ['production', 'staging'] as const

const empty = {
  name: '',
  host: '',
  port: '22',
  systemId: '',
  tier: 'inner',
  environment: 'production',
  accounts: '',
  hostKeySha256: '',
}
type Form = typeof empty

export function EnrolDrawer({ onClose, onDone }: { onClose: () => void; onDone: (targetId: string) => void }) {
  const w = useWords(enrolmentWords)
  const me = useMe()
  const [form, setForm] = useState(empty)
  const set = (field: keyof Form) => (value: string) => setForm((before) => ({ ...before, [field]: value }))
  const enrol = useAct(enrolTarget, {
    onDone: (view) => {
      toast(w.done)
      onDone(view.targetId)
    },
  })
  const accounts = accountsOf(form.accounts)
  const wished = { ...form, port: Number(form.port), accounts, hostKeySha256: form.hostKeySha256.trim() }
  const parsed = enrolTarget.body.safeParse(wished)
  const plane = planeOf(me.tenant.party)
  const sheetReady = enrolTarget.body.pick({ name: true, accounts: true }).safeParse(wished).success
  return (
    <Drawer
      title={w.enrol}
      open
      onClose={onClose}
      width={820}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={enrol.isPending}
            disabledReason={parsed.success ? undefined : w.incomplete}
            onClick={() => parsed.success && enrol.mutate({ body: parsed.data })}
          >
            {w.enrol}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {enrol.error ? <ProblemNote error={enrol.error} compact /> : null}
        <PlaceFields form={form} set={set} />
        <TextArea
          label={w.accountLines}
          value={form.accounts}
          onChange={set('accounts')}
          required
          maxLength={1000}
          rows={3}
          hint={w.accountHint}
        />
        {sheetReady ? <EnrolmentSheet view={{ name: form.name, plane, accounts }} /> : null}
        <TextField
          label={w.fingerprint}
          value={form.hostKeySha256}
          onChange={set('hostKeySha256')}
          required
          mono
          spellCheck={false}
          maxLength={60}
          hint={w.keyHint}
        />
      </div>
    </Drawer>
  )
}

function PlaceFields({ form, set }: { form: Form; set: (field: keyof Form) => (value: string) => void }) {
  const w = useWords(enrolmentWords)
  const systems = useApi(listSystems, { query: { limit: 100 } })
  return (
    <>
      {systems.error ? <ProblemNote error={systems.error} compact /> : null}
      <TextField label={w.name} value={form.name} onChange={set('name')} required mono maxLength={40} hint={w.nameHint} />
      <div className="row gap-8 top">
        <div className="grow">
          <TextField label={w.host} value={form.host} onChange={set('host')} required mono maxLength={253} />
        </div>
        <TextField label={w.port} value={form.port} onChange={set('port')} required mono maxLength={5} />
      </div>
      <SelectField
        label={w.system}
        value={form.systemId}
        onChange={set('systemId')}
        options={[
          { value: '', label: '—' },
          ...(systems.data?.items ?? []).map(({ id, name, unitName }) => ({ value: id, label: `${name} · ${unitName}` })),
        ]}
      />
      <div className="row gap-8 top">
        <SelectField
          label={w.tier}
          value={form.tier}
          onChange={set('tier')}
          options={tiers.map((value) => ({ value, label: w.tiers[value] }))}
        />
        <SelectField
          label={w.environment}
          value={form.environment}
          onChange={set('environment')}
          options={environments.map((value) => ({ value, label: w.environments[value] }))}
        />
      </div>
    </>
  )
}
