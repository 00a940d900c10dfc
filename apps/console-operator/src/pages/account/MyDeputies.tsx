import { type DeputyView, endDeputy, listDeputies, registerDeputy } from '@huabiao/domains/approval/approval.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { Button } from '@huabiao/ui/primitives/Button'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { DateTimeField } from '@huabiao/ui/primitives/DateTimeField'
import { TextField } from '@huabiao/ui/primitives/Field'
import { Icon } from '@huabiao/ui/primitives/Icon'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct, useApi } from '../../api/hooks.ts'
import { useCan, useMe } from '../../api/me.tsx'
import { useRoleName } from '../../app/role-names.ts'
import { deputyWords } from './deputy-words.ts'

/** Who decides when I cannot: registered by myself, beforehand. Shown to those who approve. */
export function MyDeputies() {
  return useCan()('change:approve') ? <Deputies /> : null
}

function Deputies() {
  const w = useWords(deputyWords)
  const found = useApi(listDeputies)
  const [adding, setAdding] = useState(false)
  const items = found.data?.items
  return (
    <Card
      flush
      title={w.title}
      extra={
        <Button size="small" icon="plus" onClick={() => setAdding(true)}>
          {w.add}
        </Button>
      }
    >
      {found.error ? <ProblemNote error={found.error} compact /> : null}
      {items?.length === 0 ? <p className="pad muted">{w.none}</p> : null}
      {items?.map((item) => (
        <DeputyLine key={item.id} item={item} />
      ))}
      {adding && found.data ? <AddDialog roles={found.data.roles} onClose={() => setAdding(false)} /> : null}
    </Card>
  )
}

function DeputyLine({ item }: { item: DeputyView }) {
  const w = useWords(deputyWords)
  const format = useFormat()
  const roleName = useRoleName()
  const me = useMe()
  const end = useAct(endDeputy, { onDone: () => toast(w.ended) })
  const mine = item.person.id === me.person.id
  return (
    <div className="credential">
      <Icon name="people" size={16} />
      <div className="stack grow">
        <span>{mine ? w.mine(item.deputy.name) : w.me(item.person.name)}</span>
        <span className="muted small">
          {roleName(item.role)} · {w.until(format.dateTime(item.notAfter))} · {item.reason}
        </span>
        {end.error ? <ProblemNote error={end.error} compact /> : null}
      </div>
      {mine ? (
        <Button size="small" busy={end.isPending} onClick={() => end.mutate({ params: { deputyshipId: item.id } })}>
          {w.end}
        </Button>
      ) : null}
    </div>
  )
}

type Roles = readonly { role: string; people: readonly { id: string; name: string }[] }[]
function AddDialog({ roles, onClose }: { roles: Roles; onClose: () => void }) {
  const w = useWords(deputyWords)
  const roleName = useRoleName()
  const [role, setRole] = useState(roles[0]?.role ?? '')
  const [deputyId, setDeputyId] = useState('')
  const [notAfter, setNotAfter] = useState<string | null>(null)
  const [reason, setReason] = useState('')
  const add = useAct(registerDeputy, {
    onDone: () => {
      toast(w.done)
      onClose()
    },
  })
  const people = roles.find((one) => one.role === role)?.people ?? []
  const missing = deputyId === '' ? w.person : notAfter === null ? w.notAfter : reason.trim() === '' ? w.reason : undefined
  return (
    <Dialog
      title={w.add}
      open
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={add.isPending}
            disabledReason={missing}
            onClick={() => notAfter && add.mutate({ body: { deputyId, role, reason: reason.trim(), notAfter } })}
          >
            {w.confirm}
          </Button>
        </>
      }
    >
      <div className="stack gap-12">
        <p className="muted small">{w.hint}</p>
        <SelectField
          label={w.role}
          value={role}
          onChange={(next) => {
            setRole(next)
            setDeputyId('')
          }}
          options={roles.map((one) => ({ value: one.role, label: roleName(one.role) }))}
        />
        <SelectField
          label={w.person}
          required
          placeholder={w.choose}
          value={deputyId}
          onChange={setDeputyId}
          options={people.map(({ id, name }) => ({ value: id, label: name }))}
          hint={people.length === 0 ? w.nobody : undefined}
        />
        <DateTimeField label={w.notAfter} required value={notAfter} onChange={setNotAfter} maxDays={365} />
        <TextField label={w.reason} required value={reason} onChange={setReason} maxLength={500} />
        {add.error ? <ProblemNote error={add.error} /> : null}
      </div>
    </Dialog>
  )
}
