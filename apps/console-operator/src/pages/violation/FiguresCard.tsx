import type { getViolationFigures } from '@huabiao/domains/violation/violation.contract'
import type { ResponseOf } from '@huabiao/kit/contract/contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { violationWords } from './violation-words.ts'

type Row = ResponseOf<typeof getViolationFigures>['rows'][number]
const numbers = ['raised', 'open', 'stands', 'dismissed', 'overturned', 'answeredLate'] as const
type Line = Pick<Row, (typeof numbers)[number] | 'month'> & { readonly entry: Row['entry'] | null }

/** By month and entry; each month begins with its sum. */
export function FiguresCard({ rows, error }: { rows: readonly Row[] | undefined; error: unknown }) {
  const w = useWords(violationWords)
  const byMonth = Map.groupBy(rows ?? [], (row) => row.month)
  const lines: Line[] = [...byMonth].flatMap(([month, list]) => [sumOf(month, list), ...list])
  const titles = {
    raised: w.raisedN,
    open: w.openN,
    stands: w.standsN,
    dismissed: w.dismissedN,
    overturned: w.overturnedN,
    answeredLate: w.lateN,
  }
  const columns: Column<Line>[] = [
    { key: 'month', title: w.month, width: 110, render: (row) => (row.entry ? '' : <span className="strong">{row.month}</span>) },
    {
      key: 'entry',
      title: w.entry,
      render: (row) =>
        row.entry ? (
          <>
            <code className="faint">{row.entry}</code> {w.entries[row.entry]}
          </>
        ) : (
          <span className="strong">{w.sum}</span>
        ),
    },
    ...numbers.map((key) => ({
      key,
      title: titles[key],
      width: 120,
      end: true,
      render: (row: Line) => (
        <span className={`mono${row.entry ? '' : ' strong'}${row[key] === 0 ? ' faint' : ''}`}>{row[key]}</span>
      ),
    })),
  ]
  return (
    <Card title={w.figures} flush>
      <ResourceTable
        label={w.figures}
        columns={columns}
        rows={rows ? lines : undefined}
        error={error}
        rowKey={(row) => `${row.month} ${row.entry ?? ''}`}
        empty={<EmptyState title={w.noFigures} icon="check" compact />}
      />
    </Card>
  )
}

const sumOf = (month: string, list: readonly Row[]): Line => {
  const sum = { month, entry: null, raised: 0, open: 0, stands: 0, dismissed: 0, overturned: 0, answeredLate: 0 }
  for (const row of list) for (const key of numbers) sum[key] += row[key]
  return sum
}
