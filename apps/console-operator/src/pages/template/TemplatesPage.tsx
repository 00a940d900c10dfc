import { listTemplates, type TemplateSummary } from '@huabiao/domains/template/template.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button, LinkButton } from '@huabiao/ui/primitives/Button'
import { Link } from 'react-router'
import { usePages } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { ForbiddenPage } from '../../app/RouteError.tsx'
import { StandingTag } from './Standing.tsx'
import { toneOfTemplate } from './template-tones.ts'
import { templateWords } from './template-words.ts'

export function Page() {
  const can = useCan()
  return can('template:read') ? <Templates /> : <ForbiddenPage />
}

function useColumns(): Column<TemplateSummary>[] {
  const w = useWords(templateWords)
  return [
    {
      key: 'no',
      title: w.no,
      width: 110,
      render: (row) => (
        <Link to={paths.template(row.id)} className="mono nowrap">
          {row.no}
        </Link>
      ),
    },
    { key: 'name', title: w.name, width: '24%', render: (row) => <span className="strong">{row.name}</span> },
    {
      key: 'summary',
      title: w.summary,
      render: (row) => (
        <span className="cut" title={row.summary}>
          {row.summary}
        </span>
      ),
    },
    { key: 'author', title: w.author, width: 110, render: (row) => row.author.name },
    { key: 'version', title: w.version, width: 80, render: (row) => `v${row.version}` },
    {
      key: 'state',
      title: w.state,
      width: 120,
      render: (row) => <StatusTag tone={toneOfTemplate[row.state]}>{w.states[row.state]}</StatusTag>,
    },
    {
      key: 'standing',
      title: w.standing,
      width: 110,
      render: (row) => (row.publishedVersion ? <StandingTag standing={row.standing} /> : '—'),
    },
  ]
}

function Templates() {
  const w = useWords(templateWords)
  const can = useCan()
  const columns = useColumns()
  const pages = usePages(listTemplates)
  return (
    <ResourcePage
      title={w.title}
      meta={w.meta}
      actions={
        can('template:draft') ? (
          <LinkButton to={paths.newTemplate} icon="plus" tone="primary">
            {w.create}
          </LinkButton>
        ) : (
          <Button icon="plus" disabledReason={w.notAllowed}>
            {w.create}
          </Button>
        )
      }
    >
      <Card flush label={w.title}>
        <ResourceTable
          {...pages}
          label={w.title}
          columns={columns}
          rowKey={(row) => row.id}
          rowTo={(row) => paths.template(row.id)}
          empty={<EmptyState title={w.none} text={w.noneText} icon="copy" />}
        />
      </Card>
    </ResourcePage>
  )
}
