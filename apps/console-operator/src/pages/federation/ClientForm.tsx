import './federation.css'
import { requestOidcClient } from '@huabiao/domains/federation/federation-client.contract'
import { type ClientClaim, clientClaims, redirectRefusal } from '@huabiao/domains/federation/federation-client.model'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote, RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { Checkbox } from '@huabiao/ui/primitives/Choice'
import { TextArea, TextField } from '@huabiao/ui/primitives/Field'
import { Dialog, Drawer } from '@huabiao/ui/primitives/Overlay'
import { useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { OnceSecret } from '../organization/OnceSecret.tsx'
import { clientWords } from './client-words.ts'

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

/** A registration as it is asked for; another person admits it. Its secret is shown here and never again. */
export function ClientForm({ onClose }: { onClose: () => void }) {
  const w = useWords(clientWords)
  const [draft, setDraft] = useState({ clientId: '', nameZh: '', nameEn: '', redirects: '', logouts: '', reason: '' })
  const [claims, setClaims] = useState<readonly ClientClaim[]>(['name', 'unit'])
  const [confidential, setConfidential] = useState(true)
  const request = useAct(requestOidcClient)
  const text = (name: keyof typeof draft) => ({
    value: draft[name],
    onChange: (value: string) => setDraft({ ...draft, [name]: value }),
  })
  const { clientId, nameZh, nameEn, reason } = draft
  const [redirectUris, postLogoutUris] = [lines(draft.redirects), lines(draft.logouts)]
  const body = { clientId, nameZh, nameEn, reason, redirectUris, postLogoutUris, claims: [...claims], confidential }
  const isComplete = requestOidcClient.body.safeParse(body).success
  const wrong = redirectUris.length > 0 ? redirectRefusal([...redirectUris, ...postLogoutUris]) : undefined
  if (request.data) return <Registered secret={request.data.secret} onClose={onClose} />
  return (
    <Drawer
      title={w.add}
      open
      onClose={onClose}
      width={680}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={request.isPending}
            disabledReason={wrong ? <RefusalHint code={wrong} /> : isComplete ? undefined : w.fill}
            onClick={() => request.mutate({ body })}
          >
            {w.add}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {request.error ? <ProblemNote error={request.error} compact /> : null}
        <TextField label={w.clientId} {...text('clientId')} required mono hint={w.idHint} maxLength={60} />
        <div className="source-two">
          <TextField label={w.nameZh} {...text('nameZh')} required maxLength={120} />
          <TextField label={w.nameEn} {...text('nameEn')} required maxLength={120} />
        </div>
        <TextArea label={w.redirects} {...text('redirects')} required rows={2} mono hint={w.redirectHint} />
        <TextArea label={w.logouts} {...text('logouts')} rows={1} mono />
        <fieldset className="stack gap-6">
          <legend>{w.claims}</legend>
          {clientClaims.map((claim) => (
            <Checkbox
              key={claim}
              checked={claims.includes(claim)}
              onChange={(on) => setClaims(on ? [...claims, claim] : claims.filter((one) => one !== claim))}
            >
              {w.claimNames[claim]}
            </Checkbox>
          ))}
        </fieldset>
        <Checkbox checked={confidential} onChange={setConfidential}>
          {w.confidential} <span className="muted small">{w.confidentialHint}</span>
        </Checkbox>
        <TextArea label={w.reason} {...text('reason')} required rows={2} maxLength={500} hint={w.reasonHint} />
      </div>
    </Drawer>
  )
}

function Registered({ secret, onClose }: { secret: string | null; onClose: () => void }) {
  const w = useWords(clientWords)
  return (
    <Dialog
      title={w.add}
      open
      onClose={onClose}
      sticky
      footer={
        <Button tone="primary" onClick={onClose}>
          {w.close}
        </Button>
      }
    >
      {secret ? <OnceSecret label={w.secret} secret={secret} text={w.secretText} /> : <p className="muted">{w.publicText}</p>}
    </Dialog>
  )
}
