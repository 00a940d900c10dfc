import './access.css'
import {
  decidePermissionRequest,
  getPermissionRequest,
  type PermissionRequestView,
  withdrawPermissionRequest,
} from '@huabiao/domains/access/access.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote, RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Card, Facts, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { StateBadge } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { TextArea } from '@huabiao/ui/primitives/Field'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { Skeleton } from '@huabiao/ui/primitives/Skeleton'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useParams } from 'react-router'
import { codeOf } from '../../api/client.ts'
import { useAct, useApi } from '../../api/hooks.ts'
import { useMe } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { useRoleName } from '../../app/role-names.ts'
import { accessWords } from './access-words.ts'
import { GrantCard } from './GrantCard.tsx'
import { RequestChain } from './RequestChain.tsx'
import { openStageOf, requestTones } from './request-tones.ts'
import { requestWords } from './request-words.ts'

/** One request: what is asked, whose turn it is and since when, the decision where it is the reader's, and what came of it. */
export function Page() {
  const w = useWords(accessWords)
  const { requestId = '' } = useParams()
  const { data, error } = useApi(getPermissionRequest, { params: { requestId } }, { everyMs: 5_000 })
  if (data) return <Request request={data} />
  return (
    <ResourcePage title={w.requests} crumbs={[{ to: paths.permissionRequests, label: w.requests }]}>
      {codeOf(error) === 'access.request_not_found' ? (
        <EmptyState title={w.notFound} icon="search" />
      ) : error ? (
        <ProblemNote error={error} />
      ) : (
        <Skeleton lines={8} height={20} />
      )}
    </ResourcePage>
  )
}

function Request({ request }: { request: PermissionRequestView }) {
  const w = useWords(accessWords)
  const r = useWords(requestWords)
  const format = useFormat()
  const nameOf = useRoleName()
  const me = useMe()
  const [leaving, setLeaving] = useState(false)
  const stage = openStageOf(request)
  return (
    <ResourcePage
      crumbs={[{ to: paths.permissionRequests, label: w.requests }]}
      title={`${request.person.name} · ${nameOf(request.role)}`}
      badges={<StateBadge tone={requestTones[request.state]}>{r.states[request.state]}</StateBadge>}
      meta={
        <>
          <span>
            {w.created} {format.dateTime(request.createdAt)}
          </span>
          {stage ? <span className="strong">{r.waitsFor(w.stages[stage.key] ?? stage.key)}</span> : null}
          {request.state === 'open' ? (
            <span>
              {r.expiresAt} {format.dateTime(request.expiresAt)}
            </span>
          ) : request.decidedAt ? (
            <span>
              {w.decided} {format.dateTime(request.decidedAt)}
            </span>
          ) : null}
        </>
      }
      actions={
        request.state === 'open' && request.person.id === me.person.id ? (
          <Button onClick={() => setLeaving(true)}>{w.withdraw}</Button>
        ) : undefined
      }
    >
      <div className="page-split two-columns">
        <div className="stack gap-16">
          <Card title={r.asked}>
            <Facts
              items={[
                { label: w.applicant, value: request.person.name },
                {
                  label: w.role,
                  value: (
                    <>
                      {nameOf(request.role)} <code className="faint">{request.role}</code>
                    </>
                  ),
                },
                {
                  label: w.duty,
                  value: request.duty ? (r.duties[request.duty] ?? request.duty) : <span className="faint">{w.none}</span>,
                },
                { label: w.window, value: `${format.dateTime(request.notBefore)} – ${format.dateTime(request.notAfter)}` },
                { label: w.reason, value: <span className="pre-line">{request.reason}</span> },
              ]}
            />
          </Card>
          {request.state === 'open' ? <Decide request={request} /> : null}
          {request.grant ? <GrantCard request={request} grant={request.grant} /> : null}
        </div>
        <Card title={w.chain}>
          <RequestChain stages={request.stages} />
        </Card>
      </div>
      {leaving ? <WithdrawDialog requestId={request.id} onClose={() => setLeaving(false)} /> : null}
    </ResourcePage>
  )
}

function Decide({ request }: { request: PermissionRequestView }) {
  const w = useWords(accessWords)
  const r = useWords(requestWords)
  const me = useMe()
  const [note, setNote] = useState('')
  const decide = useAct(decidePermissionRequest, { onDone: () => toast(w.decided) })
  const say = (verdict: 'approve' | 'reject') => decide.mutate({ params: { requestId: request.id }, body: { verdict, note } })
  if (request.decideRefusal)
    return (
      <Card title={w.decideTitle}>
        {request.person.id === me.person.id ? r.own : <RefusalHint code={request.decideRefusal} />}
      </Card>
    )
  return (
    <Card title={w.decideTitle}>
      <div className="stack gap-12">
        {decide.error ? <ProblemNote error={decide.error} compact /> : null}
        <TextArea label={w.note} value={note} onChange={setNote} hint={w.noteHint} maxLength={2000} />
        <div className="row gap-8">
          <Button tone="primary" icon="check" busy={decide.isPending} onClick={() => say('approve')}>
            {w.approve}
          </Button>
          <Button tone="danger" disabledReason={note.trim() ? undefined : w.noteHint} onClick={() => say('reject')}>
            {w.reject}
          </Button>
        </div>
      </div>
    </Card>
  )
}

function WithdrawDialog({ requestId, onClose }: { requestId: string; onClose: () => void }) {
  const w = useWords(accessWords)
  const r = useWords(requestWords)
  const withdraw = useAct(withdrawPermissionRequest, {
    onDone: () => {
      toast(w.withdrawn)
      onClose()
    },
  })
  return (
    <Dialog
      title={w.withdraw}
      open
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button tone="danger-solid" busy={withdraw.isPending} onClick={() => withdraw.mutate({ params: { requestId } })}>
            {w.withdraw}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {withdraw.error ? <ProblemNote error={withdraw.error} compact /> : null}
        <p>{r.confirmWithdraw}</p>
      </div>
    </Dialog>
  )
}
