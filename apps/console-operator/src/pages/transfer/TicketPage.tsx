import './transfer.css'
import {
  decideTicket,
  fetchTicket,
  getTicket,
  type TicketView,
  withdrawTicket,
} from '@huabiao/domains/transfer/transfer-ticket.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { HeldReason, ProblemNote, RefusalHint, RefusalNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card, Facts, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { StateBadge, StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button, LinkButton } from '@huabiao/ui/primitives/Button'
import { CopyButton, HashChip } from '@huabiao/ui/primitives/Copyable'
import { TextArea } from '@huabiao/ui/primitives/Field'
import { Skeleton } from '@huabiao/ui/primitives/Skeleton'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useParams } from 'react-router'
import { useAct, useApi } from '../../api/hooks.ts'
import { useCan, useMe } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { downloadContent } from './download-content.ts'
import { ticketWords } from './ticket-words.ts'
import { toneOfTicket } from './transfer-tone.ts'
import { transferWords } from './transfer-words.ts'

/** One ticket: what is asked, who has decided, and for its owner the way to the file. */
export function Page() {
  const { ticketId = '' } = useParams()
  const w = useWords(ticketWords)
  const t = useWords(transferWords)
  const format = useFormat()
  const me = useMe()
  const { data: ticket, error } = useApi(getTicket, { params: { ticketId } }, { everyMs: 2_000 })
  const withdraw = useAct(withdrawTicket)
  const crumbs = [
    { to: paths.transfers, label: t.title },
    { to: paths.tickets, label: w.title },
  ]
  if (!ticket)
    return (
      <ResourcePage title={w.title} crumbs={crumbs}>
        {error ? <ProblemNote error={error} /> : <Skeleton lines={8} height={28} />}
      </ResourcePage>
    )
  const mine = ticket.person.id === me.person.id
  return (
    <ResourcePage
      title={ticket.no}
      crumbs={crumbs}
      badges={<StateBadge tone={toneOfTicket(ticket.state)}>{w.states[ticket.state]}</StateBadge>}
      meta={
        <>
          <span>{ticket.person.name}</span>
          <span>
            {w.created} {format.dateTime(ticket.createdAt)}
          </span>
          {ticket.expiresAt ? (
            <span>
              {w.until} {format.dateTime(ticket.expiresAt)}
            </span>
          ) : null}
        </>
      }
      actions={
        mine && ticket.state === 'open' ? (
          <Button busy={withdraw.isPending} onClick={() => withdraw.mutate({ params: { ticketId } })}>
            {w.withdraw}
          </Button>
        ) : null
      }
    >
      {withdraw.error ? <ProblemNote error={withdraw.error} compact /> : null}
      <div className="page-split">
        <div className="stack gap-16">
          <Card title={w.asked}>
            <Facts
              columns={2}
              items={[
                { label: w.file, value: <code className="wrap">{ticket.path}</code> },
                { label: w.target, value: `${ticket.targetName} · ${ticket.account}` },
                { label: w.change, value: <Link to={paths.change(ticket.changeId)}>{ticket.changeNo}</Link> },
                { label: w.dataClass, value: w.classes[ticket.dataClass] },
                { label: w.hours, value: String(ticket.hours) },
                { label: w.uses, value: w.usesOf(String(ticket.used), String(ticket.downloads)) },
                { label: w.purpose, value: <span className="pre-line">{ticket.purpose}</span> },
              ]}
            />
          </Card>
          {ticket.state === 'open' && !mine ? <Decide ticket={ticket} /> : null}
          {ticket.decidedAt && ticket.state !== 'rejected' && ticket.state !== 'withdrawn' ? (
            <Content ticket={ticket} mine={mine} />
          ) : null}
        </div>
        <Chain ticket={ticket} />
      </div>
    </ResourcePage>
  )
}

function Decide({ ticket }: { ticket: TicketView }) {
  const w = useWords(ticketWords)
  const can = useCan()
  const [note, setNote] = useState('')
  const decide = useAct(decideTicket)
  if (!can('permission-request:decide')) return null
  const press = (verdict: 'approve' | 'reject') =>
    decide.mutate({ params: { ticketId: ticket.id }, body: { verdict, note: note.trim() } })
  const reason = ticket.decideRefusal ? <RefusalHint code={ticket.decideRefusal} /> : undefined
  return (
    <Card title={w.decide}>
      <div className="stack gap-12">
        <TextArea label={w.note} rows={2} value={note} onChange={setNote} maxLength={2000} />
        <div className="row gap-8">
          <Button tone="primary" busy={decide.isPending} disabledReason={reason} onClick={() => press('approve')}>
            {w.approve}
          </Button>
          <Button tone="danger" busy={decide.isPending} disabledReason={reason} onClick={() => press('reject')}>
            {w.reject}
          </Button>
        </div>
        {ticket.decideRefusal ? <HeldReason code={ticket.decideRefusal} /> : null}
        {decide.error ? <ProblemNote error={decide.error} /> : null}
      </div>
    </Card>
  )
}

function Content({ ticket, mine }: { ticket: TicketView; mine: boolean }) {
  const w = useWords(ticketWords)
  const t = useWords(transferWords)
  const format = useFormat()
  const queries = useQueryClient()
  const [part, setPart] = useState(0)
  const fetching = useAct(fetchTicket)
  const download = useMutation({
    mutationFn: (place: string) => downloadContent(place, setPart),
    onSettled: () => {
      setPart(0)
      void queries.invalidateQueries()
    },
  })
  const { content, place } = ticket
  return (
    <Card
      title={w.content}
      extra={
        ticket.sessionId ? (
          <LinkButton to={paths.session(ticket.sessionId)} size="small" icon="watch">
            {w.session}
          </LinkButton>
        ) : null
      }
    >
      <div className="stack gap-12">
        {content ? (
          <Facts
            columns={2}
            items={[
              { label: w.size, value: format.bytes(content.bytes) },
              { label: t.digest, value: <HashChip hash={content.sha256} label={t.digest} /> },
              { label: t.digest3, value: <HashChip hash={content.sm3} label={t.digest3} /> },
            ]}
          />
        ) : (
          <p className="muted">{ticket.state === 'fetching' ? w.fetching : w.fetchText}</p>
        )}
        {ticket.fetchFault ? (
          <div className="stack gap-4">
            <span className="muted small">{w.lastFault}</span>
            <RefusalNote code={ticket.fetchFault} compact />
          </div>
        ) : null}
        {mine ? (
          <div className="row gap-8">
            {content ? (
              <Button
                tone="primary"
                icon="download"
                busy={download.isPending}
                disabledReason={place ? undefined : <RefusalHint code="transfer.ticket_closed" />}
                onClick={() => place && download.mutate(place)}
              >
                {download.isPending ? w.downloading(`${Math.round(part * 100)} %`) : w.download}
              </Button>
            ) : (
              <Button
                tone="primary"
                busy={fetching.isPending || ticket.state === 'fetching'}
                disabledReason={ticket.fetchRefusal ? <RefusalHint code={ticket.fetchRefusal} /> : undefined}
                onClick={() => fetching.mutate({ params: { ticketId: ticket.id } })}
              >
                {w.fetch}
              </Button>
            )}
          </div>
        ) : null}
        {mine && place ? (
          <div className="row gap-4 small muted">
            <span>{w.orByClient}</span>
            <code className="clip">{place}</code>
            <CopyButton text={place} label={w.place} />
          </div>
        ) : null}
        {fetching.error ? <ProblemNote error={fetching.error} /> : null}
        {download.error ? <ProblemNote error={download.error} /> : null}
      </div>
    </Card>
  )
}

function Chain({ ticket }: { ticket: TicketView }) {
  const w = useWords(ticketWords)
  const format = useFormat()
  const tone = { approved: 'good', rejected: 'bad', open: 'wait' } as const
  return (
    <Card title={w.chain}>
      <ol className="ticket-chain">
        {ticket.stages.map((stage) => (
          <li key={stage.key} className="stack gap-4">
            <span className="row gap-8">
              <b>{w.stages[stage.key] ?? stage.key}</b>
              <StatusTag tone={tone[stage.state as keyof typeof tone] ?? 'neutral'}>
                {w.stageStates[stage.state] ?? stage.state}
              </StatusTag>
            </span>
            {stage.decisions.map((one) => (
              <span key={one.person.id} className="stack">
                <span>
                  {one.person.name} {w.verdicts[one.verdict]} <span className="faint small">{format.dateTime(one.at)}</span>
                </span>
                {one.note ? <span className="muted small pre-line">{one.note}</span> : null}
              </span>
            ))}
            {stage.decisions.length === 0 && ticket.state === 'open' ? (
              <span className="muted small">
                {w.waitsFor} {format.list(stage.candidates.map((one) => one.name))}
              </span>
            ) : null}
          </li>
        ))}
      </ol>
    </Card>
  )
}
