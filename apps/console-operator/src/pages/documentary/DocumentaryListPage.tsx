import { type DocumentarySummary, listDocumentary } from '@huabiao/domains/documentary/documentary.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { useState } from 'react'
import { Link } from 'react-router'
import { usePages } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { ForbiddenPage } from '../../app/RouteError.tsx'
import { DraftDrawer } from './DraftDrawer.tsx'
import { toneOfDocumentary } from './documentary-tones.ts'
import { documentaryWords } from './documentary-words.ts'

export function Page() {
  const can = useCan()
  return can('documentary:read') ? <Cases /> : <ForbiddenPage />
}

function useColumns(): Column<DocumentarySummary>[] {
  const w = useWords(documentaryWords)
  const format = useFormat()
  return [
    {
      key: 'no',
      title: w.no,
      width: 170,
      render: (row) => (
        <Link to={paths.documentaryCase(row.id)} className="mono nowrap">
          {row.no}
        </Link>
      ),
    },
    { key: 'title', title: w.name, render: (row) => <span className="strong">{row.title}</span> },
    { key: 'class', title: w.class, width: 170, render: (row) => w.classes[row.class] },
    { key: 'partner', title: w.partner, width: '18%', render: (row) => row.partner },
    { key: 'author', title: w.author, width: 100, render: (row) => row.author.name },
    { key: 'due', title: w.nextDue, width: 150, render: (row) => (row.nextDueAt ? format.dateTime(row.nextDueAt) : '—') },
    {
      key: 'state',
      title: w.state,
      width: 150,
      render: (row) => <StatusTag tone={toneOfDocumentary[row.state]}>{w.states[row.state]}</StatusTag>,
    },
  ]
}

function Cases() {
  const w = useWords(documentaryWords)
  const can = useCan()
  const columns = useColumns()
  const [drafting, setDrafting] = useState(false)
  const pages = usePages(listDocumentary)
  return (
    <ResourcePage
      title={w.title}
      meta={w.meta}
      actions={
        <Button
          tone="primary"
          icon="plus"
          disabledReason={can('documentary:draft') ? undefined : w.notAllowed}
          onClick={() => setDrafting(true)}
        >
          {w.draft}
        </Button>
      }
    >
      <Card flush label={w.title}>
        <ResourceTable
          {...pages}
          label={w.title}
          columns={columns}
          rowKey={(row) => row.id}
          rowTo={(row) => paths.documentaryCase(row.id)}
          empty={<EmptyState title={w.none} text={w.noneText} icon="document" />}
        />
      </Card>
      {drafting ? <DraftDrawer onClose={() => setDrafting(false)} /> : null}
    </ResourcePage>
  )
}
