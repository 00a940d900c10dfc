import { listRoleBindings } from '@huabiao/domains/access/access.contract'
import { type PersonView, recordTraining } from '@huabiao/domains/organization/organization.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useLanguage, useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Facts } from '@huabiao/ui/patterns/ResourcePage'
import { Button } from '@huabiao/ui/primitives/Button'
import { DateTimeField } from '@huabiao/ui/primitives/DateTimeField'
import { TextField } from '@huabiao/ui/primitives/Field'
import { Dialog, Drawer } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { useAct, useApi } from '../../api/hooks.ts'
import { useCan, useMe } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { neverWith } from '../../app/role-logic.ts'
import { useRoleName } from '../../app/role-names.ts'
import { organizationWords } from './organization-words.ts'
import { TrainingTag } from './TrainingTag.tsx'

/** One natural person: who, training, roles, and what these roles rule out for ever. */
export function PersonDrawer({ person, onClose }: { person: PersonView; onClose: () => void }) {
  const w = useWords(organizationWords)
  const { language } = useLanguage()
  const format = useFormat()
  const can = useCan()
  const me = useMe()
  const navigate = useNavigate()
  const [dialog, setDialog] = useState<'training'>()
  const why = can('person:manage') ? undefined : w.notAllowed
  const none = <span className="faint">{w.none}</span>
  return (
    <Drawer
      title={
        <span className="row gap-8 baseline">
          {person.name} <span className="muted small">{language === 'en' ? '' : person.nameEn}</span>
        </span>
      }
      open
      onClose={onClose}
      footer={
        <>
          <Button disabledReason={why ?? (person.id === me.person.id ? w.own : undefined)} onClick={() => setDialog('training')}>
            {w.recordTraining}
          </Button>
          <Button
            tone="danger"
            disabledReason={
              (can('lifecycle:manage') ? undefined : w.notAllowed) ??
              (person.status === 'left' ? w.personStatuses.left : undefined)
            }
            onClick={() => void navigate(paths.declareLeave(person))}
          >
            {w.leave}
          </Button>
        </>
      }
    >
      <div className="stack gap-24">
        <Facts
          items={[
            { label: w.unit, value: person.unitName },
            { label: w.department, value: person.departmentName ?? none },
            { label: w.status, value: w.personStatuses[person.status] },
            { label: w.phone, value: person.phone ?? none },
            { label: w.email, value: person.email ?? none },
            { label: w.training, value: <TrainingTag person={person} /> },
            { label: w.certificate, value: person.trainingCertificate ?? none },
            { label: w.registered, value: format.dateTime(person.createdAt) },
          ]}
        />
        <Roles personId={person.id} />
      </div>
      {dialog === 'training' ? <TrainingDialog person={person} onClose={() => setDialog(undefined)} /> : null}
    </Drawer>
  )
}

function Roles({ personId }: { personId: string }) {
  const w = useWords(organizationWords)
  const format = useFormat()
  const nameOf = useRoleName()
  const bindings = useApi(listRoleBindings, { query: { personId, limit: 100 } })
  if (bindings.error) return <ProblemNote error={bindings.error} compact />
  const live = bindings.data?.items ?? []
  const never = neverWith(live.map((binding) => binding.role))
  return (
    <>
      <section className="stack gap-8">
        <h2>{w.roles}</h2>
        {bindings.data && live.length === 0 ? <span className="muted">{w.noRoles}</span> : null}
        <div className="role-list">
          {live.map((binding) => (
            <span key={binding.id} className="row gap-8">
              <span className="role-chip">
                {nameOf(binding.role)} <code>{binding.duty ? `${binding.role} · ${binding.duty}` : binding.role}</code>
              </span>
              <span className="faint small">{w.trainedUntil(format.date(binding.notAfter))}</span>
            </span>
          ))}
        </div>
      </section>
      <section className="stack gap-8">
        <div className="row gap-8">
          <h2>{w.neverHold}</h2>
          <Link className="push small" to={`${paths.matrix}?person=${personId}`}>
            {w.seeMatrix}
          </Link>
        </div>
        {never.length === 0 ? <span className="muted">{w.nothingHeld}</span> : null}
        <div className="row gap-6 wrap-row">
          {never.map(({ role, because }) => (
            <span key={role} className="role-chip never" title={format.list(because.map(nameOf))}>
              {nameOf(role)} <code>{role}</code>
            </span>
          ))}
        </div>
      </section>
    </>
  )
}

function TrainingDialog({ person, onClose }: { person: PersonView; onClose: () => void }) {
  const w = useWords(organizationWords)
  const format = useFormat()
  const [until, setUntil] = useState<string | null>(null)
  const [certificate, setCertificate] = useState('')
  const record = useAct(recordTraining, {
    onDone: () => {
      toast(w.saved)
      onClose()
    },
  })
  const submit = () =>
    until && record.mutate({ params: { personId: person.id }, body: { validUntil: format.date(until), certificate } })
  return (
    <Dialog
      title={`${w.recordTraining} · ${person.name}`}
      open
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            onClick={submit}
            busy={record.isPending}
            disabledReason={until && certificate.trim() ? undefined : w.trainingHint}
          >
            {w.save}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {record.error ? <ProblemNote error={record.error} compact /> : null}
        <p className="muted">{w.trainingHint}</p>
        <DateTimeField label={w.validUntil} value={until} onChange={setUntil} dateOnly required />
        <TextField label={w.certificate} value={certificate} onChange={setCertificate} required maxLength={120} />
      </div>
    </Dialog>
  )
}
