import './access.css'
import { type BindingView, grantRole, listRoleBindings, revokeRole } from '@huabiao/domains/access/access.contract'
import { exclusionOf, grantMaxDays, isRole, needsChain, type RoleCode, roleCodes } from '@huabiao/domains/access/access.model'
import type { PersonView } from '@huabiao/domains/organization/organization.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { DateTimeField } from '@huabiao/ui/primitives/DateTimeField'
import { TextField } from '@huabiao/ui/primitives/Field'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct, useApi, usePages } from '../../api/hooks.ts'
import { useCan, useMe } from '../../api/me.tsx'
import { PersonPicker } from '../../app/PersonPicker.tsx'
import { useRoleName } from '../../app/role-names.ts'
import { useParam } from '../../app/use-param.ts'
import { AccessTabs } from './AccessTabs.tsx'
import { accessWords } from './access-words.ts'
import { requestWords } from './request-words.ts'

export function Page() {
  const w = useWords(accessWords)
  const format = useFormat()
  const nameOf = useRoleName()
  const can = useCan()
  const [role, setRole] = useParam('role')
  const [all, setAll] = useParam('all')
  const [granting, setGranting] = useState(false)
  const [revoking, setRevoking] = useState<BindingView>()
  const pages = usePages(listRoleBindings, { ...(isRole(role) ? { role } : {}), live: all ? 'false' : 'true' })
  const mayGrant = can('role:grant')
  const columns: Column<BindingView>[] = [
    { key: 'person', title: w.person, width: 120, render: (row) => <span className="strong">{row.person.name}</span> },
    {
      key: 'role',
      title: w.role,
      render: (row) => (
        <span className="row gap-8">
          {nameOf(row.role)} <code className="faint">{row.role}</code>
        </span>
      ),
    },
    {
      key: 'duty',
      title: w.duty,
      width: 160,
      render: (row) => (row.duty ? <code>{row.duty}</code> : <span className="faint">{w.none}</span>),
    },
    { key: 'from', title: w.from, width: 110, render: (row) => format.date(row.notBefore) },
    { key: 'until', title: w.until, width: 110, render: (row) => format.date(row.notAfter) },
    {
      key: 'by',
      title: w.grantedBy,
      width: 140,
      render: (row) => row.grantedBy ?? (row.requestId ? w.viaRequest : w.byCeremony),
    },
    { key: 'state', title: w.state, width: 140, render: (row) => <BindingState binding={row} /> },
    {
      key: 'act',
      title: '',
      width: 90,
      end: true,
      render: (row) =>
        row.revokedAt || Date.parse(row.notAfter) < Date.now() ? null : (
          <Button
            size="small"
            tone="danger"
            disabledReason={mayGrant ? undefined : w.notAllowed}
            onClick={() => setRevoking(row)}
          >
            {w.revoke}
          </Button>
        ),
    },
  ]
  return (
    <ResourcePage
      title={w.title}
      meta={w.bindingsMeta}
      tabs={<AccessTabs />}
      actions={
        <Button tone="primary" icon="plus" disabledReason={mayGrant ? undefined : w.notAllowed} onClick={() => setGranting(true)}>
          {w.grant}
        </Button>
      }
    >
      <Card flush label={w.tabs.bindings}>
        <div className="filter-bar">
          <SelectField
            label={w.role}
            hideLabel
            size="small"
            value={role}
            onChange={setRole}
            options={[
              { value: '', label: w.anyRole },
              ...roleCodes.map((code) => ({ value: code, label: `${code} ${nameOf(code)}` })),
            ]}
          />
          <SelectField
            label={w.state}
            hideLabel
            size="small"
            value={all}
            onChange={setAll}
            options={[
              { value: '', label: w.liveOnly },
              { value: '1', label: w.all },
            ]}
          />
        </div>
        <ResourceTable
          {...pages}
          label={w.tabs.bindings}
          columns={columns}
          rowKey={(row) => row.id}
          empty={<EmptyState title={w.noBindings} icon="role" />}
        />
      </Card>
      {granting ? <GrantDialog onClose={() => setGranting(false)} /> : null}
      {revoking ? <RevokeDialog binding={revoking} onClose={() => setRevoking(undefined)} /> : null}
    </ResourcePage>
  )
}

function BindingState({ binding }: { binding: BindingView }) {
  const w = useWords(accessWords)
  const r = useWords(requestWords)
  const format = useFormat()
  const now = Date.now()
  if (binding.revokedAt) return <StatusTag tone="neutral">{w.revoked(format.date(binding.revokedAt))}</StatusTag>
  if (binding.suspendedAt) return <StatusTag tone="bad">{r.grants.suspended}</StatusTag>
  if (Date.parse(binding.notAfter) < now) return <StatusTag tone="neutral">{w.ended}</StatusTag>
  if (Date.parse(binding.notBefore) > now) return <StatusTag tone="wait">{w.pending}</StatusTag>
  return <StatusTag tone="good">{w.live}</StatusTag>
}

function GrantDialog({ onClose }: { onClose: () => void }) {
  const w = useWords(accessWords)
  const r = useWords(requestWords)
  const nameOf = useRoleName()
  const me = useMe()
  const [person, setPerson] = useState<PersonView>()
  const [role, setRole] = useState<RoleCode | ''>('')
  const [duty, setDuty] = useState('')
  const [notAfter, setNotAfter] = useState<string | null>(null)
  const held = useApi(listRoleBindings, { query: { personId: person?.id ?? '', limit: 100 } }, { enabled: person !== undefined })
  const grant = useAct(grantRole, {
    onDone: (binding) => {
      toast(w.granted(nameOf(binding.role)))
      onClose()
    },
  })
  const error = grant.error ?? held.error
  const clash =
    role === ''
      ? undefined
      : held.data?.items.map((one) => one.role).find((one) => isRole(one) && exclusionOf(one, role) === 'static')
  const own = person?.id === me.person.id
  const chained = role !== '' && needsChain(role) ? r.chained(nameOf(role)) : undefined
  const why = own ? w.own : clash && role ? w.clash(nameOf(clash), nameOf(role)) : chained
  const complete = person && role && notAfter
  return (
    <Dialog
      title={w.grant}
      open
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={grant.isPending}
            disabledReason={why ?? (complete ? undefined : w.windowHint)}
            onClick={() => complete && grant.mutate({ body: { personId: person.id, role, duty: duty || null, notAfter } })}
          >
            {w.grant}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {error ? <ProblemNote error={error} compact /> : null}
        <PersonPicker label={w.person} person={person} onPick={setPerson} />
        <SelectField
          label={w.role}
          required
          value={role}
          placeholder={w.role}
          onChange={(code) => isRole(code) && setRole(code)}
          error={why}
          options={roleCodes.map((code) => ({ value: code, label: `${code} ${nameOf(code)}` }))}
        />
        <TextField label={w.duty} value={duty} onChange={setDuty} mono maxLength={40} hint={w.dutyHint} />
        <DateTimeField
          label={w.until}
          value={notAfter}
          onChange={setNotAfter}
          required
          hint={w.windowHint}
          maxDays={grantMaxDays}
        />
      </div>
    </Dialog>
  )
}

function RevokeDialog({ binding, onClose }: { binding: BindingView; onClose: () => void }) {
  const w = useWords(accessWords)
  const nameOf = useRoleName()
  const revoke = useAct(revokeRole, {
    onDone: () => {
      toast(w.revokedToast)
      onClose()
    },
  })
  return (
    <Dialog
      title={w.revokeTitle}
      open
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="danger-solid"
            busy={revoke.isPending}
            onClick={() => revoke.mutate({ params: { bindingId: binding.id } })}
          >
            {w.revoke}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {revoke.error ? <ProblemNote error={revoke.error} compact /> : null}
        <p>{w.revokeText(binding.person.name, nameOf(binding.role))}</p>
      </div>
    </Dialog>
  )
}
