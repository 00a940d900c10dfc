import { logonEnrolTotp, logonTotp } from '@huabiao/domains/identity/identity.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button } from '@huabiao/ui/primitives/Button'
import { OtpField } from '@huabiao/ui/primitives/OtpField'
import { Skeleton } from '@huabiao/ui/primitives/Skeleton'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { plainApi } from '../../api/client.ts'
import { logonWords } from './logon-words.ts'
import { QrCode } from './QrCode.tsx'
import { Remaining } from './Remaining.tsx'
import type { StepProps } from './SecondStep.tsx'

/** The first logon: no second factor yet, so one is enrolled before anything else. */
export function EnrolStep({ challenge, onDone, onAgain }: StepProps) {
  const w = useWords(logonWords)
  const [code, setCode] = useState('')
  const body = { challenge: challenge.challenge }
  const enrolment = useQuery({
    queryKey: [logonEnrolTotp.name, challenge.challenge],
    queryFn: () => plainApi(logonEnrolTotp, { body }),
    // Asking again would make another secret and void the one just scanned.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    retry: false,
  })
  const confirm = useMutation({
    mutationFn: (digits: string) => plainApi(logonTotp, { body: { ...body, code: digits } }),
    onSuccess: ({ me }) => onDone(me),
    onError: () => setCode(''),
  })
  const error = enrolment.error ?? confirm.error
  return (
    <div className="stack gap-16">
      <h1>{w.enrolTitle}</h1>
      <p className="muted">{w.enrolText}</p>
      {error ? <ProblemNote error={error} /> : null}
      {enrolment.data ? (
        <QrCode uri={enrolment.data.uri} secret={enrolment.data.secret} />
      ) : enrolment.error ? null : (
        <Skeleton lines={1} height={180} />
      )}
      <OtpField
        label={w.code}
        value={code}
        onChange={setCode}
        onComplete={(digits) => confirm.mutate(digits)}
        disabled={confirm.isPending || !enrolment.data}
        invalid={confirm.isError}
        autoFocus={confirm.isError}
      />
      <Remaining until={challenge.expiresAt} onEnd={onAgain} />
      <div>
        <Button icon="back" onClick={onAgain}>
          {w.back}
        </Button>
      </div>
    </div>
  )
}
