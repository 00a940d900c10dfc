import { getChange } from '@huabiao/domains/change/change.contract'
import { listTargets } from '@huabiao/domains/cmdb/cmdb.contract'
import { getSession, listSessions, type SessionView } from '@huabiao/domains/session/session.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { HeldReason, ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card, Facts, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { LinkButton } from '@huabiao/ui/primitives/Button'
import { SearchField } from '@huabiao/ui/primitives/Field'
import { Drawer } from '@huabiao/ui/primitives/Overlay'
import { useQuery } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import { useApi, usePages } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { ForbiddenPage } from '../../app/RouteError.tsx'
import { useParam } from '../../app/use-param.ts'
import { useSearchText } from '../../app/use-search-text.ts'
import { RunList } from '../change/RunList.tsx'
import { toneOfSession } from './SessionsPage.tsx'
import { sessionWords } from './session-words.ts'

/** What others did on one's own systems: who, for which change, with which result; and the recording where policy allows it. */
export function Page() {
  const can = useCan()
  return can('session:on-my-systems') ? <OnMySystems /> : <ForbiddenPage />
}

function OnMySystems() {
  const w = useWords(sessionWords)
  const format = useFormat()
  const [openId, open] = useParam('session')
  const [typed, setTyped, text] = useSearchText('text')
  const pages = usePages(listSessions, { ofOthers: 'true', ...(text ? { text } : {}) }, { everyMs: 10_000 })
  const columns: Column<SessionView>[] = [
    { key: 'opened', title: w.opened, width: 160, render: (row) => (row.openedAt ? format.seconds(row.openedAt) : '—') },
    {
      key: 'purpose',
      title: w.purpose,
      render: (row) => (
        <div className="stack">
          <span className="strong">{row.purpose}</span>
          <span className="muted small">{format.list(row.targetNames)}</span>
        </div>
      ),
    },
    { key: 'mode', title: w.mode, width: 120, render: (row) => w.modes[row.mode] },
    { key: 'executor', title: w.executor, width: 110, render: (row) => row.executorName },
    { key: 'reviewer', title: w.reviewer, width: 110, render: (row) => row.reviewerName ?? '—' },
    {
      key: 'state',
      title: w.state,
      width: 110,
      render: (row) => (
        <StatusTag tone={toneOfSession(row.state)} live={row.state === 'live'}>
          {w.states[row.state]}
        </StatusTag>
      ),
    },
  ]
  return (
    <ResourcePage title={w.onMySystems} meta={w.onMySystemsMeta}>
      <Card flush label={w.onMySystems}>
        <div className="filter-bar">
          <div className="wide">
            <SearchField label={w.search} size="small" value={typed} onChange={setTyped} />
          </div>
        </div>
        <ResourceTable
          {...pages}
          label={w.onMySystems}
          columns={columns}
          rowKey={(row) => row.id}
          onRow={(row) => open(row.id)}
          selectedKey={openId}
          empty={<EmptyState title={w.nothingDone} text={w.nothingDoneText} icon="terminal" />}
        />
      </Card>
      {openId ? <DoneDrawer sessionId={openId} onClose={() => open('')} /> : null}
    </ResourcePage>
  )
}

/** Every target of one's own, page after page: a run on the hundred and first is one's own too. */
const useOwnTargets = () =>
  useQuery({
    queryKey: ['own targets'],
    queryFn: async ({ signal }) => {
      const ids: string[] = []
      for (let after: string | null | undefined; after !== null; ) {
        const page = await api(listTargets, { query: { limit: 100, ...(after ? { after } : {}) }, signal })
        ids.push(...page.items.map(({ id }) => id))
        after = page.next
      }
      return ids
    },
  })

function DoneDrawer({ sessionId, onClose }: { sessionId: string; onClose: () => void }) {
  const w = useWords(sessionWords)
  const format = useFormat()
  const found = useApi(getSession, { params: { sessionId } })
  const session = found.data
  const changeId = session?.changeId ?? ''
  const change = useApi(getChange, { params: { changeId } }, { enabled: changeId !== '' })
  // A change may touch systems of several units: of its steps those on one's own targets are shown.
  const { data: mine, error: unknown } = useOwnTargets()
  const error = found.error ?? change.error ?? unknown
  return (
    <Drawer
      title={session?.purpose ?? w.onMySystems}
      open
      onClose={onClose}
      width={820}
      footer={
        session && session.replayRefusal === null ? <LinkButton to={paths.session(session.id)}>{w.replay}</LinkButton> : undefined
      }
    >
      <div className="stack gap-20">
        {error ? <ProblemNote error={error} compact /> : null}
        {session ? (
          <Facts
            columns={2}
            items={[
              { label: w.executor, value: session.executorName },
              { label: w.reviewer, value: session.reviewerName ?? '—' },
              { label: w.opened, value: session.openedAt ? format.seconds(session.openedAt) : '—' },
              { label: w.closed, value: session.closedAt ? format.seconds(session.closedAt) : '—' },
              { label: w.targets, value: format.list(session.targetNames) },
              { label: w.state, value: w.states[session.state] },
            ]}
          />
        ) : null}
        {session?.replayRefusal ? <HeldReason code={session.replayRefusal} /> : null}
        {change.data && mine ? <RunList runs={change.data.runs.filter((run) => mine.includes(run.target.id))} /> : null}
      </div>
    </Drawer>
  )
}
