import './lifecycle.css'
import { type CampaignView, getCampaign } from '@huabiao/domains/lifecycle/lifecycle-review.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { StateBadge, StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Skeleton } from '@huabiao/ui/primitives/Skeleton'
import { useParams } from 'react-router'
import { codeOf } from '../../api/client.ts'
import { useApi } from '../../api/hooks.ts'
import { paths } from '../../app/paths.ts'
import { CampaignReport } from './CampaignReport.tsx'
import { lifecycleWords } from './lifecycle-words.ts'
import { ReviewTable } from './ReviewTable.tsx'
import { reviewWords } from './review-words.ts'

export function Page() {
  const w = useWords(reviewWords)
  const l = useWords(lifecycleWords)
  const { campaignId = '' } = useParams()
  const { data, error } = useApi(getCampaign, { params: { campaignId } })
  if (data) return <Campaign of={data} />
  return (
    <ResourcePage title={l.tabs.reviews} crumbs={[{ to: paths.recertifications, label: l.tabs.reviews }]}>
      {codeOf(error) === 'lifecycle.campaign_not_found' ? (
        <EmptyState title={w.notFound} icon="search" />
      ) : error ? (
        <ProblemNote error={error} />
      ) : (
        <Skeleton lines={8} height={20} />
      )}
    </ResourcePage>
  )
}

function Campaign({ of }: { of: CampaignView }) {
  const w = useWords(reviewWords)
  const l = useWords(lifecycleWords)
  const format = useFormat()
  return (
    <ResourcePage
      crumbs={[{ to: paths.recertifications, label: l.tabs.reviews }]}
      here={of.name}
      title={of.name}
      badges={
        <>
          <StateBadge tone={of.closedAt ? 'good' : 'info'}>{of.closedAt ? w.closed : w.running}</StateBadge>
          {of.mine > 0 ? <StatusTag tone="wait">{w.mine(of.mine)}</StatusTag> : null}
        </>
      }
      meta={
        <>
          <span>
            {w.due} {format.dateTime(of.dueAt)}
          </span>
          <span>
            {w.opened} {of.openedBy ?? w.scheduled} {format.date(of.openedAt)}
          </span>
          <span>
            {w.verdicts.keep} {of.kept} · {w.verdicts.revoke} {of.revoked} · {w.waiting} {of.closedAt ? 0 : of.undecided}
          </span>
        </>
      }
    >
      <div className="stack gap-16">
        {of.closedAt && of.reportSm3 ? <CampaignReport of={of} /> : null}
        <ReviewTable of={of} />
      </div>
    </ResourcePage>
  )
}
