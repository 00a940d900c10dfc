import './session.css'
import { getSession, killSession } from '@huabiao/domains/session/session.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { uiWords } from '@huabiao/ui/i18n/ui-phrases'
import { ProblemNote, RefusalNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card, Facts, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { StateBadge } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { HashChip } from '@huabiao/ui/primitives/Copyable'
import { TextArea } from '@huabiao/ui/primitives/Field'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { Skeleton } from '@huabiao/ui/primitives/Skeleton'
import { useState } from 'react'
import { Link, useParams } from 'react-router'
import { useAct, useApi } from '../../api/hooks.ts'
import { useCan, useMe } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { ExecutionsCard } from './ExecutionsCard.tsx'
import { KeystrokesCard } from './KeystrokesCard.tsx'
import { LiveTerminal } from './LiveTerminal.tsx'
import { ObservePanel } from './ObservePanel.tsx'
import { Player } from './Player.tsx'
import { toneOfSession } from './SessionsPage.tsx'
import { sessionWords } from './session-words.ts'

export function Page() {
  const { sessionId = '' } = useParams()
  const w = useWords(sessionWords)
  const ui = useWords(uiWords)
  const format = useFormat()
  const can = useCan()
  const me = useMe()
  const [killing, setKilling] = useState(false)
  const [reason, setReason] = useState('')
  const { data: session, error } = useApi(getSession, { params: { sessionId } }, { everyMs: 2_000 })
  const kill = useAct(killSession, { onDone: () => setKilling(false) })
  const crumbs = [{ to: paths.sessions, label: w.title }]
  if (!session)
    return (
      <ResourcePage title={w.title} crumbs={crumbs}>
        {error ? <ProblemNote error={error} /> : <Skeleton lines={8} height={28} />}
      </ResourcePage>
    )
  const isTerminal = session.mode === 'interactive'
  const running = session.watchRefusal === null
  // A plan may have an interactive step: what ran in it and what was typed is told and asked for here too.
  const mayHaveTerminal = isTerminal || session.mode === 'plan-run'
  const ended = mayHaveTerminal && (session.state === 'sealed' || session.state === 'gap')
  const observing =
    session.mode === 'observe' && session.executorId === me.person.id && (running || session.state === 'requested')
  return (
    <ResourcePage
      title={session.purpose}
      crumbs={crumbs}
      badges={
        <StateBadge tone={toneOfSession(session.state)} live={session.state === 'live'}>
          {w.states[session.state]}
        </StateBadge>
      }
      meta={
        <>
          <span>{w.modes[session.mode]}</span>
          <span>
            {w.executor} {session.executorName}
          </span>
          {session.mode !== 'observe' ? (
            <span>
              {isTerminal ? w.second : w.reviewer} {session.reviewerName ?? '—'}
            </span>
          ) : null}
          <span>{format.list(session.targetNames)}</span>
        </>
      }
      actions={
        running && !observing && can('session:kill') ? (
          <Button tone="danger" icon="stop" onClick={() => setKilling(true)}>
            {w.kill}
          </Button>
        ) : null
      }
    >
      <div className="stack gap-16">
        {observing ? (
          <ObservePanel session={session} />
        ) : running && can('session:watch') ? (
          <Card title={w.watch} flush>
            <LiveTerminal sessionId={session.id} />
          </Card>
        ) : session.replayRefusal ? (
          <RefusalNote code={session.replayRefusal} />
        ) : (
          <Player session={session} />
        )}
        {mayHaveTerminal ? <ExecutionsCard session={session} /> : null}
        {ended ? <KeystrokesCard session={session} /> : null}
        <Card title={w.facts}>
          <Facts
            columns={3}
            items={[
              {
                label: isTerminal ? w.emergency : w.change,
                value: session.changeId ? (
                  <Link to={isTerminal ? paths.emergency(session.changeId) : paths.change(session.changeId)}>
                    {session.changeNo}
                  </Link>
                ) : (
                  '—'
                ),
              },
              { label: w.opened, value: session.openedAt ? format.seconds(session.openedAt) : '—' },
              {
                label: w.closed,
                value: session.closedAt ? `${format.seconds(session.closedAt)} · ${session.closeReason ?? ''}` : '—',
              },
              { label: w.door, value: w.doors[session.door] },
              { label: w.source, value: session.sourceIp || '—' },
              { label: w.gateway, value: session.gatewayId },
              { label: w.size, value: `${w.segments(session.segments)} · ${format.bytes(session.bytes)}` },
              {
                label: w.manifest,
                value: session.manifestSm3 ? <HashChip hash={session.manifestSm3} label={w.manifest} /> : '—',
              },
            ]}
          />
        </Card>
      </div>
      <Dialog
        title={w.kill}
        open={killing}
        onClose={() => setKilling(false)}
        footer={
          <>
            <Button onClick={() => setKilling(false)}>{w.cancel}</Button>
            <Button
              tone="danger-solid"
              busy={kill.isPending}
              disabledReason={reason.trim() ? undefined : ui.missing(w.reason)}
              onClick={() => kill.mutate({ params: { sessionId }, body: { reason: reason.trim() } })}
            >
              {w.kill}
            </Button>
          </>
        }
      >
        <div className="stack gap-12">
          <p>{w.killText}</p>
          <TextArea label={w.reason} required value={reason} onChange={setReason} maxLength={500} autoFocus />
          {kill.error ? <ProblemNote error={kill.error} /> : null}
        </div>
      </Dialog>
    </ResourcePage>
  )
}
