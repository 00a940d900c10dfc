import './cockpit.css'
import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import { isFinal, isRunning } from '@huabiao/domains/change/change.model'
import * as execution from '@huabiao/domains/change/change-execution.contract'
import { useNow } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { LinkButton } from '@huabiao/ui/primitives/Button'
import { useEffect, useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { useMe } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { LiveTerminal } from '../session/LiveTerminal.tsx'
import { ContentCard } from '../transfer/ContentCard.tsx'
import { CockpitBar } from './CockpitBar.tsx'
import { changeWords } from './change-words.ts'
import { cockpitWords } from './cockpit-words.ts'
import { ItemReview } from './ItemReview.tsx'
import { LastResult } from './LastResult.tsx'
import { NextStep } from './NextStep.tsx'
import { PausedNote } from './PausedNote.tsx'
import { RunList } from './RunList.tsx'
import { RunMatrix } from './RunMatrix.tsx'
import { RunSummary } from './RunSummary.tsx'

/** Acts that have their place in the cockpit itself, where their reason stands too. */
export const cockpitActs = ['begin', 'resume', 'rollBack', 'amend', 'abandon', 'passVerification'] as const

/** The cockpit (实施驾驶舱): what runs next, who is here, how much of the window is left, and the way out. */
export function CockpitTab({ change }: { change: ChangeDetail }) {
  const w = useWords(changeWords)
  const c = useWords(cockpitWords)
  const me = useMe()
  const [offset] = useState(() => Date.parse(change.now) - Date.now())
  const now = useNow(1000, offset)
  usePresence(change, me.person.id === change.executor?.id || me.person.id === change.reviewer?.id)
  const started = isRunning(change.state) || change.state === 'paused' || change.runs.length > 0
  if (!started && change.state !== 'ready')
    return (
      <Card>
        <EmptyState
          title={w.tabs.cockpit}
          text={w.beforeReady}
          icon="terminal"
          action={<LinkButton to={`${paths.change(change.id)}?tab=plan`}>{c.toPlan}</LinkButton>}
        />
      </Card>
    )
  const ended = isFinal(change.state) || change.state === 'ci_reviewing' || change.state === 'reviewing'
  return (
    <div className="stack gap-12">
      {ended ? <RunSummary change={change} /> : null}
      {ended ? <ItemReview change={change} /> : null}
      <CockpitBar change={change} now={now} />
      <div className={`cockpit${ended ? ' ended' : ''}`}>
        <div className="stack gap-12 cockpit-lead">
          {ended ? null : change.state === 'paused' ? <PausedNote change={change} /> : <NextStep change={change} now={now} />}
          {ended ? null : <ContentCard changeId={change.id} />}
          <LastResult runs={change.runs} />
        </div>
        {ended ? null : <TerminalCard change={change} />}
        <div className="cockpit-rest stack gap-12">
          <RunMatrix change={change} />
          <RunList runs={change.runs} />
        </div>
      </div>
    </div>
  )
}

function TerminalCard({ change }: { change: ChangeDetail }) {
  const w = useWords(changeWords)
  const live = change.sessionId !== null && (isRunning(change.state) || change.state === 'paused')
  return (
    <Card
      title={w.terminal}
      className="cockpit-terminal"
      flush
      extra={
        change.sessionId ? (
          <LinkButton to={paths.session(change.sessionId)} size="small" icon="watch">
            {w.session}
          </LinkButton>
        ) : null
      }
    >
      {live && change.sessionId ? (
        <LiveTerminal sessionId={change.sessionId} />
      ) : (
        <div className="terminal-frame terminal-off">{w.terminalOff}</div>
      )}
    </Card>
  )
}

/** Says "I am here" every ten seconds, as long as this page is in front of somebody's eyes. */
function usePresence(change: ChangeDetail, here: boolean): void {
  const { mutate } = useAct(execution.sayPresent, { refresh: [] })
  const active = here && (isRunning(change.state) || change.state === 'ready' || change.state === 'paused')
  useEffect(() => {
    if (!active) return
    const say = (): void => {
      if (document.visibilityState === 'visible') mutate({ params: { changeId: change.id } })
    }
    say()
    const timer = setInterval(say, 10_000)
    return () => clearInterval(timer)
  }, [active, change.id, mutate])
}
