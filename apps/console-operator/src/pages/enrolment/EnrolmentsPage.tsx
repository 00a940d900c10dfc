import { type EnrolmentItem, listEnrolments } from '@huabiao/domains/enrolment/enrolment.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { SearchField } from '@huabiao/ui/primitives/Field'
import { useState } from 'react'
import { usePages } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { ForbiddenPage } from '../../app/RouteError.tsx'
import { useParam } from '../../app/use-param.ts'
import { useSearchText } from '../../app/use-search-text.ts'
import { EnrolDrawer } from './EnrolDrawer.tsx'
import { EnrolmentDrawer } from './EnrolmentDrawer.tsx'
import { enrolmentTones } from './enrolment-tones.ts'
import { enrolmentWords } from './enrolment-words.ts'

export function Page() {
  const can = useCan()
  return can('enrolment:read') ? <Enrolments /> : <ForbiddenPage />
}

function useColumns(): Column<EnrolmentItem>[] {
  const w = useWords(enrolmentWords)
  const format = useFormat()
  return [
    { key: 'name', title: w.name, width: 200, render: (row) => <span className="strong">{row.name}</span> },
    {
      key: 'address',
      title: w.address,
      width: 190,
      render: (row) => (
        <code>
          {row.host}:{row.port}
        </code>
      ),
    },
    {
      key: 'system',
      title: w.system,
      render: (row) => (
        <span className="cut" title={`${row.systemName} · ${row.unitName}`}>
          {row.systemName} <span className="muted">{row.unitName}</span>
        </span>
      ),
    },
    { key: 'plane', title: w.plane, width: 80, render: (row) => w.planes[row.plane] },
    {
      key: 'state',
      title: w.state,
      width: 200,
      render: (row) => (
        <span className="row gap-8">
          <StatusTag tone={enrolmentTones[row.state]} live={row.state === 'checking'}>
            {w.states[row.state]}
          </StatusTag>
          {row.failed > 0 ? <span className="muted small">{w.failed(row.failed)}</span> : null}
        </span>
      ),
    },
    {
      key: 'checked',
      title: w.checked,
      width: 170,
      render: (row) => (row.checkedAt ? format.dateTime(row.checkedAt) : <span className="faint">{w.never}</span>),
    },
    { key: 'age', title: w.age, width: 110, render: (row) => (row.checkedAt ? format.relative(row.checkedAt) : '') },
    { key: 'by', title: w.by, width: 100, render: (row) => row.checkedBy ?? '' },
  ]
}

function Enrolments() {
  const w = useWords(enrolmentWords)
  const can = useCan()
  const columns = useColumns()
  const [openId, open] = useParam('target')
  const [text, setText, asked] = useSearchText('text')
  const [enrolling, setEnrolling] = useState(false)
  const pages = usePages(listEnrolments, asked ? { text: asked } : {}, { everyMs: 10_000 })
  return (
    <ResourcePage
      title={w.title}
      meta={w.meta}
      actions={
        <Button
          tone="primary"
          icon="plus"
          disabledReason={can('enrolment:enrol') ? undefined : w.notAllowed}
          onClick={() => setEnrolling(true)}
        >
          {w.enrol}
        </Button>
      }
    >
      <Card flush label={w.title}>
        <div className="filter-bar">
          <div className="wide">
            <SearchField label={w.search} size="small" value={text} onChange={setText} />
          </div>
        </div>
        <ResourceTable
          {...pages}
          label={w.title}
          columns={columns}
          rowKey={(row) => row.targetId}
          onRow={(row) => open(row.targetId)}
          selectedKey={openId}
          rowTone={(row) => (row.state === 'failing' ? 'bad' : row.state === 'key-changing' ? 'wait' : undefined)}
          empty={<EmptyState title={w.none} text={w.noneText} icon="host" />}
        />
      </Card>
      {openId ? <EnrolmentDrawer targetId={openId} onClose={() => open('')} /> : null}
      {enrolling ? (
        <EnrolDrawer
          onClose={() => setEnrolling(false)}
          onDone={(id) => {
            setEnrolling(false)
            open(id)
          }}
        />
      ) : null}
    </ResourcePage>
  )
}
