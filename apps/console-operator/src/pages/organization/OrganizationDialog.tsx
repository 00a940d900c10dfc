import {
  createOrganization,
  type OrganizationView,
  updateOrganization,
} from '@huabiao/domains/organization/organization.contract'
import { type OrganizationStatus, organizationStatuses } from '@huabiao/domains/organization/organization.model'
import type { Party } from '@huabiao/kit/actor/actor'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { TextField } from '@huabiao/ui/primitives/Field'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { useMe } from '../../api/me.tsx'
import { organizationWords } from './organization-words.ts'

export interface OrganizationDialogProps {
  kind: 'unit' | 'department' | 'edit'
  at: OrganizationView | undefined
  onClose: () => void
}
/** A new unit, a new department under `at`, or new names for `at`. */
export function OrganizationDialog({ kind, at, onClose }: OrganizationDialogProps) {
  const w = useWords(organizationWords)
  const format = useFormat()
  const me = useMe()
  const editing = kind === 'edit' ? at : undefined
  const [code, setCode] = useState('')
  const [nameZh, setNameZh] = useState(editing?.nameZh ?? '')
  const [nameEn, setNameEn] = useState(editing?.nameEn ?? '')
  const [party, setParty] = useState<Party>('user-unit')
  const [status, setStatus] = useState<OrganizationStatus>(editing?.status ?? 'active')
  const done = (text: string) => () => {
    toast(text)
    onClose()
  }
  const create = useAct(createOrganization, { onDone: done(w.created(nameZh)) })
  const update = useAct(updateOrganization, { onDone: done(w.saved) })
  const ownsStatus = editing?.kind === 'unit' && me.tenant.party === 'management-unit'
  const submit = () => {
    const names = { nameZh, nameEn }
    if (editing)
      update.mutate({
        params: { organizationId: editing.id },
        ifMatch: editing.version,
        body: { ...names, ...(ownsStatus && status !== editing.status ? { status } : {}) },
      })
    else if (kind === 'unit') create.mutate({ body: { kind, party, code, ...names } })
    else if (at) create.mutate({ body: { kind: 'department', parentId: at.id, code, ...names } })
  }
  const complete =
    nameZh.trim() !== '' && nameEn.trim() !== '' && (editing !== undefined || /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(code))
  const error = create.error ?? update.error
  return (
    <Dialog
      title={kind === 'unit' ? w.newUnit : kind === 'department' ? w.newDepartment : w.edit}
      open
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            onClick={submit}
            busy={create.isPending || update.isPending}
            disabledReason={complete ? undefined : w.codeHint}
          >
            {editing ? w.save : w.create}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {error ? <ProblemNote error={error} compact /> : null}
        {kind === 'department' && at ? <p className="muted">{format.labelled(w.parent, at.nameZh)}</p> : null}
        {kind === 'unit' ? (
          <SelectField
            label={w.party}
            value={party}
            onChange={setParty}
            options={(['user-unit', 'service-provider', 'supervision-provider'] as const).map((value) => ({
              value,
              label: w.parties[value],
            }))}
          />
        ) : null}
        {editing ? null : (
          <TextField label={w.code} value={code} onChange={setCode} mono required hint={w.codeHint} maxLength={40} />
        )}
        <TextField label={w.nameZh} value={nameZh} onChange={setNameZh} required maxLength={120} />
        <TextField label={w.nameEn} value={nameEn} onChange={setNameEn} required maxLength={120} />
        {ownsStatus ? (
          <SelectField
            label={w.status}
            value={status}
            onChange={setStatus}
            options={organizationStatuses.map((value) => ({ value, label: w.statuses[value] }))}
          />
        ) : null}
      </div>
    </Dialog>
  )
}
