import type { ViolationView } from '@huabiao/domains/violation/violation.contract'
import type { useFormat } from '@huabiao/ui/i18n/format'
import type { Column } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Link } from 'react-router'
import { paths } from '../../app/paths.ts'
import { ViolationDue } from './ViolationDue.tsx'
import { closedAs, severityTones, todoOf, toneOfViolation } from './violation-tones.ts'
import type { ViolationWords } from './violation-words.ts'

/** What the list shows of a case. */
export const violationColumns = (w: ViolationWords, format: ReturnType<typeof useFormat>): Column<ViolationView>[] => [
  {
    key: 'no',
    title: w.no,
    width: 172,
    render: (row) => (
      <Link to={paths.violation(row.id)} className="mono nowrap">
        {row.no}
      </Link>
    ),
  },
  {
    key: 'entry',
    title: w.entry,
    render: (row) => (
      <span className="row gap-8">
        <code className="faint nowrap">{row.entry}</code>
        <span className="strong nowrap">{w.entries[row.entry]}</span>
        <span className="muted small clip">{row.changeNo ?? row.detail.target ?? ''}</span>
      </span>
    ),
  },
  {
    key: 'severity',
    title: w.severity,
    width: 156,
    render: (row) => (
      <span className="row gap-4">
        <StatusTag tone={severityTones[row.severity]}>{w.severities[row.severity]}</StatusTag>
        <span className="muted small nowrap">{w.intents[row.intent]}</span>
      </span>
    ),
  },
  {
    key: 'person',
    title: w.person,
    width: 150,
    render: (row) => (
      <span className="stack">
        <span className="clip">{row.person?.name ?? <span className="faint">{w.unknown}</span>}</span>
        <span className="muted small clip" title={row.unitName}>
          {row.unitName}
        </span>
      </span>
    ),
  },
  { key: 'count', title: w.count, width: 62, end: true, render: (row) => <span className="mono">{row.count}</span> },
  {
    key: 'last',
    title: w.last,
    width: 112,
    render: (row) => (
      <span className="nowrap" title={format.seconds(row.lastAt)}>
        {format.monthDay(row.lastAt)} {format.time(row.lastAt)}
      </span>
    ),
  },
  { key: 'state', title: w.state, width: 186, render: (row) => <StateCell of={row} w={w} /> },
  { key: 'due', title: w.due, width: 132, render: (row) => <ViolationDue of={row} /> },
]

function StateCell({ of, w }: { of: ViolationView; w: ViolationWords }) {
  const todo = todoOf(of)
  const cleared = of.verdict === 'dismissed' || of.reviewVerdict === 'overturned'
  return (
    <span className="row gap-4">
      <StatusTag tone={cleared ? 'good' : toneOfViolation(of.state)}>
        {of.state === 'closed' ? closedAs(of, w) : w.states[of.state]}
      </StatusTag>
      {todo ? <StatusTag tone="info">{w.todo[todo]}</StatusTag> : null}
    </span>
  )
}
