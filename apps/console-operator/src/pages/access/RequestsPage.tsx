import './access.css'
import { listPermissionRequests, type PermissionRequestView } from '@huabiao/domains/access/access.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { Segmented } from '@huabiao/ui/primitives/Choice'
import { useState } from 'react'
import { Link } from 'react-router'
import { usePages } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { useRoleName } from '../../app/role-names.ts'
import { useParam } from '../../app/use-param.ts'
import { AskDialog } from './AskDialog.tsx'
import { accessWords } from './access-words.ts'
import { grantTones, isOverdue, openStageOf, requestTones } from './request-tones.ts'
import { requestWords } from './request-words.ts'

export function Page() {
  const w = useWords(accessWords)
  const r = useWords(requestWords)
  const can = useCan()
  const [show, setShow] = useParam('show')
  const format = useFormat()
  const nameOf = useRoleName()
  const [asking, setAsking] = useState(false)
  const pages = usePages(listPermissionRequests, {}, { everyMs: 10_000 })
  const isMine = (row: PermissionRequestView) => row.state === 'open' && row.decideRefusal === null
  const mine = show === 'mine'
  const columns: Column<PermissionRequestView>[] = [
    {
      key: 'role',
      title: w.role,
      width: 230,
      render: (row) => (
        <span className="row gap-8">
          <Link to={paths.permissionRequest(row.id)} className="strong">
            {nameOf(row.role)}
          </Link>
          <code className="faint">{row.duty ? `${row.role} · ${row.duty}` : row.role}</code>
        </span>
      ),
    },
    { key: 'person', title: w.applicant, width: 110, render: (row) => row.person.name },
    { key: 'reason', title: w.reason, render: (row) => <span className="clip reason-cell">{row.reason}</span> },
    {
      key: 'progress',
      title: w.progress,
      width: 210,
      render: (row) => {
        const stage = openStageOf(row)
        return (
          <div className="stack gap-4">
            <span
              className="steps-bar"
              role="img"
              aria-label={format.clauses(row.stages.map((one) => `${w.stages[one.key] ?? one.key} ${w.stageStates[one.state]}`))}
            >
              {row.stages.map((one) => (
                <i key={one.key} className={one.state} />
              ))}
            </span>
            {stage ? (
              <span className="small muted">
                {w.stages[stage.key] ?? stage.key} · {format.list(stage.candidates.map((person) => person.name)) || r.nobody}
              </span>
            ) : null}
          </div>
        )
      },
    },
    {
      key: 'state',
      title: w.state,
      width: 180,
      render: (row) => {
        const stage = openStageOf(row)
        return (
          <span className="row gap-4 wrap-row">
            {row.grant ? (
              <StatusTag tone={grantTones[row.grant.state]}>{r.grants[row.grant.state]}</StatusTag>
            ) : (
              <StatusTag tone={requestTones[row.state]}>{r.states[row.state]}</StatusTag>
            )}
            {isMine(row) ? <StatusTag tone="info">{w.mineToDecide}</StatusTag> : null}
            {stage && isOverdue(stage) ? <StatusTag tone="bad">{r.overdue}</StatusTag> : null}
          </span>
        )
      },
    },
    { key: 'until', title: w.until, width: 110, render: (row) => format.date(row.notAfter) },
    {
      key: 'at',
      title: w.created,
      width: 140,
      render: (row) => <span className="nowrap">{format.dateTime(row.createdAt)}</span>,
    },
  ]
  return (
    <ResourcePage
      title={w.requests}
      meta={w.requestsMeta}
      actions={
        <Button tone="primary" icon="plus" onClick={() => setAsking(true)}>
          {w.newRequest}
        </Button>
      }
    >
      <Card
        flush
        label={w.requests}
        title={
          can('permission-request:decide') ? (
            <Segmented
              label={w.state}
              value={mine ? 'mine' : 'all'}
              onChange={(next) => setShow(next === 'all' ? '' : next)}
              options={[
                { value: 'all', label: r.filters.all },
                { value: 'mine', label: r.filters.mine },
              ]}
            />
          ) : undefined
        }
      >
        <ResourceTable
          {...pages}
          rows={mine ? pages.rows?.filter(isMine) : pages.rows}
          label={w.requests}
          columns={columns}
          rowKey={(row) => row.id}
          rowTo={(row) => paths.permissionRequest(row.id)}
          rowTone={(row) => (isMine(row) ? 'wait' : undefined)}
          empty={
            mine ? (
              <EmptyState title={r.noneMine} icon="check" />
            ) : (
              <EmptyState title={w.noRequests} text={w.noRequestsText} icon="request" />
            )
          }
        />
      </Card>
      {asking ? <AskDialog onClose={() => setAsking(false)} /> : null}
    </ResourcePage>
  )
}
