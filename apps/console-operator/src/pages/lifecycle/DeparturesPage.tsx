import { type DepartureItem, listDepartures } from '@huabiao/domains/lifecycle/lifecycle.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { Segmented } from '@huabiao/ui/primitives/Choice'
import { Link, useNavigate } from 'react-router'
import { usePages } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { ForbiddenPage } from '../../app/RouteError.tsx'
import { useParam } from '../../app/use-param.ts'
import { DeclareDialog } from './DeclareDialog.tsx'
import { departureTones } from './departure-tones.ts'
import { lifecycleWords } from './lifecycle-words.ts'
import { PeopleTabs } from './PeopleTabs.tsx'

export function Page() {
  const can = useCan()
  return can('lifecycle:read') ? <Departures /> : <ForbiddenPage />
}

function useColumns(): Column<DepartureItem>[] {
  const w = useWords(lifecycleWords)
  const format = useFormat()
  return [
    {
      key: 'person',
      title: w.person,
      width: 130,
      render: (row) => (
        <Link className="strong" to={paths.departure(row.id)}>
          {row.person.name}
        </Link>
      ),
    },
    { key: 'kind', title: w.kind, width: 90, render: (row) => w.kinds[row.kind] },
    { key: 'day', title: w.lastDay, width: 130, render: (row) => row.lastDay },
    {
      key: 'state',
      title: w.state,
      width: 150,
      render: (row) => <StatusTag tone={departureTones[row.state]}>{w.states[row.state]}</StatusTag>,
    },
    {
      key: 'reason',
      title: w.reason,
      render: (row) => {
        const reason = w.sourceReasons[row.reason] ?? row.reason
        return (
          <span className="cut" title={reason}>
            {row.toPost ? `→ ${row.toDepartment ? `${row.toDepartment} · ` : ''}${row.toPost} · ` : ''}
            {reason}
          </span>
        )
      },
    },
    {
      key: 'declared',
      title: w.declared,
      width: 210,
      render: (row) => `${row.declaredBy ?? w.byDirectory(row.source)} ${format.dateTime(row.declaredAt)}`,
    },
  ]
}

function Departures() {
  const w = useWords(lifecycleWords)
  const can = useCan()
  const navigate = useNavigate()
  const columns = useColumns()
  const [show, setShow] = useParam('show')
  const [declaring, setDeclaring] = useParam('declare')
  const [name] = useParam('name')
  const pages = usePages(listDepartures, { show: show === 'all' ? 'all' : 'open' })
  return (
    <ResourcePage
      title={w.title}
      meta={w.meta}
      tabs={<PeopleTabs />}
      actions={
        <Button
          tone="primary"
          icon="plus"
          disabledReason={can('lifecycle:manage') ? undefined : w.notAllowed}
          onClick={() => setDeclaring('new')}
        >
          {w.declare}
        </Button>
      }
    >
      <Card flush label={w.tabs.departures}>
        <div className="filter-bar">
          <Segmented
            label={w.filter}
            value={show === 'all' ? 'all' : 'open'}
            onChange={(next) => setShow(next === 'all' ? 'all' : '')}
            options={[
              { value: 'open', label: w.open },
              { value: 'all', label: w.all },
            ]}
          />
        </div>
        <ResourceTable
          {...pages}
          label={w.tabs.departures}
          columns={columns}
          rowKey={(row) => row.id}
          rowTo={(row) => paths.departure(row.id)}
          empty={<EmptyState title={w.none} text={w.noneText} icon="people" />}
        />
      </Card>
      {declaring && can('lifecycle:manage') ? (
        <DeclareDialog
          asked={declaring === 'new' ? undefined : { id: declaring, name }}
          onClose={() => setDeclaring('')}
          onDone={(id) => void navigate(paths.departure(id))}
        />
      ) : null}
    </ResourcePage>
  )
}
