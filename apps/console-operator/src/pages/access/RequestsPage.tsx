import './access.css'
import {
  createPermissionRequest,
  listPermissionRequests,
  type PermissionRequestView,
} from '@huabiao/domains/access/access.contract'
import { exclusionOf, grantMaxDays, isRole, type RoleCode, roleCodes, roles } from '@huabiao/domains/access/access.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { type Column, ResourceTable } from '@huabiao/ui/patterns/ResourceTable'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { SelectField } from '@huabiao/ui/primitives/Choice'
import { DateTimeField } from '@huabiao/ui/primitives/DateTimeField'
import { TextArea, TextField } from '@huabiao/ui/primitives/Field'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { useAct, usePages } from '../../api/hooks.ts'
import { useMe } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { useRoleName } from '../../app/role-names.ts'
import { accessWords } from './access-words.ts'
import { requestTones } from './request-tones.ts'

export function Page() {
  const w = useWords(accessWords)
  const format = useFormat()
  const nameOf = useRoleName()
  const [asking, setAsking] = useState(false)
  const pages = usePages(listPermissionRequests)
  const isMine = (row: PermissionRequestView) => row.state === 'open' && row.decideRefusal === null
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
      width: 130,
      render: (row) => (
        <span
          className="steps-bar"
          role="img"
          aria-label={row.stages.map((stage) => `${w.stages[stage.key] ?? stage.key} ${w.stageStates[stage.state]}`).join('；')}
        >
          {row.stages.map((stage) => (
            <i key={stage.key} className={stage.state} />
          ))}
        </span>
      ),
    },
    {
      key: 'state',
      title: w.state,
      width: 200,
      render: (row) => (
        <span className="row gap-4">
          <StatusTag tone={requestTones[row.state]}>{w.requestStates[row.state]}</StatusTag>
          {isMine(row) ? <StatusTag tone="info">{w.mineToDecide}</StatusTag> : null}
        </span>
      ),
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
      <Card flush label={w.requests}>
        <ResourceTable
          {...pages}
          label={w.requests}
          columns={columns}
          rowKey={(row) => row.id}
          rowTo={(row) => paths.permissionRequest(row.id)}
          rowTone={(row) => (isMine(row) ? 'wait' : undefined)}
          empty={<EmptyState title={w.noRequests} text={w.noRequestsText} icon="request" />}
        />
      </Card>
      {asking ? <AskDialog onClose={() => setAsking(false)} /> : null}
    </ResourcePage>
  )
}

/** Appointed by the ceremony or by a security administrator; the server refuses to take a request for them. */
const appointed: readonly RoleCode[] = ['PAD', 'SEC', 'AUD', 'TAU', 'GMU', 'SPV']

function AskDialog({ onClose }: { onClose: () => void }) {
  const w = useWords(accessWords)
  const nameOf = useRoleName()
  const me = useMe()
  const navigate = useNavigate()
  const [role, setRole] = useState<RoleCode | ''>('')
  const [duty, setDuty] = useState('')
  const [reason, setReason] = useState('')
  const [notAfter, setNotAfter] = useState<string | null>(null)
  const ask = useAct(createPermissionRequest, {
    onDone: (request) => {
      toast(w.submitted)
      void navigate(paths.permissionRequest(request.id))
    },
  })
  const why = (code: RoleCode): string | undefined => {
    if (appointed.includes(code)) return w.appointed
    if (!roles[code].parties.includes(me.tenant.party)) return w.unfitAsk
    const clash = me.roles.find((one) => isRole(one) && exclusionOf(one, code) === 'static')
    return clash ? w.clashAsk(nameOf(clash)) : undefined
  }
  const complete = role && reason.trim() && notAfter
  return (
    <Dialog
      title={w.newRequest}
      open
      onClose={onClose}
      width={560}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={ask.isPending}
            disabledReason={complete ? undefined : w.reason}
            onClick={() => complete && ask.mutate({ body: { role, duty: duty || null, reason, notAfter } })}
          >
            {w.submit}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {ask.error ? <ProblemNote error={ask.error} compact /> : null}
        <p className="muted">{w.requestsMeta}</p>
        <SelectField
          label={w.role}
          required
          value={role}
          placeholder={w.role}
          onChange={(code) => isRole(code) && setRole(code)}
          options={roleCodes.map((code) => {
            const reasonNot = why(code)
            return {
              value: code,
              label: `${code} ${nameOf(code)}${reasonNot ? `（${reasonNot}）` : ''}`,
              disabled: reasonNot !== undefined,
            }
          })}
        />
        <TextField label={w.duty} value={duty} onChange={setDuty} mono maxLength={40} hint={w.dutyHint} />
        <TextArea label={w.reason} value={reason} onChange={setReason} required maxLength={500} />
        <DateTimeField
          label={w.until}
          value={notAfter}
          onChange={setNotAfter}
          required
          hint={w.windowHint}
          maxDays={grantMaxDays}
        />
      </div>
    </Dialog>
  )
}
