import { declareDeparture } from '@huabiao/domains/lifecycle/lifecycle.contract'
import { type DepartureKind, departureKinds, noticeMaxDays } from '@huabiao/domains/lifecycle/lifecycle.model'
import { listOrganizations, listPersons, type PersonView } from '@huabiao/domains/organization/organization.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useLanguage, useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { Segmented, SelectField } from '@huabiao/ui/primitives/Choice'
import { DateTimeField } from '@huabiao/ui/primitives/DateTimeField'
import { TextArea, TextField } from '@huabiao/ui/primitives/Field'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { Skeleton } from '@huabiao/ui/primitives/Skeleton'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct, useApi } from '../../api/hooks.ts'
import { useMe } from '../../api/me.tsx'
import { PersonPicker } from '../../app/PersonPicker.tsx'
import { lifecycleWords } from './lifecycle-words.ts'

interface Props {
  /** Whoever was open when this was asked for. */
  asked: { id: string; name: string } | undefined
  onClose: () => void
  onDone: (departureId: string) => void
}
/** Waits for the person it was opened with, so that the form begins whole. */
export function DeclareDialog({ asked, ...rest }: Props) {
  const me = useMe()
  const people = useApi(
    listPersons,
    { query: { tenantId: me.tenant.id, status: 'active', limit: 100, ...(asked?.name ? { text: asked.name } : {}) } },
    { enabled: asked !== undefined },
  )
  if (asked && people.isPending) return null
  return <Form {...rest} known={people.data?.items.find((one) => one.id === asked?.id)} unknown={people.error} />
}

function Form({ known, unknown, onClose, onDone }: Omit<Props, 'asked'> & { known: PersonView | undefined; unknown: unknown }) {
  const w = useWords(lifecycleWords)
  const format = useFormat()
  const me = useMe()
  const [person, setPerson] = useState(known)
  const [kind, setKind] = useState<DepartureKind>('leave')
  const [last, setLast] = useState<string | null>(null)
  const [reason, setReason] = useState('')
  const [toPost, setToPost] = useState('')
  const [department, setDepartment] = useState('')
  const declare = useAct(declareDeparture, {
    onDone: (departure) => {
      toast(w.done)
      onDone(departure.id)
    },
  })
  const error = declare.error ?? unknown
  const common = { personId: person?.id, lastDay: last ? format.date(last) : undefined, reason }
  const parsed = declareDeparture.body.safeParse(
    kind === 'leave' ? { kind, ...common } : { kind, ...common, toPost, toDepartmentId: department || null },
  )
  return (
    <Dialog
      title={w.declare}
      open
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={declare.isPending}
            disabledReason={parsed.success ? undefined : w.declareHint}
            onClick={() => parsed.success && declare.mutate({ body: parsed.data })}
          >
            {w.declare}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {error ? <ProblemNote error={error} compact /> : null}
        <Segmented
          label={w.kind}
          value={kind}
          onChange={setKind}
          options={departureKinds.map((value) => ({ value, label: w.kinds[value] }))}
        />
        <PersonPicker label={w.person} person={person} onPick={setPerson} tenantId={me.tenant.id} />
        <DateTimeField
          label={w.lastDay}
          value={last}
          onChange={setLast}
          dateOnly
          required
          maxDays={noticeMaxDays}
          hint={w.lastDayHint}
        />
        {kind === 'transfer' ? (
          <>
            <TextField label={w.toPost} value={toPost} onChange={setToPost} required maxLength={120} />
            <DepartmentField tenantId={me.tenant.id} value={department} onChange={setDepartment} />
          </>
        ) : null}
        <TextArea label={w.reason} value={reason} onChange={setReason} required maxLength={500} rows={2} />
      </div>
    </Dialog>
  )
}

function DepartmentField({ tenantId, value, onChange }: { tenantId: string; value: string; onChange: (id: string) => void }) {
  const w = useWords(lifecycleWords)
  const { language } = useLanguage()
  const { data, error } = useApi(listOrganizations)
  if (error && !data) return <ProblemNote error={error} compact />
  if (!data) return <Skeleton lines={1} />
  const own = data.items.filter((one) => one.tenantId === tenantId && one.kind === 'department')
  return (
    <SelectField
      label={w.toDepartment}
      value={value}
      onChange={onChange}
      options={[
        { value: '', label: w.noDepartment },
        ...own.map((one) => ({ value: one.id, label: language === 'en' ? one.nameEn : one.nameZh })),
      ]}
    />
  )
}
