import { type ChangeSummary, listChanges } from '@huabiao/domains/change/change.contract'
import { isRunning } from '@huabiao/domains/change/change.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { Segmented } from '@huabiao/ui/primitives/Choice'
import { useState } from 'react'
import { Link } from 'react-router'
import { usePages } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { useParam } from '../../app/use-param.ts'
import { ChangeFilters, useChangeQuery } from './ChangeFilters.tsx'
import { toneOf, toneOfRisk } from './change-tone.ts'
import { changeWords } from './change-words.ts'
import { NewChangeDialog } from './NewChangeDialog.tsx'

type Filter = 'open' | 'running' | 'all' | 'mine'

export function useChangeColumns(): Column<ChangeSummary>[] {
  const w = useWords(changeWords)
  const format = useFormat()
  return [
    {
      key: 'no',
      title: w.no,
      width: 152,
      render: (row) => (
        <Link to={paths.change(row.id)} className="nowrap">
          {row.no}
        </Link>
      ),
    },
    {
      key: 'title',
      title: w.name,
      render: (row) => (
        <span className="strong cut" title={row.title}>
          {row.title}
        </span>
      ),
    },
    {
      key: 'system',
      title: w.system,
      width: '12%',
      render: (row) => {
        const names = format.list(row.systemNames)
        return (
          <span className="muted cut" title={names}>
            {names}
          </span>
        )
      },
    },
    {
      key: 'state',
      title: w.state,
      width: 112,
      render: (row) => (
        <StatusTag tone={toneOf(row.state)} live={isRunning(row.state)}>
          {w.states[row.state]}
        </StatusTag>
      ),
    },
    {
      key: 'risk',
      title: w.risk,
      width: 90,
      render: (row) => <StatusTag tone={toneOfRisk(row.risk)}>{w.risks[row.risk]}</StatusTag>,
    },
    {
      key: 'window',
      title: w.window,
      width: 178,
      render: (row) =>
        row.windowStart && row.windowEnd ? (
          <span className="nowrap" title={format.span(row.windowStart, row.windowEnd)}>
            {format.nearSpan(row.windowStart, row.windowEnd)}
          </span>
        ) : (
          <span className="faint">{w.noWindow}</span>
        ),
    },
    {
      key: 'executor',
      title: `${w.executor} · ${w.reviewer}`,
      width: 116,
      render: (row) =>
        row.executor || row.reviewer ? (
          <span className="nowrap">
            {row.executor?.name ?? '—'} · {row.reviewer?.name ?? '—'}
          </span>
        ) : (
          <span className="faint">—</span>
        ),
    },
    {
      key: 'updated',
      title: w.updated,
      width: 92,
      end: true,
      render: (row) => <span className="muted nowrap">{format.relative(row.updatedAt)}</span>,
    },
  ]
}

export function Page() {
  const w = useWords(changeWords)
  const can = useCan()
  const [making, setMaking] = useState(false)
  const [filter, setFilter] = useParam('show')
  const shown = (Object.keys(w.filters) as Filter[]).find((one) => one === filter) ?? 'open'
  const query = useChangeQuery()
  const pages = usePages(listChanges, query, { everyMs: 15_000 })
  const columns = useChangeColumns()
  return (
    <ResourcePage
      title={w.title}
      actions={
        can('change:draft') ? (
          <Button tone="primary" icon="plus" onClick={() => setMaking(true)}>
            {w.new}
          </Button>
        ) : null
      }
    >
      <Card flush label={w.title}>
        <ChangeFilters>
          <Segmented
            label={w.show}
            value={shown}
            onChange={(next) => setFilter(next === 'open' ? '' : next)}
            options={(Object.keys(w.filters) as Filter[]).map((value) => ({ value, label: w.filters[value] }))}
          />
        </ChangeFilters>
        <ResourceTable
          stickyHead
          {...pages}
          label={w.title}
          columns={columns}
          rowKey={(row) => row.id}
          rowTo={(row) => paths.change(row.id)}
          rowTone={(row) => (row.state === 'paused' ? 'bad' : undefined)}
          empty={<EmptyState title={w.empty} text={w.emptyText} icon="change" />}
        />
      </Card>
      <NewChangeDialog open={making} onClose={() => setMaking(false)} />
    </ResourcePage>
  )
}
