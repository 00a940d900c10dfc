import './change.css'
import { type ChangeDetail, getChange } from '@huabiao/domains/change/change.contract'
import { isFinal, isRunning } from '@huabiao/domains/change/change.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { StateBadge, StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Skeleton } from '@huabiao/ui/primitives/Skeleton'
import { Tabs } from '@huabiao/ui/primitives/Tabs'
import { useParams } from 'react-router'
import { useApi } from '../../api/hooks.ts'
import { paths } from '../../app/paths.ts'
import { useParam } from '../../app/use-param.ts'
import { ObserveButton } from '../session/ObserveDialog.tsx'
import { ActBar } from './ActBar.tsx'
import { ApprovalTab, decisionActs } from './ApprovalTab.tsx'
import { CockpitTab, cockpitActs } from './CockpitTab.tsx'
import { toneOf, toneOfRisk } from './change-tone.ts'
import { changeWords } from './change-words.ts'
import { DeadlineTag, MissingTable } from './DeadlineTag.tsx'
import { OverviewTab } from './OverviewTab.tsx'
import { PlanView } from './PlanView.tsx'
import { StatePath } from './StatePath.tsx'
import { TimelineTab } from './TimelineTab.tsx'

const tabs = ['overview', 'plan', 'approval', 'cockpit', 'timeline'] as const
type TabKey = (typeof tabs)[number]
const first = (change: ChangeDetail): TabKey =>
  isRunning(change.state) || change.state === 'paused' || change.state === 'ready'
    ? 'cockpit'
    : change.state === 'approving' || change.state === 'consenting'
      ? 'approval'
      : 'overview'

export function Page() {
  const { changeId = '' } = useParams()
  const w = useWords(changeWords)
  const format = useFormat()
  const [asked, setAsked] = useParam('tab')
  const { data: change, error } = useApi(getChange, { params: { changeId } }, { everyMs: 3_000 })
  if (!change)
    return (
      <ResourcePage title={w.title} crumbs={[{ to: paths.changes, label: w.title }]}>
        {error ? <ProblemNote error={error} /> : <Skeleton lines={8} height={28} />}
      </ResourcePage>
    )
  const tab = (tabs as readonly string[]).includes(asked) ? (asked as TabKey) : first(change)
  return (
    <ResourcePage
      title={change.title}
      crumbs={[{ to: paths.changes, label: w.title }]}
      here={change.no}
      badges={
        <>
          <StateBadge tone={toneOf(change.state)} live={isRunning(change.state)}>
            {w.states[change.state]}
            {change.outcome && isFinal(change.state) ? ` · ${w.outcome[change.outcome]}` : ''}
          </StateBadge>
          <StatusTag tone={toneOfRisk(change.risk)}>{w.risks[change.risk]}</StatusTag>
          <DeadlineTag change={change} />
        </>
      }
      meta={
        <>
          <span>{format.list(change.systemNames)}</span>
          <span>{change.windowStart && change.windowEnd ? format.span(change.windowStart, change.windowEnd) : w.noWindow}</span>
          <span>
            {w.executor} {change.executor?.name ?? '—'} · {w.reviewer} {change.reviewer?.name ?? '—'}
          </span>
        </>
      }
      actions={
        <>
          <ObserveButton change={change} />
          <ActBar change={change} except={tab === 'cockpit' ? cockpitActs : tab === 'approval' ? decisionActs : []} />
        </>
      }
      tabs={<Tabs label={w.title} active={tab} onChange={setAsked} tabs={tabs.map((key) => ({ key, label: w.tabs[key] }))} />}
    >
      <div className="stack gap-16">
        {tab === 'cockpit' ? null : <StatePath change={change} />}
        <MissingTable change={change} />
        {tab === 'overview' ? <OverviewTab change={change} /> : null}
        {tab === 'plan' ? <PlanView change={change} /> : null}
        {tab === 'approval' ? <ApprovalTab change={change} /> : null}
        {tab === 'cockpit' ? <CockpitTab change={change} /> : null}
        {tab === 'timeline' ? <TimelineTab change={change} /> : null}
      </div>
    </ResourcePage>
  )
}
