import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import { isFinal } from '@huabiao/domains/change/change.model'
import { clockFace, useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { useMe } from '../../api/me.tsx'
import { batchProgress } from './batch-progress.ts'
import { changeWords } from './change-words.ts'
import { cockpitWords } from './cockpit-words.ts'

/** The instruments: how much of the window is left and what of it is kept for the way back, where the batches stand, who is here. */
export function CockpitBar({ change, now }: { change: ChangeDetail; now: number }) {
  return (
    <div className="cockpit-bar">
      {isFinal(change.state) ? null : <WindowClock change={change} now={now} />}
      <BatchStrip change={change} now={now} />
      {isFinal(change.state) ? null : <TwoPersons change={change} now={now} />}
    </div>
  )
}

const shortMs = 15 * 60_000
function WindowClock({ change, now }: { change: ChangeDetail; now: number }) {
  const w = useWords(changeWords)
  const c = useWords(cockpitWords)
  const format = useFormat()
  const start = change.windowStart ? Date.parse(change.windowStart) : now
  const end = change.windowEnd ? Date.parse(change.windowEnd) : now
  const left = end - now
  const early = start - now
  const reserve = change.reserveMs ?? 0
  const share = (ms: number): string => `${Math.min(100, Math.max(0, (ms / Math.max(1, end - start)) * 100))}%`
  const short = left < Math.max(shortMs, reserve * 2)
  return (
    <section className={`instrument clock${short ? ' short' : ''}`} aria-label={early > 0 ? c.startsIn : w.clock}>
      <span className="instrument-name">{early > 0 ? c.startsIn : w.clock}</span>
      <b className="instrument-value">
        {early > 86_400_000 ? format.duration(early) : early > 0 ? clockFace(early) : left > 0 ? clockFace(left) : w.windowOver}
      </b>
      <div className="clock-track" aria-hidden>
        <i className="gone" style={{ width: share(now - start) }} />
        <i className="kept" style={{ width: share(reserve) }} />
      </div>
      <span className="faint small clip">{reserve > 0 ? c.reserve(format.duration(reserve)) : c.noReserve}</span>
    </section>
  )
}

/** More targets than fit are counted; their names are in the table below. */
const named = 6
function BatchStrip({ change, now }: { change: ChangeDetail; now: number }) {
  const w = useWords(changeWords)
  const c = useWords(cockpitWords)
  const soak = change.soakUntil ? Date.parse(change.soakUntil) - now : 0
  return (
    <section className="instrument strip" aria-label={w.batches}>
      <ol>
        {batchProgress(change, now).map((batch) => (
          <li key={batch.no} className={`batch ${batch.state}`} aria-current={batch.state === 'now' ? 'step' : undefined}>
            <div className="row gap-8">
              <b>{w.batch(batch.no)}</b>
              <span className="batch-state">{c.batchStates[batch.state]}</span>
              {batch.state === 'soaking' ? <b className="push">{clockFace(soak)}</b> : null}
            </div>
            <ul className="batch-targets">
              {batch.targets.slice(0, named).map((target) => (
                <li key={target.id} className={target.state} title={`${target.name} · ${c.targetStates[target.state]}`}>
                  <i aria-hidden />
                  <span className="clip">{target.name}</span>
                  <span className="visually-hidden">{c.targetStates[target.state]}</span>
                </li>
              ))}
              {batch.targets.length > named ? <li className="faint">+{batch.targets.length - named}</li> : null}
            </ul>
          </li>
        ))}
      </ol>
    </section>
  )
}

const presentMs = 60_000
function TwoPersons({ change, now }: { change: ChangeDetail; now: number }) {
  const w = useWords(changeWords)
  const c = useWords(cockpitWords)
  const format = useFormat()
  const me = useMe()
  const person = (part: string, who: { id: string; name: string } | null, at: string | null) => {
    const present = at !== null && now - Date.parse(at) <= presentMs
    return (
      <div className="row gap-8 person-line" title={at ? c.seen(format.relative(at, now)) : c.never}>
        <StatusTag tone={present ? 'good' : 'wait'} icon={present ? 'pass' : 'clock'}>
          {present ? w.present : w.absent}
        </StatusTag>
        <span className="faint small">{part}</span>
        <b className="clip">{who?.name ?? '—'}</b>
        {who?.id === me.person.id ? <span className="faint small">{c.you}</span> : null}
      </div>
    )
  }
  return (
    <section className="instrument persons" aria-label={w.presence}>
      <span className="instrument-name">{w.presence}</span>
      {person(w.executor, change.executor, change.presence.executorSeenAt)}
      {person(w.reviewer, change.reviewer, change.presence.reviewerSeenAt)}
    </section>
  )
}
