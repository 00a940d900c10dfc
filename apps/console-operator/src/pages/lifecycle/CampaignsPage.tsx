import { type CampaignItem, listCampaigns } from '@huabiao/domains/lifecycle/lifecycle-review.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { usePages } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { useRoleName } from '../../app/role-names.ts'
import { lifecycleWords } from './lifecycle-words.ts'
import { OpenCampaignDrawer } from './OpenCampaignDrawer.tsx'
import { PeopleTabs } from './PeopleTabs.tsx'
import { reviewWords } from './review-words.ts'

function useColumns(): Column<CampaignItem>[] {
  const w = useWords(reviewWords)
  const format = useFormat()
  const roleName = useRoleName()
  return [
    {
      key: 'name',
      title: w.name,
      render: (row) => (
        <span className="row gap-8">
          <Link className="strong clip" to={paths.recertification(row.id)}>
            {row.name}
          </Link>
          {row.mine > 0 ? <StatusTag tone="wait">{w.mine(row.mine)}</StatusTag> : null}
        </span>
      ),
    },
    {
      key: 'scope',
      title: w.scope,
      width: '26%',
      render: (row) => {
        const text = format.list([...row.roles.map(roleName), ...row.departments, ...row.systems]) || w.everything
        return (
          <span className="cut" title={text}>
            {text}
          </span>
        )
      },
    },
    { key: 'progress', title: w.progress, width: 90, render: (row) => w.decided(row.kept + row.revoked, row.items) },
    { key: 'due', title: w.due, width: 140, render: (row) => format.dateTime(row.dueAt) },
    {
      key: 'state',
      title: w.state,
      width: 100,
      render: (row) => <StatusTag tone={row.closedAt ? 'neutral' : 'info'}>{row.closedAt ? w.closed : w.running}</StatusTag>,
    },
    {
      key: 'opened',
      title: w.opened,
      width: 190,
      render: (row) => `${row.openedBy ?? w.scheduled} ${format.date(row.openedAt)}`,
    },
  ]
}

export function Page() {
  const w = useWords(reviewWords)
  const l = useWords(lifecycleWords)
  const can = useCan()
  const navigate = useNavigate()
  const columns = useColumns()
  const [opening, setOpening] = useState(false)
  const pages = usePages(listCampaigns)
  return (
    <ResourcePage
      title={l.title}
      meta={w.meta}
      tabs={<PeopleTabs />}
      actions={
        <Button
          tone="primary"
          icon="plus"
          disabledReason={can('lifecycle:recertify') ? undefined : w.notAllowed}
          onClick={() => setOpening(true)}
        >
          {w.open}
        </Button>
      }
    >
      <Card flush label={l.tabs.reviews}>
        <ResourceTable
          {...pages}
          label={l.tabs.reviews}
          columns={columns}
          rowKey={(row) => row.id}
          rowTo={(row) => paths.recertification(row.id)}
          empty={<EmptyState title={w.none} text={w.noneText} icon="audit" />}
        />
      </Card>
      {opening ? (
        <OpenCampaignDrawer onClose={() => setOpening(false)} onDone={(id) => void navigate(paths.recertification(id))} />
      ) : null}
    </ResourcePage>
  )
}
