import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { HeldReason } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag, type Tone } from '@huabiao/ui/patterns/StatusTag'
import { HashChip } from '@huabiao/ui/primitives/Copyable'
import { ActBar } from './ActBar.tsx'
import { AmendmentCard } from './AmendmentCard.tsx'
import { approvalWords } from './approval-words.ts'
import { changeWords } from './change-words.ts'
import { byWeight, GuardList } from './GuardList.tsx'
import { RiskReasons } from './OverviewTab.tsx'
import { PlanDiff } from './PlanDiff.tsx'
import { StageSeats } from './StageSeats.tsx'
import { StandardCard } from './StandardCard.tsx'

const stageTone: Readonly<Record<string, Tone>> = {
  approved: 'good',
  open: 'wait',
  rejected: 'bad',
  voided: 'side',
  waiting: 'neutral',
}

function Stages({ change }: { change: ChangeDetail }) {
  const w = useWords(changeWords)
  const a = useWords(approvalWords)
  const format = useFormat()
  return (
    <Card title={w.stages} extra={change.approval ? <HashChip hash={change.approval.hash} label={w.planHash} /> : null}>
      {change.approval ? (
        <ol className="stages">
          {change.approval.stages.map((stage) => (
            <li key={stage.key}>
              <div className="row gap-8">
                <StatusTag tone={stageTone[stage.state] ?? 'neutral'}>{w.stageStates[stage.state]}</StatusTag>
                <b>{w.stageNames[stage.key.replace(/-\d+$/, '')] ?? stage.key}</b>
                <span className="muted small">{a.quorum(stage.quorum)}</span>
              </div>
              {stage.decisions.map((decision) => (
                <div key={decision.person.id} className="small">
                  <b>{decision.person.name}</b> {{ approve: w.approve, reject: w.rejectIt, return: w.returnIt }[decision.verdict]}{' '}
                  <span className="muted">{format.dateTime(decision.at)}</span> {decision.note}
                </div>
              ))}
              {stage.state === 'open' || stage.state === 'waiting' ? (
                <div className="muted small">
                  {format.labelled(w.candidates, format.list(stage.candidates.map((person) => person.name)) || '—')}
                </div>
              ) : null}
              <StageSeats change={change} stage={stage} />
            </li>
          ))}
        </ol>
      ) : (
        <EmptyState title={a.noChain} icon="audit" compact />
      )}
    </Card>
  )
}

export function ApprovalTab({ change }: { change: ChangeDetail }) {
  const w = useWords(changeWords)
  const format = useFormat()
  const a = useWords(approvalWords)
  return (
    <div className="page-split even">
      <div className="stack gap-16">
        <AmendmentCard change={change} />
        <PlanDiff change={change} />
      </div>
      <div className="stack gap-16">
        <StandardCard change={change} />
        <Decision change={change} />
        {change.standard?.holds ? null : <Stages change={change} />}
        <Against change={change} />
        <RiskReasons change={change} />
        <Card title={w.consents}>
          {change.consents.length === 0 ? <p className="muted">{a.noConsents}</p> : null}
          <ul className="stack gap-8">
            {change.consents.map((consent) => (
              <li key={consent.systemName} className="row gap-8">
                <StatusTag tone={consent.person || consent.preauthorisation ? 'good' : 'wait'}>
                  {consent.person ? w.consented : consent.preauthorisation ? a.preauthorised : w.waitingConsent}
                </StatusTag>
                <span>
                  {consent.systemName} · {consent.unitName}
                </span>
                <span className="muted small push">
                  {consent.person
                    ? `${consent.person.name} ${consent.at ? format.dateTime(consent.at) : ''}`
                    : (consent.preauthorisation ?? '')}
                </span>
              </li>
            ))}
          </ul>
        </Card>
        <Notices change={change} />
        <Card title={w.tests}>
          {change.tests.length === 0 ? <p className="muted">{a.noTests}</p> : null}
          <ul className="stack gap-8">
            {change.tests.map((test) => (
              <li key={test.at} className="stack">
                <div className="row gap-8 wrap-row">
                  <StatusTag tone={test.verdict === 'pass' ? 'good' : 'bad'}>
                    {test.verdict === 'pass' ? w.passed : w.failed}
                  </StatusTag>
                  <b>{test.environment}</b>
                  <span className="muted small">
                    {test.tester.name} · {format.dateTime(test.at)}
                  </span>
                  <HashChip hash={test.planHash} label={w.planHash} />
                </div>
                <span>{test.note}</span>
              </li>
            ))}
          </ul>
        </Card>
      </div>
    </div>
  )
}

/** Acts of the approval that have their place on this page, where their reason stands too. */
export const decisionActs = ['assess', 'recordTest', 'decide', 'acceptRisk', 'consent'] as const

const othersTurn = [
  'access.denied',
  'change.wrong_state',
  'change.not_approver',
  'approval.not_candidate',
  'change.not_risk_bearer',
  'change.already_decided',
]

function Decision({ change }: { change: ChangeDetail }) {
  const a = useWords(approvalWords)
  const mine = change.acts.filter((one) => (decisionActs as readonly string[]).includes(one.act))
  const open = mine.some((one) => one.refusal === null)
  // Somebody whose turn it would be, were it not for a rule, must see the rule (RL-23).
  const held = mine.find((one) => one.refusal && !othersTurn.includes(one.refusal))?.refusal
  return (
    <Card title={a.decide} className={open ? 'due' : ''}>
      <div className="stack gap-12">
        {open ? (
          <div className="row gap-8 wrap-row">
            <ActBar change={change} only={decisionActs} />
          </div>
        ) : held ? (
          <HeldReason code={held} />
        ) : (
          <p className="muted">{a.notYours}</p>
        )}
      </div>
    </Card>
  )
}

/** What can only be met when the change is carried out does not hold back a decision on its plan. */
const metLater: readonly string[] = ['G-WIN', 'G-DUAL', 'G-EXPECT', 'G-SCOPE', 'G-GRANT', 'G-EVID', 'G-AUTH', 'G-CONSENT']
function Against({ change }: { change: ChangeDetail }) {
  const w = useWords(changeWords)
  const a = useWords(approvalWords)
  const against = change.guards.filter(
    (guard) => guard.mode === 'required' && guard.verdict !== 'pass' && !metLater.includes(guard.guard),
  )
  const unfed = change.guards.filter((guard) => guard.mode === 'not-yet-fed')
  return (
    <Card title={w.guards} flush>
      <div className="pad stack gap-6">
        {against.length === 0 ? (
          <StatusTag tone="good" icon="pass">
            {a.clear}
          </StatusTag>
        ) : (
          <b>{a.against}</b>
        )}
        <span className="faint small">{a.later}</span>
      </div>
      <GuardList change={change} guards={byWeight(against)} />
      {unfed.length > 0 ? (
        <details className="more-guards">
          <summary>{a.unfed(unfed.length)}</summary>
          <GuardList change={change} guards={unfed} />
        </details>
      ) : null}
    </Card>
  )
}

/** What each affected customer knows of this plan, and from when the window may begin for them (G-NOTIFY). */
function Notices({ change }: { change: ChangeDetail }) {
  const w = useWords(changeWords)
  const format = useFormat()
  if (change.notices.length === 0) return null
  return (
    <Card title={w.notices}>
      <ul className="stack gap-8">
        {change.notices.map((notice) => (
          <li key={notice.unitName} className="row gap-8 wrap-row">
            <StatusTag tone={notice.receivedAt ? 'good' : 'wait'}>
              {notice.waived ? w.noticeWaived : notice.receivedAt ? w.told : notice.sentAt ? w.noReceipt : w.notTold}
            </StatusTag>
            <span>{notice.unitName}</span>
            <span className="muted small push">
              {notice.earliestStart && !notice.waived ? w.earliestStart(format.dateTime(notice.earliestStart)) : ''}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  )
}
