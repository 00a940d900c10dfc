import { shareOf } from '@huabiao/domains/emergency/emergency-filing.model'
import { getEmergencyFigures } from '@huabiao/domains/emergency/emergency-overview.contract'
import type { ResponseOf } from '@huabiao/kit/contract/contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { useApi } from '../../api/hooks.ts'
import { figureWords } from './emergency-figure-words.ts'
import { emergencyWords } from './emergency-words.ts'

type Row = ResponseOf<typeof getEmergencyFigures>['rows'][number]
const percent = (part: number, whole: number): string => `${(shareOf(part, whole) * 100).toFixed(1)} %`

/** Break-glass beside what else was done on production, by month and unit; above its share it is an alarm of itself. */
export function FiguresCard() {
  const w = useWords(figureWords)
  const { figures } = useWords(emergencyWords)
  const { data, error } = useApi(getEmergencyFigures)
  const count = (
    key: 'invoked' | 'granted' | 'filedInTime' | 'filedLate' | 'unfiled' | 'rejected',
    title: string,
  ): Column<Row> => ({
    key,
    title,
    width: 96,
    end: true,
    render: (row) => <span className={`mono${row[key] === 0 ? ' faint' : ''}`}>{row[key]}</span>,
  })
  const share = (part: number, whole: number, alarm: boolean) => (
    <span className="row gap-6 end">
      {alarm ? (
        <StatusTag tone="bad" icon="danger" hint={w.alarmHint}>
          {w.alarm}
        </StatusTag>
      ) : null}
      <span className="mono nowrap">
        {percent(part, whole)} <span className="faint">({`${part}/${whole}`})</span>
      </span>
    </span>
  )
  const columns: Column<Row>[] = [
    { key: 'month', title: w.month, width: 104, render: (row) => <span className="strong nowrap">{row.month}</span> },
    { key: 'unit', title: w.unit, render: (row) => <span className="clip">{row.unitName}</span> },
    count('invoked', w.invokedN),
    count('granted', w.grantedN),
    {
      key: 'changes',
      title: w.shareChanges,
      width: 220,
      end: true,
      render: (row) => share(row.granted, row.changes, row.alarmChanges),
    },
    {
      key: 'sessions',
      title: w.shareSessions,
      width: 220,
      end: true,
      render: (row) => share(row.emergencySessions, row.sessions, row.alarmSessions),
    },
    count('filedInTime', w.inTimeN),
    count('filedLate', w.lateN),
    count('unfiled', w.unfiledN),
    count('rejected', w.rejectedN),
    {
      key: 'hours',
      title: w.hours,
      width: 110,
      end: true,
      render: (row) => (
        <span className="mono">{row.averageFilingHours === null ? '—' : w.hoursOf(row.averageFilingHours.toFixed(1))}</span>
      ),
    },
  ]
  return (
    <Card title={figures} flush>
      <ResourceTable
        label={figures}
        columns={columns}
        rows={data?.rows}
        error={error}
        rowKey={(row) => `${row.month} ${row.unitId}`}
        empty={<EmptyState title={w.noFigures} icon="check" compact />}
      />
    </Card>
  )
}
