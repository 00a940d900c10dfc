import { listTickets, type TicketView } from '@huabiao/domains/transfer/transfer-ticket.contract'
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
import { TicketDialog } from './TicketDialog.tsx'
import { TransferTabs } from './TransferTabs.tsx'
import { ticketWords } from './ticket-words.ts'
import { toneOfTicket } from './transfer-tone.ts'
import { transferWords } from './transfer-words.ts'

/** Out-transfer tickets (外传单) of the unit. */
export function Page() {
  const w = useWords(ticketWords)
  const t = useWords(transferWords)
  const format = useFormat()
  const can = useCan()
  const [asking, setAsking] = useState(false)
  const pages = usePages(listTickets, {}, { everyMs: 5_000 })
  const columns: Column<TicketView>[] = [
    {
      key: 'file',
      title: w.file,
      render: (row) => (
        <div className="stack">
          <Link to={paths.ticket(row.id)}>
            <code className="wrap">{row.path}</code>
          </Link>
          <span className="muted small">
            {row.targetName} · {row.no}
          </span>
        </div>
      ),
    },
    {
      key: 'state',
      title: w.state,
      width: 108,
      render: (row) => <StatusTag tone={toneOfTicket(row.state)}>{w.states[row.state]}</StatusTag>,
    },
    { key: 'person', title: w.person, width: 88, render: (row) => row.person.name },
    { key: 'class', title: w.dataClass, width: 96, render: (row) => w.classes[row.dataClass] },
    { key: 'purpose', title: w.purpose, width: 200, render: (row) => <span className="clip">{row.purpose}</span> },
    { key: 'uses', title: w.uses, width: 96, render: (row) => w.usesOf(String(row.used), String(row.downloads)) },
    { key: 'until', title: w.until, width: 150, render: (row) => (row.expiresAt ? format.dateTime(row.expiresAt) : '—') },
  ]
  return (
    <ResourcePage
      title={t.title}
      meta={w.lead}
      tabs={<TransferTabs />}
      actions={
        can('session:observe') ? (
          <Button tone="primary" icon="plus" onClick={() => setAsking(true)}>
            {w.ask}
          </Button>
        ) : null
      }
    >
      <Card flush label={w.title}>
        <ResourceTable
          {...pages}
          label={w.title}
          columns={columns}
          rowKey={(row) => row.id}
          rowTo={(row) => paths.ticket(row.id)}
          empty={<EmptyState title={w.empty} text={w.emptyText} icon="download" />}
        />
      </Card>
      {asking ? <TicketDialog onClose={() => setAsking(false)} /> : null}
    </ResourcePage>
  )
}
