import './emergency.css'
import { type EmergencyItem, emergencyFilters, listEmergencies } from '@huabiao/domains/emergency/emergency.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { Segmented } from '@huabiao/ui/primitives/Choice'
import { SearchField } from '@huabiao/ui/primitives/Field'
import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { usePages } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { useParam } from '../../app/use-param.ts'
import { useSearchText } from '../../app/use-search-text.ts'
import { EmergencyClock } from './EmergencyClock.tsx'
import { FiguresCard } from './EmergencyFigures.tsx'
import { emergencyTones, todoOf } from './emergency-tones.ts'
import { type EmergencyWords, emergencyWords } from './emergency-words.ts'
import { InvokeDrawer } from './InvokeDrawer.tsx'

export function Page() {
  const w = useWords(emergencyWords)
  const can = useCan()
  const navigate = useNavigate()
  const [wanted, setShow] = useParam('show')
  const [text] = useParam('text')
  const [typed, setTyped] = useSearchText('text')
  const [figures, setFigures] = useParam('figures')
  const [invoking, setInvoking] = useState(false)
  const show = emergencyFilters.find((one) => one === wanted) ?? 'open'
  const counted = figures === 'on' && can('emergency:oversee')
  const pages = usePages(listEmergencies, { show, ...(text ? { text } : {}) }, { everyMs: 5_000 })
  return (
    <ResourcePage
      title={w.title}
      meta={w.meta}
      actions={
        <>
          {can('emergency:oversee') ? (
            <Button icon="audit" onClick={() => setFigures(counted ? '' : 'on')}>
              {counted ? w.hideFigures : w.figures}
            </Button>
          ) : null}
          {can('emergency:invoke') ? (
            <Button tone="danger-solid" icon="alert" onClick={() => setInvoking(true)}>
              {w.invoke}
            </Button>
          ) : null}
        </>
      }
    >
      <div className="stack gap-16">
        {counted ? <FiguresCard /> : null}
        <Card flush label={w.title}>
          <div className="filter-bar">
            <Segmented
              label={w.state}
              value={show}
              onChange={(next) => setShow(next === 'open' ? '' : next)}
              options={emergencyFilters.map((value) => ({ value, label: w.shows[value] }))}
            />
            <SearchField label={w.search} value={typed} onChange={setTyped} />
          </div>
          <Rows pages={pages} w={w} act={show === 'act'} />
        </Card>
      </div>
      {invoking ? <InvokeDrawer onClose={() => setInvoking(false)} onDone={(id) => void navigate(paths.emergency(id))} /> : null}
    </ResourcePage>
  )
}

function Rows({
  pages,
  w,
  act,
}: {
  pages: ReturnType<typeof usePages<typeof listEmergencies>>
  w: EmergencyWords
  act: boolean
}) {
  const format = useFormat()
  const columns: Column<EmergencyItem>[] = [
    {
      key: 'no',
      title: w.no,
      width: 172,
      render: (row) => (
        <Link to={paths.emergency(row.id)} className="mono nowrap">
          {row.no}
        </Link>
      ),
    },
    {
      key: 'subject',
      title: w.subject,
      render: (row) => (
        <span className="stack">
          <span className="row gap-8">
            <StatusTag tone={row.incidentLevel === 'P1' ? 'bad' : 'wait'}>{row.incidentLevel}</StatusTag>
            <span className="strong clip">{row.title}</span>
            {row.root ? <StatusTag tone="bad">{w.root}</StatusTag> : null}
          </span>
          <span className="muted small clip">
            {row.incidentNo} · {format.list(row.targetNames)}
          </span>
        </span>
      ),
    },
    {
      key: 'people',
      title: w.people,
      width: 150,
      render: (row) => (
        <span className="clip">
          {row.executor.name} <span className="muted">/ {row.second.name}</span>
        </span>
      ),
    },
    {
      key: 'invoked',
      title: w.invokedAt,
      width: 112,
      render: (row) => (
        <span className="nowrap" title={format.seconds(row.invokedAt)}>
          {format.monthDay(row.invokedAt)} {format.time(row.invokedAt)}
        </span>
      ),
    },
    {
      key: 'state',
      title: w.state,
      width: 220,
      render: (row) => {
        const todo = todoOf(row)
        return (
          <span className="row gap-4">
            <StatusTag tone={emergencyTones[row.state]} live={row.state === 'executing'}>
              {w.states[row.state]}
              {row.state === 'invoked' ? ` ${w.custodiansOf(row.custodians)}` : ''}
            </StatusTag>
            {todo ? <StatusTag tone="info">{w.waits[todo]}</StatusTag> : null}
          </span>
        )
      },
    },
    { key: 'clock', title: w.clock, width: 132, render: (row) => <EmergencyClock of={row} /> },
  ]
  return (
    <ResourceTable
      {...pages}
      label={w.title}
      columns={columns}
      rowKey={(row) => row.id}
      rowTo={(row) => paths.emergency(row.id)}
      rowTone={(row) => (row.overdueAt && row.state === 'retro_draft' ? 'bad' : todoOf(row) ? 'wait' : undefined)}
      empty={act ? <EmptyState title={w.noneAct} icon="check" /> : <EmptyState title={w.none} text={w.noneText} icon="guard" />}
    />
  )
}
