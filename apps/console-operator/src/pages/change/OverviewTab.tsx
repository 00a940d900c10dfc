import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { Card, Facts } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { HashChip } from '@huabiao/ui/primitives/Copyable'
import { toneOfRisk } from './change-tone.ts'
import { changeWords } from './change-words.ts'
import { useCodeWords } from './code-words.ts'
import { DossierCard } from './DossierCard.tsx'
import { byWeight, GuardList } from './GuardList.tsx'

export function RiskReasons({ change }: { change: ChangeDetail }) {
  const w = useWords(changeWords)
  const said = useCodeWords()
  return (
    <Card title={w.why} extra={<StatusTag tone={toneOfRisk(change.risk)}>{w.risks[change.risk]}</StatusTag>}>
      <ul className="stack gap-6">
        {change.riskReasons.map((reason) => (
          <li key={`${reason.factor} ${JSON.stringify(reason.params)}`} className="row gap-8">
            <StatusTag tone={toneOfRisk(reason.risk)}>{reason.risk}</StatusTag>
            {said.factor(reason.factor, reason.params)}
          </li>
        ))}
      </ul>
    </Card>
  )
}

export function OverviewTab({ change }: { change: ChangeDetail }) {
  const w = useWords(changeWords)
  const format = useFormat()
  return (
    <div className="page-split even">
      <div className="stack gap-16">
        <DossierCard change={change} />
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
              { label: w.targets, value: format.list(change.targets.map((target) => target.name)) || '—' },
              { label: w.planHash, value: change.planHash ? <HashChip hash={change.planHash} label={w.planHash} /> : '—' },
              {
                label: w.approvedHash,
                value: change.approvedPlanHash ? <HashChip hash={change.approvedPlanHash} label={w.approvedHash} /> : '—',
              },
            ]}
          />
        </Card>
        <RiskReasons change={change} />
      </div>
      <Card title={w.guards} flush>
        <GuardList change={change} guards={byWeight(change.guards)} />
      </Card>
    </div>
  )
}
