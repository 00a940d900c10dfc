import './access.css'
import { type PermissionRequestView, resumeRole, revokeRole, suspendRole } from '@huabiao/domains/access/access.contract'
import { wearRole } from '@huabiao/domains/identity/identity.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { uiWords } from '@huabiao/ui/i18n/ui-phrases'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card, Facts } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { TextArea } from '@huabiao/ui/primitives/Field'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { useCan, useMe } from '../../api/me.tsx'
import { grantTones } from './request-tones.ts'
import { requestWords } from './request-words.ts'

type Grant = NonNullable<PermissionRequestView['grant']>
type Act = 'suspend' | 'resume' | 'revoke'

/** What came of a request: how long it still holds, and what its holder and the security administrator may do with it. */
export function GrantCard({ request, grant }: { request: PermissionRequestView; grant: Grant }) {
  const w = useWords(requestWords)
  const format = useFormat()
  const can = useCan()
  const me = useMe()
  const [act, setAct] = useState<Act>()
  const inForce = grant.state === 'active' || grant.state === 'expiring'
  const over = grant.state === 'ended' || grant.state === 'revoked'
  const mine = request.person.id === me.person.id
  return (
    <Card title={w.grant} extra={<StatusTag tone={grantTones[grant.state]}>{w.grants[grant.state]}</StatusTag>}>
      <div className="stack gap-16">
        <Facts
          items={[
            { label: w.term, value: `${format.dateTime(grant.notBefore)} – ${format.dateTime(grant.notAfter)}` },
            { label: w.left, value: over ? w.nobody : format.duration(Date.parse(grant.notAfter) - Date.now()) },
          ]}
        />
        {mine && inForce ? <Wear role={request.role} /> : null}
        {!mine && !over && can('role:grant') ? (
          <div className="row gap-8">
            <Button onClick={() => setAct(grant.state === 'suspended' ? 'resume' : 'suspend')}>
              {grant.state === 'suspended' ? w.resume : w.suspend}
            </Button>
            <Button tone="danger" onClick={() => setAct('revoke')}>
              {w.revoke}
            </Button>
          </div>
        ) : null}
      </div>
      {act ? <ActDialog act={act} bindingId={grant.bindingId} onClose={() => setAct(undefined)} /> : null}
    </Card>
  )
}

function Wear({ role }: { role: string }) {
  const w = useWords(requestWords)
  const me = useMe()
  const wear = useAct(wearRole, { onDone: () => toast(w.wornToast) })
  if (me.role === role) return <StatusTag tone="info">{w.worn}</StatusTag>
  return (
    <div className="stack gap-8">
      {wear.error ? <ProblemNote error={wear.error} compact /> : null}
      <p className="muted small">{w.wearText}</p>
      <div>
        <Button tone="primary" icon="role" busy={wear.isPending} onClick={() => wear.mutate({ body: { role } })}>
          {w.wear}
        </Button>
      </div>
    </div>
  )
}

function ActDialog({ act, bindingId, onClose }: { act: Act; bindingId: string; onClose: () => void }) {
  const w = useWords(requestWords)
  const ui = useWords(uiWords)
  const [reason, setReason] = useState('')
  const done = {
    onDone: () => {
      toast(w.done)
      onClose()
    },
  }
  const hold = useAct(act === 'suspend' ? suspendRole : resumeRole, done)
  const revoke = useAct(revokeRole, done)
  const params = { bindingId }
  const error = hold.error ?? revoke.error
  const asksWhy = act !== 'revoke'
  const run = () => (asksWhy ? hold.mutate({ params, body: { reason: reason.trim() } }) : revoke.mutate({ params }))
  return (
    <Dialog
      title={w[act]}
      open
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone={act === 'resume' ? 'primary' : 'danger-solid'}
            busy={hold.isPending || revoke.isPending}
            disabledReason={!asksWhy || reason.trim() ? undefined : ui.missing(w.why)}
            onClick={run}
          >
            {w[act]}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {error ? <ProblemNote error={error} compact /> : null}
        <p>{w[`${act}Text`]}</p>
        {asksWhy ? (
          <TextArea label={w.why} value={reason} onChange={setReason} required maxLength={500} hint={w.whyHint} autoFocus />
        ) : null}
      </div>
    </Dialog>
  )
}
