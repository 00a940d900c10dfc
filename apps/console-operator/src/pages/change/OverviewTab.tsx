import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { RedLineChip } from '@huabiao/ui/patterns/RefusalNote'
import { Card, Facts } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { HashChip } from '@huabiao/ui/primitives/Copyable'
import { changeWords } from './change-words.ts'
import { reasonText, useCodeWords } from './code-words.ts'

export function OverviewTab({ change }: { change: ChangeDetail }) {
  const w = useWords(changeWords)
  const format = useFormat()
  const said = useCodeWords()
  const sorted = [...change.guards].sort((a, b) => weight(a) - weight(b))
  return (
    <div className="overview">
      <div className="stack gap-16">
        <Card title={w.facts}>
          <Facts
            columns={2}
            items={[
              { label: w.reason, value: change.reason },
              { label: w.urgency, value: w.urgencies[change.urgency] },
              { label: w.requester, value: change.requester.name },
              { label: w.manager, value: change.manager?.name ?? '—' },
              { label: w.executor, value: change.executor?.name ?? '—' },
              { label: w.reviewer, value: change.reviewer?.name ?? '—' },
              {
                label: w.window,
                value: change.windowStart && change.windowEnd ? format.span(change.windowStart, change.windowEnd) : w.noWindow,
              },
              { label: w.targets, value: change.targets.map((target) => target.name).join('、') || '—' },
              { label: w.planHash, value: change.planHash ? <HashChip hash={change.planHash} label={w.planHash} /> : '—' },
              {
                label: w.approvedHash,
                value: change.approvedPlanHash ? <HashChip hash={change.approvedPlanHash} label={w.approvedHash} /> : '—',
              },
            ]}
          />
        </Card>
        <Card title={w.why}>
          <ul className="stack gap-6">
            {change.riskReasons.map((reason) => (
              <li key={`${reason.factor} ${JSON.stringify(reason.params)}`} className="row gap-8">
                <StatusTag tone={reason.risk === 'R1' ? 'bad' : reason.risk === 'R2' ? 'wait' : 'neutral'}>
                  {reason.risk}
                </StatusTag>
                {said.factor(reason.factor, reason.params)}
              </li>
            ))}
          </ul>
        </Card>
      </div>
      <Card title={w.guards} flush>
        <ul className="guards">
          {sorted.map((guard) => (
            <li key={guard.guard}>
              <StatusTag
                tone={guard.verdict === 'pass' ? 'good' : guard.verdict === 'fail' ? 'bad' : 'neutral'}
                icon={guard.verdict === 'pass' ? 'pass' : guard.verdict === 'fail' ? 'fail' : 'unknown'}
              >
                {w.verdicts[guard.verdict]}
              </StatusTag>
              <div className="stack grow">
                <span>
                  <b>{guard.guard}</b> {said.guard(guard.guard)}
                </span>
                {guard.reasons.length > 0 ? (
                  <span className="muted small">{guard.reasons.map((code) => reasonText(said, code)).join('；')}</span>
                ) : null}
                {guard.feeds && guard.mode === 'not-yet-fed' ? <span className="faint small">{w.feeds(guard.feeds)}</span> : null}
              </div>
              <RedLineChip rule={guard.rule} short />
              <span className={guard.mode === 'required' ? 'small' : 'faint small'}>{w.guardMode[guard.mode]}</span>
            </li>
          ))}
        </ul>
      </Card>
    </div>
  )
}
const weight = (guard: ChangeDetail['guards'][number]): number =>
  guard.verdict === 'fail' ? 0 : guard.verdict === 'unknown' && guard.mode === 'required' ? 1 : guard.verdict === 'pass' ? 2 : 3
