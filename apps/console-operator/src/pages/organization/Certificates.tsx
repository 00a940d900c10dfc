import { bindCertificate, listCertificates, revokeCertificate } from '@huabiao/domains/identity/identity-account.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { uiWords } from '@huabiao/ui/i18n/ui-phrases'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { HashChip } from '@huabiao/ui/primitives/Copyable'
import { TextArea } from '@huabiao/ui/primitives/Field'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { useState } from 'react'
import { useAct, useApi } from '../../api/hooks.ts'
import { accountWords } from './account-words.ts'

/** Client certificates that log on as this account. */
export function Certificates({ accountId, why }: { accountId: string; why: string | undefined }) {
  const w = useWords(accountWords)
  const format = useFormat()
  const [binding, setBinding] = useState(false)
  const found = useApi(listCertificates, { params: { accountId } })
  const unbind = useAct(revokeCertificate, { refresh: [listCertificates] })
  const items = found.data?.items ?? []
  return (
    <section className="stack gap-8">
      <div className="row gap-8">
        <h2>{w.certificates}</h2>
        <span className="push">
          <Button size="small" icon="plus" disabledReason={why} onClick={() => setBinding(true)}>
            {w.bind}
          </Button>
        </span>
      </div>
      {found.error || unbind.error ? <ProblemNote error={found.error ?? unbind.error} compact /> : null}
      {found.data && items.length === 0 ? <span className="muted">{w.noCertificates}</span> : null}
      {items.map((one) => (
        <div key={one.id} className="row gap-12">
          <div className="stack grow">
            <span className="wrap">{one.subject}</span>
            <span className="row gap-8 faint small">
              <HashChip hash={one.fingerprint} label={w.fingerprint} /> {w.notAfter} {format.date(one.notAfter)}
            </span>
          </div>
          <Button
            size="small"
            tone="danger"
            disabledReason={why}
            busy={unbind.isPending}
            onClick={() => unbind.mutate({ params: { accountId, credentialId: one.id } })}
          >
            {w.unbind}
          </Button>
        </div>
      ))}
      {binding ? <BindDialog accountId={accountId} onClose={() => setBinding(false)} /> : null}
    </section>
  )
}

function BindDialog({ accountId, onClose }: { accountId: string; onClose: () => void }) {
  const w = useWords(accountWords)
  const ui = useWords(uiWords)
  const [certificate, setCertificate] = useState('')
  const bind = useAct(bindCertificate, { onDone: onClose, refresh: [listCertificates] })
  return (
    <Dialog
      title={w.bind}
      open
      onClose={onClose}
      width={620}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={bind.isPending}
            disabledReason={certificate.includes('BEGIN CERTIFICATE') ? undefined : ui.missing(w.pem)}
            onClick={() => bind.mutate({ params: { accountId }, body: { certificate } })}
          >
            {w.bind}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {bind.error ? <ProblemNote error={bind.error} compact /> : null}
        <TextArea label={w.pem} value={certificate} onChange={setCertificate} rows={10} mono required maxLength={16_384} />
      </div>
    </Dialog>
  )
}
