import './emergency.css'
import { type EmergencyDetail, getEmergency, sayEmergencyPresent } from '@huabiao/domains/emergency/emergency.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card, Facts, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { StateBadge, StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Skeleton } from '@huabiao/ui/primitives/Skeleton'
import { useEffect } from 'react'
import { useParams } from 'react-router'
import { codeOf } from '../../api/client.ts'
import { useAct, useApi } from '../../api/hooks.ts'
import { useMe } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { ActCard } from './ActCard.tsx'
import { CommandsCard } from './CommandsCard.tsx'
import { EndButtons } from './EndButtons.tsx'
import { emergencyTones } from './emergency-tones.ts'
import { emergencyWords } from './emergency-words.ts'
import { FilingCard } from './FilingCard.tsx'
import { KeysCard } from './KeysCard.tsx'

/** One emergency: who, on what, by whose keys, until when; and the paper afterwards. */
export function Page() {
  const w = useWords(emergencyWords)
  const { emergencyId = '' } = useParams()
  const { data, error } = useApi(getEmergency, { params: { emergencyId } }, { everyMs: 3_000 })
  if (data) return <Emergency of={data} />
  return (
    <ResourcePage title={w.title} crumbs={[{ to: paths.emergencies, label: w.title }]}>
      {codeOf(error) === 'emergency.not_found' ? (
        <EmptyState title={w.notFound} icon="search" />
      ) : error ? (
        <ProblemNote error={error} />
      ) : (
        <Skeleton lines={8} height={20} />
      )}
    </ResourcePage>
  )
}

function Emergency({ of }: { of: EmergencyDetail }) {
  const w = useWords(emergencyWords)
  const format = useFormat()
  const me = useMe()
  usePresence(of, me.person.id === of.executor.id || me.person.id === of.second.id)
  const over = of.state !== 'invoked' && of.state !== 'refused' && of.state !== 'executing'
  return (
    <ResourcePage
      crumbs={[{ to: paths.emergencies, label: w.title }]}
      here={of.no}
      title={of.title}
      badges={
        <>
          <StateBadge tone={emergencyTones[of.state]} live={of.state === 'executing'}>
            {w.states[of.state]}
          </StateBadge>
          <StatusTag tone={of.incidentLevel === 'P1' ? 'bad' : 'wait'}>{of.incidentLevel}</StatusTag>
          <StatusTag tone={of.risk === 'R1' ? 'bad' : 'neutral'} hint={w.riskHint}>
            {w.risks[of.risk]}
          </StatusTag>
          {of.root ? <StatusTag tone="bad">{w.root}</StatusTag> : null}
          {of.overdueAt ? (
            <StatusTag tone="bad" icon="danger">
              {w.overdue}
            </StatusTag>
          ) : null}
        </>
      }
      meta={
        <>
          <span>
            {w.incident} {of.incidentNo}
          </span>
          <span>{of.unitName}</span>
          <span>
            {of.executor.name} · {w.invokedAt} {format.seconds(of.invokedAt)}
          </span>
        </>
      }
      actions={<EndButtons of={of} />}
    >
      <div className="page-split emergency-layout">
        <div className="stack gap-16">
          <ActCard of={of} />
          {over ? <FilingCard of={of} /> : null}
          {over ? <CommandsCard of={of} /> : null}
          <WhatFor of={of} />
          <Timeline of={of} />
        </div>
        <KeysCard of={of} />
      </div>
    </ResourcePage>
  )
}

/** Says "I am here" every ten seconds, as long as this page is in front of somebody's eyes. */
function usePresence(of: EmergencyDetail, party: boolean): void {
  const { mutate } = useAct(sayEmergencyPresent, { refresh: [] })
  const active = party && (of.state === 'invoked' || of.state === 'executing')
  useEffect(() => {
    if (!active) return
    const say = (): void => {
      if (document.visibilityState === 'visible') mutate({ params: { emergencyId: of.id } })
    }
    say()
    const timer = setInterval(say, 10_000)
    return () => clearInterval(timer)
  }, [active, of.id, mutate])
}

function WhatFor({ of }: { of: EmergencyDetail }) {
  const w = useWords(emergencyWords)
  const format = useFormat()
  return (
    <Card title={w.whatFor}>
      <div className="stack gap-12">
        <Facts items={[{ label: w.reason, value: <span className="wrap-anywhere">{of.reason}</span> }]} />
        {of.frozenBy.length > 0 ? (
          <div className="row gap-8">
            <StatusTag tone="wait" icon="lock">
              {format.list(of.frozenBy)}
            </StatusTag>
            <span className="muted">{w.frozen}</span>
          </div>
        ) : null}
        <ul className="emergency-targets">
          {of.targets.map((target) => (
            <li key={target.id}>
              <span className="stack grow">
                <span className="strong mono clip">{target.name}</span>
                <span className="muted small clip">
                  {target.host}:{target.port} · {target.systemName} · {target.unitName}
                </span>
              </span>
              {target.accounts.map((account) => (
                <StatusTag key={account.name} tone={account.privileged ? 'bad' : 'neutral'}>
                  <span className="mono">{account.name}</span>
                  {account.privileged ? ` · ${w.root}` : ''}
                </StatusTag>
              ))}
            </li>
          ))}
        </ul>
      </div>
    </Card>
  )
}

function Timeline({ of }: { of: EmergencyDetail }) {
  const w = useWords(emergencyWords)
  const format = useFormat()
  return (
    <Card title={w.timeline} flush>
      <ul className="emergency-lines">
        {of.timeline.toReversed().map((line) => (
          <li key={line.seq}>
            <time className="mono small nowrap muted" dateTime={line.at}>
              {format.seconds(line.at)}
            </time>
            <span className="strong nowrap">{w.acts[line.act] ?? line.act}</span>
            <span className="nowrap">{line.actor === 'scheduler' ? w.system : line.actor}</span>
            <span className="muted wrap-anywhere">{line.note}</span>
          </li>
        ))}
      </ul>
    </Card>
  )
}
