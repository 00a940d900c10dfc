import { createPerson, type OrganizationView } from '@huabiao/domains/organization/organization.contract'
import { isIdentityNumber } from '@huabiao/domains/organization/organization.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useLanguage, useWords } from '@huabiao/ui/i18n/language'
import { uiWords } from '@huabiao/ui/i18n/ui-phrases'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { TextField } from '@huabiao/ui/primitives/Field'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { organizationWords } from './organization-words.ts'

export interface PersonDialogProps {
  items: readonly OrganizationView[]
  unitId: string
  departmentId: string
  onClose: () => void
}
export function PersonDialog({ items, unitId, departmentId, onClose }: PersonDialogProps) {
  const w = useWords(organizationWords)
  const ui = useWords(uiWords)
  const format = useFormat()
  const { language } = useLanguage()
  const [name, setName] = useState('')
  const [nameEn, setNameEn] = useState('')
  const [identityNumber, setIdentityNumber] = useState('')
  const [department, setDepartment] = useState(departmentId)
  const [phone, setPhone] = useState('')
  const [email, setEmail] = useState('')
  const create = useAct(createPerson, {
    onDone: (person) => {
      toast(w.created(person.name))
      onClose()
    },
  })
  const number = identityNumber.trim().toUpperCase()
  const wrongNumber = number.length === 18 && !isIdentityNumber(number)
  const empty = name.trim() ? (nameEn.trim() ? (number ? undefined : w.identityNumber) : w.personNameEn) : w.name
  const why = empty ? ui.missing(empty) : isIdentityNumber(number) ? undefined : w.identityInvalid
  const unit = items.find((row) => row.id === unitId)
  const submit = () =>
    create.mutate({
      body: {
        tenantId: unitId,
        name,
        nameEn,
        identityNumber: number,
        ...(department ? { departmentId: department } : {}),
        ...(phone ? { phone } : {}),
        ...(email ? { email } : {}),
      },
    })
  return (
    <Dialog
      title={w.newPerson}
      open
      onClose={onClose}
      width={560}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button tone="primary" onClick={submit} busy={create.isPending} disabledReason={why}>
            {w.newPerson}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {create.error ? <ProblemNote error={create.error} compact /> : null}
        <p className="muted">{format.labelled(w.unit, unit ? (language === 'en' ? unit.nameEn : unit.nameZh) : unitId)}</p>
        <div className="row gap-16 top">
          <div className="grow">
            <TextField label={w.name} value={name} onChange={setName} required maxLength={120} />
          </div>
          <div className="grow">
            <TextField label={w.personNameEn} value={nameEn} onChange={setNameEn} required maxLength={120} />
          </div>
        </div>
        <TextField
          label={w.identityNumber}
          value={identityNumber}
          onChange={setIdentityNumber}
          required
          mono
          maxLength={18}
          autoComplete="off"
          hint={w.identityHint}
          error={wrongNumber ? w.identityInvalid : undefined}
        />
        <SelectField
          label={w.department}
          value={department}
          onChange={setDepartment}
          placeholder={w.noDepartment}
          options={items
            .filter((row) => row.kind === 'department' && row.tenantId === unitId)
            .map((row) => ({ value: row.id, label: language === 'en' ? row.nameEn : row.nameZh }))}
        />
        <div className="row gap-16 top">
          <div className="grow">
            <TextField label={w.phone} value={phone} onChange={setPhone} inputMode="tel" maxLength={30} />
          </div>
          <div className="grow">
            <TextField label={w.email} value={email} onChange={setEmail} type="email" maxLength={200} />
          </div>
        </div>
      </div>
    </Dialog>
  )
}
