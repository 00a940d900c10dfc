import { listSources, type SourceView } from '@huabiao/domains/federation/federation.contract'
import { hostOf } from '@huabiao/domains/federation/federation-settings.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { useState } from 'react'
import { useApi } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { ForbiddenPage } from '../../app/RouteError.tsx'
import { useParam } from '../../app/use-param.ts'
import { FederationTabs } from './FederationTabs.tsx'
import { federationWords } from './federation-words.ts'
import { SourceDrawer } from './SourceDrawer.tsx'
import { SourceForm } from './SourceForm.tsx'

export function Page() {
  const can = useCan()
  return can('source:read') ? <Sources /> : <ForbiddenPage />
}

function Sources() {
  const w = useWords(federationWords)
  const can = useCan()
  const [openId, open] = useParam('source')
  const [adding, setAdding] = useState(false)
  const found = useApi(listSources)
  const columns = useSourceColumns()
  const opened = found.data?.items.find((row) => row.id === openId)
  return (
    <ResourcePage
      title={w.title}
      meta={w.meta}
      tabs={<FederationTabs />}
      actions={
        <Button
          tone="primary"
          icon="plus"
          disabledReason={can('source:manage') ? undefined : w.notAllowed}
          onClick={() => setAdding(true)}
        >
          {w.add}
        </Button>
      }
    >
      <Card flush label={w.title}>
        <ResourceTable
          rows={found.data?.items}
          error={found.error}
          label={w.title}
          columns={columns}
          rowKey={(row) => row.id}
          onRow={(row) => open(row.id)}
          selectedKey={openId}
          empty={<EmptyState title={w.none} text={w.noneHint} icon="people" />}
        />
      </Card>
      {opened && found.data ? (
        <SourceDrawer
          source={opened}
          redirectUri={found.data.redirectUri}
          scimUrl={found.data.scimUrl}
          onClose={() => open('')}
        />
      ) : null}
      {adding ? <SourceForm onClose={() => setAdding(false)} /> : null}
    </ResourcePage>
  )
}

function useSourceColumns(): Column<SourceView>[] {
  const w = useWords(federationWords)
  const format = useFormat()
  return [
    { key: 'name', title: w.name, render: (row) => <span className="strong">{row.name}</span> },
    { key: 'kind', title: w.kind, width: 200, render: (row) => w.kinds[row.kind] },
    {
      key: 'place',
      title: w.place,
      width: 220,
      render: (row) => {
        const host = hostOf(row.settings)
        return host ? <code>{host}</code> : <span className="faint">{w.empty}</span>
      },
    },
    {
      key: 'people',
      title: w.people,
      width: 160,
      render: (row) => (row.subjects > 0 ? w.peopleOf(row.bound, row.subjects) : <span className="faint">{w.empty}</span>),
    },
    {
      key: 'synced',
      title: w.synced,
      width: 230,
      render: (row) =>
        row.kind !== 'ldap' ? (
          <span className="faint">{w.empty}</span>
        ) : (
          <span className="row gap-8">
            {row.syncedAt ? format.dateTime(row.syncedAt) : <span className="faint">{w.never}</span>}
            {row.syncCode ? <StatusTag tone="wait">{w.syncHeld}</StatusTag> : null}
          </span>
        ),
    },
    {
      key: 'state',
      title: w.state,
      width: 110,
      render: (row) => <StatusTag tone={row.status === 'enabled' ? 'good' : 'neutral'}>{w.statuses[row.status]}</StatusTag>,
    },
  ]
}
