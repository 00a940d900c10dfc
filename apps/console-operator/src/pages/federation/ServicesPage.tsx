import {
  listServiceIdentities,
  type ProcessKeyView,
  revokeServiceIdentity,
  type ServiceIdentityView,
} from '@huabiao/domains/federation/federation-service.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ReasonDialog } from '@huabiao/ui/patterns/ReasonDialog'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { HashChip } from '@huabiao/ui/primitives/Copyable'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct, useApi } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { ForbiddenPage } from '../../app/RouteError.tsx'
import { FederationTabs } from './FederationTabs.tsx'
import { ServiceDialog } from './ServiceDialog.tsx'
import { serviceWords } from './service-words.ts'

export function Page() {
  const can = useCan()
  return can('service-identity:read') ? <Services /> : <ForbiddenPage />
}

const soonMs = 30 * 86_400_000
const stateOf = (row: ServiceIdentityView, now: number): 'live' | 'soon' | 'late' | 'revoked' => {
  if (row.revokedAt) return 'revoked'
  const left = Date.parse(row.expiresAt) - now
  return left <= 0 ? 'late' : left < soonMs ? 'soon' : 'live'
}
const tones = { live: 'good', soon: 'wait', late: 'bad', revoked: 'neutral' } as const

function Services() {
  const w = useWords(serviceWords)
  const can = useCan()
  const [asking, setAsking] = useState<{ what: 'create' | 'rotate' | 'revoke'; row?: ServiceIdentityView }>()
  const found = useApi(listServiceIdentities)
  const revoke = useAct(revokeServiceIdentity, {
    onDone: () => {
      toast(w.done)
      setAsking(undefined)
    },
  })
  const notAllowed = can('service-identity:manage') ? undefined : w.notAllowed
  const columns = useServiceColumns((what, row) => setAsking({ what, row }))
  return (
    <ResourcePage
      title={w.title}
      meta={w.meta}
      tabs={<FederationTabs />}
      actions={
        <Button tone="primary" icon="plus" disabledReason={notAllowed} onClick={() => setAsking({ what: 'create' })}>
          {w.add}
        </Button>
      }
    >
      <div className="stack gap-16">
        <Card flush label={w.title}>
          <ResourceTable
            rows={found.data?.items}
            error={found.error}
            label={w.title}
            columns={columns}
            rowKey={(row) => row.id}
            empty={<EmptyState title={w.none} icon="key" />}
          />
        </Card>
        {found.data && found.data.processes.length > 0 ? <Processes rows={found.data.processes} /> : null}
      </div>
      {asking?.what === 'create' ? <ServiceDialog onClose={() => setAsking(undefined)} /> : null}
      {asking?.what === 'rotate' && asking.row ? <ServiceDialog of={asking.row} onClose={() => setAsking(undefined)} /> : null}
      {asking?.what === 'revoke' && asking.row ? (
        <ReasonDialog
          title={`${w.revoke} · ${asking.row.name}`}
          words={{ reason: w.reason, hint: w.reasonHint, act: w.revoke, cancel: w.cancel }}
          busy={revoke.isPending}
          error={revoke.error}
          onConfirm={(reason) => revoke.mutate({ params: { serviceIdentityId: asking.row!.id }, body: { reason } })}
          onClose={() => setAsking(undefined)}
        />
      ) : null}
    </ResourcePage>
  )
}

function useServiceColumns(onAct: (what: 'rotate' | 'revoke', row: ServiceIdentityView) => void): Column<ServiceIdentityView>[] {
  const w = useWords(serviceWords)
  const format = useFormat()
  const can = useCan()
  const notAllowed = can('service-identity:manage') ? undefined : w.notAllowed
  return [
    {
      key: 'name',
      title: w.name,
      render: (row) => (
        <span className="stack">
          <span className="strong">{row.name}</span>
          <span className="muted small">
            {w.purposes[row.purpose]} · {row.sourceName}
          </span>
        </span>
      ),
    },
    { key: 'owner', title: w.owner, width: 110, render: (row) => row.ownerName },
    { key: 'issued', title: w.issued, width: 120, render: (row) => format.date(row.issuedAt) },
    { key: 'expires', title: w.expires, width: 120, render: (row) => format.date(row.expiresAt) },
    {
      key: 'used',
      title: w.used,
      width: 150,
      render: (row) => (row.lastUsedAt ? format.dateTime(row.lastUsedAt) : <span className="faint">{w.never}</span>),
    },
    {
      key: 'state',
      title: w.state,
      width: 130,
      render: (row) => {
        const state = stateOf(row, Date.now())
        return <StatusTag tone={tones[state]}>{w.states[state]}</StatusTag>
      },
    },
    {
      key: 'act',
      title: '',
      width: 200,
      end: true,
      render: (row) => (
        <span className="row gap-6" style={{ justifyContent: 'flex-end' }}>
          <Button
            size="small"
            disabledReason={notAllowed ?? (row.revokedAt ? w.ended : undefined)}
            onClick={() => onAct('rotate', row)}
          >
            {w.rotate}
          </Button>
          <Button
            size="small"
            tone="danger"
            disabledReason={notAllowed ?? (row.revokedAt ? w.ended : undefined)}
            onClick={() => onAct('revoke', row)}
          >
            {w.revoke}
          </Button>
        </span>
      ),
    },
  ]
}

function Processes({ rows }: { rows: readonly ProcessKeyView[] }) {
  const w = useWords(serviceWords)
  const columns: Column<ProcessKeyView>[] = [
    { key: 'id', title: w.process, render: (row) => <code className="strong">{row.id}</code> },
    { key: 'service', title: w.service, width: 200, render: (row) => w.services[row.service] },
    { key: 'plane', title: w.plane, width: 120, render: (row) => w.planes[row.plane] },
    {
      key: 'fingerprint',
      title: w.fingerprint,
      width: 300,
      render: (row) => <HashChip hash={row.fingerprint} label={w.fingerprint} />,
    },
  ]
  return (
    <Card flush label={w.processes} title={w.processes} extra={<span className="muted small">{w.processesMeta}</span>}>
      <ResourceTable rows={rows} error={null} label={w.processes} columns={columns} rowKey={(row) => row.id} empty={null} />
    </Card>
  )
}
