import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import type { AmendmentView } from '@huabiao/domains/change/change-amendment.contract'
import type { AmendmentState } from '@huabiao/domains/change/change-amendment.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { RedLineChip } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag, type Tone } from '@huabiao/ui/patterns/StatusTag'
import { HashChip } from '@huabiao/ui/primitives/Copyable'
import { amendmentWords } from './amendment-words.ts'
import { changeWords } from './change-words.ts'

const tones: Readonly<Record<AmendmentState, Tone>> = {
  drafting: 'wait',
  approving: 'wait',
  approved: 'good',
  denied: 'bad',
  dropped: 'side',
}

/** Who changed the plan of a running change, why and from what to what; who bears it untested, and the test that is owed (itsm §2.3-A). */
export function AmendmentCard({ change }: { change: ChangeDetail }) {
  const m = useWords(amendmentWords)
  if (!change.expedited && change.amendments.length === 0) return null
  return (
    <Card
      title={change.amendments.length > 0 ? m.title : m.urgent}
      extra={<span className="muted small">{change.amendments.length > 0 ? m.frozen : m.urgentHint}</span>}
    >
      <div className="stack gap-16">
        <ol className="stack gap-16">
          {change.amendments.map((one) => (
            <AmendmentRow key={one.id} amendment={one} />
          ))}
        </ol>
        <UntestedRisk change={change} />
      </div>
    </Card>
  )
}

function AmendmentRow({ amendment }: { amendment: AmendmentView }) {
  const m = useWords(amendmentWords)
  const w = useWords(changeWords)
  const format = useFormat()
  const { diff } = amendment
  return (
    <li className="stack gap-6">
      <div className="row gap-8 wrap-row">
        <StatusTag tone={tones[amendment.state]}>{m.states[amendment.state]}</StatusTag>
        <b>{m.no(amendment.seq)}</b>
        <span className="muted small">
          {m.by(amendment.declaredBy.name, format.dateTime(amendment.declaredAt))} · {m.paused(w.states[amendment.pausedFrom])} ·{' '}
          {w.pauseReasons[amendment.pauseReason] ?? amendment.pauseReason}
        </span>
      </div>
      <p className="wrap">{amendment.reason}</p>
      <div className="row gap-8 wrap-row small">
        <span className="faint">{m.from}</span>
        <HashChip hash={amendment.fromHash} label={m.from} />
        {amendment.toHash ? (
          <>
            <span aria-hidden>→</span>
            <span className="faint">{m.to}</span>
            <HashChip hash={amendment.toHash} label={m.to} />
          </>
        ) : null}
      </div>
      {diff ? (
        <div className="row gap-8 wrap-row small">
          {(['added', 'changed', 'removed'] as const).map((kind) =>
            diff[kind].length > 0 ? (
              <span key={kind}>
                <span className="faint">{m[kind]}</span> <code>{diff[kind].join(' ')}</code>
              </span>
            ) : null,
          )}
          {diff.parts.length > 0 ? (
            <span>
              <span className="faint">{m.also}</span> {diff.parts.map((part) => m.parts[part] ?? part).join(' · ')}
            </span>
          ) : null}
        </div>
      ) : null}
    </li>
  )
}

function UntestedRisk({ change }: { change: ChangeDetail }) {
  const m = useWords(amendmentWords)
  const format = useFormat()
  const tested = change.tests.some((test) => test.planHash === change.planHash && test.verdict === 'pass')
  const given = change.riskAcceptances.filter((one) => one.planHash === change.planHash)
  const asked = change.expedited && !tested && ['approving', 'consenting', 'scheduled'].includes(change.state)
  if (!asked && given.length === 0 && change.testDebts.length === 0) return null
  return (
    <section className="stack gap-8" aria-label={m.risk}>
      <div className="row gap-8">
        <b>{m.risk}</b>
        <RedLineChip rule="RL-05" />
      </div>
      {asked && given.length === 0 ? <p className="muted small wrap">{m.noRisk}</p> : null}
      {asked || given.length > 0 ? (
        <ul className="stack gap-6">
          {(['technical-manager', 'cre'] as const).map((part) => {
            const by = given.find((one) => one.part === part)
            return (
              <li key={part} className="row gap-8 wrap-row">
                <StatusTag tone={by ? 'good' : 'wait'}>{by ? by.person.name : m.waiting}</StatusTag>
                <span>{m.bearers[part]}</span>
                {by ? (
                  <span className="muted small">
                    {format.dateTime(by.at)} {by.note}
                  </span>
                ) : null}
              </li>
            )
          })}
        </ul>
      ) : null}
      {change.testDebts.map((debt) => {
        const late = debt.settledAt === null && Date.parse(change.now) > Date.parse(debt.dueAt)
        return (
          <div key={debt.planHash} className="row gap-8 wrap-row small">
            <StatusTag tone={debt.settledBy === 'test' ? 'good' : debt.settledBy === 'void' ? 'side' : late ? 'bad' : 'wait'}>
              {debt.settledBy ? m.settled[debt.settledBy] : late ? m.late : m.debt}
            </StatusTag>
            {debt.settledBy ? null : <span>{m.owed(format.dateTime(debt.dueAt))}</span>}
            <HashChip hash={debt.planHash} label={m.to} />
          </div>
        )
      })}
    </section>
  )
}
