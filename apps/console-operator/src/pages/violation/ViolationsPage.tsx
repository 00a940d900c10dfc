import './violation.css'
import { getViolationFigures, listViolations } from '@huabiao/domains/violation/violation.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { Button } from '@huabiao/ui/primitives/Button'
import { useApi, usePages } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { useParam } from '../../app/use-param.ts'
import { FiguresCard } from './FiguresCard.tsx'
import { useViolationQuery, ViolationFilters } from './ViolationFilters.tsx'
import { violationColumns } from './violation-columns.tsx'
import { todoOf } from './violation-tones.ts'
import { violationWords } from './violation-words.ts'

export function Page() {
  const w = useWords(violationWords)
  const can = useCan()
  const format = useFormat()
  const query = useViolationQuery()
  const [figures, setFigures] = useParam('figures')
  const counted = figures === 'on' && can('violation:oversee')
  const pages = usePages(listViolations, query, { everyMs: 10_000 })
  const numbers = useApi(getViolationFigures, {}, { enabled: counted })
  return (
    <ResourcePage
      title={w.title}
      meta={w.meta}
      actions={
        can('violation:oversee') ? (
          <Button icon="audit" onClick={() => setFigures(counted ? '' : 'on')}>
            {counted ? w.hideFigures : w.figures}
          </Button>
        ) : undefined
      }
    >
      <div className="stack gap-16">
        {counted ? <FiguresCard rows={numbers.data?.rows} error={numbers.error} /> : null}
        <Card flush label={w.title}>
          <ViolationFilters />
          <ResourceTable
            {...pages}
            label={w.title}
            columns={violationColumns(w, format)}
            rowKey={(row) => row.id}
            rowTo={(row) => paths.violation(row.id)}
            rowTone={(row) => (row.deadline?.overdue ? 'bad' : todoOf(row) ? 'wait' : undefined)}
            empty={<Nothing show={query.show} />}
          />
        </Card>
      </div>
    </ResourcePage>
  )
}

function Nothing({ show }: { show: 'open' | 'act' | 'mine' | 'all' }) {
  const w = useWords(violationWords)
  if (show === 'act') return <EmptyState title={w.noneAct} icon="check" />
  if (show === 'mine') return <EmptyState title={w.noneMine} icon="check" />
  return <EmptyState title={w.none} text={w.noneText} icon="guard" />
}
