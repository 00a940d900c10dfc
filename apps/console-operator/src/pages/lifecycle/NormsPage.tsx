import { type FindingView, listNormFindings } from '@huabiao/domains/lifecycle/lifecycle-norm.contract'
import { norms } from '@huabiao/domains/lifecycle/lifecycle-norm.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Segmented } from '@huabiao/ui/primitives/Choice'
import { usePages } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { ForbiddenPage } from '../../app/RouteError.tsx'
import { useParam } from '../../app/use-param.ts'
import { lifecycleWords } from './lifecycle-words.ts'
import { normWords } from './norm-words.ts'
import { PeopleTabs } from './PeopleTabs.tsx'
import { Suspensions } from './Suspensions.tsx'

export function Page() {
  const can = useCan()
  return can('lifecycle:oversee') ? <Norms /> : <ForbiddenPage />
}

/** What the rule saw, in words: moments as moments. */
function Evidence({ of }: { of: FindingView }) {
  const w = useWords(normWords)
  const format = useFormat()
  const said = (value: string | number): string =>
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) ? format.dateTime(value) : String(value)
  return (
    <span className="small">
      {Object.entries(of.evidence)
        .filter(([, value]) => value !== '')
        .map(([key, value]) => `${w.keys[key] ?? key} ${said(value)}`)
        .join(' · ')}
    </span>
  )
}

function useColumns(): Column<FindingView>[] {
  const w = useWords(normWords)
  const format = useFormat()
  return [
    { key: 'person', title: w.person, width: 110, render: (row) => <span className="strong">{row.person.name}</span> },
    {
      key: 'rule',
      title: w.rule,
      width: 230,
      render: (row) => (
        <span className="row gap-8">
          <code className="faint small">{row.rule}</code>
          {w.rules[row.rule]}
        </span>
      ),
    },
    { key: 'evidence', title: w.evidence, render: (row) => <Evidence of={row} /> },
    { key: 'told', title: w.told, width: 170, render: (row) => <span className="small">{format.list(row.told)}</span> },
    {
      key: 'due',
      title: w.due,
      width: 150,
      render: (row) =>
        row.clearedAt ? (
          <StatusTag tone="good">{w.cleared}</StatusTag>
        ) : row.overdue ? (
          <StatusTag tone="bad">{w.overdue}</StatusTag>
        ) : norms[row.rule].days === 0 ? (
          <StatusTag tone="bad">{w.atOnce}</StatusTag>
        ) : (
          format.date(row.dueAt)
        ),
    },
  ]
}

function Norms() {
  const w = useWords(normWords)
  const l = useWords(lifecycleWords)
  const columns = useColumns()
  const [show, setShow] = useParam('show')
  const pages = usePages(listNormFindings, { show: show === 'all' ? 'all' : 'open' })
  return (
    <ResourcePage title={l.title} meta={w.findingsMeta} tabs={<PeopleTabs />}>
      <div className="stack gap-16">
        <Suspensions />
        <Card
          flush
          title={w.findings}
          extra={
            <Segmented
              label={w.filter}
              value={show === 'all' ? 'all' : 'open'}
              onChange={(next) => setShow(next === 'all' ? 'all' : '')}
              options={[
                { value: 'open', label: w.open },
                { value: 'all', label: w.all },
              ]}
            />
          }
        >
          <ResourceTable
            {...pages}
            label={w.findings}
            columns={columns}
            rowKey={(row) => row.id}
            empty={<EmptyState title={w.noFindings} icon="pass" compact />}
          />
        </Card>
      </div>
    </ResourcePage>
  )
}
