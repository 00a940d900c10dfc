import type { EmergencyDetail } from '@huabiao/domains/emergency/emergency.contract'
import { renewalsMost } from '@huabiao/domains/emergency/emergency.model'
import { clockFace, useFormat, useNow } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Icon } from '@huabiao/ui/primitives/Icon'
import type { ReactNode } from 'react'
import { dueOf } from './emergency-tones.ts'
import { emergencyWords } from './emergency-words.ts'

/** Who stands behind it, and how long still. */
export function KeysCard({ of }: { of: EmergencyDetail }) {
  const w = useWords(emergencyWords)
  const format = useFormat()
  const keys = of.words.filter((word) => word.kind === 'custody')
  const orders = of.words.filter((word) => word.kind === 'order')
  const live = of.state === 'invoked' || of.state === 'executing'
  const presence = (here: boolean): ReactNode =>
    live ? (
      <StatusTag tone={here ? 'good' : 'wait'} live={here}>
        {here ? w.here : w.away}
      </StatusTag>
    ) : null
  return (
    <div className="stack gap-16">
      <Clock of={of} />
      <Card title={w.keys} extra={<span className="count">{w.custodiansOf(of.custodians)}</span>}>
        <div className="emergency-person">
          <span className="role">{w.executor}</span>
          <span className="strong grow">{of.executor.name}</span>
          {presence(of.presence.executor)}
        </div>
        <div className="emergency-person">
          <span className="role">{w.second}</span>
          <span className="stack grow">
            <span className="strong">{of.second.name}</span>
            <span className="muted small">
              {of.confirmedAt ? w.confirmed(format.timeSeconds(of.confirmedAt)) : w.notConfirmed}
            </span>
          </span>
          {presence(of.presence.second)}
        </div>
        {[...keys, ...orders]
          .sort((a, b) => a.at.localeCompare(b.at))
          .map((word) => (
            <div key={`${word.kind}${word.round}${word.by.id}`} className="emergency-person">
              <span className="role">{word.kind === 'order' ? w.orders : w.custodians}</span>
              <span className="stack grow">
                <span className="strong">{word.by.name}</span>
                <span className="muted small wrap-anywhere">
                  {format.timeSeconds(word.at)}
                  {word.round > 0 ? ` · ${w.renewal(word.round)}` : ''}
                  {word.note ? ` · ${word.note}` : ''}
                </span>
              </span>
              {word.kind === 'custody' ? (
                <StatusTag tone={word.verdict === 'yes' ? 'good' : 'bad'} icon="key">
                  {w.said[word.verdict]}
                </StatusTag>
              ) : null}
            </div>
          ))}
        {of.state === 'invoked' && of.custodians < 2 ? <p className="muted small emergency-hint">{w.needTwo}</p> : null}
      </Card>
    </div>
  )
}

function Clock({ of }: { of: EmergencyDetail }) {
  const w = useWords(emergencyWords)
  const due = dueOf(of)
  // Held back by a filing that is late or was rejected, until one is approved.
  const held = of.state === 'violation' || (of.overdueAt !== null && of.state !== 'retro_approved' && of.state !== 'closed')
  if (!due && !held) return null
  return (
    <Card title={due ? { answer: w.answerBy, expiry: w.left, filing: w.fileBy }[due.of] : w.held}>
      <div className="stack gap-8">
        {due ? <Left due={due} /> : null}
        {due?.of === 'expiry' ? <span className="muted small">{w.renewalsLeft(renewalsMost - of.renewals)}</span> : null}
        {held ? (
          <p className="row gap-6 top">
            <Icon name="lock" />
            <span>{w.heldBack}</span>
          </p>
        ) : null}
      </div>
    </Card>
  )
}
function Left({ due }: { due: NonNullable<ReturnType<typeof dueOf>> }) {
  const w = useWords(emergencyWords)
  const format = useFormat()
  const left = Date.parse(due.at) - useNow(1_000)
  return (
    <div className={`emergency-clock${left < 0 ? ' bad' : ''}`}>
      <b className="mono">{left < 0 ? (due.of === 'filing' ? w.fileOver : w.over) : clockFace(left)}</b>
      <span className="muted small">{w.until(format.dateTime(due.at))}</span>
    </div>
  )
}
