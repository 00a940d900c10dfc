import { listSessions, type SessionView } from '@huabiao/domains/session/session.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag, type Tone } from '@huabiao/ui/patterns/StatusTag'
import { LinkButton } from '@huabiao/ui/primitives/Button'
import { Segmented } from '@huabiao/ui/primitives/Choice'
import { SearchField } from '@huabiao/ui/primitives/Field'
import { Link } from 'react-router'
import { usePages } from '../../api/hooks.ts'
import { paths } from '../../app/paths.ts'
import { useParam } from '../../app/use-param.ts'
import { useSearchText } from '../../app/use-search-text.ts'
import { ObserveButton } from './ObserveDialog.tsx'
import { sessionWords } from './session-words.ts'

export const toneOfSession = (state: string): Tone =>
  state === 'live' ? 'info' : state === 'sealed' ? 'good' : state === 'gap' || state === 'paused' ? 'bad' : 'neutral'

export function Page() {
  const w = useWords(sessionWords)
  const format = useFormat()
  const [filter, setFilter] = useParam('show')
  const [typed, setTyped, text] = useSearchText('text')
  const pages = usePages(
    listSessions,
    { ...(filter === 'running' ? { state: 'running' as const } : {}), ...(text ? { text } : {}) },
    { everyMs: 5_000 },
  )
  const columns: Column<SessionView>[] = [
    {
      key: 'purpose',
      title: w.purpose,
      render: (row) => (
        <div className="stack">
          <Link to={paths.session(row.id)}>{row.purpose}</Link>
          <span className="muted small">{format.list(row.targetNames)}</span>
        </div>
      ),
    },
    { key: 'mode', title: w.mode, width: 112, render: (row) => w.modes[row.mode] },
    {
      key: 'state',
      title: w.state,
      width: 104,
      render: (row) => (
        <StatusTag tone={toneOfSession(row.state)} live={row.state === 'live'}>
          {w.states[row.state]}
        </StatusTag>
      ),
    },
    { key: 'executor', title: w.executor, width: 88, render: (row) => row.executorName },
    { key: 'reviewer', title: w.reviewer, width: 88, render: (row) => row.reviewerName ?? '—' },
    { key: 'opened', title: w.opened, width: 150, render: (row) => (row.openedAt ? format.seconds(row.openedAt) : '—') },
    {
      key: 'size',
      title: w.size,
      width: 128,
      end: true,
      render: (row) => `${w.segments(row.segments)} · ${format.bytes(row.bytes)}`,
    },
  ]
  return (
    <ResourcePage
      title={w.title}
      actions={
        <>
          <ObserveButton />
          <LinkButton to={paths.terminal} icon="terminal">
            {w.terminalTitle}
          </LinkButton>
        </>
      }
    >
      <Card
        flush
        label={w.title}
        title={
          <Segmented
            label={w.state}
            value={filter === 'running' ? 'running' : 'all'}
            onChange={(next) => setFilter(next === 'all' ? '' : next)}
            options={[
              { value: 'all', label: w.filters.all },
              { value: 'running', label: w.filters.running },
            ]}
          />
        }
        extra={<SearchField label={w.search} value={typed} onChange={setTyped} />}
      >
        <ResourceTable
          {...pages}
          label={w.title}
          columns={columns}
          rowKey={(row) => row.id}
          rowTo={(row) => paths.session(row.id)}
          empty={<EmptyState title={w.empty} text={w.emptyText} icon="terminal" />}
        />
      </Card>
    </ResourcePage>
  )
}
