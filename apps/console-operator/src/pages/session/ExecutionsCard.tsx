import { getExecutions } from '@huabiao/domains/reconcile/reconcile.contract'
import type { Verdict } from '@huabiao/domains/reconcile/reconcile.model'
import { verdictPhrases } from '@huabiao/domains/reconcile/reconcile.phrases'
import type { SessionView } from '@huabiao/domains/session/session.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useLanguage, useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag, type Tone } from '@huabiao/ui/patterns/StatusTag'
import type { z } from 'zod'
import { useApi } from '../../api/hooks.ts'
import { terminalWords } from './terminal-words.ts'

type Execution = z.infer<typeof getExecutions.response>['items'][number]
const tones: Record<Verdict, Tone> = { agrees: 'good', outlived: 'bad', elevated: 'wait', partial: 'bad', unknown: 'bad' }

/** What the target itself says ran in the terminal, beside what was recorded of it. */
export function ExecutionsCard({ session }: { session: SessionView }) {
  const w = useWords(terminalWords)
  const format = useFormat()
  const { language } = useLanguage()
  const call = { params: { sessionId: session.id } }
  const waiting = session.state !== 'sealed' && session.state !== 'gap'
  const { data, error } = useApi(getExecutions, call, { everyMs: waiting ? 3_000 : 10_000 })
  const columns: readonly Column<Execution>[] = [
    { key: 'at', title: w.at, width: 96, render: (row) => <span className="mono small">{format.timeSeconds(row.at)}</span> },
    { key: 'command', title: w.command, render: (row) => <code className="wrap-anywhere">{row.command}</code> },
    { key: 'uid', title: w.uid, width: 72, render: (row) => <span className="mono small">{row.uid}</span> },
    {
      key: 'marks',
      title: w.marks,
      width: 168,
      render: (row) => (
        <span className="row gap-4 wrap-row">
          {row.outlived ? <StatusTag tone="bad">{w.outlived}</StatusTag> : null}
          {row.elevated ? <StatusTag tone="wait">{w.elevated}</StatusTag> : null}
        </span>
      ),
    },
  ]
  const verdict = data?.verdict
  // Most plans have no interactive step, and nothing ran in a terminal.
  if (session.mode === 'plan-run' && !error && !verdict && !data?.total) return null
  const said = verdict ? verdictPhrases[verdict] : undefined
  return (
    <Card
      title={w.executions}
      flush
      extra={
        <span className="row gap-8">
          <StatusTag tone={verdict ? tones[verdict] : 'neutral'}>
            {said ? (language === 'en' ? said.en : said.zh) : waiting ? w.running : w.judging}
          </StatusTag>
          <span className="count">{data?.total ?? 0}</span>
        </span>
      }
    >
      {error && !data ? <ProblemNote error={error} compact /> : null}
      {data && data.items.length === 0 ? (
        <EmptyState title={w.noExecutions} text={w.noExecutionsText} icon="terminal" compact />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
        <section className="executions" tabIndex={0} aria-label={w.executions}>
          <ResourceTable
            label={w.executions}
            columns={columns}
            rows={data?.items}
            rowKey={(row) => `${row.at}/${row.pid}/${row.command}`}
          />
        </section>
      )}
    </Card>
  )
}
