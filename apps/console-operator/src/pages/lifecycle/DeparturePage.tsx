import './lifecycle.css'
import { type DepartureView, getDeparture } from '@huabiao/domains/lifecycle/lifecycle.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card, Facts, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { StateBadge, StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Skeleton } from '@huabiao/ui/primitives/Skeleton'
import { useParams } from 'react-router'
import { codeOf } from '../../api/client.ts'
import { useApi } from '../../api/hooks.ts'
import { paths } from '../../app/paths.ts'
import { DepartureActs } from './DepartureActs.tsx'
import { departureTones } from './departure-tones.ts'
import { HandoverCard } from './HandoverCard.tsx'
import { lifecycleWords } from './lifecycle-words.ts'

/** One departure: what is still in the person's hands, how it leaves them, and what ends by itself. */
export function Page() {
  const w = useWords(lifecycleWords)
  const { departureId = '' } = useParams()
  const { data, error } = useApi(getDeparture, { params: { departureId } }, { everyMs: 10_000 })
  if (data) return <Departure of={data} />
  return (
    <ResourcePage title={w.title} crumbs={[{ to: paths.people, label: w.title }]}>
      {codeOf(error) === 'lifecycle.not_found' ? (
        <EmptyState title={w.notFound} icon="search" />
      ) : error ? (
        <ProblemNote error={error} />
      ) : (
        <Skeleton lines={8} height={20} />
      )}
    </ResourcePage>
  )
}

function Departure({ of }: { of: DepartureView }) {
  const w = useWords(lifecycleWords)
  const format = useFormat()
  const running = of.state === 'notice' || of.state === 'cut'
  return (
    <ResourcePage
      crumbs={[{ to: paths.people, label: w.title }]}
      here={of.person.name}
      title={`${of.person.name} · ${w.kinds[of.kind]}`}
      badges={
        <>
          <StateBadge tone={departureTones[of.state]}>{w.states[of.state]}</StateBadge>
          {running ? (
            <StatusTag tone={of.open > 0 ? 'wait' : 'good'}>{of.open > 0 ? w.openCount(of.open) : w.allSettled}</StatusTag>
          ) : null}
        </>
      }
      meta={
        <>
          <span>
            {w.lastDay} {of.lastDay}
          </span>
          <span>
            {w.goneAt} {format.dateTime(of.goneAt)}
          </span>
        </>
      }
      actions={<DepartureActs of={of} />}
    >
      <div className="page-split lifecycle-layout">
        <div className="stack gap-16">
          {of.state === 'proposed' ? <p className="muted">{w.confirmBefore}</p> : null}
          <HandoverCard of={of} show="open" />
          <HandoverCard of={of} show="settled" />
          <HandoverCard of={of} show="ends" />
        </div>
        <Card title={w.declared}>
          <Facts
            items={[
              { label: w.reason, value: w.sourceReasons[of.reason] ?? of.reason },
              ...(of.toPost ? [{ label: w.to, value: `${of.toDepartment ? `${of.toDepartment} · ` : ''}${of.toPost}` }] : []),
              {
                label: w.declared,
                value: `${of.declaredBy ?? w.byDirectory(of.source)} ${format.dateTime(of.declaredAt)}`,
              },
              ...(of.cutAt ? [{ label: w.cutAt, value: format.dateTime(of.cutAt) }] : []),
              ...(of.completedAt
                ? [{ label: w.completed, value: `${of.completedBy ?? ''} ${format.dateTime(of.completedAt)}` }]
                : []),
              ...(of.cancelReason ? [{ label: w.revoke, value: w.sourceReasons[of.cancelReason] ?? of.cancelReason }] : []),
            ]}
          />
        </Card>
      </div>
    </ResourcePage>
  )
}
