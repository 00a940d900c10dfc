import './access.css'
import {
  decidePermissionRequest,
  listPermissionRequests,
  type PermissionRequestView,
  withdrawPermissionRequest,
} from '@huabiao/domains/access/access.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote, RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Card, Facts, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { StateBadge, StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { TextArea } from '@huabiao/ui/primitives/Field'
import { Icon } from '@huabiao/ui/primitives/Icon'
import { Skeleton } from '@huabiao/ui/primitives/Skeleton'
import { toast } from '@huabiao/ui/primitives/toast'
import { useEffect, useState } from 'react'
import { useParams } from 'react-router'
import { useAct, usePages } from '../../api/hooks.ts'
import { useMe } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { useRoleName } from '../../app/role-names.ts'
import { accessWords } from './access-words.ts'
import { requestTones } from './request-tones.ts'

/** One request: what is asked, who has decided, who decides next, and the decision where it is the reader's. */
export function Page() {
  const w = useWords(accessWords)
  const { requestId } = useParams()
  const { rows, error, hasMore, onMore, loadingMore } = usePages(listPermissionRequests, { limit: 100 })
  const request = rows?.find((row) => row.id === requestId)
  // The contract has a list and no single look-up: the pages are walked until the request is there.
  useEffect(() => {
    if (rows && !request && hasMore && !loadingMore) onMore()
  }, [rows, request, hasMore, loadingMore, onMore])
  if (error) return <ProblemNote error={error} />
  if (request) return <Request request={request} />
  if (rows && !hasMore) return <EmptyState title={w.notFound} icon="search" />
  return (
    <div className="pad">
      <Skeleton lines={8} height={20} />
    </div>
  )
}

function Request({ request }: { request: PermissionRequestView }) {
  const w = useWords(accessWords)
  const format = useFormat()
  const nameOf = useRoleName()
  const me = useMe()
  const withdraw = useAct(withdrawPermissionRequest, { onDone: () => toast(w.withdrawn) })
  return (
    <ResourcePage
      crumbs={[{ to: paths.permissionRequests, label: w.requests }]}
      title={`${request.person.name} · ${nameOf(request.role)}`}
      badges={<StateBadge tone={requestTones[request.state]}>{w.requestStates[request.state]}</StateBadge>}
      meta={
        <>
          <span>
            {w.created} {format.dateTime(request.createdAt)}
          </span>
          {request.decidedAt ? (
            <span>
              {w.decided} {format.dateTime(request.decidedAt)}
            </span>
          ) : null}
        </>
      }
      actions={
        request.state === 'open' && request.person.id === me.person.id ? (
          <Button busy={withdraw.isPending} onClick={() => withdraw.mutate({ params: { requestId: request.id } })}>
            {w.withdraw}
          </Button>
        ) : undefined
      }
    >
      <div className="two-columns">
        <div className="stack gap-16">
          {withdraw.error ? <ProblemNote error={withdraw.error} /> : null}
          <Card title={w.newRequest}>
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
                { label: w.duty, value: request.duty ? <code>{request.duty}</code> : <span className="faint">{w.none}</span> },
                { label: w.window, value: `${format.dateTime(request.notBefore)} – ${format.dateTime(request.notAfter)}` },
                { label: w.reason, value: <span className="pre-line">{request.reason}</span> },
              ]}
            />
          </Card>
          {request.state === 'open' ? <Decide request={request} /> : null}
        </div>
        <Card title={w.chain}>
          <ol className="chain">
            {request.stages.map((stage, index) => (
              <li key={stage.key}>
                <span className={`chain-mark ${stage.state}`} aria-hidden>
                  {stage.state === 'approved' ? (
                    <Icon name="check" />
                  ) : stage.state === 'rejected' ? (
                    <Icon name="close" />
                  ) : (
                    index + 1
                  )}
                </span>
                <div className="stack gap-4">
                  <span className="row gap-8">
                    <span className="strong">{w.stages[stage.key] ?? stage.key}</span>
                    <StatusTag
                      tone={
                        stage.state === 'approved'
                          ? 'good'
                          : stage.state === 'rejected'
                            ? 'bad'
                            : stage.state === 'open'
                              ? 'wait'
                              : 'neutral'
                      }
                    >
                      {w.stageStates[stage.state]}
                    </StatusTag>
                  </span>
                  {stage.decisions.map((decision) => (
                    <div key={decision.person.id} className="stack">
                      <span>
                        {decision.person.name} {w.verdicts[decision.verdict]}
                        <span className="faint small"> {format.dateTime(decision.at)}</span>
                      </span>
                      {decision.note ? <span className="muted small pre-line">{decision.note}</span> : null}
                    </div>
                  ))}
                  {stage.decisions.length === 0 && stage.state !== 'voided' ? (
                    <span className="muted small">
                      {w.candidates}：{stage.candidates.map((person) => person.name).join('、') || w.none}
                    </span>
                  ) : null}
                </div>
              </li>
            ))}
          </ol>
        </Card>
      </div>
    </ResourcePage>
  )
}

function Decide({ request }: { request: PermissionRequestView }) {
  const w = useWords(accessWords)
  const [note, setNote] = useState('')
  const decide = useAct(decidePermissionRequest, { onDone: () => toast(w.decided) })
  const why = request.decideRefusal ? <RefusalHint code={request.decideRefusal} /> : undefined
  const say = (verdict: 'approve' | 'reject') => decide.mutate({ params: { requestId: request.id }, body: { verdict, note } })
  return (
    <Card title={w.decideTitle}>
      <div className="stack gap-12">
        {decide.error ? <ProblemNote error={decide.error} compact /> : null}
        <TextArea label={w.note} value={note} onChange={setNote} hint={w.noteHint} maxLength={2000} />
        <div className="row gap-8">
          <Button tone="primary" icon="check" disabledReason={why} busy={decide.isPending} onClick={() => say('approve')}>
            {w.approve}
          </Button>
          <Button tone="danger" disabledReason={why ?? (note.trim() ? undefined : w.noteHint)} onClick={() => say('reject')}>
            {w.reject}
          </Button>
        </div>
      </div>
    </Card>
  )
}
