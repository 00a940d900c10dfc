import { confirmTotp, enrolTotp, listMyFactors } from '@huabiao/domains/identity/identity.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { OtpField } from '@huabiao/ui/primitives/OtpField'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { QrCode } from '../logon/QrCode.tsx'
import { myAccountWords } from './my-account-words.ts'

export function TotpDialog({ onClose }: { onClose: () => void }) {
  const w = useWords(myAccountWords)
  const [code, setCode] = useState('')
  const offer = useAct(enrolTotp, { refresh: [] })
  const confirm = useAct(confirmTotp, {
    refresh: [listMyFactors],
    onDone: () => {
      toast(w.totpDone)
      onClose()
    },
  })
  const error = offer.error ?? confirm.error
  return (
    <Dialog title={w.totpReplace} open onClose={onClose} width={520}>
      <div className="stack gap-16">
        {error ? <ProblemNote error={error} compact /> : null}
        <p className="muted">{w.totpText}</p>
        {offer.data ? (
          <>
            <QrCode uri={offer.data.uri} secret={offer.data.secret} />
            <OtpField
              label={w.code}
              value={code}
              onChange={setCode}
              onComplete={(digits) => confirm.mutate({ body: { code: digits } }, { onError: () => setCode('') })}
              disabled={confirm.isPending}
              invalid={confirm.isError}
              autoFocus
            />
          </>
        ) : (
          <div>
            <Button tone="primary" busy={offer.isPending} onClick={() => offer.mutate({})}>
              {w.totpReplace}
            </Button>
          </div>
        )}
      </div>
    </Dialog>
  )
}
