import { type TerminalView, terminalStatuses } from '@huabiao/domains/identity/identity.contract'
import {
  addTerminalNetwork,
  approveTerminal,
  listTerminals,
  revokeTerminal,
} from '@huabiao/domains/identity/identity-account.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote, RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { TextField } from '@huabiao/ui/primitives/Field'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct, usePages } from '../../api/hooks.ts'
import { useCan, useMe } from '../../api/me.tsx'
import { ForbiddenPage } from '../../app/RouteError.tsx'
import { useParam } from '../../app/use-param.ts'
import { TerminalTag } from './TerminalTag.tsx'
import { terminalWords } from './terminal-words.ts'

export function Page() {
  const can = useCan()
  return can('terminal:manage') ? <Terminals /> : <ForbiddenPage />
}

type Status = TerminalView['status']
function Terminals() {
  const w = useWords(terminalWords)
  const format = useFormat()
  const me = useMe()
  const [status, setStatus] = useParam('status')
  const [adding, setAdding] = useState(false)
  const pages = usePages(listTerminals, terminalStatuses.includes(status as Status) ? { status: status as Status } : {})
  const done = { onDone: () => toast(w.done) }
  const approve = useAct(approveTerminal, done)
  const revoke = useAct(revokeTerminal, done)
  const error = approve.error ?? revoke.error
  const columns: Column<TerminalView>[] = [
    {
      key: 'name',
      title: w.name,
      render: (row) => (
        <span className="row gap-8">
          {row.name}
          {row.current ? <StatusTag tone="info">{w.current}</StatusTag> : null}
        </span>
      ),
    },
    { key: 'kind', title: w.kind, width: 100, render: (row) => w.kinds[row.kind] },
    { key: 'owner', title: w.owner, width: 120, render: (row) => row.personName ?? w.unitWide },
    {
      key: 'cidr',
      title: w.address,
      width: 180,
      render: (row) => (row.cidr ? <code>{row.cidr}</code> : <span className="faint">{w.empty}</span>),
    },
    { key: 'state', title: w.state, width: 110, render: (row) => <TerminalTag status={row.status} /> },
    { key: 'asked', title: w.requested, width: 140, render: (row) => format.dateTime(row.requestedAt) },
    {
      key: 'decided',
      title: w.decided,
      width: 200,
      render: (row) =>
        row.decidedAt ? `${row.decidedByName ?? ''} ${format.dateTime(row.decidedAt)}` : <span className="faint">{w.empty}</span>,
    },
    {
      key: 'act',
      title: '',
      width: 160,
      end: true,
      render: (row) => (
        <span className="row gap-6" style={{ justifyContent: 'flex-end' }}>
          {row.status === 'requested' ? (
            <Button
              size="small"
              tone="primary"
              disabledReason={row.personId === me.person.id ? <RefusalHint code="identity.own_terminal" /> : undefined}
              onClick={() => approve.mutate({ params: { terminalId: row.id } })}
            >
              {w.approve}
            </Button>
          ) : null}
          {row.status === 'revoked' ? null : (
            <Button size="small" tone="danger" onClick={() => revoke.mutate({ params: { terminalId: row.id } })}>
              {w.revoke}
            </Button>
          )}
        </span>
      ),
    },
  ]
  return (
    <ResourcePage
      title={w.title}
      meta={w.meta}
      actions={
        <Button tone="primary" icon="plus" onClick={() => setAdding(true)}>
          {w.add}
        </Button>
      }
    >
      <Card flush label={w.title}>
        <div className="filter-bar">
          <SelectField
            label={w.state}
            hideLabel
            size="small"
            value={status}
            onChange={setStatus}
            options={[
              { value: '', label: w.anyState },
              ...terminalStatuses.map((value) => ({ value, label: w.statuses[value] })),
            ]}
          />
        </div>
        {error ? <ProblemNote error={error} compact /> : null}
        <ResourceTable
          {...pages}
          label={w.title}
          columns={columns}
          rowKey={(row) => row.id}
          rowTone={(row) => (row.status === 'requested' ? 'wait' : undefined)}
          empty={<EmptyState title={w.none} icon="host" />}
        />
      </Card>
      {adding ? <AddDialog onClose={() => setAdding(false)} /> : null}
    </ResourcePage>
  )
}

function AddDialog({ onClose }: { onClose: () => void }) {
  const w = useWords(terminalWords)
  const [name, setName] = useState('')
  const [cidr, setCidr] = useState('')
  const add = useAct(addTerminalNetwork, {
    onDone: () => {
      toast(w.done)
      onClose()
    },
  })
  const valid = addTerminalNetwork.body.safeParse({ name, cidr }).success
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
            disabledReason={valid ? undefined : w.cidrHint}
            onClick={() => add.mutate({ body: { name, cidr } })}
          >
            {w.add}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {add.error ? <ProblemNote error={add.error} compact /> : null}
        <TextField label={w.name} value={name} onChange={setName} required maxLength={120} />
        <TextField label={w.cidr} value={cidr} onChange={setCidr} required mono hint={w.cidrHint} />
      </div>
    </Dialog>
  )
}
